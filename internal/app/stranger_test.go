package app

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
	server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was asked") })}
	go func() { _ = server.Serve(inside) }()
	defer server.Close()
	outside := httptest.NewServer(http.RedirectHandler("http://"+inside.Addr().String()+"/", http.StatusFound))
	defer outside.Close()
	client := &http.Client{Transport: &http.Transport{DialContext: dialPublic}}
	defer client.CloseIdleConnections()
	_, err = client.Get(outside.URL)
	var denied *check.Denied
	if !errors.As(err, &denied) || !strings.Contains(err.Error(), "127.0.0.2 is no public address") {
		t.Error(err)
	}
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
	reached, refused := 0, 0
	for range 6 {
		conn, err := dialer.DialContext(t.Context(), "tcp4", "rebind.example:"+port)
		var denied *check.Denied
		switch {
		case errors.As(err, &denied):
			refused++
			continue
		case err != nil:
			t.Fatal(err)
		case !strings.HasPrefix(conn.RemoteAddr().String(), "127.0.0.1:"):
			t.Errorf("connected to %s", conn.RemoteAddr())
		}
		reached++
		conn.Close()
	}
	if reached == 0 || refused == 0 {
		t.Errorf("%d times reached, %d times refused", reached, refused)
	}
}
