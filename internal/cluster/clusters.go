// Package cluster reads, watches, fetches logs from and runs commands in Kubernetes clusters, on behalf of many steps at once:
// reads of one kind in one namespace become one request where that is cheaper, waiting steps share a watch, and a
// dead API server is found dead once.
//
// It is the only importer of client-go's clients. It changes nothing in a cluster but what it is asked to make and
// delete and what the commands do that it is asked to run, keeps no object beyond the read that it was fetched for, and never lists Secrets that were asked for by name.
package cluster

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// defaultTimeout bounds a request where the flag --request-timeout does not.
const defaultTimeout = 10 * time.Second

// Options say which clusters there are. The zero value is what kubectl without flags would talk to.
type Options struct {
	Rules     *clientcmd.ClientConfigLoadingRules // where kubeconfigs are; nil: where kubectl looks for them
	Overrides *clientcmd.ConfigOverrides          // kubectl's flags, see clientcmd.BindOverrideFlags; nil: none
	Contexts  map[string]string                   // a cluster's name in plans → kubeconfig context
	Default   string                              // the cluster that steps without a name mean; "": the current context
	CacheDir  string                              // for discovery; "": $XDG_CACHE_HOME/wpctl or its default
	UserAgent string                              // "": wpctl
}

// Clusters opens clusters by name, each once, when it is first looked at. Its methods may be called at once.
type Clusters struct {
	opts     Options
	config   func() (clientcmdapi.Config, error) // the kubeconfig, loaded once
	cacheDir string

	mu      sync.Mutex
	clients map[string]*client // by context
	names   map[string]*client // by the names that plans use
	found   map[string]found   // by the names that plans use
	closed  bool
}

var (
	_ steps.Cluster  = (*Clusters)(nil)
	_ steps.Reviewer = (*Clusters)(nil)
	_ steps.Tryer    = (*Clusters)(nil)
)

// New returns the clusters that o describes. It touches neither files nor network. Close it when done.
func New(o Options) *Clusters {
	if o.Rules == nil {
		o.Rules = clientcmd.NewDefaultClientConfigLoadingRules()
	}
	if o.Overrides == nil {
		o.Overrides = &clientcmd.ConfigOverrides{}
	}
	if o.UserAgent == "" {
		o.UserAgent = "wpctl"
	}
	load := func() (clientcmdapi.Config, error) {
		raw, err := o.Rules.Load()
		if err != nil {
			return clientcmdapi.Config{}, err
		}
		return *raw, nil
	}
	return &Clusters{
		opts: o, config: sync.OnceValues(load), cacheDir: cacheDir(o.CacheDir),
		clients: map[string]*client{}, names: map[string]*client{}, found: map[string]found{},
	}
}

// cacheDir returns where discovery is kept; "" where there is no such place.
func cacheDir(dir string) string {
	if dir != "" {
		return dir
	}
	if xdg := os.Getenv("XDG_CACHE_HOME"); filepath.IsAbs(xdg) {
		return filepath.Join(xdg, "wpctl")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".cache", "wpctl")
}

// open returns the client of the cluster of that name.
func (cs *Clusters) open(name string) (*client, error) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if cs.closed {
		return nil, context.Canceled
	}
	if c, ok := cs.names[name]; ok {
		return c, nil
	}
	p, cfg, err := cs.find(name)
	if err != nil {
		return nil, err
	}
	c, ok := cs.clients[p.Context]
	if !ok {
		if c, err = newClient(p, cfg, cs.cacheDir); err != nil {
			return nil, err
		}
		cs.clients[p.Context] = c
	}
	cs.names[name] = c
	return c, nil
}

// Close ends all watches, requests and connections, and waits for them.
func (cs *Clusters) Close() {
	cs.mu.Lock()
	cs.closed = true
	clients := cs.clients
	cs.clients = nil
	cs.mu.Unlock()
	for _, c := range clients {
		c.close()
	}
}
