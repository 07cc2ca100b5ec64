package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/box"
	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/cluster"
)

// runPrefix is what the directory of a run begins with, in that for temporary files.
const runPrefix = "wpctl-sandbox-"

var run = command{
	name:  "run",
	args:  "[flags] -- COMMAND [ARGUMENT...]",
	short: "Run a command with a cluster of its own, which ends with it.",
	help: `KUBECONFIG and WPCTL_TEST_KUBECONFIG name the kubeconfig of the cluster, WPCTL_TEST_SANDBOX this program.
With --node the command runs in the network of the cluster, and WPCTL_SANDBOX_* say where the registries are.
The exit code is that of the command.`,
	run: func(ctx context.Context, c *call) error {
		name := c.flags.String("name", "", "`name` of the cluster, random if there is none")
		wait := waitFlag(c.flags)
		node := nodeFlag(c.flags)
		if err := c.parse(-1); err != nil {
			return err
		}
		if c.flags.NArg() == 0 {
			return usageError{errors.New("name a command: sandbox run -- COMMAND")}
		}
		if *name == "" {
			*name = strings.ToLower(rand.Text()[:8])
		}
		if err := cluster.CheckName(*name); err != nil {
			return usageError{err}
		}
		programs, err := programs(ctx, *node)
		if err != nil {
			return err
		}
		if err := removeAbandoned(); err != nil {
			return err
		}
		dir, err := os.MkdirTemp("", runPrefix+*name+"-")
		if err != nil {
			return err
		}
		config := cluster.Config{Name: *name, Dir: cluster.Dir(dir), Programs: programs}
		if *node {
			return runIsolated(config, *wait, c.flags.Args())
		}
		return runPrivately(ctx, config, *wait, c.flags.Args())
	},
}

// runPrivately brings a cluster up, runs the command and takes the cluster down, however the command ends.
func runPrivately(ctx context.Context, config cluster.Config, wait time.Duration, argv []string) error {
	interruptible, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	defer os.RemoveAll(string(config.Dir))
	private, err := start(interruptible, config, wait)
	if err != nil {
		return err
	}
	defer private.Stop()
	watching, stopWatching := context.WithCancel(ctx)
	defer stopWatching()
	go func() {
		if err := private.Wait(watching); err != nil {
			fmt.Fprintln(os.Stderr, "sandbox run:", err)
		}
	}()
	return runCommand(argv, variables(config.Dir, nil))
}

// runIsolated is runPrivately for a cluster with a real node: a process of its own has it, as it lives in a network of its own.
func runIsolated(config cluster.Config, wait time.Duration, argv []string) (err error) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	s, err := startSupervisor(config, wait, func(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL })
	if err != nil {
		return errors.Join(err, os.RemoveAll(string(config.Dir)))
	}
	ending := make(chan struct{})
	defer func() {
		close(ending)
		s.stop()
		err = errors.Join(err, config.Dir.Remove())
	}()
	go func() {
		select {
		case <-signals:
			_ = s.cmd.Process.Signal(syscall.SIGTERM)
		case <-s.ended:
		case <-ending:
		}
	}()
	state, err := s.ready()
	if err != nil {
		return err
	}
	signal.Stop(signals)
	if err := box.Enter(s.cmd.Process.Pid); err != nil {
		return err
	}
	go func() {
		select {
		case <-s.ended:
			fmt.Fprintln(os.Stderr, "sandbox run:", s.endError())
		case <-ending:
		}
	}()
	return runCommand(argv, variables(config.Dir, state.Node))
}

// variables tell a command where its cluster is.
func variables(dir cluster.Dir, node *cluster.RealNode) []string {
	return append([]string{"KUBECONFIG=" + dir.Kubeconfig(), "WPCTL_TEST_KUBECONFIG=" + dir.Kubeconfig()}, node.Variables()...)
}

// runCommand runs the command to its end and returns how it ended. Signals that would end us are for the command.
func runCommand(argv, variables []string) error {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), variables...)
	if self, err := os.Executable(); err == nil { // for tests that need a second cluster
		cmd.Env = append(cmd.Env, "WPCTL_TEST_SANDBOX="+self)
	}
	cmd.SysProcAttr = tied()
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "sandbox run:", err)
		return exitError(127) // as a shell does
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			if s != os.Interrupt || !inForeground() {
				_ = cmd.Process.Signal(s) // it may have ended just now
			}
		case err := <-ended:
			return commandResult(err)
		}
	}
}

// inForeground tells whether a Ctrl-C of the terminal reaches the command by itself.
func inForeground() bool {
	terminal, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer terminal.Close()
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

func commandResult(err error) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return exitError(128 + int(status.Signal()))
	}
	return exitError(exit.ExitCode())
}

// removeAbandoned removes what is left of runs that were killed.
func removeAbandoned() error {
	states, err := filepath.Glob(filepath.Join(os.TempDir(), runPrefix+"*", "state.json"))
	if err != nil {
		return err
	}
	for _, file := range states {
		dir := cluster.Dir(filepath.Dir(file))
		if !ours(string(dir)) {
			continue
		}
		state, readErr := cluster.Read(dir)
		if readErr != nil || state.Owner.Alive() {
			continue
		}
		if removeErr := dir.Remove(); !errors.Is(removeErr, fs.ErrNotExist) {
			err = errors.Join(err, removeErr)
		}
	}
	return err
}

// ours tells whether a directory is of the user who runs us: the one for temporary files is everybody's.
func ours(dir string) bool {
	info, err := os.Lstat(dir)
	if err != nil || !info.IsDir() {
		return false
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(owner.Uid) == os.Getuid()
}
