// Package node is a Kubernetes node whose containers are processes of the user that runs it.
//
// It does what a kubelet does for a container's command: environment, init containers, restarts, probes, logs, exec and port-forward.
// It has no images, no volumes and no network of its own, and says so in a container's status where a container needs one.
package node

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/record"
)

// shutdownGrace is what containers get to end when the whole node ends.
const shutdownGrace = time.Second

// Config says what a node needs; every field but the backoffs is required.
type Config struct {
	Kubeconfig string
	Name       string
	Root       string // holds a directory for each pod

	CA, Cert, Key string // files: who may call the node's API, and how the node presents itself

	Backoff, BackoffMax time.Duration // between restarts of a container that ends again and again
}

// Node runs the pods that are bound to it.
type Node struct {
	config   Config
	client   kubernetes.Interface
	recorder record.EventRecorder
	subnet   subnet

	mu      sync.Mutex
	pods    map[types.UID]*pod
	created int // pods so far
}

// Run registers the node and runs its pods until ctx ends; then it ends them all.
func Run(ctx context.Context, config Config) error {
	rest, err := clientcmd.BuildConfigFromFlags("", config.Kubeconfig)
	if err != nil {
		return err
	}
	rest.QPS, rest.Burst = 500, 1000
	client, err := kubernetes.NewForConfig(rest)
	if err != nil {
		return fmt.Errorf("client of %q: %w", config.Kubeconfig, err)
	}
	if err := os.MkdirAll(config.Root, 0o700); err != nil {
		return err
	}
	recorder, stopEvents := newRecorder(client, config.Name)
	defer stopEvents()
	n := &Node{
		config:   config,
		client:   client,
		recorder: recorder,
		subnet:   newSubnet(config.Root),
		pods:     map[types.UID]*pod{},
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	failed := make(chan error, 1)
	go func() { failed <- n.serve(listener) }()
	if err := n.register(ctx, int32(listener.Addr().(*net.TCPAddr).Port)); err != nil {
		return err
	}
	n.watch(ctx)
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	n.stop()
	return err
}

// stop ends all pods and waits for them.
func (n *Node) stop() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.pods {
		p.quiet.Store(true)
		p.terminate(shutdownGrace)
	}
	for _, p := range n.pods {
		<-p.done
	}
}
