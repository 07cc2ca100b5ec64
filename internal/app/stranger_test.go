package app

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/miekg/dns"
	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
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

// lookAsStranger looks with a kind as a plan that is not trusted does, and says what came of it: "ok", "failed: …" or the error.
func lookAsStranger(t *testing.T, kind, src string) string {
	t.Helper()
	registry, err := check.NewRegistry(steps.Kinds(steps.Deps{})...)
	if err != nil {
		t.Fatal(err)
	}
	k, _ := registry.Kind(kind)
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(src), &doc); err != nil {
		t.Fatal(err)
	}
	args := k.New()
	for _, p := range strict.Decode(doc.Content[0], args, strict.Options{}) {
		t.Fatal(p.Message)
	}
	for _, p := range k.Check(args) {
		t.Fatal(p.Message)
	}
	root := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := k.Look(ctx, check.Site{
		Dir: root, Root: root, Untrusted: true, Tracked: func(string) bool { return false }, Dial: dialPublic, Now: time.Now,
		Secret: func(string) {}, Env: func(string) (string, bool) { return "", false },
		Grant: func(string, string) error { return errors.New("nothing is granted") },
	}, args)
	var denied *check.Denied
	switch {
	case errors.As(err, &denied):
		return "denied: " + err.Error()
	case err != nil:
		return "error: " + err.Error()
	case r.OK:
		return "ok"
	}
	return "failed: " + r.Saw
}

// The kinds themselves, and not only what they dial with, reach what is public and nothing else: not by a redirect, a
// name, a name that changes what it means, what resolve says, or a proxy.
func TestKindsForStrangersReachPublicAddressesAlone(t *testing.T) {
	strangersReach(t, "127.0.0.1")
	l, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skip(err) // a system with one address of loopback
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	touched := func(http.ResponseWriter, *http.Request) { t.Error("what is inside was asked") }
	inside := &http.Server{Handler: http.HandlerFunc(touched)}
	go func() { _ = inside.Serve(l) }()
	defer inside.Close()
	beside, err := net.Listen("tcp", "127.0.0.1:"+port) // the same port, outside
	if err != nil {
		t.Skip(err)
	}
	outside := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/in":
			http.Redirect(w, r, "http://"+l.Addr().String()+"/", http.StatusFound)
		case "/rebind":
			http.Redirect(w, r, "http://rebind.example:"+port+"/", http.StatusFound)
		}
	})}
	go func() { _ = outside.Serve(beside) }()
	defer outside.Close()
	t.Setenv("HTTP_PROXY", "http://"+l.Addr().String())
	t.Setenv("http_proxy", "http://"+l.Addr().String())

	// A name server whose one name leads outside when it is asked first, and inside ever after.
	var asked atomic.Int32
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	names := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			to := "127.0.0.2"
			if asked.Add(1) == 1 {
				to = "127.0.0.1"
			}
			rr, _ := dns.NewRR(q.Question[0].Name + " 0 A " + to)
			m.Answer = append(m.Answer, rr)
		}
		_ = w.WriteMsg(m)
	})}
	go func() { _ = names.ActivateAndServe() }()
	defer func() { _ = names.Shutdown() }()
	was := net.DefaultResolver
	defer func() { net.DefaultResolver = was }()
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", packets.LocalAddr().String())
	}}

	out, in := "127.0.0.1:"+port, "127.0.0.2:"+port
	const refused = "127.0.0.2 is no public address"
	for _, tt := range []struct{ name, kind, args, want string }{
		{"Outside", "http", `{url: "http://` + out + `/", status: 200}`, "ok"},
		{"Inside", "http", `{url: "http://` + in + `/", status: 200}`, refused},
		{"ARedirect", "http", `{url: "http://` + out + `/in", follow: true}`, refused},
		{"Resolve", "http", `{url: "http://www.example:` + port + `/", resolve: "www.example:` + port + `:127.0.0.2"}`, refused},
		{"ANameFirst", "http", `{url: "http://rebind.example:` + port + `/", status: 200}`, "ok"},
		{"ANameThen", "http", `{url: "http://rebind.example:` + port + `/", status: 200}`, refused},
		{"ANameAfterARedirect", "http", `{url: "http://` + out + `/rebind", follow: true}`, refused},
		{"APort", "tcp", `{address: "` + out + `"}`, "ok"},
		{"APortInside", "tcp", `{address: "` + in + `"}`, refused},
		{"APortByName", "tcp", `{address: "rebind.example:` + port + `"}`, refused},
		{"AHandshake", "tls", `{address: "` + out + `"}`, "TLS"},
		{"AHandshakeInside", "tls", `{address: "` + in + `"}`, refused},
		{"AHandshakeByName", "tls", `{address: "rebind.example:` + port + `"}`, refused},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := lookAsStranger(t, tt.kind, tt.args); !strings.Contains(got, tt.want) || tt.want == refused && !strings.HasPrefix(got, "denied") {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
