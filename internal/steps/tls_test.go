package steps

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

const aDay = 24 * time.Hour

// tlsLeaves are the certificates that the tests' servers show, by the name of their variable.
var tlsLeaves = map[string]testsrv.Leaf{
	"GOOD":     {Names: []string{"web.example", "www.web.example", "127.0.0.1"}, NotAfter: 90 * aDay},
	"SHORT":    {Names: []string{"web.example"}, NotAfter: 10 * aDay},
	"EXPIRED":  {Names: []string{"web.example"}, NotBefore: -90 * aDay, NotAfter: -aDay},
	"EARLY":    {Names: []string{"web.example"}, NotBefore: aDay},
	"OTHER":    {Names: []string{"other.example", "127.0.0.2"}},
	"SELF":     {Names: []string{"web.example"}, SelfSigned: true},
	"TRAEFIK":  {Names: []string{"x.traefik.default"}, SelfSigned: true, CommonName: "TRAEFIK DEFAULT CERT"},
	"LONE":     {Names: []string{"web.example"}, Lone: true},
	"WITHROOT": {Names: []string{"web.example"}, WithRoot: true},
	"CLIENT":   {Names: []string{"web.example"}, Client: true},
	"SIGNER":   {Names: []string{"web.example"}, Signer: true},
	"BYLEAF":   {Names: []string{"web.example"}, ByLeaf: true},
	"SHA1":     {Names: []string{"web.example"}, SHA1: true},
	"WORST":    {Names: []string{"other.example"}, NotBefore: -90 * aDay, NotAfter: -aDay, SelfSigned: true},
}

// tlsServers starts a server for each certificate, and names the days on which they end.
func tlsServers(t *testing.T, l *netLooker) *testsrv.CA {
	t.Helper()
	ca := testCA(t, l.site.Dir)
	for name, leaf := range tlsLeaves {
		cert, err := ca.Issue(leaf)
		if err != nil {
			t.Fatal(err)
		}
		tlsServer(t, l, name, &tls.Config{Certificates: []tls.Certificate{cert}})
		l.vars[name+"_UNTIL"] = day(cert.Leaf.NotAfter)
		l.vars[name+"_FROM"] = day(cert.Leaf.NotBefore)
	}
	return ca
}

