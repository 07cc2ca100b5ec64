package view

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/drawing"
)

var graphLooks = map[drawing.State]look{
	drawing.Ready: {"▶", ">", green}, drawing.Started: {"◐", "~", green}, drawing.Queued: {"○", "-", ""},
	drawing.Blocked: {"○", "-", yellow}, drawing.Waiting: {"…", "...", cyan}, drawing.Inactive: {"○", "-", dim},
	drawing.Done: {"✓", "ok", dim}, drawing.Failed: {"✗", "FAIL", red}, drawing.Cancelled: {"–", "-", dim}, drawing.Unknown: {"?", "?", yellow},
}

// Graph writes what waits for what as trees, one for each plan. Each task stands once, below the last one that it waits
// for: where one comes after another the lines follow each other, and where several do the tree branches.
func Graph(w io.Writer, v app.GraphView, o Options) error {
	p := newPrinter(w, o)
	critical, arrows := drawing.Critical(v.Graph), drawing.Arrows(v.Graph)
	onPath := make(map[string]bool, len(critical))
	for _, id := range critical {
		onPath[id] = true
	}
	first := true
	for _, c := range v.Clusters {
		if c.Outside {
			continue // told beside what needs it
		}
		if !first {
			p.put("")
		}
		first = false
		p.title(c.ID, c.Title, v.Files[c.ID])
		if len(c.Nodes) == 0 {
			p.put(p.dim("  no tasks and no decisions"))
			continue
		}
		t := &tree{printer: p, nodes: c.Nodes, critical: onPath, table: &table{indent: 2, give: []give{{1, 24}, {3, 20}, {1, 12}}}}
		t.draw(arrows)
		p.rows(t.table)
	}
	if len(critical) > 0 {
		arrow := " → "
		if !p.unicode {
			arrow = " -> "
		}
		p.put("")
		p.hang(p.bold("critical path")+"  ", 15, fmt.Sprintf("%s (%d open in a row)", join(arrow, critical...), len(critical)), "")
	}
	return p.flush()
}

// tree is one plan on its way to lines.
type tree struct {
	*printer
	*table
	nodes    []drawing.Node
	critical map[string]bool  // ids on the critical path
	needs    map[int][]string // node → what is told that it needs
	under    map[int][]int    // node → those that stand below it; -1: those that begin
}

func (t *tree) draw(arrows []drawing.Arrow) {
	at := map[string]int{}
	for i, n := range t.nodes {
		at[n.ID] = i
	}
	t.needs, t.under = map[int][]string{}, map[int][]int{}
	before, after := map[int][]int{}, map[int][]int{}
	for _, a := range arrows {
		to, ok := at[a.To]
		if !ok {
			continue
		}
		from, here := at[a.From]
		name := a.From
		if here {
			name = t.nodes[from].Short
		}
		if a.Gates {
			t.needs[to] = append(t.needs[to], name)
		}
		if here && !a.Cycle {
			before[to], after[from] = append(before[to], from), append(after[from], to)
		}
	}
	t.grow(before, after)
	t.branch(t.under[-1], "", len(t.under[-1]) > 1)
}

// grow puts each node below the last of those that it comes after, in an order in which these stand before it.
func (t *tree) grow(before, after map[int][]int) {
	missing, place, placed := make([]int, len(t.nodes)), make([]int, len(t.nodes)), 0
	var next []int
	for n := range t.nodes {
		if missing[n] = len(before[n]); missing[n] == 0 {
			next = append(next, n)
		}
	}
	for ; len(next) > 0; placed++ {
		n := slices.Min(next)
		next = slices.DeleteFunc(next, func(m int) bool { return m == n })
		place[n] = placed
		parent := -1
		for _, b := range before[n] {
			if parent < 0 || place[b] > place[parent] {
				parent = b
			}
		}
		t.under[parent] = append(t.under[parent], n)
		for _, m := range after[n] {
			if missing[m]--; missing[m] == 0 {
				next = append(next, m)
			}
		}
	}
	t.longestLast(-1, place)
}

// longestLast orders branches by where the last node of each is placed, so that what joins several of them comes in the
// last one. It returns the place of the last node below n.
func (t *tree) longestLast(n int, place []int) int {
	last := map[int]int{}
	most := -1
	for _, m := range t.under[n] {
		last[m] = max(place[m], t.longestLast(m, place))
		most = max(most, last[m])
	}
	slices.SortStableFunc(t.under[n], func(a, b int) int { return cmp.Compare(last[a], last[b]) })
	return most
}

// branch writes nodes that stand below the same one.
func (t *tree) branch(nodes []int, lead string, fork bool) {
	tee, last, bar := "├─ ", "└─ ", "│  "
	if !t.unicode {
		tee, last, bar = "|- ", "`- ", "|  "
	}
	for i, n := range nodes {
		head, rest := lead, lead
		if fork {
			head, rest = lead+tee, lead+bar
			if i == len(nodes)-1 {
				head, rest = lead+last, lead+"   "
			}
		}
		for { // those that come one after the other
			t.node(n, head)
			below := t.under[n]
			if len(below) != 1 {
				t.branch(below, rest, true)
				break
			}
			n, head = below[0], rest
		}
	}
}

func (t *tree) node(n int, lead string) {
	node := t.nodes[n]
	l := graphLooks[node.State]
	glyph := l.glyph
	if !t.unicode {
		glyph = pad(l.ascii, t.glyphs())
	}
	short := ""
	if t.critical[node.ID] {
		short = bold
	}
	var needs string
	if of := t.needs[n]; len(of) > 0 {
		needs = "needs " + strings.Join(of, ", ")
	}
	t.add(cell{lead + t.paint(l.color, glyph) + " " + t.paint(short, Safe(node.Short)), ""}, cell{Safe(node.Title), ""}, cell{Safe(node.Word()), l.color}, cell{join("; ", needs, node.Why), dim})
}
