package drawing

import (
	"cmp"
	"slices"
)

// part is frames that edges join, and what is in them: it is laid out for itself.
type part struct {
	*layout
	clusters []int
	nodes    []int
	edges    []int // their numbers
	row      []int // node → its row, from 0 without holes
	rows     int
	tight    bool           // it is squeezed
	columns  int            // that the only cluster is folded into; 1 where it is not
	keys     []int          // of frames: the clusters, or the columns of the only one
	of       []int          // node → the key of its frame
	frame    map[int]*frame // by key
	lanes    [][]*frame     // from left to right, each from above to below
	gaps     []gap          // between rows; gaps[r] is above row r
	top      []float64      // of each row
	height   []float64      // of each row
	sides    []side         // beside lanes; sides[i] is left of lane i
	runs     []run          // how each edge runs
	w, h     float64
}

// frame is a cluster, or a column of one, on its way to its place.
type frame struct {
	key         int
	first, last int // rows
	sheet
	itemOf     map[int]int // node → item
	x          []float64   // of each item's middle, from the frame's left side on
	w          float64
	lane       int
	left       float64
	neighbours map[int]int // key of a frame → edges between them
}

// run is an edge on its way: passes in the rows of its frame, or a track beside a lane.
type run struct {
	upper, lower int   // nodes
	passes       []int // the items of the frame where it passes, from above
	side, track  int   // side is -1 where it needs none
	hops         []hop // from column to column
}

func newPart(l *layout, clusters []int, row []int, columns int) *part {
	p := &part{layout: l, clusters: clusters, columns: columns, keys: clusters, frame: map[int]*frame{}, row: make([]int, len(l.nodes)), of: make([]int, len(l.nodes))}
	mine, used := map[int]bool{}, map[int]bool{}
	for _, c := range clusters {
		mine[c] = true
	}
	for n, c := range l.cluster {
		if mine[c] {
			p.nodes, used[row[n]] = append(p.nodes, n), true
		}
	}
	at := map[int]int{}
	for r := 0; len(at) < len(used); r++ {
		if used[r] {
			at[r] = len(at)
		}
	}
	p.rows = len(at)
	for _, n := range p.nodes {
		p.row[n], p.of[n] = at[row[n]], l.cluster[n]
	}
	if columns > 1 {
		p.fold()
	}
	for _, k := range p.keys {
		p.frame[k] = &frame{key: k, first: -1, itemOf: map[int]int{}, neighbours: map[int]int{}}
	}
	for i, e := range l.index.edges {
		if mine[l.cluster[e.from]] && e.from != e.to {
			p.edges = append(p.edges, i)
		}
	}
	return p
}

// frameOf is the frame of a node.
func (p *part) frameOf(n int) *frame { return p.frame[p.of[n]] }

func (p *part) lay() {
	p.span()
	p.fill()
	for _, k := range p.keys {
		f := p.frame[k]
		f.arrange()
		f.x = f.align()
		if p.tight {
			f.squeeze(f.x)
		}
		f.settle()
	}
	p.chooseLanes()
	if p.columns == 1 {
		p.orderLanes()
	}
	p.chooseTracks()
	p.placeLanes()
	p.setTitles()
	p.route()
}

// span finds the rows of each frame.
func (p *part) span() {
	for _, n := range p.nodes {
		f, r := p.frameOf(n), p.row[n]
		if f.first < 0 {
			f.first, f.last = r, r
		}
		f.first, f.last = min(f.first, r), max(f.last, r)
	}
}

// fill puts boxes into their frames' sheets, and passes for the edges that stay in one frame. Of very many long edges
// the longest run beside the frame instead, so that a sheet does not grow with the square of its boxes.
func (p *part) fill() {
	for _, n := range p.nodes {
		f := p.frameOf(n)
		if f.rows == nil {
			f.rows = make([][]int, f.last-f.first+1)
		}
		f.itemOf[n] = len(f.items)
		r := p.row[n] - f.first
		f.rows[r] = append(f.rows[r], len(f.items))
		f.items = append(f.items, item{node: n, w: p.boxes[n].w})
	}
	p.runs = make([]run, len(p.layout.index.edges))
	inner := map[*frame][]int{}
	for _, i := range p.edges {
		u := run{side: -1}
		u.upper, u.lower = p.ends(i)
		p.runs[i] = u
		f, g := p.frameOf(u.upper), p.frameOf(u.lower)
		if f == g {
			inner[f] = append(inner[f], i)
			continue
		}
		f.neighbours[g.key]++
		g.neighbours[f.key]++
		if p.columns == 1 && p.row[u.lower] > p.row[u.upper]+1 {
			p.runs[i].side = 0
		}
	}
	for _, k := range p.keys {
		p.fillPasses(p.frame[k], inner[p.frame[k]])
	}
}

func (p *part) fillPasses(f *frame, edges []int) {
	length := func(i int) int { return p.row[p.runs[i].lower] - p.row[p.runs[i].upper] }
	edges = slices.Clone(edges)
	slices.SortStableFunc(edges, func(a, b int) int { return cmp.Compare(length(a), length(b)) })
	room := 6*len(f.items) + 200
	for _, i := range edges {
		u := &p.runs[i]
		if room -= length(i) - 1; room < 0 && length(i) > 1 {
			u.side = 0
			continue
		}
		before := f.itemOf[u.upper]
		for r := p.row[u.upper] + 1; r < p.row[u.lower]; r++ {
			v := len(f.items)
			f.items = append(f.items, item{node: -1, w: 2})
			f.rows[r-f.first] = append(f.rows[r-f.first], v)
			f.join(before, v)
			u.passes, before = append(u.passes, v), v
		}
		f.join(before, f.itemOf[u.lower])
	}
}

// settle gives the frame its width.
func (f *frame) settle() {
	low, high := f.extent(f.x)
	f.w = high - low + 2*frameSide
	for v := range f.x {
		f.x[v] += frameSide - low
	}
}

// setTitles gives the frames' titles their lines.
func (p *part) setTitles() {
	for _, c := range p.clusters {
		w := p.w
		if p.columns == 1 {
			w = p.frame[c].w
		}
		p.abouts[c] = fold(line(p.Clusters[c].Title), w-2*frameSide, titleSize, 2)
	}
}

// move brings all to its place in the whole.
func (p *part) move(dx, dy float64) {
	for _, n := range p.nodes {
		p.boxes[n].x, p.boxes[n].y = p.boxes[n].x+dx, p.boxes[n].y+dy
	}
	for _, c := range p.clusters {
		p.frames[c].x, p.frames[c].y = p.frames[c].x+dx, p.frames[c].y+dy
	}
	for _, i := range p.edges {
		for k := range p.routes[i] {
			for j := range p.routes[i][k] {
				p.routes[i][k][j].x += dx
				p.routes[i][k][j].y += dy
			}
		}
	}
}
