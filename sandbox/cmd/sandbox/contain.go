package main

import (
	"context"
	"errors"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/box"
	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/cluster"
)

// contain becomes the first program of a namespace of processes.
var contain = command{
	name: cluster.Contain,
	run: func(_ context.Context, c *call) error {
		if len(c.line) == 0 {
			return usageError{errors.New("name a command")}
		}
		return box.Contained(c.line)
	},
}
