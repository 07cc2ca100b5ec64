package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// query is what one flight of reads asks for: objects by name, or a set.
type query struct {
	scope
	labels, fields string
	set, bare      bool // bare: of a set, metadata only
}

// objects is what a flight brings back.
type objects struct {
	set      []steps.Object
	named    map[string]steps.Object // those that are there
	failed   map[string]error        // names that could not be found out
	warnings []string
	time     time.Time // the server's
}

// Read returns what q asks for. See steps.Cluster.
func (cs *Clusters) Read(ctx context.Context, cluster string, q steps.Query) (steps.Seen, error) {
	c, err := cs.open(cluster)
	if err != nil {
		return steps.Seen{}, err
	}
	r, err := c.kinds.find(ctx, q.APIVersion, q.Kind)
	if err != nil {
		return steps.Seen{}, err
	}
	seen, err := c.read(ctx, r, q)
	if !errors.Is(err, errUnserved) {
		return seen, err
	}
	// The kind went away since it was discovered, or moved.
	c.kinds.forget(r)
	if r, err = c.kinds.find(ctx, q.APIVersion, q.Kind); err != nil {
		return steps.Seen{}, err
	}
	if seen, err = c.read(ctx, r, q); errors.Is(err, errUnserved) { // it is coming or going just now
		err = &check.Transient{Err: fmt.Errorf("%s: the server names the kind %s of %s, and does not serve it", c.place, q.Kind, q.APIVersion)}
	}
	return seen, err
}

func (c *client) read(ctx context.Context, r *Resource, q steps.Query) (steps.Seen, error) {
	ns, err := c.namespace(r, q)
	if err == nil {
		err = segments(q.Name, ns)
	}
	if err != nil {
		return steps.Seen{}, err
	}
	key := query{scope: scope{r, ns}, labels: q.Selector, fields: q.Fields, set: q.Name == "", bare: q.MetadataOnly && q.Name == ""}
	got, err := c.objects.take(ctx, key, q.Name)
	if err != nil {
		return steps.Seen{}, err
	}
	seen := steps.Seen{Objects: got.set, Namespaced: r.Namespaced, Namespace: ns, Warnings: got.warnings, Time: got.time}
	if key.set {
		return seen, nil
	}
	if err := got.failed[q.Name]; err != nil {
		return steps.Seen{}, err
	}
	if o, ok := got.named[q.Name]; ok {
		seen.Objects = []steps.Object{o}
	}
	return seen, nil
}

// namespace returns where q looks; "" for everywhere or for kinds without namespaces.
func (c *client) namespace(r *Resource, q steps.Query) (string, error) {
	switch {
	case !r.Namespaced && q.Namespace != "":
		return "", fmt.Errorf("kind %s of %s has no namespaces: leave out namespace: %s", r.Kind, r.APIVersion(), q.Namespace)
	case !r.Namespaced, q.AllNamespaces:
		return "", nil
	case q.Namespace != "":
		return q.Namespace, nil
	case q.Default != "":
		return q.Default, nil
	}
	return c.place.Namespace, nil
}
