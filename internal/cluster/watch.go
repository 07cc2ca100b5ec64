package cluster

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/labels"

	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// Watch returns a channel that receives when something that the queries ask for may have changed. See steps.Cluster.
func (cs *Clusters) Watch(ctx context.Context, cluster string, qs ...steps.Query) (<-chan struct{}, error) {
	c, err := cs.open(cluster)
	if err != nil {
		return nil, err
	}
	wake := make(chan struct{}, 1)
	for _, q := range qs {
		ok, err := c.watch(ctx, q, wake)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, nil
		}
	}
	return wake, nil
}

// watch lets wake receive until ctx ends; false where no watch is to be had.
func (c *client) watch(ctx context.Context, q steps.Query, wake chan struct{}) (bool, error) {
	w := &waiter{wake: wake, name: q.Name}
	if q.Selector != "" {
		var err error
		if w.selector, err = labels.Parse(q.Selector); err != nil {
			return false, err
		}
	}
	r, err := c.kinds.find(ctx, q.APIVersion, q.Kind)
	var none *steps.NoKind
	if errors.As(err, &none) {
		c.run(func() { c.awaitKind(ctx, q, wake) })
		return true, nil
	}
	if err != nil {
		return false, err
	}
	ns, err := c.namespace(r, q)
	if err != nil || !r.can("watch") {
		return false, err
	}
	return c.watches.join(ctx, scope{r, ns}, w)
}

// kindEvery is how often a step that waits for a kind has the server asked for it.
const kindEvery = time.Second

// awaitKind wakes when the kind is there, and then watches it.
func (c *client) awaitKind(ctx context.Context, q steps.Query, wake chan struct{}) {
	for {
		// All who wait for kinds ask at the same moment, and so by the same requests.
		t := time.NewTimer(time.Until(time.Now().Truncate(kindEvery).Add(kindEvery)))
		select {
		case <-t.C:
		case <-ctx.Done():
		case <-c.ctx.Done():
		}
		t.Stop()
		if ctx.Err() != nil || c.ctx.Err() != nil {
			return
		}
		if _, err := c.kinds.find(ctx, q.APIVersion, q.Kind); err == nil {
			_, _ = c.watch(ctx, q, wake) // without it the runner looks at intervals
			(&waiter{wake: wake}).notify()
			return
		}
	}
}
