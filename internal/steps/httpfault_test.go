package steps

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/go-hclog"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// TestHTTPTimesOut looks at servers that never end what they began: each look ends with its time, and says what it waited for.
func TestHTTPTimesOut(t *testing.T) {
	rows := []struct {
		name   string
		server func(net.Conn)
		step   string
		want   string
	}{
		{"no answer", testsrv.Mute, `{url: "http://$RAW/"}`, "no answer from $RAW after the connection was accepted"},
		{"no TLS handshake", testsrv.Mute, `{url: "https://$RAW/"}`, "no answer from $RAW to the TLS handshake after the connection was accepted"},
		{"headers without end", testsrv.Say("HTTP/1.1 200 OK\r\nX: y\r\n"), `{url: "http://$RAW/"}`, "$RAW began to answer, and did not end the headers"},
		{"body without end", testsrv.Stall, `{url: "http://$RAW/"}`, "the body from $RAW did not end"},
		{"redirect without end", testsrv.Say("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 9\r\n\r\n"), `{url: "http://$RAW/", follow: true}`, "the body from $RAW did not end"},
		{"redirect to silence", testsrv.Mute, `{url: "$SITE/to?http://$RAW/", follow: true}`, "no answer from $RAW after the connection was accepted"},
		{"assets without answer", testsrv.Stall, `{url: "http://web.example:$RAW_PORT/", resolve: "web.example:$RAW_PORT:127.0.0.1", assets: true}`, "the body from web.example:$RAW_PORT did not end"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			noLeaks(t)
			l := newHTTPLooker(t)
			l.raw(t, "RAW", row.server)
			args, _ := l.args(t, row.step)
			_, err := l.within(t, args, testsrv.Deadline)
			if !errors.Is(err, context.DeadlineExceeded) || err.Error() != l.expand(row.want) {
				t.Errorf("got %v, want %s", err, l.expand(row.want))
			}
		})
	}
}

func TestHTTPMisbehaviour(t *testing.T) {
	noLeaks(t)
	l := newHTTPLooker(t)
	l.raw(t, "HANGUP", testsrv.HangUp)
	l.raw(t, "EOF", testsrv.SayAndHangUp(""))
	l.raw(t, "ENDLESS", testsrv.EndlessBody)
	l.raw(t, "HEADERS", testsrv.EndlessHeaders)
	l.raw(t, "GZIP", testsrv.GzipBomb)
	l.raw(t, "EVENTS", testsrv.Events)
	l.raw(t, "SSH", testsrv.SayAndHangUp("SSH-2.0-x\r\n"))
	l.raw(t, "SHORT", testsrv.SayAndHangUp("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"))
	l.raw(t, "CHUNKS", testsrv.SayAndHangUp("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n"))
	l.raw(t, "GARBAGE", testsrv.SayAndHangUp("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"))
	l.run(t, []netRow{
		{"it hangs up after the request", `{url: "http://$EOF/"}`, "failed: an answer from $EOF | the connection was closed without an answer"},
		{"a body without end, bounded", `{url: "http://$ENDLESS/", status: 200}`, "passed: 200"},
		{"headers without end", `{url: "http://$HEADERS/"}`, "error: the headers from $HEADERS are larger than 65536 bytes"},
		{"a gzip bomb, bounded", `{url: "http://$GZIP/", status: 200}`, "passed: 200"},
		{"events, unread", `{url: "http://$EVENTS/", headers: {content-type: event-stream}}`, "passed: 200"},
		{"the first event", `{url: "http://$EVENTS/", body: {contains: "^data: hello$"}}`, "passed: 200 data: hello"},
		{"another protocol", `{url: "http://$SSH/"}`, "failed: an answer from $SSH | something else than HTTP"},
		{"a body that breaks off", `{url: "http://$SHORT/"}`, "failed: a whole body | 200 short; the body broke off before its end"},
		{"bad chunks", `{url: "http://$CHUNKS/"}`, "failed: a whole body | 200 hello; the body broke off: invalid byte in chunk length"},
		{"bad headers", `{url: "http://$GARBAGE/"}`, "failed: an answer from $GARBAGE | something else than HTTP"},
	})
	t.Run("it hangs up", func(t *testing.T) { // before or after the request was written
		if r, err := l.look(t, `{url: "http://$HANGUP/"}`); err != nil || r.OK {
			t.Error(netWords(r, err))
		}
	})
}

// TestHTTPMemory reads bodies without end and bombs: memory stays near the bound.
func TestHTTPMemory(t *testing.T) {
	l := newHTTPLooker(t)
	l.raw(t, "ENDLESS", testsrv.EndlessBody)
	l.raw(t, "GZIP", testsrv.GzipBomb)
	for _, step := range []string{`{url: "http://$ENDLESS/"}`, `{url: "http://$GZIP/"}`} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := l.look(t, step)
		runtime.ReadMemStats(&after)
		if err != nil || !r.Self.(httpSelf).Truncated || len(r.Self.(httpSelf).Body) != 1<<20 {
			t.Error(netWords(r, err))
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 64<<20 {
			t.Errorf("%s: %d MiB allocated", step, used>>20)
		}
	}
}

