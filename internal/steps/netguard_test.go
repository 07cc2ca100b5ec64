package steps

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// strangersReach lets strangers reach one address of loopback, as if it were public, while a test runs.
func strangersReach(t *testing.T, public string) {
	was := reachable
	t.Cleanup(func() { reachable = was })
	reachable = func(a netip.Addr) error {
		if a.String() == public {
			return nil
		}
		return was(a)
	}
}

func TestStrangersFollowNoRedirectInside(t *testing.T) {
	strangersReach(t, "127.0.0.1")
	inside, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skip(err) // a system with one address of loopback
	}
	asked := false
	server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true })}
	go func() { _ = server.Serve(inside) }()
	defer server.Close()
	outside := httptest.NewServer(http.RedirectHandler("http://"+inside.Addr().String()+"/", http.StatusFound))
	defer outside.Close()
	pool := newHTTPPool()
	defer pool.close()
	for _, untrusted := range []bool{true, false} {
		v, err := pool.visit(check.Site{Untrusted: untrusted}, httpArgs{URL: outside.URL})
		if err != nil {
			t.Fatal(err)
		}
		res, err := v.route.RoundTrip(mustRequest(t, outside.URL))
		if err != nil {
			t.Fatal(err) // the first one is reached either way
		}
		res.Body.Close()
		_, err = v.route.RoundTrip(mustRequest(t, res.Header.Get("Location")))
		var denied *check.Denied
		if errors.As(err, &denied) != untrusted || asked == untrusted {
			t.Errorf("untrusted %v: %v, asked %v", untrusted, err, asked)
		}
	}
}

func mustRequest(t *testing.T, url string) *http.Request {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// A name that leads somewhere else each time it is asked about is judged by the address that is connected to.
func TestStrangersAreNotReboundInside(t *testing.T) {
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			asked++
			rr, _ := dns.NewRR(q.Question[0].Name + " 0 A " + []string{"127.0.0.1", "127.0.0.2"}[asked%2])
			m.Answer = append(m.Answer, rr)
		}
		_ = w.WriteMsg(m)
	})}
	go func() { _ = server.ActivateAndServe() }()
	defer func() { _ = server.Shutdown() }()
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	strangersReach(t, "127.0.0.1")
	dialer := net.Dialer{Control: onlyPublic, Resolver: &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", packets.LocalAddr().String())
	}}}
	for range 6 {
		conn, err := netDialer(nil).dial(t.Context(), dialer, "tcp4", "rebind.example:"+port)
		var denied *check.Denied
		switch {
		case err == nil && !strings.HasPrefix(conn.RemoteAddr().String(), "127.0.0.1:"):
			t.Errorf("connected to %s", conn.RemoteAddr())
		case err != nil && !errors.As(err, &denied):
			t.Fatal(err)
		}
		if conn != nil {
			conn.Close()
		}
	}
	if asked < 4 {
		t.Errorf("asked %d times", asked)
	}
}
