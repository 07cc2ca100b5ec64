package runner

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// The bounds of looks that only read, over a run and for one host.
const (
	maxReads        = 64
	maxReadsPerHost = 16
	maxReadsInside  = 4 // from one place inside a cluster: each is a program in somebody's container
)

// limits bounds what goes on at the same time.
type limits struct {
	reads *semaphore.Weighted
	code  *semaphore.Weighted
	mu    sync.Mutex
	hosts map[string]*semaphore.Weighted
}

func newLimits(code int) *limits {
	return &limits{reads: semaphore.NewWeighted(maxReads), code: semaphore.NewWeighted(int64(code)), hosts: map[string]*semaphore.Weighted{}}
}

// acquire takes the places that one look needs, and returns how to give them back.
// The host's place comes first, so that looks which queue for one host keep nobody else waiting.
func (l *limits) acquire(ctx context.Context, s *Step, host string) (release func(), err error) {
	if s.Barrier() {
		if err := l.code.Acquire(ctx, 1); err != nil {
			return nil, err
		}
		return func() { l.code.Release(1) }, nil
	}
	if s.Kind.Shared {
		return func() {}, nil // one that waited here could not share what the others read
	}
	places := int64(maxReadsPerHost)
	if s.From != nil {
		host, places = "from "+s.from, maxReadsInside
	}
	h := l.host(host, places)
	if h != nil {
		if err := h.Acquire(ctx, 1); err != nil {
			return nil, err
		}
	}
	if err := l.reads.Acquire(ctx, 1); err != nil {
		if h != nil {
			h.Release(1)
		}
		return nil, err
	}
	return func() {
		l.reads.Release(1)
		if h != nil {
			h.Release(1)
		}
	}, nil
}

func (l *limits) host(name string, places int64) *semaphore.Weighted {
	if name == "" {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.hosts[name]
	if h == nil {
		h = semaphore.NewWeighted(places)
		l.hosts[name] = h
	}
	return h
}
