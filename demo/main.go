// Command demo shows the main job of wpctl in one go, on a cluster and servers of its own: a run that finds a claim
// that does not hold, the repair, a run that proves the whole plan, and the change in the markdown.
//
//	demo --wpctl bin/wpctl --sandbox bin/sandbox
//
// All of it stays on loopback, and nothing is left behind.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	wpctl := flag.String("wpctl", "bin/wpctl", "the program to show")
	sandbox := flag.String("sandbox", "bin/sandbox", "the program that starts the cluster")
	inside := flag.Bool("inside", false, "the cluster is up already: KUBECONFIG names it")
	flag.Parse()
	act := show
	if !*inside {
		act = func(ctx context.Context, wpctl string) error { return withCluster(ctx, wpctl, *sandbox) }
	}
	err := act(ctx, *wpctl)
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// withCluster runs this program again, inside a cluster of its own.
func withCluster(ctx context.Context, wpctl, sandbox string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	say("A Kubernetes control plane with a node of its own comes up: etcd, API server, controllers, scheduler.")
	cmd := exec.CommandContext(ctx, sandbox, "run", "--name", "demo", "--", self, "--inside", "--wpctl", wpctl)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	return cmd.Run()
}

// show acts the story out.
func show(ctx context.Context, wpctl string) error {
	wpctl, err := filepath.Abs(wpctl)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "wpctl-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	d := &demo{wpctl: wpctl, dir: filepath.Join(dir, "workspace"), home: filepath.Join(dir, "home")}
	if err := d.prepare(ctx); err != nil {
		return err
	}
	defer d.world.close()
	return d.story(ctx)
}

// say tells what happens next.
func say(text string) { fmt.Printf("\n%s %s\n\n", paint("==>", "1;36"), paint(text, "1")) }

func paint(text, code string) string {
	if info, err := os.Stdout.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 || os.Getenv("NO_COLOR") != "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
