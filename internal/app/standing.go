package app

import (
	"context"
	"fmt"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// Standing tells how a plan, a task or a decision of the workspace stands, as its file says now.
// It is what the kind workplan looks with.
func (a *App) Standing(ctx context.Context, id string) (steps.Standing, error) {
	w, seen, err := a.Workspace(ctx)
	if err != nil {
		return steps.Standing{}, err
	}
	switch all := w.All(id); len(all) {
	case 0:
		if err := seen.whole(); err != nil {
			return steps.Standing{}, fmt.Errorf("%s is in none of the plans that can be read: %w", id, err)
		}
		return steps.Standing{}, &steps.NoPlan{ID: id, Hint: diag.DidYouMean(id, w.IDs())}
	case 1:
		n := all[0]
		return steps.Standing{ID: n.ID(), What: n.What(), Title: n.Title(), Status: n.Status(), File: n.Plan.File}, nil
	default:
		return steps.Standing{}, fmt.Errorf("%s is in %s and in %s: ids are unique in a workspace", id, all[0].Plan.File, all[1].Plan.File)
	}
}
