package node

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Main is the command line of a node: it returns the exit code.
func Main(args []string) int {
	var config Config
	flags := flag.NewFlagSet("node", flag.ContinueOnError)
	flags.StringVar(&config.Kubeconfig, "kubeconfig", "", "`file` with the cluster and its credentials")
	flags.StringVar(&config.Name, "name", "sandbox", "`name` of the node")
	flags.StringVar(&config.Root, "root", "", "`directory` of the pods")
	flags.StringVar(&config.CA, "client-ca-file", "", "`file` with the authority of those who may call the node")
	flags.StringVar(&config.Cert, "tls-cert-file", "", "`file` with the certificate of the node")
	flags.StringVar(&config.Key, "tls-private-key-file", "", "`file` with the key of the node")
	flags.DurationVar(&config.Backoff, "backoff", time.Second, "pause before the second restart of a container; it doubles")
	flags.DurationVar(&config.BackoffMax, "backoff-max", 10*time.Second, "longest pause before a restart")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := Run(ctx, config); err != nil {
		fmt.Fprintln(os.Stderr, "node:", err)
		return 1
	}
	return 0
}
