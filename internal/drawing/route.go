package drawing

import (
	"cmp"
	"math"
	"slices"
)

// gap is the room above a row, in which edges change from side to side: below the feet of the frames that end above,
// and above the heads of those that begin.
type gap struct {
	ends      bool    // frames end above
	head      float64 // how high the heads of the frames are that begin below
	moves     []move
	tracks    int
	high, low float64 // where edges change
}

// move is what an edge does in a gap: it comes from an x, and goes to a stop.
type move struct {
	from  float64
	to    *stop
	track bool // it runs along a track
}

// longMove is from where on an edge runs along a track rather than in one curve.
const longMove = 300

// stop is where an edge crosses a row's upper or lower side.
type stop struct {
	x     float64
	row   int
	track int // of the gap above; -1: the edge comes in one curve
}

// route gives boxes and frames their places and edges their lines.
func (p *part) route() {
	for _, k := range p.keys {
		f := p.frame[k]
		for v, it := range f.items {
			if it.node >= 0 {
				p.boxes[it.node].x = f.left + f.x[v] - it.w/2
			}
		}
	}
	stops := p.stops()
	p.gaps = make([]gap, p.rows+1)
	for _, c := range p.clusters {
		first, last := p.spanOf(c)
		g := &p.gaps[first]
		g.head = max(g.head, frameHead+lineHeight*float64(max(0, len(p.abouts[c])-1)))
		p.gaps[last+1].ends = true
	}
	for _, i := range p.edges {
		if p.runs[i].hops != nil {
			p.addHops(p.runs[i], stops[i])
			continue
		}
		for k := 0; k+1 < len(stops[i]); k++ {
			if from, to := stops[i][k], &stops[i][k+1]; to.row == from.row+1 {
				p.gaps[to.row].moves = append(p.gaps[to.row].moves, move{from.x, to, math.Abs(to.x-from.x) > longMove})
			}
		}
	}
	for r := range p.gaps {
		p.gaps[r].chooseTracks()
	}
	p.placeRows()
	for _, i := range p.edges {
		if p.runs[i].hops != nil {
			p.routes[i] = p.hopping(p.runs[i], stops[i])
			continue
		}
		p.routes[i] = p.line(p.runs[i], stops[i])
	}
}

// stops are the points through which edges run: where they leave, where they pass rows, and where they arrive.
func (p *part) stops() [][]stop {
	passes := make([][]stop, len(p.runs))
	for _, i := range p.edges {
		u := p.runs[i]
		f := p.frameOf(u.upper)
		switch {
		case u.hops != nil:
			passes[i] = []stop{{p.trackX(u.hops[0]), 0, -1}, {p.trackX(u.hops[len(u.hops)-1]), 0, -1}}
		case u.side >= 0:
			x := p.sides[u.side].x + float64(u.track)*trackGap
			passes[i] = []stop{{x, p.row[u.upper] + 1, -1}, {x, p.row[u.lower] - 1, -1}}
		default:
			for k, v := range u.passes {
				passes[i] = append(passes[i], stop{f.left + f.x[v], p.row[u.upper] + 1 + k, -1})
			}
		}
	}
	middle := func(n int) float64 { return p.boxes[n].x + p.boxes[n].w/2 }
	below, above := map[int][]port{}, map[int][]port{}
	for _, i := range p.edges {
		u := p.runs[i]
		next, last := middle(u.lower), middle(u.upper)
		if n := len(passes[i]); n > 0 {
			next, last = passes[i][0].x, passes[i][n-1].x
		}
		below[u.upper] = append(below[u.upper], port{i, next})
		above[u.lower] = append(above[u.lower], port{i, last})
	}
	out, in := make([]float64, len(p.runs)), make([]float64, len(p.runs))
	for _, n := range p.nodes {
		spread(below[n], middle(n), out)
		spread(above[n], middle(n), in)
	}
	stops := make([][]stop, len(p.runs))
	for _, i := range p.edges {
		u := p.runs[i]
		stops[i] = slices.Concat([]stop{{out[i], p.row[u.upper], -1}}, passes[i], []stop{{in[i], p.row[u.lower], -1}})
	}
	return stops
}

// port is where an edge meets a side of a box: it goes to, or comes from, an x.
type port struct {
	edge int
	x    float64
}

// spread gives the edges at one side of a box places beside each other, in the order in which they go apart. One that
// goes straight on stands in the middle, where there is one and it leaves room for the others.
func spread(ports []port, middle float64, at []float64) {
	slices.SortStableFunc(ports, func(a, b port) int { return cmp.Compare(a.x, b.x) })
	n := len(ports)
	step := min(20, (boxWidth-48)/float64(max(n-1, 1)))
	centre := float64(n-1) / 2
	for i, p := range ports {
		if room := (boxWidth/2 - 16) / step; math.Abs(p.x-middle) < 1 && float64(max(i, n-1-i)) <= room {
			centre = float64(i)
		}
	}
	for i, p := range ports {
		at[p.edge] = middle + (float64(i)-centre)*step
	}
}

// maxTracks is how many lines run below each other in a gap: more could not be told apart anyway.
const maxTracks = 60

