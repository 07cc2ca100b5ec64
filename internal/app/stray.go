package app

import (
	"bytes"
	"context"
	"fmt"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// stray tells of a file that is no workplan and has tasks all the same: somebody meant it to be one, and nothing of it
// is read.
func (a *App) stray(s *Seen, path string, src []byte) {
	if !bytes.Contains(src, []byte("```task")) && !bytes.Contains(src, []byte("~~~task")) {
		return
	}
	name := a.relative(path)
	plan, _ := a.words(path).Parse(name, src)
	if len(plan.Tasks) == 0 { // an example in a longer fence
		return
	}
	s.Strays = append(s.Strays, diag.Diagnostic{
		Pos: text.Pos{File: name, Line: 1, Col: 1}, Severity: diag.Warning, Code: "not-a-workplan",
		Message: "it has tasks, and is no workplan: nothing of it is read",
		Hint:    "write id: and type: workplan into its front matter",
	})
}

// noneBut is the error where there are no plans, and strays perhaps.
func noneBut(where string, strays diag.List) error {
	if len(strays) == 0 {
		return &NoPlans{Where: where}
	}
	return &NoPlans{Where: where, But: fmt.Sprintf("%s has tasks, and is none: %s", strays[0].Pos.File, strays[0].Hint)}
}

// straysBeside tells of such files among files, without those that are known as plans; known may be nil.
func (a *App) straysBeside(ctx context.Context, files []string, known func(path string) bool) diag.List {
	var rest []string
	for _, f := range files {
		if known == nil || !known(f) {
			rest = append(rest, f)
		}
	}
	var s Seen
	a.onlyWorkplans(ctx, rest, &s)
	return s.Strays
}
