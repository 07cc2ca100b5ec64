package workspace

import (
	"errors"
	"iter"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/graph"
)

// links are the needs of a workspace.
type links struct {
	needs      map[string][]Need // id → what it needs and follows, with what its plan needs first
	dependents map[string][]string
}

// Need is one need of a task, or of a whole plan.
type Need struct {
	Edge
	Plan *Plan // in whose file it is written
	To   string
	Node Node // what To means; the zero Node where it is not in the workspace
	Here bool // it is in the workspace
}

// link gathers the needs of all plans.
func (w *Workspace) link() {
	w.links = links{needs: make(map[string][]Need, len(w.byID)), dependents: make(map[string][]string, len(w.byID))}
	for _, p := range w.Plans {
		var first []Need // of the plan as a whole
		for _, e := range p.Edges {
			n := Need{Edge: e, Plan: p, To: e.To}
			if n.Node, n.Here = w.Find(e.To); n.Here {
				n.To = n.Node.ID()
			}
			if e.From == p.ID {
				first = append(first, n)
			}
			w.add(e.From, n)
		}
		for _, n := range first {
			for i := range p.Tasks {
				w.add(p.Tasks[i].ID, n)
			}
		}
	}
}

func (w *Workspace) add(from string, n Need) {
	needs := w.links.needs[from]
	if slices.ContainsFunc(needs, func(o Need) bool { return o.To == n.To && o.Gates == n.Gates }) {
		return
	}
	w.links.needs[from] = append(needs, n)
	if n.Gates {
		w.links.dependents[n.To] = append(w.links.dependents[n.To], from)
	}
}

// Needs returns what a task needs and follows, what its plan needs first; of a plan, what is written for all of it.
func (w *Workspace) Needs(id string) []Need { return w.links.needs[id] }

// Missing returns what open tasks need and none of the plans has, once for each need.
func (w *Workspace) Missing() iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range w.Plans {
			if !p.active() {
				continue
			}
			for i := range p.Tasks {
				if closed(p.Tasks[i].Status) {
					continue
				}
				for _, n := range w.Needs(p.Tasks[i].ID) {
					if !n.Here && !yield(n.To) {
						return
					}
				}
			}
		}
	}
}

// Dependents returns the ids of what directly needs id, in the order of the plans. A task of a plan that others need
// as a whole has them as dependents, too.
func (w *Workspace) Dependents(id string) []string {
	out := slices.Clone(w.links.dependents[id])
	if n, ok := w.byID[id]; ok && n.Task != nil {
		out = append(out, w.links.dependents[n.Plan.ID]...)
	}
	return slices.DeleteFunc(out, func(from string) bool { // a plan's own needs are told of its tasks
		n, ok := w.byID[from]
		return ok && n.Task == nil
	})
}

// Cycle is needs of which each one's task is needed by the one before: the first needs the second, the last the first.
type Cycle []Need

// Cycles returns needs that lead back to where they start, over more than one plan, at most max of them.
// Cycles within one plan are its own diagnostics.
func (w *Workspace) Cycles(max int) (out []Cycle) {
	needs := map[string][]string{}
	where := map[[2]string]Need{}
	gather := func(from string) {
		for _, n := range w.links.needs[from] {
			if n.Here && n.Node.Decision == nil {
				needs[from] = append(needs[from], n.To)
				where[[2]string{from, n.To}] = n
			}
		}
	}
	for _, p := range w.crossing() {
		if len(p.Tasks) == 0 { // it has steps of its own
			gather(p.ID)
		}
		for i := range p.Tasks {
			from := p.Tasks[i].ID
			gather(from)
			// A plan that is needed as a whole waits for each of its tasks.
			needs[p.ID] = append(needs[p.ID], from)
			where[[2]string{p.ID, from}] = Need{Plan: p, To: from, Edge: Edge{From: p.ID, To: from, Line: p.Tasks[i].Line, Col: 1}}
		}
	}
	for len(out) < max {
		_, err := graph.New(needs, nil)
		var found *graph.CycleError[string]
		if !errors.As(err, &found) {
			return out
		}
		var c Cycle
		plans := map[*Plan]bool{}
		for i, from := range found.Cycle {
			n := where[[2]string{from, found.Cycle[(i+1)%len(found.Cycle)]}]
			n.From = from
			plans[n.Plan] = true
			c = append(c, n)
		}
		if len(plans) > 1 {
			out = append(out, c)
		}
		last := c[len(c)-1]
		needs[last.From] = slices.DeleteFunc(needs[last.From], func(to string) bool { return to == last.To })
	}
	return out
}

// crossing returns the plans through which a cycle over several plans can lead.
func (w *Workspace) crossing() (out []*Plan) {
	for _, p := range w.Plans {
		if slices.ContainsFunc(p.Edges, func(e Edge) bool { n, ok := w.Find(e.To); return ok && n.Plan != p }) {
			out = append(out, p)
		}
	}
	return out
}
