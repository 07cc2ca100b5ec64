package drawing

import "math"

// A single frame that is much higher than wide is folded into columns, as a text is in a newspaper.
const (
	tooHigh      = 2.6
	foldFrom     = 15 // rows, where it is all there is
	foldFromMany = 31 // rows, where there are other parts
)

// chooseColumns returns how many columns a part looks best in.
func (p *part) chooseColumns(alone bool) int {
	from := foldFromMany
	if alone {
		from = foldFrom
	}
	if len(p.clusters) != 1 || p.rows < from || p.h < tooHigh*p.w {
		return 1
	}
	return max(2, int(math.Sqrt(1.2*p.h/p.w)))
}

// fold cuts the rows into columns.
func (p *part) fold() {
	rows := (p.rows + p.columns - 1) / p.columns
	last := 0
	for _, n := range p.nodes {
		p.of[n] = p.row[n] / rows
		p.row[n] %= rows
		last = max(last, p.of[n])
	}
	p.rows, p.columns = rows, last+1
	p.keys = nil
	for k := range p.columns {
		p.keys = append(p.keys, k)
	}
}

// hop is a piece of an edge that leads from one column to another: along a side between columns.
type hop struct{ side, track int }

func (p *part) trackX(h hop) float64 { return p.sides[h.side].x + float64(h.track)*trackGap }

// chooseHops gives edges between columns tracks of their own: beside the column that they leave, and beside the one
// that they reach where that is another side. From the one to the other they run above all boxes.
func (p *part) chooseHops() {
	for _, i := range p.edges {
		u := &p.runs[i]
		from, to := p.of[u.upper], p.of[u.lower]
		if from == to {
			continue
		}
		for _, side := range []int{from + 1, to} {
			if len(u.hops) == 0 || u.hops[0].side != side {
				u.hops = append(u.hops, hop{side, len(p.sides[side].ends)})
				p.sides[side].ends = append(p.sides[side].ends, p.rows)
			}
		}
	}
}

// addHops tells the gaps of what an edge does in them. Its stops become the ends of these moves.
func (p *part) addHops(u run, stops []stop) {
	add := func(gap int, from float64, to *stop) {
		p.gaps[gap].moves = append(p.gaps[gap].moves, move{from, to, true})
	}
	add(p.row[u.upper]+1, stops[0].x, &stops[1])
	if len(u.hops) > 1 {
		add(0, stops[1].x, &stops[2])
	}
	add(p.row[u.lower], stops[len(stops)-2].x, &stops[len(stops)-1])
}

// hopping draws an edge from column to column: down, beside the column up or down, above others, and down again.
func (p *part) hopping(u run, stops []stop) []curve {
	level := func(row int, s stop) float64 {
		g := p.gaps[row]
		return g.high + (g.low-g.high)*float64(s.track+1)/float64(g.tracks+1)
	}
	out, in := stops[0].x, stops[len(stops)-1].x
	y := level(p.row[u.upper]+1, stops[1])
	at := []point{{out, p.boxes[u.upper].y + p.boxes[u.upper].h}, {out, y}, {stops[1].x, y}}
	if len(u.hops) > 1 {
		y = level(0, stops[2])
		at = append(at, point{stops[1].x, y}, point{stops[2].x, y})
	}
	y = level(p.row[u.lower], stops[len(stops)-1])
	return rounded(append(at, point{stops[len(stops)-2].x, y}, point{in, y}, point{in, p.boxes[u.lower].y}))
}

// rounded joins points by level and upright lines with round corners.
func rounded(at []point) []curve {
	l := pen{at: at[0]}
	for i := 1; i < len(at)-1; i++ {
		before, after := distance(at[i-1], at[i]), distance(at[i], at[i+1])
		radius := min(10, before/2, after/2)
		if radius < 0.1 {
			continue
		}
		a, b := towards(at[i], at[i-1], radius), towards(at[i], at[i+1], radius)
		l.straight(a)
		const arm = 0.55 // see along
		l.add(curve{a, {a.x + (at[i].x-a.x)*arm, a.y + (at[i].y-a.y)*arm}, {b.x + (at[i].x-b.x)*arm, b.y + (at[i].y-b.y)*arm}, b})
	}
	l.straight(at[len(at)-1])
	return l.out
}

func distance(a, b point) float64 { return math.Abs(a.x-b.x) + math.Abs(a.y-b.y) }

// towards is the point that lies d away from a on the way to b.
func towards(a, b point, d float64) point {
	of := d / distance(a, b)
	return point{a.x + (b.x-a.x)*of, a.y + (b.y-a.y)*of}
}
