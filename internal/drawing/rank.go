package drawing

import (
	"math"
	"slices"
)

// ends returns which end of an edge stands above the other.
func (x *index) ends(edge int) (upper, lower int) {
	e := x.edges[edge]
	from, to := x.band[e.from], x.band[e.to]
	if from > to || from == to && e.back {
		return e.to, e.from
	}
	return e.from, e.to
}

// rank gives each node its row: below all that it comes after, and no row of a frame with more boxes than look well
// beside each other. Each band begins below the one before.
func (x *index) rank() []int {
	r := &ranking{index: x, row: make([]int, len(x.nodes)), above: make([][]int, len(x.nodes)), below: make([][]int, len(x.nodes))}
	for i, e := range x.edges {
		if e.from != e.to {
			upper, lower := x.ends(i)
			r.below[upper] = append(r.below[upper], lower)
			r.above[lower] = append(r.above[lower], upper)
		}
	}
	for _, c := range x.Clusters {
		r.most = append(r.most, max(5, int(math.Ceil(1.3*math.Sqrt(float64(len(c.Nodes)))))))
		r.taken = append(r.taken, map[int]int{})
	}
	for _, nodes := range r.sort() {
		first := r.next
		r.down(nodes, first)
		r.shorten(nodes, first, r.next-1)
	}
	return r.row
}

type ranking struct {
	*index
	above, below [][]int // the nodes that each is joined to
	row          []int
	next         int           // the first row that no node has
	most         []int         // boxes in a row, of each cluster
	taken        []map[int]int // of each cluster, row → its boxes there
}

// sort returns the nodes of each band, each behind those above it, and otherwise in their own order.
func (r *ranking) sort() [][]int {
	missing := make([]int, len(r.nodes))
	var next []int
	for n := range r.nodes {
		if missing[n] = len(r.above[n]); missing[n] == 0 {
			next = append(next, n)
		}
	}
	var out [][]int
	for len(next) > 0 {
		n := next[0]
		next = next[1:]
		band := r.band[n]
		for len(out) <= band {
			out = append(out, nil)
		}
		out[band] = append(out[band], n)
		for _, to := range r.below[n] {
			if missing[to]--; missing[to] == 0 {
				next = append(next, to)
			}
		}
	}
	return out
}

// down places nodes as high as they can stand; those without any edge come last, where there is room.
func (r *ranking) down(nodes []int, first int) {
	for _, alone := range []bool{false, true} {
		for _, n := range nodes {
			if alone != (len(r.above[n]) == 0 && len(r.below[n]) == 0) {
				continue
			}
			row := first
			for _, from := range r.above[n] {
				row = max(row, r.row[from]+1)
			}
			most := r.most[r.cluster[n]]
			if alone {
				most = max(5, most*2/3) // nothing is lost by making a square of them
			}
			for r.taken[r.cluster[n]][row] >= most {
				row++
			}
			r.put(n, row)
			r.next = max(r.next, row+1)
		}
	}
}

func (r *ranking) put(n, row int) {
	r.row[n] = row
	r.taken[r.cluster[n]][row]++
}

// shorten moves nodes along their edges to where these are shortest: first down, then up.
// An edge within a frame counts twice.
func (r *ranking) shorten(nodes []int, first, last int) {
	for _, n := range slices.Backward(nodes) {
		low, high, pull := r.room(n, first, last)
		if high > r.row[n] && pull > 0 {
			r.move(n, high, -1, low)
		}
	}
	for _, n := range nodes {
		low, _, pull := r.room(n, first, last)
		if low < r.row[n] && pull < 0 {
			r.move(n, low, 1, r.row[n])
		}
	}
}

// room tells between which rows n can stand, and whether more pulls it down (positive) or up.
func (r *ranking) room(n, first, last int) (low, high, pull int) {
	weight := func(other int) int {
		if r.cluster[other] == r.cluster[n] {
			return 2
		}
		return 1
	}
	low, high = first, last
	for _, from := range r.above[n] {
		low, pull = max(low, r.row[from]+1), pull-weight(from)
	}
	for _, to := range r.below[n] {
		high, pull = min(high, r.row[to]-1), pull+weight(to)
	}
	switch {
	case len(r.above[n])+len(r.below[n]) == 0:
		return r.row[n], r.row[n], 0
	case len(r.below[n]) == 0:
		return low, r.row[n], -1 // nothing comes after it: it stays up
	}
	return low, high, pull
}

// move puts n at row, or at the next one on the way to end that has room.
func (r *ranking) move(n, row, step, end int) {
	taken := r.taken[r.cluster[n]]
	taken[r.row[n]]--
	for ; row != end && taken[row] >= r.most[r.cluster[n]]; row += step {
	}
	if taken[row] >= r.most[r.cluster[n]] {
		row = r.row[n]
	}
	r.put(n, row)
}