func tlsServer(t *testing.T, l *netLooker, name string, config *tls.Config) {
	t.Helper()
	s, err := testsrv.StartTLS(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	l.vars["AT_"+name] = s.Addr
	_, l.vars[name+"_PORT"], _ = net.SplitHostPort(s.Addr)
	l.vars[name] = "servername: web.example, ca: ca.pem, address: " + s.Addr // short for the rows
}

func TestTLS(t *testing.T) {
	noLeaks(t)
	l := newNetLooker(t, tlsKind())
	ca := tlsServers(t, l)
	good, err := ca.Issue(tlsLeaves["GOOD"])
	if err != nil {
		t.Fatal(err)
	}
	tlsServer(t, l, "OLD", &tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11})
	tlsServer(t, l, "TLS12", &tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12})
	l.vars["CLOSED"] = testsrv.ClosedAddr
	l.raw(t, "HANGUP", testsrv.HangUp)
	l.raw(t, "PLAIN", testsrv.Say("HTTP/1.1 400 Bad Request\r\n\r\n"))
	l.raw(t, "SSH", testsrv.Say("SSH-2.0-x\r\n"))

	const inter = "Test Intermediate (Test Trust)"
	const chain = "certificates of 90 days are due for it 30 days before the end"
	l.run(t, []netRow{
		{"valid", `{$GOOD}`, "passed: valid for web.example until $GOOD_UNTIL, issuer " + inter},
		{"by resolve", `{address: "web.example:$GOOD_PORT", resolve: "web.example:$GOOD_PORT:127.0.0.1", ca: ca.pem}`, "passed: valid for web.example until $GOOD_UNTIL, issuer " + inter},
		{"for an address", `{address: $AT_GOOD, ca: ca.pem}`, "passed: valid for 127.0.0.1 until $GOOD_UNTIL, issuer " + inter},
		{"names", `{$GOOD, names: [web.example, www.web.example]}`, "passed: valid for web.example, www.web.example until $GOOD_UNTIL, issuer " + inter},
		{"a name too many", `{$GOOD, names: [web.example, mail.example]}`, "failed: a certificate for mail.example | until $GOOD_UNTIL, issuer " + inter + "; it is for web.example, www.web.example, 127.0.0.1"},
		{"issuer by organisation", `{$GOOD, issuer: Trust}`, "passed: valid for web.example until $GOOD_UNTIL, issuer " + inter},
		{"another issuer", `{$GOOD, issuer: "Let's Encrypt"}`, `failed: issuer "Let's Encrypt" | valid for web.example until $GOOD_UNTIL, issuer ` + inter},
		{"ends soon", `{$SHORT}`, "failed: at least 14 days left | valid for web.example until $SHORT_UNTIL, issuer " + inter + " | it was not renewed in time; " + chain},
		{"ends soon, and that is enough", `{$SHORT, minDaysLeft: 9}`, "passed: valid for web.example until $SHORT_UNTIL, issuer " + inter},
		{"expired", `{$EXPIRED}`, "failed: the certificate is valid | until $EXPIRED_UNTIL, issuer " + inter + "; the certificate expired on $EXPIRED_UNTIL | it was not renewed, or the server was not reloaded"},
		{"not yet valid", `{$EARLY}`, "failed: the certificate is valid | until $EARLY_UNTIL, issuer " + inter + "; the certificate is not valid before $EARLY_FROM | a clock is wrong, here or where it was issued"},
		{"wrong name", `{$OTHER}`, "failed: a certificate for web.example | until $OTHER_UNTIL, issuer " + inter + "; it is for other.example, 127.0.0.2"},
		{"self-signed", `{$SELF}`, `failed: a chain to a trusted root | until $SELF_UNTIL, issuer web.example; the certificate "web.example" is self-signed`},
		{"missing intermediate", `{$LONE}`, `failed: a chain to a trusted root | until $LONE_UNTIL, issuer ` + inter + `; the chain ends at "web.example": its issuer "Test Intermediate" was not sent and is no trusted root | the server does not send the intermediate certificate; it needs the full chain, or the authority is a private one: name it with ca`},
		{"unknown root", `{address: $AT_WITHROOT, servername: web.example}`, `failed: a chain to a trusted root | until $WITHROOT_UNTIL, issuer ` + inter + `; the root "Test Root" is not trusted here | name a private authority with ca`},
		{"for clients", `{$CLIENT}`, "failed: a certificate for servers | until $CLIENT_UNTIL, issuer " + inter + "; its key usage does not allow a server | it may be a client's certificate (extended key usage without serverAuth)"},
		{"for authorities", `{$SIGNER}`, "failed: a certificate for servers | until $SIGNER_UNTIL, issuer " + inter + "; its key usage does not allow a server | it may be an authority's certificate (key usage without digitalSignature)"},
		{"signed by a server", `{$BYLEAF}`, `failed: a chain of authorities | until $BYLEAF_UNTIL, issuer Test Server; "Test Server" signed, and is no authority`},
		{"signed with SHA-1", `{$SHA1}`, `failed: a chain that verifies | until $SHA1_UNTIL, issuer ` + inter + `; "web.example" is signed with ECDSA-SHA1 | no client accepts SHA-1 any more`},
		{"old protocol", `{$OLD}`, "failed: TLS 1.2 or newer | valid for web.example until $GOOD_UNTIL, issuer " + inter + "; TLS 1.1"},
		{"old protocol, allowed", `{$OLD, minVersion: "1.0"}`, "passed: valid for web.example until $GOOD_UNTIL, issuer " + inter},
		{"not new enough", `{$TLS12, minVersion: "1.3"}`, "failed: TLS 1.3 or newer | valid for web.example until $GOOD_UNTIL, issuer " + inter + "; TLS 1.2"},
		{"refused", `{address: $CLOSED}`, "failed: a TLS handshake | connection refused | nothing listens there"},
		{"closed", `{address: $HANGUP}`, "failed: a TLS handshake | the connection was closed without an answer"},
		{"plain HTTP", `{address: $PLAIN}`, "failed: a TLS handshake | plain HTTP instead of TLS | this port speaks http://, not https://"},
		{"another protocol", `{address: $SSH}`, "failed: a TLS handshake | something else than TLS"},
		{"no CA file", `{address: $AT_GOOD, ca: missing.pem}`, "error: ca: read missing.pem: no such file or directory"},
		{"a CA file outside", `{address: $AT_GOOD, ca: ../ca.pem}`, "error: ca: ../ca.pem lies outside the checkout"},
	})
	t.Run("several faults", func(t *testing.T) {
		r, err := l.look(t, `{$WORST}`)
		if err != nil || strings.Count(r.Want, ";") != 2 || !strings.Contains(r.Saw, "expired") || !strings.Contains(r.Saw, "other.example") || !strings.Contains(r.Saw, "self-signed") {
			t.Error(r.Want, r.Saw, err)
		}
	})
	t.Run("the ingress controller's own", func(t *testing.T) {
		if r, _ := l.look(t, `{$TRAEFIK}`); !strings.Contains(strings.Join(r.Why, " "), "serves its default certificate") {
			t.Error(r.Why)
		}
	})
	t.Run("self", func(t *testing.T) {
		r, _ := l.look(t, `{$GOOD}`)
		self := r.Self.(tlsSelf)
		if !self.Valid || self.Version != "1.3" || len(self.Chain) != 2 || self.DaysLeft != 89 || self.Issuer != "Test Intermediate" || len(self.Names) != 3 || self.Cipher == "" {
			t.Errorf("%+v", self)
		}
	})
}

