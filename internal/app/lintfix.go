package app

import (
	"context"
	"errors"
	"slices"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/prose"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// LintFix is what was mended in one plan, or would have been.
type LintFix struct {
	Name     string // as the user may write it
	Old, New []byte
	Mended   []prose.Mended
	Written  bool
	Failed   string // why the file could not be mended; "" where it could
}

// fixCodes are the codes that each of prose.Fixes mends.
var fixCodes = map[string]string{"decision": "prose-decision", "order": "implied-order", "needs": "implied-need"}

// mend mends what is asked for in the files, one file after the other.
func (a *App) mend(ctx context.Context, files []string, req LintRequest) []LintFix {
	whole := sync.OnceValue(func() *workspace.Workspace { // when first wanted
		w, _, err := a.Workspace(ctx, files...)
		if err != nil {
			return workspace.New(nil, workspace.Options{})
		}
		return w
	})
	m := prose.Mending{Known: func(id string) bool {
		_, ok := whole().Find(id)
		return ok
	}}
	var out []LintFix
	for _, path := range files {
		if ctx.Err() != nil {
			break // the caller sees it, too
		}
		f, err := a.mendFile(ctx, path, m, req)
		if err != nil {
			f.Failed, f.Written, f.New = err.Error(), false, f.Old
		}
		if len(f.Mended) > 0 || err != nil {
			out = append(out, f)
		}
	}
	return out
}

func (a *App) mendFile(ctx context.Context, path string, m prose.Mending, req LintRequest) (LintFix, error) {
	f, words := LintFix{Name: a.relative(path)}, a.words(path)
	change := func(src []byte) ([]byte, error) {
		f.Old, f.Mended = src, nil
		f.New = src
		for _, fix := range prose.Fixes {
			if !slices.Contains(req.Fix, fix) || a.Config.Severities[fixCodes[fix]] == diag.Off {
				continue
			}
			var err error
			if f.New, err = a.mendOne(words, &f, m, fix); err != nil {
				return nil, err
			}
		}
		return f.New, nil
	}
	src, err := a.Files.Read(path)
	if err != nil {
		return f, err
	}
	// Most plans need nothing: they are neither locked nor written.
	if _, err = change(src); err == nil && !req.DryRun && f.changed() {
		f.Written, err = a.Files.Update(ctx, path, change)
	}
	return f, err
}

func (f *LintFix) changed() bool { return !slices.Equal(f.Old, f.New) }

// mendOne makes one of prose.Fixes on the text as it is by now. A plan with errors is left alone.
func (a *App) mendOne(words workplan.Words, f *LintFix, m prose.Mending, fix string) ([]byte, error) {
	broken := errors.New("broken")
	out, err := words.Rewrite(f.Name, f.New, func(p *workplan.Plan) ([]text.Edit, error) {
		if len(p.Mistakes()) > 0 {
			return nil, broken
		}
		m.Hidden = prose.ReadIgnores(p).Hides
		edits, mended, err := m.Mend(p, fix)
		f.Mended = append(f.Mended, mended...)
		return edits, err
	})
	if errors.Is(err, broken) {
		return f.New, nil
	}
	return out, err
}
