package drawing

import (
	"cmp"
	"slices"
)

// item is what stands in a row of a frame: a box, or the place where an edge passes.
type item struct {
	node     int // -1: an edge passes
	w        float64
	up, down []int // the items that it is joined to, in the rows above and below
}

// sheet is what a frame holds: rows of items, from left to right.
type sheet struct {
	items []item
	rows  [][]int
	at    []int // item → its place in its row
}

func (s *sheet) number() {
	for _, row := range s.rows {
		for i, v := range row {
			s.at[v] = i
		}
	}
}

// join adds a line between an item and one of the row below.
func (s *sheet) join(upper, lower int) {
	s.items[upper].down = append(s.items[upper].down, lower)
	s.items[lower].up = append(s.items[lower].up, upper)
}

// sweepWork bounds the work of one ordering, in items looked at.
const sweepWork = 3_000_000

// arrange orders the rows so that few lines cross: sweeps by the middle of the neighbours and exchanges of neighbours,
// as in "A Technique for Drawing Directed Graphs" (Gansner, Koutsofios, North, Vo: 1993).
// The best order that was seen stays.
func (s *sheet) arrange() {
	s.at = make([]int, len(s.items))
	s.number()
	size := len(s.items)
	for _, it := range s.items {
		size += len(it.down)
	}
	rounds := min(24, max(2, sweepWork/(size+1)/8))
	best, least := s.copyRows(), s.crossings()
	for i, stale := 0, 0; i < rounds && least > 0 && stale < 6; i++ {
		s.sweep(i%2 == 0)
		s.exchange()
		if n := s.crossings(); n < least {
			best, least, stale = s.copyRows(), n, 0
		} else {
			stale++
		}
	}
	s.rows = best
	s.number()
}

func (s *sheet) copyRows() [][]int {
	out := make([][]int, len(s.rows))
	for i, row := range s.rows {
		out[i] = slices.Clone(row)
	}
	return out
}

// sweep orders each row by the middle of what each item is joined to in the row before, downwards or upwards.
func (s *sheet) sweep(down bool) {
	key := make([]float64, len(s.items))
	for i := range s.rows {
		row := s.rows[i]
		if !down {
			row = s.rows[len(s.rows)-1-i]
		}
		for at, v := range row {
			if key[v] = s.middle(v, down); key[v] < 0 {
				key[v] = float64(at)
			}
		}
		slices.SortStableFunc(row, func(a, b int) int { return cmp.Compare(key[a], key[b]) })
		for at, v := range row {
			s.at[v] = at
		}
	}
}

// middle is the weighted median of the places of v's neighbours; -1 where it has none.
func (s *sheet) middle(v int, down bool) float64 {
	near := s.items[v].up
	if !down {
		near = s.items[v].down
	}
	at := make([]int, len(near))
	for i, n := range near {
		at[i] = s.at[n]
	}
	slices.Sort(at)
	n := len(at)
	switch {
	case n == 0:
		return -1
	case n%2 == 1:
		return float64(at[n/2])
	case n == 2:
		return float64(at[0]+at[1]) / 2
	}
	left, right := float64(at[n/2-1]-at[0]), float64(at[n-1]-at[n/2])
	if left+right == 0 {
		return float64(at[n/2-1]+at[n/2]) / 2
	}
	return (float64(at[n/2-1])*right + float64(at[n/2])*left) / (left + right)
}

// exchange swaps neighbours where fewer lines cross then, until nothing changes or it has tried often enough.
func (s *sheet) exchange() {
	if len(s.items) > 20_000 {
		return
	}
	s.sortNeighbours()
	for range 4 {
		changed := false
		for _, row := range s.rows {
			for i := 0; i+1 < len(row); i++ {
				v, w := row[i], row[i+1]
				now := s.pair(s.items[v].up, s.items[w].up) + s.pair(s.items[v].down, s.items[w].down)
				then := s.pair(s.items[w].up, s.items[v].up) + s.pair(s.items[w].down, s.items[v].down)
				if then < now {
					row[i], row[i+1] = w, v
					s.at[v], s.at[w] = i+1, i
					changed = true
				}
			}
		}
		if !changed {
			return
		}
		s.sortNeighbours()
	}
}

// sortNeighbours puts all neighbours in the order of their places, as pair wants them.
// Between two calls an exchange may disturb it a little, which makes pair inexact and nothing wrong.
func (s *sheet) sortNeighbours() {
	byPlace := func(a, b int) int { return cmp.Compare(s.at[a], s.at[b]) }
	for i := range s.items {
		slices.SortFunc(s.items[i].up, byPlace)
		slices.SortFunc(s.items[i].down, byPlace)
	}
}

// pair counts the crossings between the lines to left and those to right, where the item of left stands to the left.
func (s *sheet) pair(left, right []int) int {
	n, j := 0, 0
	for _, l := range left {
		for j < len(right) && s.at[right[j]] < s.at[l] {
			j++
		}
		n += j
	}
	return n
}

// crossings counts all crossings, row by row (Barth, Jünger, Mutzel: "Simple and Efficient Bilayer Cross Counting").
func (s *sheet) crossings() int {
	n := 0
	for i := 0; i+1 < len(s.rows); i++ {
		tree := make([]int, len(s.rows[i+1])+1)
		seen := 0
		for _, v := range s.rows[i] {
			below := make([]int, 0, len(s.items[v].down))
			for _, d := range s.items[v].down {
				below = append(below, s.at[d])
			}
			for _, at := range below {
				right := seen
				for k := at + 1; k > 0; k -= k & -k {
					right -= tree[k]
				}
				n += right
			}
			for _, at := range below {
				for k := at + 1; k < len(tree); k += k & -k {
					tree[k]++
				}
			}
			seen += len(below)
		}
	}
	return n
}
