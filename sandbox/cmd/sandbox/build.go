package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"gitea.coulomb.social/coulomb/wpctl/sandbox"
	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/binary"
	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/box"
	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/cluster"
)

var build = command{
	name:  "build",
	args:  "[flags]",
	short: "Build the control plane if it is not in the cache, and print its path.",
	help: `Other commands do this by themselves when they need it.
It takes about 3 minutes and 3 GB of memory, needs go, and is done once for its sources.
The cache is WPCTL_SANDBOX_CACHE, or wpctl/sandbox in the user's cache directory.`,
	run: func(ctx context.Context, c *call) error {
		node := nodeFlag(c.flags)
		if err := c.parse(0); err != nil {
			return err
		}
		built, err := programs(ctx, *node)
		if err != nil {
			return err
		}
		fmt.Println(built.ControlPlane)
		if *node {
			fmt.Println(built.RealNode)
		}
		return nil
	},
}

// programs returns what a cluster is made of, after building it if need be. A real node is refused where it cannot run.
func programs(ctx context.Context, node bool) (cluster.Programs, error) {
	var p cluster.Programs
	if node {
		if err := box.Missing(); err != nil {
			return p, err
		}
	}
	cache, err := binary.CacheDir()
	if err != nil {
		return p, err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	plane := binary.Builder{Name: "the control plane", Program: "controlplane", Source: sandbox.ControlPlane, Cache: cache, Progress: os.Stderr}
	if p.ControlPlane, err = plane.Path(ctx); err != nil || !node {
		return p, err
	}
	real := binary.Builder{Name: "the real node", Program: "realnode", Source: sandbox.RealNode, Cache: cache, Progress: os.Stderr}
	if p.RealNode, err = real.Path(ctx); err != nil {
		return p, err
	}
	hello := binary.Builder{Name: "a program for images", Program: "hello", Source: sandbox.Hello, Static: true, Cache: cache, Progress: os.Stderr}
	p.Hello, err = hello.Path(ctx)
	return p, err
}
