package drawing

import "slices"

// Critical returns the ids of the critical path: the longest chain of nodes that are still open, each of which waits
// for the one before it or comes after it. All nodes count the same, as plans say nothing of how long a task takes.
// Of chains of the same length it is the one with more edges that gate, and then the one that comes first.
// A chain of one node is no path.
func Critical(g Graph) []string {
	var out []string
	for _, n := range indexed(g).path() {
		out = append(out, n.ID)
	}
	return out
}

// Arrow is an edge of a graph as it is drawn.
type Arrow struct {
	From, To string
	Gates    bool
	Critical bool // it is on the critical path
	Cycle    bool // without it, and those like it, there would be no cycle
}

// Arrows returns the edges of g that are drawn.
func Arrows(g Graph) []Arrow {
	x := indexed(g)
	out := make([]Arrow, 0, len(x.edges))
	for _, e := range x.edges {
		out = append(out, Arrow{From: x.nodes[e.from].ID, To: x.nodes[e.to].ID, Gates: e.gates, Critical: e.critical, Cycle: e.back})
	}
	return out
}

// length is how good a chain is that ends at a node.
type length struct {
	nodes, gates int
	by           int // the edge that leads here; -1 at the beginning
}

func (l length) better(o length) bool {
	return l.nodes > o.nodes || l.nodes == o.nodes && l.gates > o.gates
}

// findCritical marks the edges of the critical path.
func (x *index) findCritical() {
	best := make([]length, len(x.nodes))
	last := -1
	for _, n := range x.topological() {
		if !x.nodes[n].State.Open() {
			continue
		}
		if best[n].nodes == 0 {
			best[n] = length{nodes: 1, by: -1}
		}
		if last < 0 || best[n].better(best[last]) {
			last = n
		}
		for _, i := range x.outgoingOf(n) {
			e := x.edges[i]
			l := length{nodes: best[n].nodes + 1, gates: best[n].gates, by: i}
			if e.gates {
				l.gates++
			}
			if !e.back && x.nodes[e.to].State.Open() && l.better(best[e.to]) {
				best[e.to] = l
			}
		}
	}
	for last >= 0 && best[last].by >= 0 {
		e := &x.edges[best[last].by]
		e.critical, last = true, e.from
	}
}

// path returns the nodes of the critical path, from its beginning.
func (x *index) path() []Node {
	next, first := map[int]int{}, -1
	led := map[int]bool{}
	for _, e := range x.edges {
		if e.critical {
			next[e.from], led[e.to] = e.to, true
		}
	}
	for n := range next {
		if !led[n] {
			first = n
		}
	}
	var out []Node
	for n, ok := first, first >= 0; ok; n, ok = next[n] {
		out = append(out, x.nodes[n])
	}
	return out
}

// topological returns the nodes, each after what it comes after, edges that close a cycle left aside,
// and otherwise in their own order.
func (x *index) topological() []int {
	missing := make([]int, len(x.nodes))
	for _, e := range x.edges {
		if !e.back {
			missing[e.to]++
		}
	}
	var order, next []int // next is sorted
	for n := range x.nodes {
		if missing[n] == 0 {
			next = append(next, n)
		}
	}
	for len(next) > 0 {
		n := next[0]
		next = next[1:]
		order = append(order, n)
		for _, i := range x.outgoingOf(n) {
			e := x.edges[i]
			if e.back {
				continue
			}
			if missing[e.to]--; missing[e.to] == 0 {
				at, _ := slices.BinarySearch(next, e.to)
				next = slices.Insert(next, at, e.to)
			}
		}
	}
	return order
}

// outgoingOf returns the numbers of the edges that leave n.
func (x *index) outgoingOf(n int) []int {
	if x.out == nil {
		x.out = x.outgoing()
	}
	return x.out[n]
}
