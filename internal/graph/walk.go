package graph

import "context"

// Walk calls visit once for each node, after it has returned for all that the node needs,
// at most limit at the same time (0: no limit).
// When ctx ends no further visit begins; Walk returns when those that run have returned.
// The order of visits is that of Order as far as the limit allows.
// Visit runs in its own goroutine; a panic in it is not caught.
func (g *Graph[K]) Walk(ctx context.Context, limit int, visit func(context.Context, K)) {
	if limit <= 0 || limit > len(g.keys) {
		limit = len(g.keys)
	}
	missing := make([]int, len(g.keys))
	var ready queue // of places in order
	for at, n := range g.order {
		if missing[n] = len(g.needs[n]); missing[n] == 0 {
			ready.push(at)
		}
	}
	done := make(chan int, limit)
	running := 0
	for {
		for len(ready) > 0 && running < limit && ctx.Err() == nil {
			n := g.order[ready.pop()]
			running++
			go func() {
				defer func() { done <- n }() // runtime.Goexit, as a test's FailNow, must not leave Walk waiting
				visit(ctx, g.keys[n])
			}()
		}
		if running == 0 {
			return // all are visited, or ctx ended
		}
		n := <-done
		running--
		for _, d := range g.dependents[n] {
			if missing[d]--; missing[d] == 0 {
				ready.push(g.place[d])
			}
		}
	}
}