func TestTLSFaultsAlone(t *testing.T) {
	ca := testCA(t, t.TempDir())
	roots := x509.NewCertPool()
	roots.AddCert(ca.Root)
	late := chainWant{names: []string{"web.example"}, roots: roots, now: time.Now().Add(20 * 365 * aDay)}
	cert, err := ca.Issue(testsrv.Leaf{Names: []string{"web.example"}, NotAfter: 30 * 365 * aDay})
	if err != nil {
		t.Fatal(err)
	}
	faults := late.faults([]*x509.Certificate{cert.Leaf, ca.Inter})
	if len(faults) != 1 || !strings.HasPrefix(faults[0].saw, `the authority "Test`) || !strings.Contains(faults[0].saw, "expired on") {
		t.Errorf("%+v", faults)
	}
}

func TestTLSExpiredBeforeItsAuthority(t *testing.T) {
	ca := testCA(t, t.TempDir())
	roots := x509.NewCertPool()
	roots.AddCert(ca.Root)
	cert, err := ca.Issue(testsrv.Leaf{Names: []string{"web.example"}, NotBefore: -30 * 365 * aDay, NotAfter: -20 * 365 * aDay})
	if err != nil {
		t.Fatal(err)
	}
	faults := chainWant{names: []string{"web.example"}, roots: roots, now: time.Now()}.faults([]*x509.Certificate{cert.Leaf, ca.Inter})
	var saw []string
	for _, f := range faults {
		saw = append(saw, f.saw)
	}
	if all := strings.Join(saw, "; "); !strings.Contains(all, "never valid at the same time") || strings.Contains(all, "current time") {
		t.Error(all)
	}
}

func TestTLSTimesOut(t *testing.T) {
	noLeaks(t)
	l := newNetLooker(t, tlsKind())
	l.raw(t, "MUTE", testsrv.Mute)
	args, _ := l.args(t, `{address: $MUTE}`)
	_, err := l.within(t, args, testsrv.Deadline)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "to the TLS handshake after the connection was accepted") {
		t.Error(err)
	}
}

func TestTLSArguments(t *testing.T) {
	newNetLooker(t, tlsKind()).problems(t, map[string]string{
		`{address: "https://web.example/"}`:              "is a URL",
		`{address: "web.example:http"}`:                  "no port",
		`{address: a, minDaysLeft: -1}`:                  "cannot be negative",
		`{address: a, minVersion: "1.4"}`:                `"1.4" is no value of minVersion`,
		`{address: a, resolve: "a:443:nowhere"}`:         "no IP address",
		`{address: a, resolve: [a]}`:                     "not host:port:address",
		`{address: a, resolve: "b:443:127.0.0.1"}`:       "nothing connects to b:443",
		`{address: "a:444", resolve: "a:443:127.0.0.1"}`: "nothing connects to a:443",
		`{address: a, resolve: "*:443:127.0.0.1"}`:       "begins with no name of a host",
		`{server: a}`: `no key "server"`,
	})
}
