package drawing

import (
	"cmp"
	"math"
	"slices"
)

// The gaps between the sides of two neighbours in a row.
const (
	boxGap  = 28
	passGap = 14 // where one of them is an edge that passes
)

// align gives each item the x of its middle: near to what it is joined to, with straight lines where edges pass rows.
// It is "Fast and Simple Horizontal Coordinate Assignment" (Brandes, Köpf: 2001): the median of four alignments, each
// of which keeps all distances, so that it keeps them too. Each is made compact by longest paths over its blocks.
func (s *sheet) align() []float64 {
	crossed := s.crossedPasses()
	var four [4][]float64
	for i := range four {
		up, left := i < 2, i%2 == 0
		a := s.alignment(up, left, crossed)
		four[i] = a.compact()
		if !left {
			for v := range four[i] {
				four[i][v] = -four[i][v]
			}
		}
	}
	return s.median(four)
}

// sep is the least distance between the middles of two neighbours.
func (s *sheet) sep(v, w int) float64 {
	gap := float64(boxGap)
	if s.items[v].node < 0 || s.items[w].node < 0 {
		gap = passGap
	}
	return (s.items[v].w+s.items[w].w)/2 + gap
}

// crossedPasses are the lines from or to a box that cross one which only passes: the latter is to be straight.
func (s *sheet) crossedPasses() map[[2]int]bool {
	out := map[[2]int]bool{}
	for i := 1; i < len(s.rows); i++ {
		row, left, scanned := s.rows[i], 0, 0
		for at, v := range row {
			pass := s.passFrom(v)
			if pass < 0 && at < len(row)-1 {
				continue
			}
			right := len(s.rows[i-1])
			if pass >= 0 {
				right = s.at[pass]
			}
			for ; scanned <= at; scanned++ {
				w := row[scanned]
				for _, u := range s.items[w].up {
					if (s.at[u] < left || s.at[u] > right) && (s.items[u].node >= 0 || s.items[w].node >= 0) {
						out[[2]int{u, w}] = true
					}
				}
			}
			left = right
		}
	}
	return out
}

// passFrom returns the item above v where the same edge passes, and -1 where there is none.
func (s *sheet) passFrom(v int) int {
	if s.items[v].node >= 0 {
		return -1
	}
	for _, u := range s.items[v].up {
		if s.items[u].node < 0 {
			return u
		}
	}
	return -1
}

// alignment joins items of neighbouring rows to blocks that stand below each other.
type alignment struct {
	*sheet
	rows [][]int // in the order of this alignment
	root []int   // item → the first of its block
}

func (s *sheet) alignment(up, left bool, crossed map[[2]int]bool) *alignment {
	a := &alignment{sheet: s, rows: s.copyRows(), root: make([]int, len(s.items))}
	if !up {
		slices.Reverse(a.rows)
	}
	at, next := make([]int, len(s.items)), make([]int, len(s.items))
	for _, row := range a.rows {
		if !left {
			slices.Reverse(row)
		}
		for i, v := range row {
			at[v], a.root[v], next[v] = i, v, v
		}
	}
	for _, row := range a.rows {
		last := -1
		for _, v := range row {
			near := s.items[v].up
			if !up {
				near = s.items[v].down
			}
			near = slices.Clone(near)
			slices.SortFunc(near, func(a, b int) int { return cmp.Compare(at[a], at[b]) })
			for m := (len(near) - 1) / 2; len(near) > 0 && m <= len(near)/2; m++ {
				w := near[m]
				if next[v] == v && last < at[w] && !crossed[[2]int{v, w}] && !crossed[[2]int{w, v}] {
					next[w], a.root[v], next[v] = v, a.root[w], a.root[w]
					last = at[w]
				}
			}
		}
	}
	return a
}

// compact places the blocks: as far to the left as they can stand, and then as near to the next as they can.
func (a *alignment) compact() []float64 {
	type arc struct {
		to  int
		sep float64
	}
	n := len(a.items)
	out, missing := make([][]arc, n), make([]int, n)
	for _, row := range a.rows {
		for i := 1; i < len(row); i++ {
			from, to := a.root[row[i-1]], a.root[row[i]]
			out[from] = append(out[from], arc{to, a.sep(row[i-1], row[i])})
			missing[to]++
		}
	}
	x := make([]float64, n)
	var order []int
	for v := range n {
		if a.root[v] == v && missing[v] == 0 {
			order = append(order, v)
		}
	}
	for i := 0; i < len(order); i++ {
		v := order[i]
		for _, e := range out[v] {
			x[e.to] = max(x[e.to], x[v]+e.sep)
			if missing[e.to]--; missing[e.to] == 0 {
				order = append(order, e.to)
			}
		}
	}
	for _, v := range slices.Backward(order) {
		room := math.Inf(1)
		for _, e := range out[v] {
			room = min(room, x[e.to]-e.sep)
		}
		if !math.IsInf(room, 1) {
			x[v] = max(x[v], room)
		}
	}
	for v := range n {
		x[v] = x[a.root[v]]
	}
	return x
}

// median moves four alignments over the narrowest of them and returns the middle between the two in the middle.
func (s *sheet) median(four [4][]float64) []float64 {
	var low, high [4]float64
	narrow := 0
	for i, x := range four {
		low[i], high[i] = math.Inf(1), math.Inf(-1)
		for v := range x {
			low[i], high[i] = min(low[i], x[v]-s.items[v].w/2), max(high[i], x[v]+s.items[v].w/2)
		}
		if high[i]-low[i] < high[narrow]-low[narrow] {
			narrow = i
		}
	}
	out := make([]float64, len(s.items))
	for v := range out {
		var at [4]float64
		for i := range four {
			shift := low[narrow] - low[i]
			if i%2 == 1 {
				shift = high[narrow] - high[i]
			}
			at[i] = four[i][v] + shift
		}
		slices.Sort(at[:])
		out[v] = (at[1] + at[2]) / 2
	}
	return out
}
