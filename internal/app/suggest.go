package app

import (
	"cmp"
	"context"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/prose"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
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
		good, err := a.harmless(ctx, s.plan, nil, prose.Suggest(s.plan))
		if err != nil {
			return nil, err
		}
		if len(good) == 0 {
			continue
		}
		after, err := text.Apply(s.plan.File.Src, good)
		if err != nil {
			return nil, err
		}
		out = append(out, FileChange{Name: s.name, Old: s.plan.File.Src, New: after})
	}
	return out, nil
}

// harmless adds to good edits those that make no mistake beside them. All are tried at once, as nearly always none does;
// else each half.
func (a *App) harmless(ctx context.Context, p *workplan.Plan, good, edits []text.Edit) ([]text.Edit, error) {
	if err := ctx.Err(); err != nil || len(edits) == 0 {
		return good, err
	}
	all := slices.Concat(good, edits)
	if after, err := text.Apply(p.File.Src, all); err == nil {
		if plan, _ := p.Words.Parse(p.File.Name, after); len(a.mistakes(plan)) == 0 {
			return all, nil
		}
	}
	if len(edits) == 1 {
		return good, nil
	}
	good, err := a.harmless(ctx, p, good, edits[:len(edits)/2])
	if err != nil {
		return nil, err
	}
	return a.harmless(ctx, p, good, edits[len(edits)/2:])
}
