package steps

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/relay"
)

// TestDNSFromInside asks the resolver and tries the search list of where the look is made from, over TCP.
func TestDNSFromInside(t *testing.T) {
	l := newNetLooker(t, dnsKind())
	d := dnsServers(t, l)
	l.site.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		if network != "tcp" || address != "192.0.2.53:53" {
			return nil, errors.New("asked " + network + " " + address)
		}
		return new(net.Dialer).DialContext(ctx, network, l.vars["DNS"])
	}
	l.site.ReadFile = func(_ context.Context, name string) ([]byte, error) {
		return []byte("search lame.example web.example\nnameserver 192.0.2.53\noptions ndots:2\n"), nil
	}
	l.run(t, []netRow{
		{"by the search list", `{name: dual, equals: [127.0.0.1, 127.0.0.2]}`, "passed: A 127.0.0.1, 127.0.0.2"},
		{"as it is", `{name: dual.web.example., equals: [127.0.0.1, 127.0.0.2]}`, "passed: A 127.0.0.1, 127.0.0.2"},
		{"nowhere", `{name: gone.web.example, absent: true}`, "passed: the name does not exist (NXDOMAIN)"},
	})
	for _, q := range d.Asked() {
		if strings.Contains(q, " udp ") {
			t.Errorf("asked %s", q)
		}
	}
}

// TestBlindLooksTellNothing: what goes wrong with the pod is no finding about the server, in whatever kind and phase.
func TestBlindLooksTellNothing(t *testing.T) {
	lost := &relay.Fault{Err: errors.New("cannot look from deployment web: the connection to it was lost")}
	kinds := map[string]*netLooker{
		`{address: "web.example:22", refused: true}`:              newNetLooker(t, tcpKind()),
		`{address: "web.example:22", banner: {contains: [SSH]}}`:  newNetLooker(t, tcpKind()),
		`{address: "web.example:443"}`:                            newNetLooker(t, tlsKind()),
		`{url: "http://web.example/"}`:                            newNetLooker(t, httpKind(Deps{})),
		`{url: "https://web.example/"}`:                           newNetLooker(t, httpKind(Deps{})),
		`{name: web.example, absent: true, server: "192.0.2.53"}`: newNetLooker(t, dnsKind()),
	}
	for src, l := range kinds {
		for phase, said := range map[string]*string{"dial": nil, "first byte": new(""), "later": new("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbro")} {
			l.site.Dial = func(context.Context, string, string) (net.Conn, error) {
				if said == nil {
					return nil, &net.OpError{Op: "dial", Err: lost}
				}
				near, far := net.Pipe()
				return &lostConn{Conn: near, far: far, answers: strings.Contains(src, "http:"), asked: make(chan struct{}), said: *said, err: lost}, nil
			}
			r, err := l.look(t, src)
			if strings.Contains(src, "refused") && phase != "dial" || phase == "later" && !strings.Contains(src, "http:") {
				continue
			}
			if !blind(err) {
				t.Errorf("%s, lost at %s: %+v, %v", src, phase, r, err)
			}
		}
	}
}

// lostConn says something and is lost then. An answer over HTTP comes after the request: what a client makes of one that
// comes before is its own affair.
type lostConn struct {
	net.Conn
	far     net.Conn
	answers bool // only what was asked
	once    sync.Once
	asked   chan struct{} // closed with the first write, and by Close
	said    string
	err     error
}

func (c *lostConn) Write(p []byte) (int, error) {
	c.once.Do(func() { close(c.asked) })
	return len(p), nil
}

func (c *lostConn) Close() error {
	c.once.Do(func() { close(c.asked) })
	_ = c.far.Close()
	return c.Conn.Close()
}

func (c *lostConn) Read(p []byte) (int, error) {
	if c.answers {
		<-c.asked
	}
	if n := copy(p, c.said); n > 0 {
		c.said = c.said[n:]
		return n, nil
	}
	return 0, c.err
}

// TestConnectionsFromInsideAreNotShared looks at one server from here, from inside, and from here again, with a proxy
// in the environment that a look from inside does not use.
func TestConnectionsFromInsideAreNotShared(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) }))
	defer srv.Close()
	l := newNetLooker(t, httpKind(Deps{}))
	var dials, open atomic.Int32
	for range 3 {
		for _, inside := range []bool{false, true} {
			if l.site.Dial = nil; inside {
				l.site.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
					dials.Add(1)
					open.Add(1)
					c, err := new(net.Dialer).DialContext(ctx, network, address)
					return &countedConn{Conn: c, open: &open}, err
				}
			}
			if r, err := l.look(t, `{url: "`+srv.URL+`", status: 200}`); err != nil || !r.OK {
				t.Fatal(r, err)
			}
		}
	}
	if dials.Load() != 3 || open.Load() != 0 {
		t.Errorf("3 looks from inside made %d connections, and left %d open", dials.Load(), open.Load())
	}
}

type countedConn struct {
	net.Conn
	open *atomic.Int32
	once atomic.Bool
}

func (c *countedConn) Close() error {
	if c.once.CompareAndSwap(false, true) {
		c.open.Add(-1)
	}
	return c.Conn.Close()
}
