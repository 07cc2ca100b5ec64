package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/box"
	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/cluster"
)

var execute = command{
	name:  "exec",
	args:  "[flags] -- COMMAND [ARGUMENT...]",
	short: "Run a command with a cluster that is up, in the cluster's network if it has a real node.",
	help: `The variables are those of sandbox run, and so is the exit code.
Files and processes are those of the machine; only the network is the cluster's.`,
	run: func(_ context.Context, c *call) error {
		name := nameFlag(c.flags)
		if err := c.parse(-1); err != nil {
			return err
		}
		if c.flags.NArg() == 0 {
			return usageError{errors.New("name a command: sandbox exec -- COMMAND")}
		}
		dir, err := directory(*name)
		if err != nil {
			return err
		}
		state, err := cluster.Read(dir)
		if err != nil {
			return err
		}
		if !state.Up() {
			return fmt.Errorf("sandbox %s is not up: start it with sandbox up --name %s", *name, *name)
		}
		return become(c.flags.Args(), state, variables(dir, state.Node))
	},
}

// become executes a command in our place, so that its signals and its exit code are its own.
func become(argv []string, state cluster.State, variables []string) error {
	cmd := exec.Command(argv[0])
	if cmd.Err != nil {
		fmt.Fprintln(os.Stderr, "sandbox exec:", cmd.Err)
		return exitError(127) // as a shell does
	}
	cmd.Env = append(os.Environ(), variables...)
	if state.Node != nil {
		if err := box.Enter(state.Owner.PID); err != nil {
			return err
		}
	}
	return fmt.Errorf("start %s: %w", cmd.Path, syscall.Exec(cmd.Path, argv, cmd.Environ())) // the last of a name counts
}
