package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// pollTime is the pause between two looks at something that is about to be ready.
const pollTime = 20 * time.Millisecond

// await waits until what answers no error, a program has ended or ctx has.
func (c *Cluster) await(ctx context.Context, what string, ready func(context.Context) error) error {
	poll := time.NewTicker(pollTime)
	defer poll.Stop()
	var last error // what ctx cuts off says nothing
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		if last == nil || ctx.Err() == nil {
			last = err
		}
		select {
		case <-poll.C:
		case p := <-c.ended:
			return fmt.Errorf("wait for %s: %w", what, c.endError(p))
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w: %w, see the logs in %s", what, context.Cause(ctx), last, c.config.Dir.Logs())
		}
	}
}

func (a *access) apiReady(ctx context.Context) error { return a.get(ctx, "/readyz", nil) }

// accountReady waits for what every pod needs.
func (a *access) accountReady(ctx context.Context) error {
	return a.get(ctx, "/api/v1/namespaces/default/serviceaccounts/default", nil)
}

// nodeReady waits until the scheduler would give the node a pod: it is ready and has lost the taint of one that is not.
func (a *access) nodeReady(ctx context.Context, name string) error {
	var node struct {
		Spec   struct{ Taints []any }
		Status struct {
			Conditions []struct{ Type, Status string }
		}
	}
	if err := a.get(ctx, "/api/v1/nodes/"+name, &node); err != nil {
		return err
	}
	if len(node.Spec.Taints) > 0 {
		return errors.New("still tainted")
	}
	for _, c := range node.Status.Conditions {
		if c.Type == "Ready" && c.Status == "True" {
			return nil
		}
	}
	return errors.New("not ready yet")
}

func (a *access) version(ctx context.Context) (string, error) {
	var v struct{ GitVersion string }
	err := a.get(ctx, "/version", &v)
	return v.GitVersion, err
}
