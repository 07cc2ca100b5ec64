package steps

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// maxHeader bounds the headers of one answer.
const maxHeader = 64 << 10

// maxShapes bounds how many transports are kept.
const maxShapes = 64

// httpPool keeps one transport for all http steps of one shape (resolve and ca), so that they share connections.
type httpPool struct {
	cluster Cluster // for credentials in Secrets; nil: there are none

	mu      sync.Mutex
	byShape map[string]*httpRoute
}

// httpRoute is a transport with what was put into it.
type httpRoute struct {
	*http.Transport
	roots  *x509.CertPool // nil: this machine's
	dialer netDialer
}

func newHTTPPool() *httpPool { return &httpPool{byShape: map[string]*httpRoute{}} }

// route returns the transport for that way of reaching servers. One from inside a cluster is for a single look.
func (p *httpPool) route(at check.Site, r netReach) (*httpRoute, error) {
	pem, err := r.readCA(at)
	if err != nil {
		return nil, err
	}
	if at.Dial != nil {
		return r.newRoute(at, pem)
	}
	shape := strings.Join(r.Resolve, " ") + fmt.Sprintf(" %x", sha256.Sum256(pem))
	p.mu.Lock()
	defer p.mu.Unlock()
	if route, ok := p.byShape[shape]; ok {
		return route, nil
	}
	route, err := r.newRoute(at, pem)
	if err != nil {
		return nil, err
	}
	if len(p.byShape) >= maxShapes {
		p.drop()
	}
	p.byShape[shape] = route
	return route, nil
}

// maxIdle bounds the connections that wait for their next request, as each takes a descriptor, whatever the number of hosts.
const maxIdle = 64

// maxInside bounds the connections to one host of a look from inside: each is a program in somebody's container.
const maxInside = 2

func (r netReach) newRoute(at check.Site, pem []byte) (*httpRoute, error) {
	roots, err := parseCA(r.CA, pem)
	if err != nil {
		return nil, err
	}
	d, err := r.dialer(at)
	if err != nil {
		return nil, err
	}
	route := &httpRoute{roots: roots, dialer: d, Transport: &http.Transport{
		DialContext:            d.DialContext,
		Proxy:                  d.proxy,
		OnProxyConnectResponse: proxyAnswer,
		TLSClientConfig:        &tls.Config{RootCAs: roots},
		ForceAttemptHTTP2:      true,
		MaxConnsPerHost:        16,
		MaxIdleConns:           maxIdle,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        30 * time.Second,
		TLSHandshakeTimeout:    time.Minute, // ends handshakes that outlive their look
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxHeader,
	}}
	if at.Dial != nil {
		route.Proxy, route.MaxConnsPerHost, route.MaxIdleConns = nil, maxInside, maxInside
	}
	return route, nil
}

// leave ends what is left of a look's connections where nobody else can use them.
func (r *httpRoute) leave() {
	if r.dialer.inside != nil {
		r.CloseIdleConnections()
	}
}

// proxy is the environment's, which leaves out loopback; what resolve names is reached directly.
func (d netDialer) proxy(r *http.Request) (*url.URL, error) {
	if len(d.overrides(hostPort(r.URL))) > 0 {
		return nil, nil
	}
	return http.ProxyFromEnvironment(r)
}

// proxyAnswer makes an error of a proxy's refusal to connect, which says nothing about the server.
func proxyAnswer(_ context.Context, proxy *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	return fmt.Errorf("the proxy %s answers %s", proxy.Host, resp.Status)
}

// drop forgets one route; connections in use end by themselves. The lock is held.
func (p *httpPool) drop() {
	for shape, route := range p.byShape {
		route.CloseIdleConnections()
		delete(p.byShape, shape)
		return
	}
}

// close drops all routes with their idle connections.
func (p *httpPool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.byShape) > 0 {
		p.drop()
	}
}

// visit prepares a look: everything that can go wrong before anything is sent.
func (p *httpPool) visit(ctx context.Context, at check.Site, a httpArgs) (*httpVisit, error) {
	if a.URL == "" {
		return nil, errors.New("no URL")
	}
	u, err := parseTarget(a.URL)
	if err != nil {
		return nil, err
	}
	if u.User != nil {
		return nil, errors.New("a URL with a user or password is not sent")
	}
	route, err := p.route(at, a.netReach)
	if err != nil {
		return nil, err
	}
	a.nameSecrets(at, u)
	authURL := u
	if a.authURL != nil {
		authURL = a.authURL
	}
	auth, err := a.Auth.header(ctx, p.cluster, at, authURL, route.dialer)
	if err != nil {
		return nil, err
	}
	body, contentType, err := a.Request.encode()
	if err != nil {
		return nil, err
	}
	u.Fragment, u.RawFragment = "", ""
	v := &httpVisit{args: a, at: at, route: route, auth: auth, first: u, body: body, contentType: contentType}
	v.seen = httpSelf{URL: u.String(), Headers: map[string]string{}, Redirects: []httpHop{}, Select: map[string]any{}, Assets: []httpAsset{}}
	return v, nil
}

// hostPort returns the host and port of u in the form that a dialer gets.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(asciiHost(u.Hostname()), port)
}
