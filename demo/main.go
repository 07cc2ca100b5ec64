// Command demo plays the first acts of the story that the end-to-end test plays as a whole: an operator brings an
// application onto an empty cluster, and wpctl says how far it is; then something breaks, and wpctl names it.
//
//	demo --bin bin [--node]
//
// The cluster and everything around it are its own, and nothing is left behind. Where no real node can run it plays the
// parts for which a control plane is enough.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/e2e/cast"
	"gitea.coulomb.social/coulomb/wpctl/e2e/play"
	"gitea.coulomb.social/coulomb/wpctl/internal/testtools"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	bin := flag.String("bin", "bin", "the folder with wpctl, sandbox and what the world is made of")
	node := flag.Bool("node", false, "with a real node")
	inside := flag.Bool("inside", false, "the cluster is up already: KUBECONFIG names it")
	flag.Parse()
	err := run(ctx, *bin, *node, *inside)
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		os.Exit(130)
	case errors.As(err, &exit): // it has said why
		os.Exit(exit.ExitCode())
	case err != nil:
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, bin string, node, inside bool) error {
	bin, err := filepath.Abs(bin)
	if err != nil {
		return err
	}
	programs, err := programs(bin, node)
	if err != nil {
		return err
	}
	if inside {
		return show(ctx, programs, node)
	}
	return withCluster(ctx, bin, node)
}

// programs are those of the world. What others have written is built, or got, where it is not there yet.
func programs(bin string, node bool) (p play.Programs, err error) {
	patience := time.AfterFunc(2*time.Second, func() {
		say("Some programs and definitions of others are got and built first, once: helm, sops, pebble, cert-manager's and CloudNativePG's. That takes minutes.")
	})
	defer patience.Stop()
	p.Programs = cast.Programs{
		Wpctl: filepath.Join(bin, "wpctl"), App: filepath.Join(bin, "e2e", "app"),
		CertManager: filepath.Join(bin, "e2e", "certmanager"), Solver: filepath.Join(bin, "e2e", "acmesolver"),
	}
	if p.CertManagerCRDs, p.CloudNativePGCRDs, err = testtools.Definitions(); err != nil || !node {
		return p, err
	}
	for _, one := range []struct {
		path  *string
		build func() (string, error)
	}{{&p.Helm, testtools.BuildHelm}, {&p.Sops, testtools.BuildSops}, {&p.Pebble, testtools.BuildPebble}} {
		if *one.path, err = one.build(); err != nil {
			return p, err
		}
	}
	return p, nil
}

// withCluster runs this program again, inside a cluster of its own.
func withCluster(ctx context.Context, bin string, node bool) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	args := []string{"run", "--name", "demo", "--", self, "--inside", "--bin", bin}
	what := "A Kubernetes control plane comes up: etcd, API server, controllers, scheduler."
	if node {
		args = append(append([]string{"run", "--node"}, args[1:]...), "--node")
		what = "A Kubernetes cluster comes up: etcd, API server, controllers, scheduler, and a real node with containerd and a registry, in a network of its own."
	}
	say(what)
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "sandbox"), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	return cmd.Run()
}
