// Package graph orders things by what they need and walks them in that order, many at a time.
// It imports the standard library only.
package graph

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// CycleError is the error of a graph that has a cycle.
// Cycle holds its members in the order of their needs, from the least one; the last needs the first.
type CycleError[K cmp.Ordered] struct{ Cycle []K }

// Error names the members as "a needs b needs a".
func (e *CycleError[K]) Error() string {
	if len(e.Cycle) == 0 {
		return "a cycle"
	}
	var b strings.Builder
	for _, k := range e.Cycle {
		fmt.Fprintf(&b, "%v needs ", k)
	}
	fmt.Fprintf(&b, "%v", e.Cycle[0])
	return b.String()
}

// Graph is a directed graph without cycles. It does not change and is safe for concurrent use.
// The zero Graph has no nodes.
type Graph[K cmp.Ordered] struct {
	keys       []K       // by rank; a node is its index here
	index      map[K]int // key → node
	needs      [][]int   // in the order given
	dependents [][]int   // by rank
	order      []int
	place      []int // node → where it stands in order
}

// New returns the graph of needs, in which every key and every need is a node.
// Rank gives the order among nodes that could come next, least first; nil is the keys' own order.
// It is asked once for each node. A cycle is a *CycleError.
func New[K cmp.Ordered](needs map[K][]K, rank func(K) int) (*Graph[K], error) {
	g := &Graph[K]{index: make(map[K]int, len(needs))}
	g.number(needs, rank)
	g.needs, g.dependents = make([][]int, len(g.keys)), make([][]int, len(g.keys))
	lastNeededBy := make([]int, len(g.keys)) // node → 1 + the node that was last seen to need it
	for i, k := range g.keys {
		for _, need := range needs[k] {
			n := g.index[need]
			if lastNeededBy[n] == i+1 {
				continue // written twice
			}
			lastNeededBy[n] = i + 1
			g.needs[i] = append(g.needs[i], n)
			g.dependents[n] = append(g.dependents[n], i)
		}
	}
	if err := g.sort(); err != nil {
		return nil, err
	}
	return g, nil
}

// number fills keys and index with all nodes, by rank.
func (g *Graph[K]) number(needs map[K][]K, rank func(K) int) {
	type ranked struct {
		key  K
		rank int
	}
	all := make([]ranked, 0, len(needs))
	add := func(k K) {
		if _, ok := g.index[k]; ok {
			return
		}
		g.index[k] = 0
		r := ranked{key: k}
		if rank != nil {
			r.rank = rank(k)
		}
		all = append(all, r)
	}
	for k, ns := range needs {
		add(k)
		for _, n := range ns {
			add(n)
		}
	}
	slices.SortFunc(all, func(a, b ranked) int {
		if a.rank != b.rank {
			return cmp.Compare(a.rank, b.rank)
		}
		return cmp.Compare(a.key, b.key)
	})
	g.keys = make([]K, len(all))
	for i, r := range all {
		g.keys[i], g.index[r.key] = r.key, i
	}
}

// sort fills order and place by Kahn's algorithm, taking the least of what could come next.
func (g *Graph[K]) sort() error {
	missing, next := g.start()
	g.order, g.place = make([]int, 0, len(g.keys)), make([]int, len(g.keys))
	for len(next) > 0 {
		n := next.pop()
		g.place[n] = len(g.order)
		g.order = append(g.order, n)
		for _, d := range g.dependents[n] {
			if missing[d]--; missing[d] == 0 {
				next.push(d)
			}
		}
	}
	if len(g.order) < len(g.keys) {
		return &CycleError[K]{Cycle: g.cycle(missing)}
	}
	return nil
}

// start returns how many needs each node has, and the nodes that have none.
func (g *Graph[K]) start() (missing []int, ready queue) {
	missing = make([]int, len(g.keys))
	for n := range g.keys {
		if missing[n] = len(g.needs[n]); missing[n] == 0 {
			ready.push(n)
		}
	}
	return missing, ready
}

// cycle returns one cycle among the nodes that sort could not place.
func (g *Graph[K]) cycle(missing []int) []K {
	unplaced := func(n int) bool { return missing[n] > 0 }
	at := slices.IndexFunc(missing, func(m int) bool { return m > 0 })
	seen := map[int]int{} // node → where it stands in path
	var path []K
	for {
		if i, ok := seen[at]; ok {
			path = path[i:]
			break
		}
		seen[at] = len(path)
		path = append(path, g.keys[at])
		// A node that was not placed needs one that was not placed.
		at = g.needs[at][slices.IndexFunc(g.needs[at], unplaced)]
	}
	least := slices.Index(path, slices.Min(path))
	return slices.Concat(path[least:], path[:least])
}

// Order returns all nodes, each after what it needs, and otherwise as Rank has them.
func (g *Graph[K]) Order() []K { return g.named(g.order) }

// Needs returns what k needs directly, in the order given; nothing where k is no node.
func (g *Graph[K]) Needs(k K) []K {
	if n, ok := g.index[k]; ok {
		return g.named(g.needs[n])
	}
	return nil
}

// Dependents returns what needs k directly, by rank; nothing where k is no node.
func (g *Graph[K]) Dependents(k K) []K {
	if n, ok := g.index[k]; ok {
		return g.named(g.dependents[n])
	}
	return nil
}

// Below returns all that need one of ks, directly or not, without ks themselves, in order.
func (g *Graph[K]) Below(ks ...K) []K {
	in := make([]bool, len(g.keys))
	var todo []int
	for _, k := range ks {
		if n, ok := g.index[k]; ok {
			todo = append(todo, n)
		}
	}
	given := slices.Clone(todo)
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, d := range g.dependents[n] {
			if !in[d] {
				in[d] = true
				todo = append(todo, d)
			}
		}
	}
	for _, n := range given {
		in[n] = false
	}
	return g.named(slices.DeleteFunc(slices.Clone(g.order), func(n int) bool { return !in[n] }))
}

func (g *Graph[K]) named(nodes []int) []K {
	if len(nodes) == 0 {
		return nil
	}
	out := make([]K, len(nodes))
	for i, n := range nodes {
		out[i] = g.keys[n]
	}
	return out
}
