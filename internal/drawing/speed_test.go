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

// One row of a thousand boxes and one column of a thousand are no pictures: without needs there are rows and columns.
func TestTasksWithoutNeedsMakeASquare(t *testing.T) {
	var g Graph
	c := Cluster{ID: "P"}
	for i := range 1000 {
		c.Nodes = append(c.Nodes, Node{ID: fmt.Sprint("T", i), Short: "T", State: Ready, Title: "Something"})
	}
	g.Clusters = []Cluster{c}
	if l := lay(indexed(g)); l.w > 4*l.h || l.h > 4*l.w {
		t.Errorf("%v wide, %v high", l.w, l.h)
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
