package app

import (
	"context"
	"fmt"

	"gitea.coulomb.social/coulomb/wpctl/internal/state"
)

// LogRequest chooses past runs.
type LogRequest struct {
	What  string // the id of a plan or a task, a plan's file, or the id of a run; "" for all
	Limit int    // 0: all
}

// Log returns the records of past runs, newest first, and what could not be read.
func (a *App) Log(ctx context.Context, req LogRequest) (runs []state.Run, unread []error, err error) {
	st, err := a.State()
	if err != nil {
		return nil, nil, err
	}
	if req.What != "" {
		if r, err := st.Run(req.What); err == nil {
			return []state.Run{r}, nil, nil
		}
	}
	f, err := a.logFilter(ctx, req, st)
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

func (a *App) logFilter(ctx context.Context, req LogRequest, st *state.Store) (state.Filter, error) {
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
	w, _, err := a.Workspace(ctx)
	if err != nil {
		return f, err
	}
	n, err := w.Resolve(req.What)
	switch {
	case err == nil && n.Task != nil:
		return state.Filter{Plan: n.Plan.ID, Task: n.Task.ID, Limit: req.Limit}, nil
	case err == nil:
		f.Plan = n.Plan.ID
		return f, nil
	case len(w.Short(req.What)) > 1:
		return f, err
	}
	return a.logOf(req, st)
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
