package app

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

// readsTasks finds the full ids of tasks whose records expressions name. It may find more than there are: what nothing
// reads is not looked at.
var readsTasks = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\btasks\s*\[\s*["'\\]+([A-Za-z0-9._-]+)["'\\]+\s*\]`)
})

// lent returns the plans of the workspace whose records the given ones read, those that these read in turn included,
// and what is wrong in them. Their tasks are looked at for these records alone; nothing is told or written of them.
func (a *App) lent(ctx context.Context, sources []source) (out []source, diags diag.List) {
	known := map[string]bool{}
	for _, s := range sources {
		known[s.plan.ID.Text] = true
	}
	for todo := slices.Clone(sources); len(todo) > 0; todo = todo[1:] {
		for _, m := range readsTasks().FindAllSubmatch(todo[0].plan.File.Src, -1) {
			id := string(m[1])
			if todo[0].plan.Task(id) != nil {
				continue
			}
			w, _, err := a.lately(ctx)
			if err != nil {
				return out, diags
			}
			n, ok := w.Find(id)
			if !ok || n.Task == nil || known[n.Plan.ID] {
				continue
			}
			known[n.Plan.ID] = true
			if s, more, err := a.load(n.Plan.Path); err == nil {
				out, todo = append(out, s), append(todo, s)
				diags = append(diags, slices.DeleteFunc(more, func(d diag.Diagnostic) bool { return d.Severity != diag.Error })...)
			}
		}
	}
	return out, diags
}

// sectionsOf are the ids of what a run of plans looks at: their tasks, and their own steps.
func sectionsOf(sources []source) map[string]bool {
	out := map[string]bool{}
	for _, s := range sources {
		out[s.plan.ID.Text] = true
		for _, t := range s.plan.Tasks {
			out[t.ID.Text] = true
		}
	}
	return out
}

// without takes from a selection, in which nil is everything, what is only lent to these plans.
func without(lent []source, selected map[string]bool, sources []source) map[string]bool {
	switch {
	case len(lent) == 0:
		return selected
	case selected == nil:
		return sectionsOf(sources)
	}
	theirs := sectionsOf(lent)
	maps.DeleteFunc(selected, func(id string, _ bool) bool { return theirs[id] })
	return selected
}
