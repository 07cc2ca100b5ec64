package steps

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// netReach is how a server is reached and whom we trust there; http and tls share it.
type netReach struct {
	Resolve []string `yaml:"resolve" doc:"connect to this address instead of the name's, as host:port:address"`
	CA      string   `yaml:"ca" doc:"a PEM file of the only authorities to trust, in place of this machine's"`
}

// check tells of entries in resolve that cannot be read.
func (r netReach) check() []check.Problem {
	var out []check.Problem
	for i, s := range r.Resolve {
		if _, _, err := parseResolve(s); err != nil && s != "" {
			out = append(out, check.Problem{Path: []any{"resolve", i}, Message: err.Error(), Hint: "write host:port:address, as in web.example:443:127.0.0.1"})
		}
	}
	return out
}

// checkFor tells of entries in resolve that serve for nothing, where hostport is all that is connected to: one that is
// misspelt would let the look go elsewhere.
func (r netReach) checkFor(hostport string) []check.Problem {
	var out []check.Problem
	for i, s := range r.Resolve {
		if from, _, err := parseResolve(s); err == nil && from != strings.ToLower(hostport) {
			out = append(out, check.Problem{Path: []any{"resolve", i}, Message: "nothing connects to " + from, Hint: "it is " + hostport + " that is looked at"})
		}
	}
	return out
}

// parseResolve reads one entry in the form of curl's --resolve, host:port:address[,address].
// See https://curl.se/docs/manpage.html#--resolve; the wildcard host and the signs are not taken over.
func parseResolve(s string) (hostport string, addrs []string, err error) {
	var rest, host string
	if end := strings.Index(s, "]:"); strings.HasPrefix(s, "[") && end > 0 {
		host, rest = s[1:end], s[end+2:]
	} else {
		host, rest, _ = strings.Cut(s, ":")
	}
	port, list, ok := strings.Cut(rest, ":")
	if !ok || host == "" || !validPort(port) {
		return "", nil, fmt.Errorf("%q is not host:port:address", s)
	}
	if strings.ContainsAny(host[:1], "*+-") {
		return "", nil, fmt.Errorf("%q begins with no name of a host", s)
	}
	for one := range strings.SplitSeq(list, ",") {
		addr, err := netip.ParseAddr(strings.Trim(one, "[]"))
		if err != nil {
			return "", nil, fmt.Errorf("%q is no IP address", one)
		}
		addrs = append(addrs, net.JoinHostPort(addr.String(), port))
	}
	return net.JoinHostPort(strings.ToLower(asciiHost(host)), port), addrs, nil
}

// netDialer connects to the addresses of resolve where it has some, else to what the name resolves to where it looks
// from. The zero value has no such addresses, and looks from this machine.
type netDialer struct {
	inside  func(ctx context.Context, network, address string) (net.Conn, error) // see check.Site.Dial
	resolve map[string][]string
}

func (r netReach) dialer(at check.Site) (netDialer, error) {
	d := netDialer{inside: at.Dial, resolve: make(map[string][]string, len(r.Resolve))}
	for _, s := range r.Resolve {
		hostport, addrs, err := parseResolve(s)
		if err != nil {
			return d, fmt.Errorf("resolve: %w", err)
		}
		d.resolve[hostport] = append(d.resolve[hostport], addrs...)
	}
	return d, nil
}

// overrides tells whether connections to hostport go elsewhere, and where.
func (d netDialer) overrides(hostport string) []string { return d.resolve[strings.ToLower(hostport)] }

// server names what is connected to for hostport.
func (d netDialer) server(hostport string) string {
	if addrs := d.overrides(hostport); len(addrs) > 0 {
		return hostport + " at " + strings.Join(addrs, ", ")
	}
	return hostport
}

// DialContext has the signature that http.Transport wants.
func (d netDialer) DialContext(ctx context.Context, network, hostport string) (conn net.Conn, err error) {
	dial := d.inside
	if dial == nil {
		local := net.Dialer{Timeout: time.Minute} // a dial that outlives its look ends, too
		dial = local.DialContext
	}
	addrs := d.overrides(hostport)
	if len(addrs) == 0 {
		return dial(ctx, network, hostport)
	}
	for _, addr := range addrs {
		if conn, err = dial(ctx, network, addr); err == nil {
			return conn, nil
		}
	}
	return nil, err
}

// splitAddress reads host:port, or a host alone where there is a default port.
func splitAddress(s, defaultPort string) (host, port string, err error) {
	if strings.Contains(s, "/") {
		return "", "", fmt.Errorf("%q is a URL or a path, wanted host:port", s)
	}
	host, port, err = net.SplitHostPort(s)
	if err != nil && defaultPort != "" {
		if _, ipErr := netip.ParseAddr(strings.Trim(s, "[]")); ipErr == nil || !strings.Contains(s, ":") {
			host, port, err = strings.Trim(s, "[]"), defaultPort, nil
		}
	}
	switch {
	case err != nil || host == "" || strings.ContainsAny(host, " \t@"):
		return "", "", fmt.Errorf("%q is not host:port", s)
	case !validPort(port):
		return "", "", fmt.Errorf("%q is no port", port)
	}
	return asciiHost(host), port, nil
}

// addressProblems is the Check of a kind's address field.
// An empty address is passed over: it may be filled in later, and a look without one is an error.
func addressProblems(field, s, defaultPort string) []check.Problem {
	if s == "" {
		return nil
	}
	_, _, err := splitAddress(s, defaultPort)
	if err == nil {
		return nil
	}
	p := check.Problem{Path: []any{field}, Message: err.Error(), Hint: "write host:port, as in web.example:443"}
	if u, urlErr := url.Parse(s); urlErr == nil && u.Hostname() != "" {
		p.Hint = fmt.Sprintf("did you mean %q?", u.Host)
		if u.User != nil {
			p.Message = "a URL with a user or password shows them to every reader"
		}
	}
	return []check.Problem{p}
}

func validPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

// asciiHost gives a name with umlauts its form on the wire (IDNA 2008, RFC 5891); other names stay.
func asciiHost(host string) string {
	if a, err := idna.Lookup.ToASCII(host); err == nil {
		return a
	}
	return host
}

// hostOf returns the host of an address, "" where there is none.
func hostOf(address string) string {
	host, _, _ := splitAddress(address, "443")
	return host
}
