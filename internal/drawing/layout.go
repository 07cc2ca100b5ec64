package drawing

import (
	"cmp"
	"math"
	"slices"
)

// Sizes, in pixels.
const (
	boxWidth   = 224
	headHeight = 28 // of a box's first line
	lineHeight = 16
	boxFoot    = 9
	frameSide  = 18 // between a frame and its boxes
	frameHead  = 54
	frameFoot  = 18
	laneGap    = 30 // between frames beside each other
	trackGap   = 9  // between lines that run beside each other
	minRoute   = 40 // the height in which lines run from row to row
	partGap    = 36 // between parts that nothing joins
	margin     = 24
)

type point struct{ x, y float64 }

// rect is given by its upper left corner.
type rect struct{ x, y, w, h float64 }

// curve is a piece of a line: a Bézier curve of four points.
type curve [4]point

// layout is where everything stands.
type layout struct {
	*index
	boxes  []rect     // of each node
	lines  [][]string // of each node, its title
	frames []rect     // of each cluster; empty where it has no nodes
	abouts [][]string // of each cluster, its title
	routes [][]curve  // of each edge, from the upper end to the lower one; none for an edge from a node to itself
	w, h   float64
}

// lay places everything: rows first, then the frames one by one, then these beside each other, then the edges.
// It follows "Methods for Visual Understanding of Hierarchical System Structures" (Sugiyama, Tagawa, Toda: 1981), with
// frames: each stands in a lane, and edges between lanes run through the gaps between lanes and between rows, so that
// they meet no box.
func lay(x *index) *layout {
	l := &layout{
		index: x, boxes: make([]rect, len(x.nodes)), lines: make([][]string, len(x.nodes)),
		frames: make([]rect, len(x.Clusters)), abouts: make([][]string, len(x.Clusters)), routes: make([][]curve, len(x.edges)),
	}
	for n, node := range x.nodes {
		l.lines[n] = fold(line(node.Title), boxWidth-24, titleSize, 3)
		l.boxes[n] = rect{w: boxWidth, h: headHeight + float64(len(l.lines[n]))*lineHeight + boxFoot}
	}
	clusters := l.parts()
	parts, wide := l.lay(clusters), false
	for _, p := range parts {
		wide = p.chooseBands() || wide
	}
	if wide {
		parts = l.lay(clusters)
	}
	row := l.rank()
	for i, p := range parts {
		columns, wide := p.chooseColumns(len(parts) == 1), p.wide()
		if columns > 1 || wide {
			parts[i] = newPart(l, clusters[i], row, columns)
			parts[i].tight = wide
			parts[i].lay()
		}
	}
	l.pack(parts)
	return l
}

func (l *layout) lay(clusters [][]int) []*part {
	row := l.rank()
	var out []*part
	for _, cs := range clusters {
		p := newPart(l, cs, row, 1)
		p.lay()
		out = append(out, p)
	}
	return out
}

// parts returns the clusters with nodes, those that edges join together.
func (x *index) parts() [][]int {
	leader := make([]int, len(x.Clusters))
	for c := range leader {
		leader[c] = c
	}
	find := func(c int) int {
		for leader[c] != c {
			leader[c] = leader[leader[c]]
			c = leader[c]
		}
		return c
	}
	for _, e := range x.edges {
		a, b := find(x.cluster[e.from]), find(x.cluster[e.to])
		leader[max(a, b)] = min(a, b)
	}
	has := make([]bool, len(x.Clusters))
	for _, c := range x.cluster {
		has[c] = true
	}
	at := map[int]int{}
	var out [][]int
	for c := range x.Clusters {
		if !has[c] {
			continue
		}
		i, ok := at[find(c)]
		if !ok {
			i = len(out)
			at[find(c)] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], c)
	}
	return out
}

// pack puts the parts on shelves, the highest first, so that the whole is a little wider than high.
func (l *layout) pack(parts []*part) {
	slices.SortStableFunc(parts, func(a, b *part) int { return cmp.Compare(b.h, a.h) })
	area, widest := 0.0, 0.0
	for _, p := range parts {
		area += (p.w + partGap) * (p.h + partGap)
		widest = max(widest, p.w)
	}
	shelf := max(widest, math.Sqrt(area*1.5))
	x, y, high := 0.0, 0.0, 0.0
	for _, p := range parts {
		if x > 0 && x+p.w > shelf {
			x, y, high = 0, y+high+partGap, 0
		}
		p.move(margin+x, margin+y)
		l.w, l.h = max(l.w, margin+x+p.w), max(l.h, margin+y+p.h)
		x, high = x+p.w+partGap, max(high, p.h)
	}
	l.w, l.h = l.w+margin, l.h+margin
}
