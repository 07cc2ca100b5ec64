package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"gitea.coulomb.social/coulomb/wpctl/sandbox"
	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/binary"
)

var build = command{
	name:  "build",
	short: "Build the control plane if it is not in the cache, and print its path.",
	help: `Other commands do this by themselves when they need it.
It takes about 3 minutes and 3 GB of memory, needs go, and is done once for its sources.
The cache is WPCTL_SANDBOX_CACHE, or wpctl/sandbox in the user's cache directory.`,
	run: func(ctx context.Context, c *call) error {
		if err := c.parse(0); err != nil {
			return err
		}
		path, err := controlPlane(ctx)
		if err != nil {
			return err
		}
		fmt.Println(path)
		return nil
	},
}

// controlPlane returns the path of the control plane, after building it if need be.
func controlPlane(ctx context.Context) (string, error) {
	cache, err := binary.CacheDir()
	if err != nil {
		return "", err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	builder := binary.Builder{Source: sandbox.Source, Cache: cache, Progress: os.Stderr}
	return builder.Path(ctx)
}
