package main

import (
	"context"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/cluster"
)

// supervise is what up starts: it owns a cluster until it is told to end, or until a part of the cluster ends.
var supervise = command{
	name: "supervise",
	run: func(ctx context.Context, c *call) error {
		name := nameFlag(c.flags)
		dir := c.flags.String("dir", "", "`directory` of the cluster")
		var programs cluster.Programs
		c.flags.StringVar(&programs.ControlPlane, "control-plane", "", "`path` of the control plane")
		c.flags.StringVar(&programs.RealNode, "real-node", "", "`path` of the programs of a real node, if there is to be one")
		c.flags.StringVar(&programs.Hello, "hello", "", "`path` of the program of the smallest images")
		wait := waitFlag(c.flags)
		if err := c.parse(0); err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		owned, err := start(ctx, cluster.Config{Name: *name, Dir: cluster.Dir(*dir), Programs: programs}, *wait)
		if err != nil {
			return err
		}
		defer owned.Stop()
		return owned.Wait(ctx)
	},
}

// start starts a cluster that must be ready in time.
func start(ctx context.Context, config cluster.Config, wait time.Duration) (*cluster.Cluster, error) {
	cause := fmt.Errorf("not ready after %s", wait)
	ctx, cancel := context.WithTimeoutCause(ctx, wait, cause)
	defer cancel()
	return cluster.Start(ctx, config)
}
