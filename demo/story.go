package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed all:workspace
var workspace embed.FS

const planFile = "workplans/DEMO-WP-0001.md"

// demo is one showing.
type demo struct {
	wpctl string
	dir   string // the workspace
	home  string // of wpctl's own files, so that the user's stay untouched
	world *world
}

// prepare writes the workspace, starts the servers that the plan looks at, and fills the cluster.
func (d *demo) prepare(ctx context.Context) error {
	src, err := fs.Sub(workspace, "workspace")
	if err != nil {
		return err
	}
	if err := os.CopyFS(d.dir, src); err != nil {
		return fmt.Errorf("write the workspace: %w", err)
	}
	if d.world, err = newWorld(ctx, d.dir); err != nil {
		return err
	}
	return d.git(ctx, "init", "-q")
}

// story is what a newcomer sees.
func (d *demo) story(ctx context.Context) error {
	say("The plan has eight tasks, T01 to T08. This is what a run would look at: wpctl plan " + planFile)
	if err := d.run(ctx, 0, "plan", planFile); err != nil {
		return err
	}
	say("Some tasks say done, because somebody typed it. One of these claims does not hold: wpctl run " + planFile)
	if err := d.run(ctx, 1, "run", planFile, "--trust=all"); err != nil {
		return err
	}
	if err := d.git(ctx, "add", "-A"); err != nil {
		return err
	}
	say("T06 said done, and its certificate was never issued. The operator mends it: the order goes through, the server gets its certificate.")
	if err := d.world.issueCertificate(ctx); err != nil {
		return err
	}
	say("The same command again.")
	if err := d.run(ctx, 0, "run", planFile, "--trust=all"); err != nil {
		return err
	}
	say("What the second run changed in the markdown; everything else kept its bytes.")
	if err := d.git(ctx, "--no-pager", "diff", "--", planFile); err != nil {
		return err
	}
	say("A third run of an unchanged world changes nothing.")
	if err := d.run(ctx, 0, "run", planFile, "--trust=all", "--quiet"); err != nil {
		return err
	}
	say("Every run is kept: wpctl log")
	if err := d.run(ctx, 0, "log"); err != nil {
		return err
	}
	say("Where to look next: README.md, docs/format.md, `bin/wpctl explain`, and the plan of this demo in demo/workspace/" + planFile)
	return nil
}

// run runs wpctl and expects its exit code.
func (d *demo) run(ctx context.Context, want int, args ...string) error {
	cmd := exec.CommandContext(ctx, d.wpctl, args...)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = d.dir, os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(),
		"WPCTL_STATE_DIR="+filepath.Join(d.home, "state"), "WPCTL_CACHE_DIR="+filepath.Join(d.home, "cache"), "WPCTL_CONFIG_DIR="+filepath.Join(d.home, "config"))
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	if got := cmd.ProcessState.ExitCode(); got != want {
		return fmt.Errorf("wpctl %s ended with exit code %d, and the demo expects %d", strings.Join(args, " "), got, want)
	}
	return nil
}

func (d *demo) git(ctx context.Context, args ...string) error {
	if _, err := exec.LookPath("git"); err != nil {
		return nil // the diff is left out
	}
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = d.dir, os.Stdout, os.Stderr
	return cmd.Run()
}
