package workspace

import "sync"

// below is what waits for what, by number: it is gone through for each of many tasks.
type below struct {
	once   sync.Once
	number map[string]int32
	up     [][]int32 // what needs it; of a task also its plan, which others may need as a whole
	open   []bool    // it is an open task
	seen   sync.Pool // of []bool, all false
}

// Below returns how many open tasks wait for id, directly or not; it counts up to max.
func (w *Workspace) Below(id string, max int) int {
	b := &w.below
	b.once.Do(w.numbers)
	start, ok := b.number[id]
	if !ok {
		return 0
	}
	marks, _ := b.seen.Get().(*[]bool)
	if marks == nil {
		m := make([]bool, len(b.up))
		marks = &m
	}
	seen, open := *marks, 0
	seen[start] = true
	met := []int32{start}
	for i := 0; i < len(met) && open < max; i++ {
		for _, d := range b.up[met[i]] {
			if seen[d] {
				continue
			}
			seen[d] = true
			met = append(met, d)
			if b.open[d] {
				if open++; open == max {
					break
				}
			}
		}
	}
	for _, n := range met {
		seen[n] = false
	}
	b.seen.Put(marks)
	return open
}

func (w *Workspace) numbers() {
	b := &w.below
	b.number = make(map[string]int32, len(w.byID))
	of := func(id string) int32 {
		n, ok := b.number[id]
		if !ok {
			n = int32(len(b.up))
			b.number[id], b.up, b.open = n, append(b.up, nil), append(b.open, false)
		}
		return n
	}
	for id, n := range w.byID {
		at := of(id)
		if n.Task != nil {
			b.open[at] = !closed(n.Task.Status)
			whole := of(n.Plan.ID)
			b.up[at] = append(b.up[at], whole)
		}
	}
	for to, froms := range w.links.dependents {
		at := of(to)
		for _, from := range froms {
			f := of(from) // before up is taken hold of: it may move
			b.up[at] = append(b.up[at], f)
		}
	}
}
