package drawing

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// sizes are graphs as teams have them, and worse ones.
var sizes = []struct {
	name         string
	plans, tasks int
	often        [3]float64 // see random
	within       time.Duration
}{
	{"500 of 25 plans", 25, 39, [3]float64{.8, .4, .05}, 10 * time.Second},
	{"500 of one plan", 1, 999, [3]float64{.5, .6, 0}, 10 * time.Second},
	{"5000 of 250 plans", 250, 39, [3]float64{.8, .4, .05}, 2 * time.Minute},
	{"5000 of one plan", 1, 9999, [3]float64{.5, .6, 0}, 2 * time.Minute},
	{"5000 with 45000 edges", 10, 999, [3]float64{.5, 1.8, .8}, 2 * time.Minute},
}

func sized(plans, tasks int, often [3]float64) Graph {
	return random(rand.New(rand.NewPCG(5, 6)), plans, tasks, often, false)
}

// TestLargeGraphs holds bounds that a loaded machine keeps; BenchmarkSVG tells how long it takes.
func TestLargeGraphs(t *testing.T) {
	for _, c := range sizes {
		t.Run(c.name, func(t *testing.T) {
			g := sized(c.plans, c.tasks, c.often)
			began := time.Now()
			l := lay(indexed(g))
			if took := time.Since(began); took > c.within {
				t.Errorf("%d nodes, %d edges: %v", len(l.nodes), len(l.index.edges), took)
			}
			if len(l.nodes) < 1000 {
				checkLayout(t, g)
			}
		})
	}
}

// One row of a thousand boxes and one column of five hundred are no pictures: what nothing holds in rows fills a square,
// and a chain is folded into columns.
func TestPicturesAreNeitherBandsNorTowers(t *testing.T) {
	for _, c := range []struct {
		GoCase string
		nodes  int
		joined func(from, to int) bool
	}{
		{"no needs", 1000, func(int, int) bool { return false }},
		{"one chain", 500, func(from, to int) bool { return from+1 == to }},
		{"twenty chains", 500, func(from, to int) bool { return from+1 == to && to%25 > 0 }},
		{"one that all need", 250, func(from, _ int) bool { return from == 0 }},
		{"a tree", 250, func(from, to int) bool { return from == (to-1)/2 }},
		{"two chains that meet at the end", 500, func(from, to int) bool { return from+1 == to && to != 250 || from == 249 && to == 499 }},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			g := Graph{Clusters: []Cluster{{ID: "P"}}}
			for to := range c.nodes {
				g.Clusters[0].Nodes = append(g.Clusters[0].Nodes, Node{ID: fmt.Sprint(to), Short: "T", State: Ready, Title: "Something"})
				for from := range to {
					if c.joined(from, to) {
						g.Edges = append(g.Edges, Edge{From: fmt.Sprint(from), To: fmt.Sprint(to)})
					}
				}
			}
			checkLayout(t, g)
			if l := lay(indexed(g)); l.w > 4*l.h || l.h > 4*l.w {
				t.Errorf("%v wide, %v high", l.w, l.h)
			}
		})
	}
}

func BenchmarkSVG(b *testing.B) {
	for _, c := range sizes {
		g := sized(c.plans, c.tasks, c.often)
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				SVG(g)
			}
		})
	}
}
