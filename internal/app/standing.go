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
	id = a.Config.Alias(id)
	var found []steps.Standing
	var known []string
	for _, s := range a.workspace() {
		if err := ctx.Err(); err != nil {
			return steps.Standing{}, err
		}
		for _, o := range standings(s) {
			known = append(known, o.ID)
			if o.ID == id {
				found = append(found, o)
			}
		}
	}
	switch len(found) {
	case 0:
		return steps.Standing{}, &steps.NoPlan{ID: id, Hint: diag.DidYouMean(id, known)}
	case 1:
		return found[0], nil
	}
	return steps.Standing{}, fmt.Errorf("%s is in %s and in %s: ids are unique in a workspace", id, found[0].File, found[1].File)
}

// standings are all things of a plan that have a status.
func standings(s source) []steps.Standing {
	p := s.plan
	out := []steps.Standing{{ID: p.ID.Text, What: "plan", Title: p.Title.Text, Status: p.Status.Text, File: s.name}}
	for _, t := range p.Tasks {
		out = append(out, steps.Standing{ID: t.ID.Text, What: "task", Title: t.Title, Status: t.Status.Text, File: s.name})
	}
	for _, d := range p.Decisions {
		out = append(out, steps.Standing{ID: d.ID.Text, What: "decision", Title: d.Question.Text, Status: d.Status.Text, File: s.name})
	}
	return out
}
