package runner

func (r *run) total() int {
	n := 0
	for id, node := range r.nodes {
		if node.decision == nil && r.Select(id) {
			n++
		}
	}
	return n
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
