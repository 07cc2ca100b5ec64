package main

import (
	"context"
	"fmt"
	"os"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/cluster"
)

var kubeconfig = command{
	name:  "kubeconfig",
	args:  "[flags]",
	short: "Print the kubeconfig of a cluster.",
	help:  `Its context is called sandbox-NAME.`,
	run: func(_ context.Context, c *call) error {
		name := nameFlag(c.flags)
		path := c.flags.Bool("path", false, "print the path of the file instead")
		if err := c.parse(0); err != nil {
			return err
		}
		dir, err := directory(*name)
		if err != nil {
			return err
		}
		state, err := cluster.Read(dir)
		if err != nil {
			return err
		}
		if !state.Ready {
			return fmt.Errorf("sandbox %s is not up: start it with sandbox up --name %s", *name, *name)
		}
		if *path {
			fmt.Println(dir.Kubeconfig())
			return nil
		}
		b, err := os.ReadFile(dir.Kubeconfig())
		if err != nil {
			return err
		}
		_, err = os.Stdout.Write(b)
		return err
	},
}
