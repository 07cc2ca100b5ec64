package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"syscall"
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
		if err := c.parse(0); err != nil {
			return err
		}
		dir, err := directory(*name)
		if err != nil {
			return err
		}
		// Before the lock, as it may take minutes.
		binary, err := controlPlane(ctx)
		if err != nil {
			return err
		}
		unlock, err := dir.Lock()
		if err != nil {
			return err
		}
		defer unlock()
		return bringUp(cluster.Config{Name: *name, Dir: dir, Binary: binary}, *wait)
	},
}

func nameFlag(flags *flag.FlagSet) *string {
	return flags.String("name", defaultName, "`name` of the cluster")
}

func waitFlag(flags *flag.FlagSet) *time.Duration {
	return flags.Duration("wait", time.Minute, "how long to wait until it is ready")
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
		fmt.Printf("sandbox %s is up already: %s (%s)\n", state.Name, state.Server, state.Version)
		return nil
	}
	if err := config.Dir.Clear(); err != nil {
		return err
	}
	began := time.Now()
	ended, err := startSupervisor(config, wait)
	if err != nil {
		return err
	}
	for {
		state, err := cluster.Read(config.Dir)
		if err == nil && state.Ready {
			fmt.Printf("sandbox %s is up: %s (%s), in %.1fs\n", state.Name, state.Server, state.Version, time.Since(began).Seconds())
			fmt.Printf("use it with: export KUBECONFIG=%s\n", config.Dir.Kubeconfig())
			return nil
		}
		select {
		case <-ended:
			state, err := cluster.Read(config.Dir)
			if err == nil && state.Error != "" {
				return errors.New(state.Error)
			}
			return fmt.Errorf("the supervisor of %s ended, see %s", config.Name, config.Dir.Log("supervisor"))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// startSupervisor starts the process that owns the cluster, in a session of its own so that no terminal ends it.
func startSupervisor(config cluster.Config, wait time.Duration) (ended <-chan error, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(config.Dir.Logs(), 0o700); err != nil {
		return nil, err
	}
	log, err := os.Create(config.Dir.Log("supervisor"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(self, supervise.name, "-name", config.Name, "-dir", string(config.Dir), "-binary", config.Binary, "-wait", wait.String())
	cmd.Dir, cmd.Env = string(config.Dir), cluster.Environment(config.Dir)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the supervisor: %w", err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	return done, nil
}
