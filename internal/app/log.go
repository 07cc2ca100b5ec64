package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/state"
)

// LogRequest chooses past runs.
type LogRequest struct {
	What  string // the id of a plan or a task, a plan's file, or the id of a run; "" for all
	All   bool   // those of plans that lie elsewhere too
	Limit int    // 0: all
}

// Logged are the records of past runs, newest first.
type Logged struct {
	Runs      []state.Run
	Short     map[string]string // what is enough of their ids
	Unread    []error           // records that could not be read
	Elsewhere bool              // there are none, and there would be some of plans that lie elsewhere
}

// Log returns the records of past runs: of plans in this repository and in its companions, in this very checkout. The
// same id may stand in other repositories, and the same plan in other checkouts. A run that is named is found anywhere.
func (a *App) Log(ctx context.Context, req LogRequest) (Logged, error) {
	st, err := a.State()
	if err != nil {
		return Logged{}, err
	}
	var several error
	if req.What != "" {
		switch r, err := st.Run(req.What); {
		case err == nil:
			return Logged{Runs: []state.Run{r}}, nil
		case !errors.Is(err, fs.ErrNotExist):
			several = err
		}
	}
	f, err := a.logFilter(ctx, req, st)
	if err != nil && several != nil {
		return Logged{}, several
	}
	if err != nil {
		return Logged{}, err
	}
	out := Logged{Short: st.Short()}
	for r, err := range st.Runs(f) {
		if err != nil {
			out.Unread = append(out.Unread, err)
			continue
		}
		out.Runs = append(out.Runs, r)
	}
	if f.Within != nil && len(out.Runs) == 0 {
		f.Within = nil
		out.Elsewhere = recorded(st, f)
	}
	return out, nil
}

// recorded tells whether there is a record that f chooses.
func recorded(st *state.Store, f state.Filter) bool {
	f.Limit = 1
	for _, err := range st.Runs(f) {
		if err == nil {
			return true
		}
	}
	return false
}

// Here tells whether a file lies in this checkout or in one of a companion.
func (a *App) Here(file string) bool {
	return slices.ContainsFunc(a.checkouts(), func(dir string) bool { return within(dir, file) })
}

// checkouts are the folders of this repository and of its companions, by both names where a link leads there.
func (a *App) checkouts() (out []string) {
	out = append(out, a.Config.Root, real(a.Config.Root))
	for _, name := range slices.Sorted(maps.Keys(a.Config.Repos)) {
		if dir, ok := a.Config.Repo(name); ok {
			out = append(out, dir, real(dir))
		}
	}
	return out
}

func (a *App) logFilter(ctx context.Context, req LogRequest, st *state.Store) (state.Filter, error) {
	f := state.Filter{Limit: req.Limit}
	if !req.All {
		f.Within = a.checkouts()
	}
	if req.What == "" {
		return f, nil
	}
	path := a.absolute(req.What)
	if s, _, err := a.load(path); err == nil {
		if s.plan.ID.Text == "" {
			return f, fmt.Errorf("%q is no workplan (%d bytes)", req.What, len(s.plan.File.Src))
		}
		if f.Plan = s.plan.ID.Text; f.Within != nil && !a.Here(path) {
			f.Within = []string{path, real(path)}
		}
		return f, nil
	}
	w, _, err := a.Workspace(ctx)
	if err != nil {
		return f, err
	}
	n, err := w.Resolve(req.What)
	switch {
	case err == nil && n.Task != nil:
		f.Plan, f.Task = n.Plan.ID, n.Task.ID
		return f, nil
	case err == nil:
		f.Plan = n.Plan.ID
		return f, nil
	case len(w.Short(req.What)) > 1:
		return f, err
	}
	return logOf(req, st, f)
}

// logOf finds a plan or a task that only past runs know.
func logOf(req LogRequest, st *state.Store, f state.Filter) (state.Filter, error) {
	plan, task := f, f
	plan.Plan, task.Task = req.What, req.What
	for _, f := range []state.Filter{plan, task} {
		anywhere := f
		if anywhere.Within = nil; recorded(st, anywhere) {
			return f, nil
		}
	}
	return f, fmt.Errorf("no plan, task or run %q", req.What)
}
