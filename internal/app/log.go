package app

import (
	"fmt"

	"gitea.coulomb.social/coulomb/wpctl/internal/state"
)

// LogRequest chooses past runs.
type LogRequest struct {
	What  string // the id of a plan or a task, a plan's file, or the id of a run; "" for all
	Limit int    // 0: all
}

// Log returns the records of past runs, newest first, and what could not be read.
func (a *App) Log(req LogRequest) (runs []state.Run, unread []error, err error) {
	st, err := a.State()
	if err != nil {
		return nil, nil, err
	}
	if req.What != "" {
		if r, err := st.Run(req.What); err == nil {
			return []state.Run{r}, nil, nil
		}
	}
	f, err := a.logFilter(req, st)
	if err != nil {
		return nil, nil, err
	}
	for r, err := range st.Runs(f) {
		if err != nil {
			unread = append(unread, err)
			continue
		}
		runs = append(runs, r)
	}
	return runs, unread, nil
}

func (a *App) logFilter(req LogRequest, st *state.Store) (state.Filter, error) {
	f := state.Filter{Limit: req.Limit}
	if req.What == "" {
		return f, nil
	}
	if src, err := a.Files.Read(a.absolute(req.What)); err == nil {
		s, _, err := a.load(a.absolute(req.What))
		if err != nil || s.plan.ID.Text == "" {
			return f, fmt.Errorf("%q is no workplan (%d bytes)", req.What, len(src))
		}
		f.Plan = s.plan.ID.Text
		return f, nil
	}
	found := []state.Filter{}
	for _, s := range a.workspace() {
		if s.plan.ID.Text == req.What {
			f.Plan = req.What
			return f, nil
		}
		if t := s.plan.Task(req.What); t != nil {
			found = append(found, state.Filter{Plan: s.plan.ID.Text, Task: t.ID.Text, Limit: req.Limit})
		}
	}
	switch len(found) {
	case 0:
		return a.logOf(req, st)
	case 1:
		return found[0], nil
	}
	return f, fmt.Errorf("the task %q is in several plans: %s and %s; give its full id", req.What, found[0].Task, found[1].Task)
}

// logOf finds a plan or a task that only past runs know.
func (a *App) logOf(req LogRequest, st *state.Store) (state.Filter, error) {
	for _, f := range []state.Filter{{Plan: req.What}, {Task: req.What}} {
		f.Limit = 1
		for _, err := range st.Runs(f) {
			if err == nil {
				f.Limit = req.Limit
				return f, nil
			}
		}
	}
	return state.Filter{}, fmt.Errorf("no plan, task or run %q", req.What)
}
