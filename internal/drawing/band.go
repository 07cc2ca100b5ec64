package drawing

import "math"

// A part that is much wider than high, or whose frames are almost empty since edges pull them apart, is laid out once
// more, in bands below each other.
const (
	tooWide  = 2.2
	wideFrom = 2600
	tooEmpty = 0.08
)

// wide tells whether a part is much wider than high.
func (p *part) wide() bool { return p.w > wideFrom && p.w > tooWide*p.h }

// chooseBands puts what a part holds into bands, where it is too wide or too empty, and tells whether it did: frames,
// so that edges lead downwards where they can, or what is not joined in the only one.
func (p *part) chooseBands() bool {
	boxes, frames := 0.0, 0.0
	for _, n := range p.nodes {
		boxes += p.boxes[n].w * p.boxes[n].h
	}
	for _, c := range p.clusters {
		frames += p.frames[c].w * p.frames[c].h
	}
	wide := p.wide()
	empty := len(p.clusters) > 2 && boxes < tooEmpty*frames
	if !wide && !empty {
		return false
	}
	groups := p.groups()
	most := math.Sqrt(boxes * 6)
	for _, g := range groups {
		most = max(most, g.w)
	}
	band, x := 0, 0.0
	for _, g := range groups {
		if x > 0 && x+g.w > most {
			band, x = band+1, 0
		}
		for _, n := range g.nodes {
			p.band[n] = band
		}
		x += g.w + laneGap
	}
	return band > 0
}

// group is nodes that stay in one band.
type group struct {
	nodes []int
	w     float64 // about
}

// groups returns the frames, or where there is only one what is joined in it.
func (p *part) groups() []group {
	var out []group
	if len(p.clusters) == 1 {
		return p.joined()
	}
	at := map[int]int{}
	for _, c := range p.downwards() {
		at[c] = len(out)
		out = append(out, group{w: p.frames[c].w})
	}
	for _, n := range p.nodes {
		g := &out[at[p.cluster[n]]]
		g.nodes = append(g.nodes, n)
	}
	return out
}

// joined returns nodes that edges join; those without any are one group, as wide as it is high.
func (p *part) joined() []group {
	leader := make([]int, len(p.layout.nodes))
	for n := range leader {
		leader[n] = n
	}
	find := func(n int) int {
		for leader[n] != n {
			leader[n] = leader[leader[n]]
			n = leader[n]
		}
		return n
	}
	alone := make([]bool, len(leader))
	for _, n := range p.nodes {
		alone[n] = true
	}
	for _, i := range p.edges {
		e := p.layout.index.edges[i]
		a, b := find(e.from), find(e.to)
		leader[max(a, b)] = min(a, b)
		alone[e.from], alone[e.to] = false, false
	}
	at := map[int]int{}
	var out []group
	for _, n := range p.nodes {
		key := find(n)
		if alone[n] {
			key = -1
		}
		i, ok := at[key]
		if !ok {
			i = len(out)
			at[key] = i
			out = append(out, group{})
		}
		out[i].nodes = append(out[i].nodes, n)
	}
	for i := range out {
		g, rows := &out[i], map[int]int{}
		for _, n := range g.nodes {
			rows[p.row[n]]++
			g.w = max(g.w, float64(rows[p.row[n]])*(boxWidth+boxGap))
		}
	}
	return out
}

// downwards returns the frames so that few edges lead back: next is always one with the fewest edges from those that
// are still to come, of these one with the most edges from those that are placed, and then the first.
func (p *part) downwards() []int {
	in := map[int]map[int]int{} // cluster → clusters that edges come from
	waits, joined := map[int]int{}, map[int]int{}
	out := map[int][]int{}
	for _, i := range p.edges {
		e := p.layout.index.edges[i]
		from, to := p.cluster[e.from], p.cluster[e.to]
		if from == to {
			continue
		}
		if in[to] == nil {
			in[to] = map[int]int{}
		}
		if in[to][from] == 0 {
			out[from] = append(out[from], to)
		}
		in[to][from]++
		waits[to]++
	}
	placed := map[int]bool{}
	var order []int
	for range p.clusters {
		best := -1
		for _, c := range p.clusters {
			if !placed[c] && (best < 0 || waits[c] < waits[best] || waits[c] == waits[best] && joined[c] > joined[best]) {
				best = c
			}
		}
		placed[best] = true
		order = append(order, best)
		for _, to := range out[best] {
			waits[to] -= in[to][best]
			joined[to] += in[to][best]
		}
	}
	return order
}
