package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	configMaps   = 200
	mostRequests = 10
)

// k8s measures assertions on objects of a real API server, and counts what is asked of it.
func (b *bench) k8s() error {
	path := os.Getenv("KUBECONFIG")
	if path == "" {
		fmt.Fprintln(os.Stderr, "  left out: there is no KUBECONFIG; `sandbox run --` gives one")
		return nil
	}
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		return err
	}
	config.QPS = -1
	namespace, remove, err := populate(config)
	if err != nil {
		return err
	}
	defer remove()
	proxy, err := newProxy(config)
	if err != nil {
		return err
	}
	defer proxy.server.Close()
	kubeconfig, err := b.file("k8s", "kubeconfig", proxy.kubeconfig())
	if err != nil {
		return err
	}
	for name, tasks := range map[string]int{"one.md": 1, "many.md": configMaps} {
		if _, err := b.file("k8s", name, k8sPlan(namespace, tasks)); err != nil {
			return err
		}
	}
	env := []string{"KUBECONFIG=" + kubeconfig}
	floor := program{args: []string{b.floor("floork8s"), namespace, fmt.Sprint(configMaps)}, env: env}
	for _, c := range []struct {
		name, plan string
		ready      func() error
		most       float64
	}{
		{"200 k8s assertions, 1 task, nothing cached", "one.md", func() error { return os.RemoveAll(b.path("cache")) }, mostRequests},
		{"200 k8s assertions, 1 task, discovery cached", "one.md", nil, mostRequests},
		{"200 k8s assertions, 200 tasks, discovery cached", "many.md", nil, 0},
	} {
		wpctl := program{args: []string{b.wpctl, "run", c.plan, "--no-write", "--quiet"}, env: env, dir: b.path("k8s"), ready: c.ready}
		m, err := b.turns(b.n, wpctl, floor)
		if err != nil {
			return err
		}
		b.add(c.name, m[0], &m[1], bound{})
		asked, err := b.most(proxy, wpctl)
		if err != nil {
			return err
		}
		b.addFigure("  requests of it, at most", "requests", float64(len(asked)), c.most)
		if c.most > 0 && len(asked) > mostRequests {
			fmt.Fprintln(os.Stderr, "  "+strings.Join(asked, "\n  "))
		}
	}
	return nil
}

// most returns what the run of several that asked most asked for: how many can share an answer is a matter of moments.
func (b *bench) most(proxy *proxy, p program) ([]string, error) {
	var most []string
	for range b.n {
		proxy.requests()
		if _, err := b.once(p); err != nil {
			return nil, err
		}
		if asked := proxy.requests(); len(asked) > len(most) {
			most = asked
		}
	}
	return most, nil
}

// populate makes a namespace with ConfigMaps.
func populate(config *rest.Config) (namespace string, remove func(), err error) {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return "", nil, err
	}
	ctx := context.Background()
	namespaces := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "namespaces"})
	ns, err := namespaces.Create(ctx, &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"generateName": "bench-"},
	}}, metav1.CreateOptions{})
	if err != nil {
		return "", nil, err
	}
	remove = func() { _ = namespaces.Delete(ctx, ns.GetName(), metav1.DeleteOptions{}) }
	var g errgroup.Group
	g.SetLimit(16)
	maps := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(ns.GetName())
	for i := range configMaps {
		g.Go(func() error {
			_, err := maps.Create(ctx, &unstructured.Unstructured{Object: map[string]any{
				"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": fmt.Sprintf("berth-%d", i)},
				"data": map[string]any{"number": fmt.Sprint(i), "text": strings.Repeat("a boat lies here\n", 10)},
			}}, metav1.CreateOptions{})
			return err
		})
	}
	if err := g.Wait(); err != nil {
		remove()
		return "", nil, err
	}
	return ns.GetName(), remove, nil
}

func k8sPlan(namespace string, tasks int) []byte {
	return shortPlan("independent", tasks, func(int) string { return "" }, func(task int) string {
		var out strings.Builder
		for i := task; i < configMaps; i += tasks {
			fmt.Fprintf(&out, "- k8s: {apiVersion: v1, kind: ConfigMap, namespace: %s, name: berth-%d, match: {data: {number: \"%[2]d\"}}}\n", namespace, i)
		}
		return out.String()
	})
}

// proxy stands before the API server, with all rights, and notes what is asked.
type proxy struct {
	server *httptest.Server
	mu     sync.Mutex
	asked  []string
}

// requests returns what was asked since the last call.
func (p *proxy) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() { p.asked = nil }()
	return p.asked
}

func newProxy(config *rest.Config) (*proxy, error) {
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		return nil, err
	}
	reverse := httputil.NewSingleHostReverseProxy(target)
	reverse.Transport = transport
	p := &proxy{}
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked = append(p.asked, r.Method+" "+r.URL.RequestURI())
		p.mu.Unlock()
		reverse.ServeHTTP(w, r)
	}))
	return p, nil
}

func (p *proxy) kubeconfig() []byte {
	return fmt.Appendf(nil, "apiVersion: v1\nkind: Config\ncurrent-context: bench\nclusters: [{name: bench, cluster: {server: %q}}]\nusers: [{name: bench, user: {}}]\ncontexts: [{name: bench, context: {cluster: bench, user: bench}}]\n", p.server.URL)
}
