package drawing

import (
	"cmp"
	"math"
	"slices"
)

// side is the room beside lanes in which edges run down past frames.
type side struct {
	ends []int // of each track, the last row that is taken
	x    float64
}

// chooseLanes puts each frame into a lane, below frames that end above it; of several lanes into the one that most
// edges join it to.
func (p *part) chooseLanes() {
	frames := make([]*frame, 0, len(p.keys))
	for _, k := range p.keys {
		frames = append(frames, p.frame[k])
	}
	slices.SortStableFunc(frames, func(a, b *frame) int { return cmp.Compare(a.first, b.first) })
	for _, f := range frames {
		best, most, off := -1, -1, 0.0
		for i, lane := range p.lanes {
			if lane[len(lane)-1].last >= f.first {
				continue
			}
			joined, wide := 0, 0.0
			for _, g := range lane {
				joined, wide = joined+f.neighbours[g.key], max(wide, g.w)
			}
			if joined > most || joined == most && math.Abs(wide-f.w) < off {
				best, most, off = i, joined, math.Abs(wide-f.w)
			}
		}
		if best < 0 {
			best = len(p.lanes)
			p.lanes = append(p.lanes, nil)
		}
		p.lanes[best] = append(p.lanes[best], f)
	}
	p.numberLanes()
}

func (p *part) numberLanes() {
	for i, lane := range p.lanes {
		for _, f := range lane {
			f.lane = i
		}
	}
}

// orderLanes brings lanes that edges join near to each other: by the middle of what each is joined to, and then by
// exchanging neighbours.
func (p *part) orderLanes() {
	joined := make([]map[int]int, len(p.lanes))
	for i, lane := range p.lanes {
		joined[i] = map[int]int{}
		for _, f := range lane {
			for c, n := range f.neighbours {
				if g := p.frame[c]; g.lane != i {
					joined[i][g.lane] += n
				}
			}
		}
	}
	order := make([]int, len(p.lanes)) // of lanes
	for i := range order {
		order[i] = i
	}
	best, least := slices.Clone(order), laneCost(order, joined)
	for range 12 {
		at := inverse(order)
		key := make([]float64, len(order))
		for i := range order {
			sum, n := float64(at[i]), 1
			for j, w := range joined[i] {
				sum, n = sum+float64(w*at[j]), n+w
			}
			key[i] = sum / float64(n)
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(key[a], key[b]) })
		if cost := laneCost(order, joined); cost < least {
			best, least = slices.Clone(order), cost
		}
	}
	best = exchangeLanes(best, joined)
	lanes := make([][]*frame, len(best))
	for i, from := range best {
		lanes[i] = p.lanes[from]
	}
	p.lanes = lanes
	p.numberLanes()
}

func inverse(order []int) []int {
	at := make([]int, len(order))
	for i, v := range order {
		at[v] = i
	}
	return at
}

// laneCost is how far edges run from lane to lane.
func laneCost(order []int, joined []map[int]int) int {
	at, sum := inverse(order), 0
	for i, others := range joined {
		for j, w := range others {
			sum += w * max(at[i]-at[j], at[j]-at[i])
		}
	}
	return sum
}

// exchangeLanes swaps neighbours as long as that makes edges shorter.
func exchangeLanes(order []int, joined []map[int]int) []int {
	at := inverse(order)
	pull := func(i, at1 int) int { // what it costs to have lane i there, neighbours aside
		sum := 0
		for j, w := range joined[i] {
			sum += w * max(at1-at[j], at[j]-at1)
		}
		return sum
	}
	for range 20 {
		changed := false
		for k := 0; k+1 < len(order); k++ {
			a, b := order[k], order[k+1]
			between := 2 * joined[a][b] // their own edge is as long as before, and both sums take it for gone
			if pull(a, k+1)+pull(b, k)+between < pull(a, k)+pull(b, k+1) {
				order[k], order[k+1] = b, a
				at[a], at[b] = k+1, k
				changed = true
			}
		}
		if !changed {
			break
		}
	}
	return order
}

// chooseTracks gives the edges that pass other frames' rows a track beside a lane: on the side of the lane of their
// lower end from which they come.
func (p *part) chooseTracks() {
	p.sides = make([]side, len(p.lanes)+1)
	var edges []int
	for _, i := range p.edges {
		if p.runs[i].side >= 0 {
			edges = append(edges, i)
		}
	}
	slices.SortStableFunc(edges, func(a, b int) int {
		ra, rb := p.runs[a], p.runs[b]
		return cmp.Or(cmp.Compare(p.row[ra.upper], p.row[rb.upper]), cmp.Compare(p.row[ra.lower], p.row[rb.lower]))
	})
	for _, i := range edges {
		u := &p.runs[i]
		from, to := p.frameOf(u.upper).lane, p.frameOf(u.lower).lane
		switch {
		case from < to:
			u.side = to
		case from > to:
			u.side = to + 1
		default:
			u.side = to
			if len(p.sides[to+1].ends) < len(p.sides[to].ends) {
				u.side = to + 1
			}
		}
		s := &p.sides[u.side]
		u.track = slices.IndexFunc(s.ends, func(end int) bool { return end < p.row[u.upper]+1 })
		if u.track < 0 {
			u.track = len(s.ends)
			s.ends = append(s.ends, 0)
		}
		s.ends[u.track] = p.row[u.lower] - 1
	}
	if p.columns > 1 {
		p.chooseHops()
	}
}

// placeLanes gives lanes, sides and frames their x.
func (p *part) placeLanes() {
	x := 0.0
	for i := range p.sides {
		s := &p.sides[i]
		room := 0.0
		if n := len(s.ends); n > 0 {
			room = float64(n-1)*trackGap + 2*trackGap
		}
		s.x = x + trackGap
		if inside := i > 0 && i < len(p.lanes); inside {
			s.x, room = x+laneGap/2, max(laneGap, room+laneGap-2*trackGap)
		}
		x += room
		if i == len(p.lanes) {
			break
		}
		wide := 0.0
		for _, f := range p.lanes[i] {
			wide = max(wide, f.w)
		}
		for _, f := range p.lanes[i] {
			f.left = math.Round(x + (wide-f.w)/2)
		}
		x += wide
	}
	p.w = x
}
