package cluster

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/box"
)

// Addresses of a cluster with a real node. Every cluster has a network of its own, so they are the same in each.
const (
	nodeAddress     = "10.250.0.1"
	registry        = nodeAddress + ":5000"
	privateRegistry = nodeAddress + ":5001"
	podRange        = "10.244.0.0/24"
	registryUser    = "puller"
)

// Names of the nodes.
const (
	processNode = "sandbox"
	realNode    = "real"
)

// RealNode is what others can know about a real node.
type RealNode struct {
	Name            string `json:"name"`
	Address         string `json:"address"`
	Registry        string `json:"registry"`        // for everybody
	PrivateRegistry string `json:"privateRegistry"` // the same images, for the user with the password
	User            string `json:"user"`
	Password        string `json:"password"`
}

// Variables tell a command where the real node is. Without one they are empty, so that none of another cluster stays.
func (n *RealNode) Variables() []string {
	if n == nil {
		n = &RealNode{}
	}
	return []string{
		"WPCTL_SANDBOX_NODE=" + n.Name,
		"WPCTL_SANDBOX_NODE_ADDRESS=" + n.Address,
		"WPCTL_SANDBOX_REGISTRY=" + n.Registry,
		"WPCTL_SANDBOX_PRIVATE_REGISTRY=" + n.PrivateRegistry,
		"WPCTL_SANDBOX_REGISTRY_USER=" + n.User,
		"WPCTL_SANDBOX_REGISTRY_PASSWORD=" + n.Password,
	}
}

// isolate makes the network and hides the machine's directories, in the process that box.Isolate prepared.
func (c *Cluster) isolate() error {
	if err := box.Connect(net.ParseIP(nodeAddress), box.Resolvers()...); err != nil {
		return err
	}
	if err := box.Hide(); err != nil {
		return err
	}
	c.state.Node = &RealNode{
		Name: realNode, Address: nodeAddress,
		Registry: registry, PrivateRegistry: privateRegistry, User: registryUser, Password: rand.Text(),
	}
	return nil
}

// startRealNode starts the real node beside the process node, in an order in which none of its programs waits for another.
func (c *Cluster) startRealNode(ctx context.Context, a *access) error {
	if err := c.writeNodeFiles(); err != nil {
		return err
	}
	if err := a.place(ctx); err != nil {
		return err
	}
	d := c.config.Dir
	for _, line := range []commandLine{registryProgram(c.config.Programs.Hello), clusterDNS(box.Resolvers())} {
		if err := c.launchOne(line[0], c.config.Programs.RealNode, line, attributes(false)); err != nil {
			return err
		}
	}
	if err := c.startContainerd(ctx); err != nil {
		return err
	}
	for _, line := range []commandLine{kubelet(d), kubeProxy} {
		if err := c.launchOne(line[0], c.config.Programs.RealNode, line, attributes(false)); err != nil {
			return err
		}
	}
	for what, ready := range map[string]func(context.Context) error{
		"the registries":        c.registryReady,
		"the DNS server":        dnsReady,
		"the placement of pods": a.placementReady,
	} {
		if err := c.await(ctx, what, ready); err != nil {
			return err
		}
	}
	return nil
}

// startContainerd starts it by way of our own command, in a namespace of processes that takes its containers with it when it ends.
func (c *Cluster) startContainerd(ctx context.Context) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	line, attr := containerd(c.config.Dir), attributes(false)
	box.Confine(attr)
	if err := c.launchOne(line[1], self, line, attr); err != nil {
		return err
	}
	return c.await(ctx, "containerd", func(context.Context) error {
		_, err := os.Stat(containerdSocket)
		return err
	})
}

// writeNodeFiles writes the configuration of the programs of the node.
func (c *Cluster) writeNodeFiles() error {
	d := c.config.Dir
	kubelet, err := json.MarshalIndent(kubeletConfig(d), "", "  ")
	if err != nil {
		return err
	}
	for file, text := range map[string]string{
		"pki/registry-password":                              c.state.Node.Password + "\n",
		"node/containerd.toml":                               containerdConfig(d),
		"node/cni/10-sandbox.conflist":                       cniConfig(d),
		"node/kubelet.json":                                  string(kubelet),
		"node/resolv.conf":                                   "nameserver " + nodeAddress + "\n",
		"node/registries/" + registry + "/hosts.toml":        plainHTTP(registry),
		"node/registries/" + privateRegistry + "/hosts.toml": plainHTTP(privateRegistry),
	} {
		path := d.join(file)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// registryReady waits for the image that is pushed last.
func (c *Cluster) registryReady(ctx context.Context) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, "http://"+privateRegistry+"/v2/pause/manifests/1", nil)
	if err != nil {
		return err
	}
	r.SetBasicAuth(registryUser, c.state.Node.Password)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("image pause: %s", answer.Status)
	}
	return nil
}

// dnsReady waits until the DNS server has seen the cluster's Services.
func dnsReady(ctx context.Context) error {
	resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort(nodeAddress, "53"))
	}}
	_, err := resolver.LookupHost(ctx, "kubernetes.default.svc.cluster.local.")
	return err
}
