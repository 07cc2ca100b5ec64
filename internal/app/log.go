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
	f, err := a.logFilter(req)
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

func (a *App) logFilter(req LogRequest) (state.Filter, error) {
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
	for _, s := range a.workspace() {
		if s.plan.ID.Text == req.What {
			f.Plan = req.What
			return f, nil
		}
		if t := s.plan.Task(req.What); t != nil {
			f.Plan, f.Task = s.plan.ID.Text, t.ID.Text
			return f, nil
		}
	}
	return f, fmt.Errorf("no plan, task or run %q", req.What)
}
