package main

import (
	"context"
	"flag"
	"fmt"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/cluster"
)

const defaultName = "default"

var up = command{
	name:  "up",
	args:  "[flags]",
	short: "Start a cluster and wait until it is ready for pods.",
	help: `It runs until sandbox down. A cluster that is up already is left as it is.
One of which a part has ended is started afresh, and empty.`,
	run: func(ctx context.Context, c *call) error {
		name := nameFlag(c.flags)
		wait := waitFlag(c.flags)
		node := nodeFlag(c.flags)
		if err := c.parse(0); err != nil {
			return err
		}
		dir, err := directory(*name)
		if err != nil {
			return err
		}
		// One that had a real node gets one again.
		if state, err := cluster.Read(dir); err == nil && state.Node != nil {
			*node = true
		}
		// Before the lock, as it may take minutes.
		programs, err := programs(ctx, *node)
		if err != nil {
			return err
		}
		unlock, err := dir.Lock()
		if err != nil {
			return err
		}
		defer unlock()
		return bringUp(cluster.Config{Name: *name, Dir: dir, Programs: programs}, *wait)
	},
}

func nameFlag(flags *flag.FlagSet) *string {
	return flags.String("name", defaultName, "`name` of the cluster")
}

func waitFlag(flags *flag.FlagSet) *time.Duration {
	return flags.Duration("wait", 2*time.Minute, "how long to wait until it is ready")
}

func nodeFlag(flags *flag.FlagSet) *bool {
	return flags.Bool("node", false, "with a real node beside the process node: images, networks, Services; needs root on Linux")
}

// directory returns that of a cluster, which need not exist.
func directory(name string) (cluster.Dir, error) {
	if err := cluster.CheckName(name); err != nil {
		return "", usageError{err}
	}
	home, err := cluster.DefaultHome()
	if err != nil {
		return "", err
	}
	return home.Dir(name), nil
}

// bringUp starts the supervisor of a cluster and waits for its word.
func bringUp(config cluster.Config, wait time.Duration) error {
	state, err := cluster.Read(config.Dir)
	if err == nil && state.Up() {
		if state.Node == nil && config.Programs.RealNode != "" {
			return fmt.Errorf("%s is up without a real node: end it first with sandbox down --name %s", state.Name, state.Name)
		}
		fmt.Printf("sandbox %s is up already: %s (%s)\n", state.Name, state.Server, state.Version)
		return nil
	}
	if err := config.Dir.Clear(); err != nil {
		return err
	}
	began := time.Now()
	supervisor, err := startSupervisor(config, wait)
	if err != nil {
		return err
	}
	if state, err = supervisor.ready(); err != nil {
		return err
	}
	fmt.Printf("sandbox %s is up: %s (%s), in %.1fs\n", state.Name, state.Server, state.Version, time.Since(began).Seconds())
	if state.Node != nil {
		fmt.Printf("use it with: sandbox exec --name %s -- COMMAND\n", state.Name)
	} else {
		fmt.Printf("use it with: export KUBECONFIG=%s\n", config.Dir.Kubeconfig())
	}
	return nil
}
