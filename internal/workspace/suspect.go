package workspace

import (
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// maxSuspects is how many failed tasks are named for one that rests on them.
const maxSuspects = 10

// Suspect returns the failed tasks that a task, or something of a whole plan, needs, directly or not: the nearest ones
// first, at most ten.
func (w *Workspace) Suspect(id string) []string { return w.suspects[id] }

// suspect tells each failed task upwards, to what needs it and to what needs that. Nothing is told of the same one
// twice, nor of more than enough of them, so that the work grows with the needs and not with the length of chains.
func (w *Workspace) suspect() {
	w.suspects = map[string][]string{}
	type news struct{ to, failed string }
	var todo []news
	for _, p := range w.Plans {
		for i := range p.Tasks {
			if t := &p.Tasks[i]; workplan.Status(t.Status) == workplan.Failed {
				todo = append(todo, news{t.ID, t.ID})
			}
		}
	}
	for ; len(todo) > 0; todo = todo[1:] {
		at := todo[0]
		up := w.links.dependents[at.to]
		if n := w.byID[at.to]; n.Task != nil {
			up = append(slices.Clip(up), n.Plan.ID) // what needs the plan as a whole rests on this, too
		}
		for _, id := range up {
			known := w.suspects[id]
			if id != at.failed && len(known) < maxSuspects && !slices.Contains(known, at.failed) {
				w.suspects[id] = append(known, at.failed)
				todo = append(todo, news{id, at.failed})
			}
		}
	}
}
