package app

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/sign"
)

// ApproveRequest says what is signed.
type ApproveRequest struct {
	Plan string // a file or an id; "" where Task is a full id
	Task string // full or short, or a plan's id for its own steps
	Step string // the step's name, or a part of it; "" where the task has one manual step
	By   string // "" for the user's name
	Note string
}

// Approved is what was signed.
type Approved struct{ Task, Step, By string }

// Approve keeps the user's signed word that a manual step holds, bound to the step as it is written now.
func (a *App) Approve(ctx context.Context, req ApproveRequest) (Approved, error) {
	sources, prog, err := a.approvable(ctx, &req)
	if err != nil {
		return Approved{}, err
	}
	step, err := manualStep(sources, prog, req)
	if err != nil {
		return Approved{}, err
	}
	if req.By == "" {
		req.By = a.userName(ctx)
	}
	key, err := sign.LoadOrCreate(a.keyFile())
	if err != nil {
		return Approved{}, err
	}
	st, err := a.State()
	if err != nil {
		return Approved{}, err
	}
	r := key.Sign(sign.Record{
		Plan: step.Plan.ID.Text, Task: taskOf(step), Step: step.Title, Digest: step.Digest,
		By: req.By, At: a.Now(), Note: a.Redactor.String(req.Note),
	})
	if err := st.AddSignoff(ctx, r); err != nil {
		return Approved{}, err
	}
	return Approved{Task: step.Section(), Step: step.Title, By: req.By}, nil
}

func (a *App) keyFile() string { return filepath.Join(filepath.Dir(a.Config.UserFile), "signing.key") }

// approvable loads the plan that a request is about, and makes its task the full id where no plan is given.
func (a *App) approvable(ctx context.Context, req *ApproveRequest) ([]source, *runner.Program, error) {
	if req.Plan != "" {
		return a.valid(ctx, []string{req.Plan})
	}
	w, _, err := a.Workspace(ctx)
	if err != nil {
		return nil, nil, err
	}
	n, err := w.Resolve(req.Task)
	if err != nil {
		return nil, nil, err
	}
	if n.Decision != nil {
		return nil, nil, fmt.Errorf("%s is a decision: `wpctl decide` writes what is chosen", n.ID())
	}
	req.Task = n.ID()
	return a.valid(ctx, []string{n.Plan.Path})
}

// manualStep finds the one manual step that a request means.
func manualStep(sources []source, prog *runner.Program, req ApproveRequest) (*runner.Step, error) {
	id := req.Task
	if id != sources[0].plan.ID.Text {
		full, err := taskID(sources, req.Task)
		if err != nil {
			return nil, err
		}
		id = full
	}
	var found []*runner.Step
	var names []string
	for _, s := range prog.Steps(id) {
		if s.Kind.Of() != "manual" {
			continue
		}
		names = append(names, fmt.Sprintf("%q", s.Title))
		if s.Title == req.Step {
			return s, nil
		}
		if strings.Contains(strings.ToLower(s.Title), strings.ToLower(req.Step)) {
			found = append(found, s)
		}
	}
	switch {
	case len(names) == 0:
		return nil, fmt.Errorf("%s has no manual step", id)
	case len(found) == 0:
		return nil, fmt.Errorf("%s has no manual step %q, only %s", id, req.Step, strings.Join(names, ", "))
	case len(found) > 1:
		return nil, fmt.Errorf("%s has several manual steps: %s; choose one with --step", id, strings.Join(names, ", "))
	}
	return found[0], nil
}

// signoffs returns the sign-offs of a manual step, newest first. Those that are signed with the user's own key, or
// with one that the configuration knows, are verified.
func (a *App) signoffs(plan, task, step string) []check.Signoff {
	st, err := a.State()
	if err != nil {
		a.Logger.Warn("read sign-offs", "error", err)
		return nil
	}
	records, err := st.Signoffs(plan, task, step)
	if err != nil {
		a.Logger.Warn("read sign-offs", "task", task, "error", err)
	}
	trusted := a.trustedKeys(records)
	var out []check.Signoff
	for _, r := range records {
		if errors.Is(trusted.Verify(r), sign.ErrAltered) {
			a.Logger.Warn("a sign-off was altered after it was signed, and does not count", "task", task, "step", step)
			continue
		}
		out = append(out, trusted.Signoff(r))
	}
	return out
}

// trustedKeys are the keys of the configuration, and the user's own under whatever name they sign with it.
func (a *App) trustedKeys(records []sign.Record) sign.Trusted {
	var t sign.Trusted
	for name, text := range a.Config.Keys {
		if key, err := sign.ParsePublicKey(text); err == nil {
			t = t.With(name, key)
		}
	}
	own, err := sign.Load(a.keyFile())
	if err != nil {
		return t
	}
	for _, r := range records {
		if r.Key == own.Public().String() {
			t = t.With(r.By, own.Public())
		}
	}
	return t
}
