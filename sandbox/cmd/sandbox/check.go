package main

import (
	"context"
	"fmt"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/box"
)

var check = command{
	name:  "check",
	short: "Tell whether a real node can run on this machine, and if not, what it lacks.",
	help:  `The exit code is 0 if it can, and 1 if not.`,
	run: func(_ context.Context, c *call) error {
		if err := c.parse(0); err != nil {
			return err
		}
		if err := box.Missing(); err != nil {
			return err
		}
		fmt.Println("a real node can run here")
		return nil
	},
}
