package runner

import (
	"slices"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/graph"
)

// free tells of tasks that take no place: all that they look at is shared with others, so that the more of them look
// at once, the less there is to do.
func (r *run) free(id string) bool {
	n := r.nodes[id]
	shared := func(s *Step) bool { return s.Kind.Shared && !s.Barrier() }
	return n.decision != nil || !slices.ContainsFunc(slices.Concat(n.steps, n.guards), func(s *Step) bool { return !shared(s) })
}

// place is a task's place among those that run at the same time. While all that goes on in the task is waiting for
// something to become true, others have it. A nil place does nothing.
type place struct {
	pause graph.Pause // nil: it takes no place

	mu     sync.Mutex
	left   int           // steps under way
	busy   int           // those of them that do not wait
	resume func()        // not nil: others have the place
	coming chan struct{} // closed when the place is there again; nil: nobody has asked for it
}

// begin tells of n steps that begin together.
func (p *place) begin(n int) { p.left, p.busy = n, n }

// end tells that a step has ended.
func (p *place) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left--
	p.idle()
}

// wait calls f, which waits.
func (p *place) wait(f func()) {
	if p == nil {
		f()
		return
	}
	p.mu.Lock()
	p.idle()
	p.mu.Unlock()
	f()
	p.mu.Lock()
	p.busy++
	resume, coming := p.resume, p.coming
	if resume != nil {
		coming = make(chan struct{})
		p.resume, p.coming = nil, coming
	}
	p.mu.Unlock()
	if resume != nil {
		resume()
		close(coming)
	}
	if coming != nil {
		<-coming
	}
}

// idle notes that one step is not busy any more, and gives the place away where none is.
func (p *place) idle() {
	if p.busy--; p.busy == 0 && p.left > 0 && p.resume == nil && p.pause != nil {
		p.resume = p.pause()
	}
}
