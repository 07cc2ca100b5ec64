package runner

import "slices"

func (r *run) total() int {
	n := 0
	for id, node := range r.nodes {
		if node.decision == nil && r.Select(id) {
			n++
		}
	}
	return n
}

// queue tells of the selected tasks, in order, and of the selected ones that each comes after.
func (r *run) queue() {
	if r.Notify == nil || r.Verify {
		return // claims are looked at all at once
	}
	chosen := func(id string) bool { n := r.nodes[id]; return n != nil && n.decision == nil && r.Select(id) }
	for _, id := range r.graph.Order() {
		if chosen(id) {
			after := slices.DeleteFunc(r.graph.Needs(id), func(id string) bool { return !chosen(id) })
			r.notify(Event{Type: TaskQueued, Task: id, Title: r.nodes[id].title(), Needs: after})
		}
	}
}

// supporting returns the tasks that are not selected and whose records selected ones read, directly or not.
func (p *Program) supporting(selected func(id string) bool) map[string]bool {
	out := map[string]bool{}
	var add func(n *node)
	add = func(n *node) {
		for id := range n.uses {
			if !out[id] && !selected(id) {
				out[id] = true
				add(p.nodes[id])
			}
		}
	}
	for id, n := range p.nodes {
		if selected(id) {
			add(n)
		}
	}
	return out
}

// Reached returns the steps that a run of the selected tasks can come to: their own, those of tasks whose records
// they read, and the guards over all these.
func (p *Program) Reached(selected func(id string) bool) map[*Step]bool {
	support, out := p.supporting(selected), map[*Step]bool{}
	for id, n := range p.nodes {
		if !selected(id) && !support[id] {
			continue
		}
		for _, s := range n.steps {
			out[s] = out[s] || selected(id) || !s.Effect
		}
		for _, g := range n.guards {
			out[g] = true
		}
	}
	return out
}
