package steps

import (
	"crypto/tls"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/relay"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// What several kinds see of one server is told in the same words, so that it can be told once.
func TestFaultsAreTheSameForAllKinds(t *testing.T) {
	l := newHTTPLooker(t)
	cert, err := testCA(t, l.site.Dir).Issue(tlsLeaves["EXPIRED"])
	if err != nil {
		t.Fatal(err)
	}
	l.https(t, "EXPIRED", &tls.Config{Certificates: []tls.Certificate{cert}})
	l.vars["UNTIL"], l.vars["CLOSED"] = day(cert.Leaf.NotAfter), testsrv.ClosedAddr
	kinds := map[string]check.Kind{"http": l.kind, "tls": tlsKind(), "tcp": tcpKind()}
	const at = `resolve: "web.example:$EXPIRED_PORT:127.0.0.1", ca: ca.pem`
	for _, tt := range []struct{ name, step, want string }{
		{"a chain, over HTTP", `http: {url: "https://web.example:$EXPIRED_PORT/health/", ` + at + `}`, "web.example:$EXPIRED_PORT: the certificate expired on $UNTIL"},
		{"a chain, over TLS", `tls: {address: "web.example:$EXPIRED_PORT", ` + at + `}`, "web.example:$EXPIRED_PORT: the certificate expired on $UNTIL"},
		{"a chain and more", `tls: {address: "web.example:$EXPIRED_PORT", issuer: somebody, ` + at + `}`, ""},
		{"a closed port, over HTTP", `http: {url: "http://$CLOSED/"}`, "$CLOSED: connection refused"},
		{"a closed port, over TLS", `tls: {address: "$CLOSED"}`, "$CLOSED: connection refused"},
		{"a closed port", `tcp: {address: "$CLOSED"}`, "$CLOSED: connection refused"},
		{"a closed port elsewhere", `http: {url: "http://web.example:9/", resolve: "web.example:9:127.0.0.1"}`, "web.example:9 at 127.0.0.1:9: connection refused"},
		{"an answer", `http: {url: "$SITE/nowhere"}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kind, args, _ := strings.Cut(tt.step, ": ")
			l.kind = kinds[kind]
			r, err := l.look(t, args)
			if want := l.expand(tt.want); err != nil || r.OK || r.Fault != want {
				t.Errorf("%q, not %q (%s)", r.Fault, want, netWords(r, err))
			}
		})
	}
}

// A fault of the pod that a look is made from says nothing of the server, in whatever words it is told.
func TestFaultsOfThePodAreNoFindings(t *testing.T) {
	for _, err := range []error{syscall.ECONNREFUSED, syscall.ECONNRESET, io.EOF, errors.New("malformed HTTP response")} {
		if _, ok := netSeen(err); !ok {
			t.Errorf("%v of the server is not seen", err)
		}
		if saw, ok := netSeen(&relay.Fault{Err: err}); ok {
			t.Errorf("%v of the pod is taken for %q of the server", err, saw)
		}
	}
}
