package graph

import "context"

// Walk calls visit once for each node, after it has returned for all that the node needs,
// at most limit at the same time (0: no limit).
// When ctx ends no further visit begins; Walk returns when those that run have returned.
// The order of visits is that of Order as far as the limit allows.
// Visit runs in its own goroutine; a panic in it is not caught.
func (g *Graph[K]) Walk(ctx context.Context, limit int, visit func(context.Context, K)) {
	g.WalkPausing(ctx, limit, func(ctx context.Context, k K, _ Pause) { visit(ctx, k) })
}

// Pause gives the place of a visit under the limit to others, until resume is called; resume returns when there is a
// place again. It is called at most once between two resumes.
type Pause func() (resume func())

// WalkPausing is Walk for visits that may wait for something and do nothing meanwhile.
// Visits that go on come before visits that begin.
func (g *Graph[K]) WalkPausing(ctx context.Context, limit int, visit func(context.Context, K, Pause)) {
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
	paused, back := make(chan struct{}), make(chan chan struct{})
	pause := func() func() {
		paused <- struct{}{}
		return func() {
			place := make(chan struct{})
			back <- place
			<-place
		}
	}
	running, pausing := 0, 0
	var again []chan struct{} // visits that want to go on
	for {
		for len(again) > 0 && running < limit {
			running, pausing = running+1, pausing-1
			close(again[0])
			again = again[1:]
		}
		for len(ready) > 0 && running < limit && ctx.Err() == nil {
			n := g.order[ready.pop()]
			running++
			go func() {
				defer func() { done <- n }() // runtime.Goexit, as a test's FailNow, must not leave Walk waiting
				visit(ctx, g.keys[n], pause)
			}()
		}
		if running+pausing == 0 {
			return // all are visited, or ctx ended
		}
		select {
		case <-paused:
			running, pausing = running-1, pausing+1
		case place := <-back:
			again = append(again, place)
		case n := <-done:
			running--
			for _, d := range g.dependents[n] {
				if missing[d]--; missing[d] == 0 {
					ready.push(g.place[d])
				}
			}
		}
	}
}
