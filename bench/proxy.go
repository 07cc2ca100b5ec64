package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"

	"k8s.io/client-go/rest"
)

// proxy stands before the API server, with all rights, and notes what is asked.
type proxy struct {
	server  *httptest.Server
	watched chan struct{} // receives when a watch is asked for

	mu    sync.Mutex
	asked []string
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
	reverse.Transport, reverse.FlushInterval = transport, -1
	p := &proxy{watched: make(chan struct{}, 1)}
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked = append(p.asked, r.Method+" "+r.URL.RequestURI())
		p.mu.Unlock()
		if r.URL.Query().Get("watch") != "" {
			select {
			case p.watched <- struct{}{}:
			default:
			}
		}
		reverse.ServeHTTP(w, r)
	}))
	return p, nil
}

// requests returns what was asked since the last call.
func (p *proxy) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() { p.asked = nil }()
	return p.asked
}

func (p *proxy) close() {
	p.server.CloseClientConnections()
	p.server.Close()
}

func (p *proxy) kubeconfig() []byte {
	return fmt.Appendf(nil, "apiVersion: v1\nkind: Config\ncurrent-context: bench\nclusters: [{name: bench, cluster: {server: %q}}]\nusers: [{name: bench, user: {}}]\ncontexts: [{name: bench, context: {cluster: bench, user: bench}}]\n", p.server.URL)
}
