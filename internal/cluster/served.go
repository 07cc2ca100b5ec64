package cluster

import (
	"context"
)

// Served returns how a cluster serves a kind. One that it does not have is a *steps.NoKind.
func (cs *Clusters) Served(ctx context.Context, cluster, apiVersion, kind string) (*Resource, error) {
	c, err := cs.open(cluster)
	if err != nil {
		return nil, err
	}
	return c.kinds.find(ctx, apiVersion, kind)
}
