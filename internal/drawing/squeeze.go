package drawing

import "slices"

// A sheet that is aligned to much more width than its fullest row takes is squeezed: lines are less straight then, and
// the picture can be seen as a whole.
const (
	loose     = 1.6
	looseFrom = 2400
	slack     = 1.15 // of the fullest row's width
)

// squeeze moves the middles of items so that the sheet is not much wider than its fullest row, where it was.
func (s *sheet) squeeze(x []float64) {
	low, high := s.extent(x)
	fullest := 0.0
	for _, row := range s.rows {
		fullest = max(fullest, s.breadth(row))
	}
	if high-low < looseFrom || high-low < loose*fullest {
		return
	}
	most := fullest * slack
	for v := range x {
		x[v] = (x[v] - low) * most / (high - low)
	}
	for range 12 {
		for _, row := range s.rows {
			s.settleRow(row, x, most)
		}
		for _, row := range slices.Backward(s.rows) {
			s.settleRow(row, x, most)
		}
	}
}

// extent returns the left and the right side of a sheet.
func (s *sheet) extent(x []float64) (low, high float64) {
	for v, it := range s.items {
		if v == 0 {
			low, high = x[v]-it.w/2, x[v]+it.w/2
		}
		low, high = min(low, x[v]-it.w/2), max(high, x[v]+it.w/2)
	}
	return low, high
}

// breadth is the least width of a row.
func (s *sheet) breadth(row []int) float64 {
	if len(row) == 0 {
		return 0
	}
	w := (s.items[row[0]].w + s.items[row[len(row)-1]].w) / 2
	for i := 1; i < len(row); i++ {
		w += s.sep(row[i-1], row[i])
	}
	return w
}

// settleRow puts the items of a row as near as possible to the middle of what each is joined to, in their order and
// with their distances: least squares by pooling neighbours that would come too near.
func (s *sheet) settleRow(row []int, x []float64, most float64) {
	if len(row) == 0 {
		return
	}
	type pool struct{ sum, weight, n float64 }
	offset := make([]float64, len(row))
	var pools []pool
	for i, v := range row {
		if i > 0 {
			offset[i] = offset[i-1] + s.sep(row[i-1], v)
		}
		want, weight := s.wanted(v, x)
		pools = append(pools, pool{(want - offset[i]) * weight, weight, 1})
		for n := len(pools); n > 1 && pools[n-2].sum/pools[n-2].weight > pools[n-1].sum/pools[n-1].weight; n-- {
			a, b := pools[n-2], pools[n-1]
			pools = append(pools[:n-2], pool{a.sum + b.sum, a.weight + b.weight, a.n + b.n})
		}
	}
	least := s.items[row[0]].w / 2
	last := len(row) - 1
	highest := most - s.items[row[last]].w/2 - offset[last]
	i := 0
	for _, p := range pools {
		at := min(max(p.sum/p.weight, least), highest)
		for range int(p.n) {
			x[row[i]] = at + offset[i]
			i++
		}
	}
}

// wanted is where an item would stand by what it is joined to, and how much that counts: edges that pass are to be
// straight.
func (s *sheet) wanted(v int, x []float64) (at, weight float64) {
	sum, of := x[v]*0.1, 0.1
	for _, near := range [][]int{s.items[v].up, s.items[v].down} {
		for _, n := range near {
			w := 1.0
			if s.items[v].node < 0 && s.items[n].node < 0 {
				w = 6
			}
			sum, of = sum+w*x[n], of+w
		}
	}
	if s.items[v].node < 0 {
		return sum / of, 2
	}
	return sum / of, 1
}
