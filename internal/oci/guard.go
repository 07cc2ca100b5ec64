package oci

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// The bounds of answers. The specification wants registries to take manifests of at least 4 MiB; configurations
// have a few KiB.
const (
	maxAnswer    = 4 << 20
	maxRedirects = 10
)

// guard is the transport below the library's: it keeps the scheme that was agreed on, bounds answers and redirects,
// and lets no credential follow a redirect.
type guard struct {
	next   http.RoundTripper
	reg    name.Registry
	plain  bool         // nothing but plain HTTP
	tls    bool         // nothing but HTTPS
	scheme atomic.Value // string: what the registry answered to

	once  sync.Once
	tried chan struct{} // closed when HTTPS was tried
	not   bool          // the registry speaks no TLS; to be read when tried is closed
}

func newGuard(reg name.Registry, a Access) *guard {
	return &guard{next: a.Transport, reg: reg, plain: a.Plain, tls: a.HTTPSOnly, tried: make(chan struct{})}
}

// settle keeps the scheme that the ping found.
func (g *guard) settle(ping *transport.Challenge) {
	if ping.Insecure {
		g.scheme.Store("http")
	} else {
		g.scheme.Store("https")
	}
}

func (g *guard) hostname() string {
	host := g.reg.RegistryStr()
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return strings.Trim(host, "[]")
}

// errScheme is why a request is not sent: it would be over the wrong scheme.
var errScheme = errors.New("not over this scheme")

// RoundTrip sends a request, if it may be sent.
func (g *guard) RoundTrip(asked *http.Request) (*http.Response, error) {
	req := asked
	if strings.EqualFold(req.URL.Host, g.reg.RegistryStr()) {
		if scheme, ok := g.scheme.Load().(string); ok && req.URL.Scheme != scheme {
			req = req.Clone(req.Context())
			req.URL.Scheme = scheme
		}
	}
	if err := g.check(req); err != nil {
		return nil, err
	}
	resp, err := g.next.RoundTrip(req)
	if req.URL.Scheme == "https" {
		g.once.Do(func() {
			g.not = err != nil && noTLS(err)
			close(g.tried)
		})
	}
	if err != nil {
		return nil, err
	}
	resp.Request = asked // the library compares pages by the scheme that it asked with
	resp.Body = &limited{body: resp.Body, left: maxAnswer, what: "the answer from " + req.URL.Host}
	return resp, nil
}

func (g *guard) check(req *http.Request) error {
	home := strings.EqualFold(req.URL.Host, g.reg.RegistryStr())
	switch {
	case home && g.plain && req.URL.Scheme == "https":
		return errScheme
	case req.URL.Scheme == "http" && !g.plain && (g.tls || !loopback(req.URL.Hostname())):
		return fmt.Errorf("%w: http:// to %s", errScheme, req.URL.Host)
	}
	if home && req.URL.Scheme == "http" && !g.plain {
		select {
		case <-g.tried:
		case <-req.Context().Done():
			return req.Context().Err()
		}
		if !g.not {
			return errScheme
		}
	}
	hops := 0
	for r := req.Response; r != nil && r.Request != nil; r = r.Request.Response {
		hops++
	}
	switch {
	case hops > maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	case hops > 0 && req.Method != http.MethodGet && req.Method != http.MethodHead:
		return fmt.Errorf("a redirect to %s is not followed: it would carry the credential along", req.URL.Host)
	}
	return nil
}

// noTLS tells whether a handshake failed for want of a server that speaks TLS; some of those hang up.
func noTLS(err error) bool {
	var record tls.RecordHeaderError
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &record) || errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET)
}

// loopback tells whether a host is this machine itself.
func loopback(host string) bool {
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// TooLarge is the error of an answer over its bound.
type TooLarge struct {
	What  string
	Bytes int64
}

func (t *TooLarge) Error() string { return fmt.Sprintf("%s is larger than %d bytes", t.What, t.Bytes) }

// limited is a body that is read up to a bound, behind which there is an error.
type limited struct {
	body io.ReadCloser
	left int64
	what string
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, &TooLarge{l.what, maxAnswer}
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1]
	}
	n, err := l.body.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n - 1, &TooLarge{l.what, maxAnswer}
	}
	return n, err
}

func (l *limited) Close() error { return l.body.Close() }
