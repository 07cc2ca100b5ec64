package app

import (
	"cmp"
	"context"

	"gitea.coulomb.social/coulomb/wpctl/internal/prose"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// SuggestSteps returns plans as they would be with verify steps for what their tasks are to reach. It writes nothing.
// Plans for which there is nothing to suggest are left out, and so is each block that would be a mistake.
func (a *App) SuggestSteps(ctx context.Context, args []string) ([]FileChange, error) {
	files, err := a.Find(ctx, args)
	if err != nil {
		return nil, err
	}
	var out []FileChange
	for _, path := range files {
		s, diags, err := a.load(path)
		if err = cmp.Or(ctx.Err(), err); err != nil {
			return nil, err
		}
		if diags.Errors() {
			continue // what is wrong comes first
		}
		src := s.plan.File.Src
		var good []text.Edit
		for _, e := range prose.Suggest(s.plan) {
			after, err := text.Apply(src, append(good, e))
			if err != nil {
				continue
			}
			if plan, _ := s.plan.Words.Parse(s.name, after); len(a.mistakes(plan)) == 0 {
				good = append(good, e)
			}
		}
		if len(good) == 0 {
			continue
		}
		after, err := text.Apply(src, good)
		if err != nil {
			return nil, err
		}
		out = append(out, FileChange{Name: s.name, Old: src, New: after})
	}
	return out, nil
}
