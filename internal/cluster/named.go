package cluster

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// named returns the objects of those names. From a few names on it takes a list, and goes on listing only while
// that is cheaper than asking for those that are missing. Where a list has shown that there are not many objects,
// two names are enough: what is asked now is asked again and again by one task after the other.
func (c *client) named(ctx context.Context, q query, names []string) (objects, error) {
	out := objects{named: make(map[string]steps.Object, len(names)), failed: map[string]error{}}
	missing, complete := names, false
	few := c.few(q.scope, len(names))
	if (few || len(names) >= listFrom) && !c.singly(q, len(names)) {
		var err error
		if missing, complete, err = c.scan(ctx, q, names, few, out.named); errors.Is(err, errDenied) {
			c.refused.add(q.scope)
		} else if err != nil {
			return out, err
		}
	}
	if complete {
		return out, nil
	}
	return out, c.each(ctx, q, missing, out)
}

// singly tells whether it is known that a list of those names cannot be had, or would cost more than asking for each.
func (c *client) singly(q query, names int) bool {
	if q.set {
		return false
	}
	n, known := c.sizes.Load(q.scope)
	return q.secret() || !q.can("list") || c.refused.has(q.scope) ||
		known && n.(int) > pageSize && n.(int) > firstPage(names)+getCost*names
}

// firstPage is how many objects a list for that many names begins with.
func firstPage(names int) int { return min(max(100, getCost*names), pageSize) }

// few tells whether it is known that there are so few objects that one page of them is to be had for that many names.
func (c *client) few(s scope, names int) bool {
	n, known := c.sizes.Load(s)
	return known && names > 1 && n.(int) <= min(pageSize, fewCost*names)
}

// scan fills found from a list, and returns the names that it had not come to, and whether it came to its end.
func (c *client) scan(ctx context.Context, q query, names []string, few bool, found map[string]steps.Object) ([]string, bool, error) {
	wanted := make(map[string]bool, len(names))
	for _, n := range names {
		wanted[n] = true
	}
	limit := firstPage(len(names))
	if few {
		limit = pageSize
	}
	listed := 0
	for next := ""; ; {
		p, err := c.page(ctx, q, limit, next)
		if errors.Is(err, errExpired) {
			return left(wanted), false, nil
		}
		if err != nil {
			return left(wanted), false, err
		}
		for _, o := range p.Items {
			if name := meta(o, "name"); wanted[name] {
				found[name] = o
				delete(wanted, name)
			}
		}
		listed += len(p.Items)
		rest := p.Metadata.RemainingItemCount
		if rest != nil {
			c.sizes.Store(q.scope, listed+int(*rest))
		} else if p.Metadata.Continue == "" {
			c.sizes.Store(q.scope, listed)
		}
		switch next = p.Metadata.Continue; {
		case next == "" || len(wanted) == 0:
			return nil, true, nil
		case rest == nil || *rest > int64(getCost*len(wanted)) && !c.few(q.scope, len(names)):
			return left(wanted), false, nil
		}
		limit = pageSize
	}
}

func left(wanted map[string]bool) []string {
	out := make([]string, 0, len(wanted))
	for n := range wanted {
		out = append(out, n)
	}
	return out
}

// each asks for one object after the other, as many at once as the client allows.
func (c *client) each(ctx context.Context, q query, names []string, out objects) error {
	var mu sync.Mutex
	var g errgroup.Group
	g.SetLimit(maxRequests)
	for _, name := range names {
		g.Go(func() error {
			var o steps.Object
			err := c.get(ctx, request{path: q.path(name), what: q.what("get", name)}, &o)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, errUnserved):
				return err
			case err == nil:
				q.tidy(o)
				out.named[name] = o
			case !errors.Is(err, errAbsent):
				out.failed[name] = err
			}
			return nil
		})
	}
	return g.Wait()
}
