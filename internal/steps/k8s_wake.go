package steps

import (
	"context"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// watchAll watches what all references mean.
func watchAll(ctx context.Context, c Cluster, at check.Site, refs []k8sRef) (<-chan struct{}, error) {
	if c == nil {
		return nil, errNoCluster
	}
	qs := make([]Query, len(refs))
	for i, r := range refs {
		qs[i] = r.query(at)
	}
	return c.Watch(ctx, at.Cluster, qs...)
}

// waker lets a look wait for what it made.
type waker struct{ changes <-chan struct{} }

// watched returns a waker that wakes when what the queries ask for changes, where that can be watched.
func watched(ctx context.Context, c Cluster, at check.Site, qs ...Query) (*waker, context.CancelFunc) {
	ctx, stop := context.WithCancel(ctx)
	changes, err := c.Watch(ctx, at.Cluster, qs...)
	if err != nil {
		changes = nil
	}
	return &waker{changes}, stop
}

// wait returns after a change, after d, or when ctx has ended.
func (w *waker) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case _, open := <-w.changes:
		if !open { // from now on the time alone wakes
			w.changes = nil
		}
	case <-timer.C:
	case <-ctx.Done():
	}
}