// chooseTracks gives long moves tracks so that none covers another. Of those to the right the one that begins furthest
// to the right runs highest, so that it crosses none of the others, and the same to the left.
func (g *gap) chooseTracks() {
	long := slices.DeleteFunc(slices.Clone(g.moves), func(m move) bool { return !m.track })
	slices.SortStableFunc(long, func(a, b move) int {
		switch right, other := a.to.x > a.from, b.to.x > b.from; {
		case right && other:
			return cmp.Compare(b.from, a.from)
		case !right && !other:
			return cmp.Compare(a.from, b.from)
		case right:
			return -1
		}
		return 1
	})
	var taken [][][2]float64
	for i, m := range long {
		low, high := min(m.from, m.to.x)-trackGap, max(m.from, m.to.x)+trackGap
		track := slices.IndexFunc(taken, func(spans [][2]float64) bool {
			return !slices.ContainsFunc(spans, func(s [2]float64) bool { return s[0] < high && low < s[1] })
		})
		if track < 0 && len(taken) < maxTracks {
			track, taken = len(taken), append(taken, nil)
		} else if track < 0 {
			track = i % maxTracks
		}
		m.to.track = track
		taken[track] = append(taken[track], [2]float64{low, high})
	}
	g.tracks = len(taken)
}

// placeRows gives rows, boxes and frames their y.
func (p *part) placeRows() {
	p.top, p.height = make([]float64, p.rows), make([]float64, p.rows)
	for _, n := range p.nodes {
		p.height[p.row[n]] = max(p.height[p.row[n]], p.boxes[n].h)
	}
	y := 0.0
	for r := range p.gaps {
		g := &p.gaps[r]
		foldedOver := p.columns > 1 && r == p.rows // lines run within the frame
		if g.ends && !foldedOver {
			y += frameFoot
		}
		if p.columns > 1 {
			y += g.head
		}
		g.high = y
		switch {
		case r > 0 && r < p.rows:
			y += max(minRoute, float64(g.tracks+2)*trackGap)
		case g.tracks > 0:
			y += float64(g.tracks+2) * trackGap
		}
		g.low = y
		if p.columns == 1 {
			y += g.head
		}
		if foldedOver {
			y += frameFoot
		}
		if r < p.rows {
			p.top[r] = y
			y += p.height[r]
		}
	}
	p.h = y
	for _, n := range p.nodes {
		p.boxes[n].y = p.top[p.row[n]] + (p.height[p.row[n]]-p.boxes[n].h)/2
	}
	for _, c := range p.clusters {
		first, last := p.spanOf(c)
		top := p.gaps[first].low
		bottom := p.top[last] + p.height[last] + frameFoot
		left, w := 0.0, p.w
		if p.columns > 1 {
			top, bottom = 0, p.h
		} else {
			left, w = p.frame[c].left, p.frame[c].w
		}
		p.frames[c] = rect{left, top, w, bottom - top}
	}
}

// spanOf returns the first and the last row of a cluster.
func (p *part) spanOf(c int) (first, last int) {
	if p.columns > 1 {
		return 0, p.rows - 1
	}
	return p.frame[c].first, p.frame[c].last
}

// line joins the stops of an edge, from the upper box to the lower one.
func (p *part) line(u run, stops []stop) []curve {
	l := pen{at: point{stops[0].x, p.boxes[u.upper].y + p.boxes[u.upper].h}}
	for k := 1; k < len(stops); k++ {
		s := stops[k]
		if s.row != stops[k-1].row+1 {
			continue // beside a lane: straight on
		}
		g := p.gaps[s.row]
		l.down(g.high)
		switch {
		case s.track < 0:
			l.curve(s.x, g.low)
		default:
			l.along(g.high+(g.low-g.high)*float64(s.track+1)/float64(g.tracks+1), s.x, g.low)
		}
	}
	l.down(p.boxes[u.lower].y)
	return l.out
}

// pen draws a line downwards.
type pen struct {
	at  point
	out []curve
}

func (l *pen) add(c curve) { l.out, l.at = append(l.out, c), c[3] }

func (l *pen) straight(to point) {
	a := l.at
	l.add(curve{a, {a.x + (to.x-a.x)/3, a.y + (to.y-a.y)/3}, {a.x + (to.x-a.x)*2/3, a.y + (to.y-a.y)*2/3}, to})
}

// down goes straight down to y.
func (l *pen) down(y float64) {
	if y > l.at.y {
		l.straight(point{l.at.x, y})
	}
}

// curve goes down to a point; it leaves and arrives upright.
func (l *pen) curve(x, y float64) {
	if x == l.at.x {
		l.down(y)
		return
	}
	middle := (l.at.y + y) / 2
	l.add(curve{l.at, {l.at.x, middle}, {x, middle}, {x, y}})
}

// along goes down to a point along a level line, with round corners.
func (l *pen) along(level, x, y float64) {
	radius := min(10, level-l.at.y, y-level)
	sign := 1.0
	if x < l.at.x {
		sign = -1
	}
	const arm = 0.55 // with arms as long as this a curve is nearly a quarter of a circle
	l.down(level - radius)
	a := l.at
	l.add(curve{a, {a.x, a.y + radius*arm}, {a.x + sign*radius*(1-arm), level}, {a.x + sign*radius, level}})
	l.straight(point{x - sign*radius, level})
	a = l.at
	l.add(curve{a, {a.x + sign*radius*arm, level}, {x, level + radius*(1-arm)}, {x, level + radius}})
	l.down(y)
}
