package app

import (
	"context"
	"errors"
	"fmt"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// Standing tells how a plan, a task or a decision of the workspace stands, as its file says now.
// It is what the kind workplan looks with. Where the id was seen before, its file alone is read again.
func (a *App) Standing(ctx context.Context, id string) (steps.Standing, error) {
	w, _, err := a.lately(ctx)
	if err != nil {
		return steps.Standing{}, err
	}
	if all := w.All(id); len(all) == 1 {
		if out, ok := a.standsNow(all[0]); ok {
			return out, nil
		}
	}
	a.forget() // the workspace is not what it was
	w, seen, err := a.lately(ctx)
	if err != nil {
		return steps.Standing{}, err
	}
	switch all := w.All(id); len(all) {
	case 0:
		if err := seen.whole(); err != nil {
			return steps.Standing{}, fmt.Errorf("%s is in none of the plans that can be read: %w", id, err)
		}
		return a.standingElsewhere(ctx, id, &steps.NoPlan{ID: id, Hint: diag.DidYouMean(id, w.IDs())})
	case 1:
		return standing(all[0], all[0].Title(), all[0].Status()), nil
	default:
		return steps.Standing{}, fmt.Errorf("%s is in %s and in %s: ids are unique in a workspace", id, all[0].Plan.File, all[1].Plan.File)
	}
}

// standsNow reads the file of a node again; ok is false where it is no longer there.
func (a *App) standsNow(n workspace.Node) (_ steps.Standing, ok bool) {
	s, _, err := a.load(n.Plan.Path)
	if err != nil || s.plan.ID.Text != n.Plan.ID {
		return steps.Standing{}, false
	}
	switch {
	case n.Task != nil:
		if t := s.plan.Task(n.Task.ID); t != nil && t.ID.Text == n.Task.ID {
			return standing(n, t.Title, t.Status.Text), true
		}
		return steps.Standing{}, false
	case n.Decision != nil:
		if d := s.plan.Decision(n.Decision.ID); d != nil && d.ID.Text == n.Decision.ID {
			return standing(n, d.Question.Text, d.Status.Text), true
		}
		return steps.Standing{}, false
	}
	return standing(n, s.plan.Title.Text, s.plan.Status.Text), true
}

func standing(n workspace.Node, title, status string) steps.Standing {
	return steps.Standing{ID: n.ID(), What: n.What(), Title: title, Status: status, File: n.Plan.File}
}

// standingElsewhere is how something stands in the state hub, as its file said last, where none of the plans here has it.
func (a *App) standingElsewhere(ctx context.Context, id string, none *steps.NoPlan) (steps.Standing, error) {
	if a.Untrusted || a.Config.Hub.Base == "" {
		return steps.Standing{}, none
	}
	s, err := a.StateHub().Known(ctx, a.Config.Alias(id))
	var unknown *steps.NotInHub
	switch {
	case errors.Is(err, errOthers), errors.As(err, &unknown):
		return steps.Standing{}, none
	case err != nil:
		return steps.Standing{}, fmt.Errorf("%s is in none of the plans here: %w", id, err)
	case s.Proposed:
		return steps.Standing{}, fmt.Errorf("%s is in none of the plans here, and %s in the hub only: no file has said it", id, s.Status)
	}
	return s.Standing, nil
}
