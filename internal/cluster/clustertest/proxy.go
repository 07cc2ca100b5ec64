package clustertest

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/hashicorp/go-hclog"
	"k8s.io/client-go/rest"
)

// Proxy stands before the test cluster's API server, with all rights, and notes the requests.
type Proxy struct {
	Kubeconfig string // path; its only context is "proxy"
	Server     *httptest.Server

	mu       sync.Mutex
	requests []string
	fault    func(*http.Request) Fault
	streams  []net.Conn // connections of the clients that are streams now
	answer   func(http.ResponseWriter, *http.Request) bool
}

// NewProxy starts a proxy that ends with the test.
func NewProxy(t testing.TB) *Proxy {
	t.Helper()
	cfg := Config(t)
	cfg.NextProtos = []string{"http/1.1"} // HTTP/2 has no upgrades
	transport, err := rest.TransportFor(cfg)
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(cfg.Host)
	if err != nil {
		t.Fatal(err)
	}
	reverse := httputil.NewSingleHostReverseProxy(target)
	reverse.Transport, reverse.FlushInterval = transport, -1
	reverse.ErrorLog = hclog.NewNullLogger().StandardLogger(nil)
	p := &Proxy{}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if fault := p.note(r); fault != nil {
			fault(w, r, reverse)
			return
		}
		if p.answers(w, r) {
			return
		}
		reverse.ServeHTTP(w, r)
	}))
	p.Server.Config.ConnState = func(c net.Conn, s http.ConnState) {
		if s == http.StateHijacked {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.streams = append(p.streams, c)
		}
	}
	p.Server.Start()
	t.Cleanup(func() {
		p.Cut()
		p.Server.CloseClientConnections()
		p.Server.Close()
	})
	p.Kubeconfig = WriteKubeconfig(t, "proxy", p.Server.URL, "{}")
	return p
}

func (p *Proxy) note(r *http.Request) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(p.requests, r.Method+" "+r.URL.RequestURI())
	if p.fault == nil {
		return nil
	}
	return p.fault(r)
}

// Cut ends all streams: those of commands and of forwarded ports.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.streams {
		c.Close()
	}
	p.streams = nil
}

// Requests returns what was asked for since the last call.
func (p *Proxy) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer func() { p.requests = nil }()
	return slices.Clone(p.requests)
}

// Break lets requests be answered by a fault, where f returns one. No two calls of f overlap.
func (p *Proxy) Break(f func(*http.Request) Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = f
}

// Refuse lets requests be answered by a status code, where f returns one other than 0.
func (p *Proxy) Refuse(f func(*http.Request) int) {
	p.Break(func(r *http.Request) Fault {
		if code := f(r); code != 0 {
			return Status(code)
		}
		return nil
	})
}

// Answer lets f answer requests in the server's place, where it returns true.
func (p *Proxy) Answer(f func(http.ResponseWriter, *http.Request) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

func (p *Proxy) answers(w http.ResponseWriter, r *http.Request) bool {
	p.mu.Lock()
	f := p.answer
	p.mu.Unlock()
	return f != nil && f(w, r)
}

// WriteKubeconfig writes a kubeconfig with one context, cluster and user of that name. user is in YAML's flow style.
func WriteKubeconfig(t testing.TB, name, server, user string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`apiVersion: v1
kind: Config
current-context: %[1]s
clusters: [{name: %[1]s, cluster: {server: %[2]q, insecure-skip-tls-verify: %[4]v}}]
users: [{name: %[1]s, user: %[3]s}]
contexts: [{name: %[1]s, context: {cluster: %[1]s, user: %[1]s}}]
`, name, server, user, len(server) > 5 && server[:5] == "https")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
