package graph

import (
	"cmp"
	"context"
)

// Walk calls visit once for each node, after it has returned for all that the node needs,
// at most limit at the same time (0: no limit).
// When ctx ends no further visit begins; Walk returns when those that run have returned.
// The order of visits is that of Order as far as the limit allows.
// Visit runs in its own goroutine; a panic in it is not caught.
func (g *Graph[K]) Walk(ctx context.Context, limit int, visit func(context.Context, K)) {
	g.WalkPausing(ctx, limit, nil, func(ctx context.Context, k K, _ Pause) { visit(ctx, k) })
}

// Pause gives the place of a visit under the limit to others, until resume is called; resume returns when there is a
// place again. It is called at most once between two resumes.
type Pause func() (resume func())

// WalkPausing is Walk for visits that may wait for something and do nothing meanwhile.
// Visits that go on come before visits that begin. Visits that are free (nil: none) take no place under the limit:
// they begin as soon as their needs are met, and their Pause is nil.
func (g *Graph[K]) WalkPausing(ctx context.Context, limit int, free func(K) bool, visit func(context.Context, K, Pause)) {
	w := newWalk(g, limit, free)
	for {
		w.resume()
		if ctx.Err() == nil {
			w.begin(func(n int, p Pause) { visit(ctx, g.keys[n], p) })
		}
		if w.running+w.pausing+w.beside == 0 {
			return // all are visited, or ctx ended
		}
		select {
		case <-w.paused:
			w.running, w.pausing = w.running-1, w.pausing+1
		case place := <-w.back:
			w.again = append(w.again, place)
		case n := <-w.done:
			w.end(n)
		}
	}
}

// walk is a walk on its way. Only the goroutine that walks touches it, but for its channels.
type walk[K cmp.Ordered] struct {
	*Graph[K]
	limit   int
	free    []bool // node → its visit takes no place
	missing []int  // node → how many of its needs are not visited

	ready, readyFree         queue // of places in order
	running, pausing, beside int   // visits with a place, without it for now, and without one at all
	again                    []chan struct{}

	done   chan int           // nodes whose visits have returned
	paused chan struct{}      // visits that gave their place away
	back   chan chan struct{} // visits that want to go on
}

func newWalk[K cmp.Ordered](g *Graph[K], limit int, free func(K) bool) *walk[K] {
	if limit <= 0 || limit > len(g.keys) {
		limit = len(g.keys)
	}
	w := &walk[K]{
		Graph: g, limit: limit, free: make([]bool, len(g.keys)), missing: make([]int, len(g.keys)),
		done: make(chan int, limit), paused: make(chan struct{}), back: make(chan chan struct{}),
	}
	for _, n := range g.order {
		w.free[n] = free != nil && free(g.keys[n])
		if w.missing[n] = len(g.needs[n]); w.missing[n] == 0 {
			w.able(n)
		}
	}
	return w
}

// able notes that a node's needs are met.
func (w *walk[K]) able(n int) {
	if w.free[n] {
		w.readyFree.push(w.place[n])
		return
	}
	w.ready.push(w.place[n])
}

// resume gives places to visits that want to go on.
func (w *walk[K]) resume() {
	for len(w.again) > 0 && w.running < w.limit {
		w.running, w.pausing = w.running+1, w.pausing-1
		close(w.again[0])
		w.again = w.again[1:]
	}
}

// begin begins the visits that can begin.
func (w *walk[K]) begin(visit func(n int, p Pause)) {
	start := func(n int, p Pause) {
		go func() {
			defer func() { w.done <- n }() // runtime.Goexit, as a test's FailNow, must not leave Walk waiting
			visit(n, p)
		}()
	}
	for len(w.readyFree) > 0 {
		w.beside++
		start(w.order[w.readyFree.pop()], nil)
	}
	for len(w.ready) > 0 && w.running < w.limit {
		w.running++
		start(w.order[w.ready.pop()], w.pause)
	}
}

func (w *walk[K]) end(n int) {
	if w.free[n] {
		w.beside--
	} else {
		w.running--
	}
	for _, d := range w.dependents[n] {
		if w.missing[d]--; w.missing[d] == 0 {
			w.able(d)
		}
	}
}

func (w *walk[K]) pause() (resume func()) {
	w.paused <- struct{}{}
	return func() {
		place := make(chan struct{})
		w.back <- place
		<-place
	}
}