func TestHTTPCertificates(t *testing.T) {
	noLeaks(t)
	l := newHTTPLooker(t)
	ca := testCA(t, l.site.Dir)
	for name, leaf := range tlsLeaves {
		cert, err := ca.Issue(leaf)
		if err != nil {
			t.Fatal(err)
		}
		l.https(t, name, &tls.Config{Certificates: []tls.Certificate{cert}})
		l.vars[name+"_UNTIL"], l.vars[name+"_FROM"] = day(cert.Leaf.NotAfter), day(cert.Leaf.NotBefore)
	}
	good, _ := ca.Issue(tlsLeaves["GOOD"])
	l.https(t, "OLD", &tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	l.https(t, "MUTUAL", &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12})
	l.run(t, []netRow{
		{"valid", `{$GOOD}`, `passed: 200 {"status":"ok"}`},
		{"HTTP on the HTTPS port", `{url: "http://$AT_GOOD/"}`, "failed: status 200 | 400 Client sent an HTTP request to an HTTPS server. | this port speaks https://, not http://"},
		{"expired", `{$EXPIRED}`, "failed: the certificate is valid | the certificate expired on $EXPIRED_UNTIL | it was not renewed, or the server was not reloaded"},
		{"not yet valid", `{$EARLY}`, "failed: the certificate is valid | the certificate is not valid before $EARLY_FROM | a clock is wrong, here or where it was issued"},
		{"missing intermediate", `{$LONE}`, `failed: a chain to a trusted root | the chain ends at "web.example": its issuer "Test Intermediate" was not sent and is no trusted root | the server does not send the intermediate certificate; it needs the full chain, or the authority is a private one: name it with ca`},
		{"signed by a server", `{$BYLEAF}`, `failed: a chain of authorities | "Test Server" signed, and is no authority`},
		{"signed with SHA-1", `{$SHA1}`, `failed: a chain that verifies | "web.example" is signed with ECDSA-SHA1 | no client accepts SHA-1 any more`},
		{"the ingress controller's own", `{$TRAEFIK}`, `failed: a certificate for web.example; a chain to a trusted root | it is for x.traefik.default; the certificate "TRAEFIK DEFAULT CERT" is self-signed | the ingress controller serves its default certificate: it has none for this name`},
		{"several faults", `{$WORST}`, `failed: the certificate is valid; a certificate for web.example; a chain to a trusted root | the certificate expired on $WORST_UNTIL; it is for other.example; the certificate "other.example" is self-signed | it was not renewed, or the server was not reloaded`},
		{"wrong name", `{$OTHER}`, "failed: a certificate for web.example | it is for other.example, 127.0.0.2"},
		{"self-signed", `{$SELF}`, `failed: a chain to a trusted root | the certificate "web.example" is self-signed`},
		{"for clients", `{$CLIENT}`, "failed: a certificate for servers | its key usage does not allow a server | it may be a client's certificate (extended key usage without serverAuth)"},
		{"old protocol", `{$OLD}`, "failed: an answer from web.example:$OLD_PORT | the TLS handshake was refused: protocol version not supported | the server speaks no version of TLS that is still accepted"},
		{"unknown authority", `{url: "https://$AT_WITHROOT/"}`, `failed: a certificate for 127.0.0.1; a chain to a trusted root | it is for web.example; the root "Test Root" is not trusted here | name a private authority with ca`},
	})
	t.Run("client certificate wanted", func(t *testing.T) {
		if r, err := l.look(t, `{$MUTUAL}`); err != nil || r.OK {
			t.Error(netWords(r, err))
		}
	})
	t.Run("self", func(t *testing.T) {
		r, _ := l.look(t, `{$GOOD}`)
		self := r.Self.(httpSelf)
		if self.TLS == nil || self.TLS.Version != "1.3" || self.TLS.Issuer != "Test Intermediate" || len(self.TLS.Names) != 3 || self.Proto != "HTTP/2.0" {
			t.Errorf("%+v %+v", self, self.TLS)
		}
	})
}

// https starts the site over TLS, with HTTP/2.
func (l *netLooker) https(t *testing.T, name string, config *tls.Config) {
	t.Helper()
	s := httptest.NewUnstartedServer(testsrv.Site())
	s.Config.ErrorLog = hclog.NewNullLogger().StandardLogger(nil)
	s.EnableHTTP2, s.TLS = true, config
	s.StartTLS()
	t.Cleanup(s.Close)
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	l.vars["AT_"+name], l.vars[name+"_PORT"] = s.Listener.Addr().String(), port
	l.vars[name] = `url: "https://web.example:` + port + `/health/", resolve: "web.example:` + port + `:127.0.0.1", ca: ca.pem`
}

// TestHTTPStaleConnection: that a kept connection was closed tells nothing of the server.
func TestHTTPStaleConnection(t *testing.T) {
	l := newHTTPLooker(t)
	var requests atomic.Int32
	l.web(t, "WEB", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) > 1 {
			conn, _, _ := w.(http.Hijacker).Hijack()
			conn.Close()
		}
	}))
	for range 2 {
		_, err := l.look(t, `{url: "http://$WEB/", method: POST}`)
		var transient *check.Transient
		if requests.Load() > 1 && !errors.As(err, &transient) {
			t.Error(err)
		}
	}
}

func TestHTTPSharesConnections(t *testing.T) {
	l := newHTTPLooker(t)
	var conns atomic.Int32
	s := httptest.NewUnstartedServer(testsrv.Site())
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	l.vars["WEB"] = s.URL
	for range 50 {
		if r, err := l.look(t, `{url: $WEB/, follow: true, assets: true}`); err != nil || !r.OK {
			t.Fatal(netWords(r, err))
		}
	}
	if n := conns.Load(); n > 8 {
		t.Errorf("%d connections for 50 looks", n)
	}
}
