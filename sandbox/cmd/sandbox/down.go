package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/cluster"
)

var down = command{
	name:  "down",
	args:  "[flags]",
	short: "End a cluster and remove all that it left.",
	help:  `It returns when every process has ended. A cluster that is not up is no error.`,
	run: func(_ context.Context, c *call) error {
		name := nameFlag(c.flags)
		all := c.flags.Bool("all", false, "every cluster that sandbox up started, and what killed runs left")
		if err := c.parse(0); err != nil {
			return err
		}
		if *all {
			return takeAllDown()
		}
		dir, err := directory(*name)
		if err != nil {
			return err
		}
		return takeDown(*name, dir)
	},
}

func takeAllDown() error {
	home, err := cluster.DefaultHome()
	if err != nil {
		return err
	}
	names, err := home.Names()
	if err != nil {
		return err
	}
	for _, name := range names {
		err = errors.Join(err, takeDown(name, home.Dir(name)))
	}
	return errors.Join(err, removeAbandoned())
}

func takeDown(name string, dir cluster.Dir) error {
	if _, err := os.Stat(string(dir)); errors.Is(err, fs.ErrNotExist) {
		fmt.Printf("sandbox %s is not up\n", name)
		return nil
	}
	unlock, err := dir.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := dir.Remove(); err != nil {
		return fmt.Errorf("end %s: %w", name, err)
	}
	fmt.Printf("sandbox %s is down\n", name)
	return nil
}
