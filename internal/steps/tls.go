package steps

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// tlsArgs are the fields of a tls step.
type tlsArgs struct {
	Address     string   `yaml:"address" required:"true" doc:"host:port; a host alone means port 443"`
	ServerName  string   `yaml:"servername" doc:"the name to ask for, where it is not the address's host"`
	MinDaysLeft int      `yaml:"minDaysLeft" doc:"how many days the certificate must still be valid"`
	Issuer      string   `yaml:"issuer" doc:"a part of the issuer's common name or organisation"`
	Names       []string `yaml:"names" doc:"each must be covered by the certificate; unwritten: the name that is asked for"`
	MinVersion  string   `yaml:"minVersion" enum:"1.0|1.1|1.2|1.3" doc:"the oldest version of TLS that may be agreed on"`
	netReach
}

// tlsKind looks at the certificate that a server shows.
//
// What it makes of trouble: every fault of the chain is a finding, and so are a refused or closed connection, a refused
// handshake and an answer that is no TLS. No answer in time, no route and a name that does not resolve are unknown.
// The handshake itself accepts any chain and TLS 1.0, so that what is wrong can be told; nothing is sent over it.
func tlsKind() check.Kind {
	return check.Define(check.Spec[tlsArgs]{
		Name:    "tls",
		Doc:     "Expect a certificate chain to verify for its names and to last.",
		Bare:    "address",
		Example: `tls: {address: "web.example:443", minDaysLeft: 14, issuer: "Let's Encrypt", names: [web.example]}`,
		Default: tlsArgs{MinDaysLeft: 14, MinVersion: "1.2"},
		Self:    tlsSelf{},
		Could:   []check.Capability{check.ReadsFiles},
		CapsOf: func(a tlsArgs) []check.Capability {
			if a.CA != "" {
				return []check.Capability{check.Network, check.ReadsFiles}
			}
			return []check.Capability{check.Network}
		},
		Inside: true,
		Check:  tlsCheck,
		Target: func(a tlsArgs) string { return a.Address },
		Host:   func(a tlsArgs) string { return hostOf(a.Address) },
		Look:   tlsLook,
		Draft:  tlsDraft,
	})
}

func tlsCheck(a tlsArgs) []check.Problem {
	out := append(addressProblems("address", a.Address, "443"), a.netReach.check()...)
	if host, port, err := splitAddress(a.Address, "443"); err == nil {
		out = append(out, a.netReach.checkFor(net.JoinHostPort(host, port))...)
	}
	if a.MinDaysLeft < 0 {
		out = append(out, check.Problem{Path: []any{"minDaysLeft"}, Message: "a number of days cannot be negative", Hint: "0 means valid now"})
	}
	return out
}

func tlsLook(ctx context.Context, at check.Site, a tlsArgs) (check.Result, error) {
	host, port, err := splitAddress(a.Address, "443")
	if err != nil {
		return check.Result{}, err
	}
	pem, err := a.readCA(at)
	if err != nil {
		return check.Result{}, err
	}
	roots, err := parseCA(a.CA, pem)
	if err != nil {
		return check.Result{}, err
	}
	dialer, err := a.dialer(at)
	if err != nil {
		return check.Result{}, err
	}
	name := host
	if a.ServerName != "" {
		name = asciiHost(a.ServerName)
	}
	want := chainWant{names: a.namesOr(name), roots: roots, now: siteNow(at)}
	state, remote, err := tlsShake(ctx, dialer, net.JoinHostPort(host, port), name)
	if err != nil {
		saw, ok := netSeen(err)
		if ctx.Err() != nil || !ok {
			return check.Result{}, err
		}
		ms := []Mismatch{{"a TLS handshake", saw}}
		return netFault(dialer.server(net.JoinHostPort(host, port)), netVerdict("", ms, netWhy(saw), tlsSelf{Chain: []tlsCert{}, Names: []string{}}), ms), nil
	}
	return a.judge(want, state, remote, net.JoinHostPort(name, port)), nil
}

func (a tlsArgs) namesOr(name string) []string {
	if len(a.Names) == 0 {
		return []string{name}
	}
	names := make([]string, len(a.Names))
	for i, n := range a.Names {
		names[i] = asciiHost(n)
	}
	return names
}

// tlsShake makes a handshake that accepts any chain: it is verified afterwards.
func tlsShake(ctx context.Context, d netDialer, hostport, name string) (state tls.ConnectionState, remote string, err error) {
	conn, err := d.DialContext(ctx, "tcp", hostport)
	if err != nil {
		return state, "", netError(ctx, "no answer from "+hostport+": it neither accepted nor refused the connection", "connect to "+hostport, err)
	}
	defer conn.Close()
	c := tls.Client(conn, &tls.Config{ServerName: name, InsecureSkipVerify: true, MinVersion: tls.VersionTLS10})
	if err := c.HandshakeContext(ctx); err != nil {
		return state, "", netError(ctx, "no answer from "+hostport+" to the TLS handshake after the connection was accepted", "TLS handshake with "+hostport, err)
	}
	return c.ConnectionState(), conn.RemoteAddr().String(), nil
}

// judge compares what the server showed with what is wanted. Where the chain alone is at fault, others see the same.
func (a tlsArgs) judge(want chainWant, state tls.ConnectionState, remote, server string) check.Result {
	self := newTLSSelf(state, want.now)
	self.Remote = remote
	faults := want.faults(state.PeerCertificates)
	self.Valid = len(faults) == 0
	ms, why := chainMismatches(faults)
	chain := len(ms)
	if len(state.PeerCertificates) == 0 {
		return netFault(server, netVerdict("", ms, why, self), ms)
	}
	leaf := state.PeerCertificates[0]
	if left := leaf.NotAfter.Sub(want.now); left > 0 && left < time.Duration(a.MinDaysLeft)*24*time.Hour {
		ms = append(ms, Mismatch{Want: fmt.Sprintf("at least %d days left", a.MinDaysLeft)})
		why = append(why, "it was not renewed in time; certificates of 90 days are due for it 30 days before the end")
	}
	if !issuerHas(leaf, a.Issuer) {
		ms = append(ms, Mismatch{Want: "issuer " + Quote(a.Issuer)})
	}
	if self.Version < a.MinVersion {
		ms = append(ms, Mismatch{"TLS " + a.MinVersion + " or newer", "TLS " + self.Version})
	}
	until := "until " + day(leaf.NotAfter) + ", issuer " + issuerWords(leaf)
	if self.Valid {
		until = "valid for " + strings.Join(want.names, ", ") + " " + until
	}
	r := netVerdict(until, ms, why, self)
	if chain > 0 && len(ms) == chain {
		r = netFault(server, r, ms)
	}
	return r
}
