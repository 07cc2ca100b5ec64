package drawing

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drawn makes any graph: frames of all sizes, tasks that follow each other and need others near and far, decisions,
// plans as a whole, nodes of plans that were not asked for, and cycles.
func drawn(t *rapid.T) Graph {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	plans := rapid.SampledFrom([]int{1, 1, 2, 3, 5, 9, 25}).Draw(t, "plans")
	tasks := rapid.SampledFrom([]int{1, 3, 8, 20, 60}).Draw(t, "tasks")
	return random(r, plans, tasks, random64(r), rapid.Bool().Draw(t, "cycles"))
}

// random64 is how a graph is joined: how often a task follows the one before, needs one of its plan, and needs one of
// another plan.
func random64(r *rand.Rand) [3]float64 {
	return [3]float64{r.Float64(), r.Float64() * r.Float64() * 2, r.Float64() * r.Float64() * r.Float64()}
}

func random(r *rand.Rand, plans, tasks int, often [3]float64, cycles bool) Graph {
	var g Graph
	var all []string
	for p := range plans {
		c := Cluster{ID: fmt.Sprintf("COAST-WP-%04d", p+1), Title: words(r, 6), Status: "active", Outside: r.IntN(8) == 0}
		for i := range 1 + r.IntN(tasks) {
			n := Node{Short: fmt.Sprintf("T%02d", i+1), Title: words(r, r.IntN(14)), Kind: Task, State: States[r.IntN(len(States))]}
			switch r.IntN(12) {
			case 0:
				n.Kind, n.Short = Decision, fmt.Sprintf("D-%02d", i+1)
			case 1:
				n.Kind = Plan
			}
			n.ID = c.ID + "-" + n.Short
			c.Nodes = append(c.Nodes, n)
		}
		for i := range c.Nodes {
			id := c.Nodes[i].ID
			if i > 0 && r.Float64() < often[0] {
				g.Edges = append(g.Edges, Edge{From: c.Nodes[i-1].ID, To: id})
			}
			for i > 0 && r.Float64() < often[1]/2 {
				far := i
				if r.IntN(4) > 0 {
					far = min(i, 6)
				}
				g.Edges = append(g.Edges, Edge{From: c.Nodes[i-1-r.IntN(far)].ID, To: id, Gates: true})
			}
			for len(all) > 0 && r.Float64() < often[2] {
				g.Edges = append(g.Edges, Edge{From: all[r.IntN(len(all))], To: id, Gates: true})
			}
			if cycles && len(all) > 0 && r.IntN(10) == 0 {
				g.Edges = append(g.Edges, Edge{From: id, To: all[r.IntN(len(all))], Gates: true})
			}
		}
		for _, n := range c.Nodes {
			all = append(all, n.ID)
		}
		g.Clusters = append(g.Clusters, c)
	}
	return g
}

var some = strings.Fields("inventory the deployment substrate of registry-packages database role and certificate ingress Übersicht vergabe-teilnahme 日本語 https://example.org/a/very/long/path backup")

func words(r *rand.Rand, n int) string {
	var out []string
	for range n {
		out = append(out, some[r.IntN(len(some))])
	}
	return strings.Join(out, " ")
}

// TestLayoutProperties: no two boxes and no two frames meet, each box is in its frame, no edge runs through a box, edges
// go from box to box without a hole, and nothing is outside the picture.
func TestLayoutProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkLayout(t, drawn(t)) })
}

func checkLayout(t rapid.TB, g Graph) {
	t.Helper()
	l := lay(indexed(g))
	picture := rect{0, 0, l.w, l.h}
	for n, b := range l.boxes {
		if !contains(l.frames[l.cluster[n]], b) {
			t.Fatalf("box %s %v is not in its frame %v", l.nodes[n].ID, b, l.frames[l.cluster[n]])
		}
		for m := range n {
			if meet(b, l.boxes[m]) {
				t.Fatalf("boxes %s %v and %s %v meet", l.nodes[n].ID, b, l.nodes[m].ID, l.boxes[m])
			}
		}
	}
	for c, f := range l.frames {
		if !contains(picture, f) {
			t.Fatalf("frame %v is not in the picture %v", f, picture)
		}
		for d := range c {
			if meet(f, l.frames[d]) {
				t.Fatalf("frames %v and %v meet", f, l.frames[d])
			}
		}
	}
	for i := range l.index.edges {
		checkRoute(t, l, i, picture)
	}
	if again := SVG(g); again != SVG(g) {
		t.Fatal("the same graph is drawn in two ways")
	}
}

func checkRoute(t rapid.TB, l *layout, i int, picture rect) {
	t.Helper()
	e, route := l.index.edges[i], l.routes[i]
	name := l.nodes[e.from].ID + " → " + l.nodes[e.to].ID
	if e.from == e.to {
		return
	}
	upper, lower := l.ends(i)
	if len(route) == 0 || !onSide(route[0][0], l.boxes[upper], l.boxes[upper].y+l.boxes[upper].h) ||
		!onSide(route[len(route)-1][3], l.boxes[lower], l.boxes[lower].y) {
		t.Fatalf("%s does not lead from box to box: %v", name, route)
	}
	for k, c := range route {
		if k > 0 && c[0] != route[k-1][3] {
			t.Fatalf("%s has a hole: %v", name, route)
		}
		around := rect{ // a Bézier curve stays among its four points
			min(c[0].x, c[1].x, c[2].x, c[3].x) - 1, min(c[0].y, c[1].y, c[2].y, c[3].y) - 1,
			max(c[0].x, c[1].x, c[2].x, c[3].x) - min(c[0].x, c[1].x, c[2].x, c[3].x) + 2,
			max(c[0].y, c[1].y, c[2].y, c[3].y) - min(c[0].y, c[1].y, c[2].y, c[3].y) + 2,
		}
		for _, p := range samples(c) {
			if p.x < 0 || p.x > picture.w || p.y < 0 || p.y > picture.h {
				t.Fatalf("%s leaves the picture at %v", name, p)
			}
		}
		for n, b := range l.boxes {
			if !meet(around, b) {
				continue
			}
			for _, p := range samples(c) {
				if p.x > b.x+0.01 && p.x < b.x+b.w-0.01 && p.y > b.y+0.01 && p.y < b.y+b.h-0.01 {
					t.Fatalf("%s runs through %s", name, l.nodes[n].ID)
				}
			}
		}
	}
}

// samples are points of a curve, no further from each other than a box is small.
func samples(c curve) []point {
	n := 4 + int((math.Abs(c[3].x-c[0].x)+math.Abs(c[3].y-c[0].y))/12)
	out := make([]point, 0, n+1)
	for k := range n + 1 {
		s := float64(k) / float64(n)
		r := 1 - s
		at := func(a, b, c, d float64) float64 { return r*r*r*a + 3*r*r*s*b + 3*r*s*s*c + s*s*s*d }
		out = append(out, point{at(c[0].x, c[1].x, c[2].x, c[3].x), at(c[0].y, c[1].y, c[2].y, c[3].y)})
	}
	return out
}

func onSide(p point, b rect, y float64) bool {
	return math.Abs(p.y-y) < 0.01 && p.x >= b.x+8 && p.x <= b.x+b.w-8
}

func contains(a, b rect) bool {
	return b.w == 0 || a.x <= b.x && a.y <= b.y && a.x+a.w >= b.x+b.w && a.y+a.h >= b.y+b.h
}

func meet(a, b rect) bool {
	return a.w > 0 && b.w > 0 && a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h
}
