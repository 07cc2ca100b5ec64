package steps

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// dnsArgs are the fields of a dns step.
type dnsArgs struct {
	Name     string   `yaml:"name" required:"true" doc:"the whole name; search domains are tried only from inside a cluster, by server: system, as the pod's programs try them"`
	Type     string   `yaml:"type" enum:"A|AAAA|CNAME|MX|TXT|NS|CAA|SOA" doc:"the type of record"`
	Equals   []string `yaml:"equals" doc:"exactly these answers, in any order"`
	Contains []Regexp `yaml:"contains" doc:"each must match an answer"`
	Lacks    []Regexp `yaml:"lacks" doc:"none may match any answer"`
	Absent   bool     `yaml:"absent" doc:"there must be no such record"`
	Server   string   `yaml:"server" doc:"system, authoritative (each of the zone's own servers, which must agree), or host:port"`
	Via      string   `yaml:"via" doc:"host:port of the resolver that names the authoritative servers, in place of the system's; they are asked on its port"`
	MinTTL   int      `yaml:"minTTL" doc:"the least TTL in seconds"`
}

// dnsSelf is what a dns step saw.
type dnsSelf struct {
	Answers []string `json:"answers" doc:"sorted"`
	Chain   []string `json:"chain" doc:"the names that CNAME records led through"`
	TTL     int      `json:"ttl" doc:"the least of all records"`
	Servers []string `json:"servers" doc:"those that answered"`
	Rcode   string   `json:"rcode" doc:"what the server made of the question, such as NOERROR or NXDOMAIN"`
}

// dnsKind looks at the records of a name.
//
// What it makes of trouble: a name or a record that does not exist was seen (NXDOMAIN, or an answer without records),
// and fails, or passes with `absent: true`. Authoritative servers that differ or do not know their zone fail as well.
// SERVFAIL, another refusal by a resolver and no answer are unknown, also where only one authoritative server is concerned
// and the others are right.
func dnsKind() check.Kind { return dnsLooker{system: systemResolvers}.kind() }

// dnsLooker looks names up. Where its system resolvers are is a function, so that tests need no /etc.
type dnsLooker struct {
	system func() ([]string, error) // host:port of each; required
}

// systemResolvers reads /etc/resolv.conf, without its search list (resolv.conf(5)).
func systemResolvers() ([]string, error) {
	conf, err := dns.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil {
		return nil, fmt.Errorf("find the system's resolvers: %w", err)
	}
	var out []string
	for _, server := range conf.Servers {
		out = append(out, net.JoinHostPort(server, conf.Port))
	}
	if len(out) == 0 {
		return nil, errors.New("/etc/resolv.conf names no resolver")
	}
	return out, nil
}

func (l dnsLooker) kind() check.Kind {
	return check.Define(check.Spec[dnsArgs]{
		Name:    "dns",
		Doc:     "Expect a name to have records, as the system, a server or the zone's own servers tell.",
		Example: `dns: {name: web.example, type: A, equals: [127.0.0.1], server: authoritative, minTTL: 60}`,
		Bare:    "name",
		Default: dnsArgs{Type: "A", Server: "system"},
		Self:    dnsSelf{},
		Caps:    []check.Capability{check.Network},
		Inside:  true,
		Check:   dnsCheck,
		Target:  func(a dnsArgs) string { return a.Name + " " + a.Type },
		Host: func(a dnsArgs) string {
			if a.named() {
				return hostOf(a.Server)
			}
			return ""
		},
		Look:  l.look,
		Draft: l.draft,
	})
}

// named tells whether a server is named, in place of the system's or the zone's.
func (a dnsArgs) named() bool { return a.Server != "system" && a.Server != "authoritative" }

func dnsCheck(a dnsArgs) (out []check.Problem) {
	add := func(field, message, hint string) {
		out = append(out, check.Problem{Path: []any{field}, Message: message, Hint: hint})
	}
	if _, err := dnsName(a.Name); a.Name != "" && err != nil {
		add("name", err.Error(), "")
	}
	if a.named() && a.Server != "" {
		if _, _, err := splitAddress(a.Server, "53"); err != nil {
			add("server", err.Error(), "write system, authoritative or host:port")
		} else if !strings.ContainsAny(a.Server, ".:") && a.Server != "localhost" {
			add("server", fmt.Sprintf("%q is no server", a.Server), "write system, authoritative or host:port")
		}
	}
	if a.Via != "" {
		out = append(out, addressProblems("via", a.Via, "53")...)
		if a.Server != "authoritative" {
			add("via", "via is for server: authoritative", "write server: "+a.Via+" to ask that server itself")
		}
	}
	if a.Absent && (a.Equals != nil || a.Contains != nil || a.MinTTL != 0) {
		add("absent", "a record that is absent has no answers to compare", "keep one of absent and equals, contains, minTTL")
	}
	if a.Equals != nil && len(a.Equals) == 0 {
		add("equals", "no answers at all are wanted", "write absent: true")
	}
	if a.MinTTL < 0 {
		add("minTTL", "a TTL cannot be negative", "")
	}
	for i, want := range a.Equals {
		if addr, err := netip.ParseAddr(want); want != "" && (a.Type == "A" && (err != nil || !addr.Is4()) || a.Type == "AAAA" && (err != nil || !addr.Is6())) {
			out = append(out, check.Problem{Path: []any{"equals", i}, Message: fmt.Sprintf("%q is no address of type %s", want, a.Type)})
		}
	}
	return out
}

// dnsName makes a fully qualified name in its form on the wire.
func dnsName(name string) (string, error) {
	ascii := name
	if name != "." && !strings.ContainsAny(name, "_*") { // idna refuses service names such as _dmarc
		ascii = asciiHost(strings.TrimSuffix(name, "."))
	}
	if _, err := netip.ParseAddr(ascii); err == nil {
		return "", fmt.Errorf("%q is an address, wanted a name", name)
	}
	if _, ok := dns.IsDomainName(ascii); !ok || name == "" || strings.ContainsAny(ascii, " \t/:@") {
		return "", fmt.Errorf("%q is no domain name", name)
	}
	return strings.ToLower(dns.Fqdn(ascii)), nil
}

func (l dnsLooker) look(ctx context.Context, at check.Site, a dnsArgs) (check.Result, error) {
	name, err := dnsName(a.Name)
	if err != nil {
		return check.Result{}, err
	}
	answers, ms, err := l.ask(ctx, at, a, name)
	if err != nil {
		return check.Result{}, err
	}
	if a.MinTTL > 0 && a.Server != "authoritative" && at.Warn != nil {
		at.Warn("the TTL that a caching resolver tells counts down; server: authoritative tells the zone's own")
	}
	return a.judge(answers, ms), nil
}

// ask asks the servers that the step wants. The mismatches are about them, not about the answers.
func (l dnsLooker) ask(ctx context.Context, at check.Site, a dnsArgs, name string) ([]dnsAnswer, []Mismatch, error) {
	client, qtype := dnsClient{netDialer{inside: at.Dial}}, dns.StringToType[a.Type]
	conf, err := l.resolvers(ctx, at, a)
	if err != nil {
		return nil, nil, err
	}
	if a.Server == "authoritative" {
		return dnsZone{client, conf.servers}.askAll(ctx, name, qtype)
	}
	answer, err := client.search(ctx, conf, a.Name, name, qtype)
	return []dnsAnswer{answer}, nil, err
}

func (l dnsLooker) resolvers(ctx context.Context, at check.Site, a dnsArgs) (dnsConf, error) {
	server := a.Server
	switch {
	case server == "authoritative":
		server = a.Via
	case server == "system":
		server = ""
	}
	switch {
	case server != "":
		host, port, err := splitAddress(server, "53")
		return dnsConf{servers: []string{net.JoinHostPort(host, port)}}, err
	case at.ReadFile != nil:
		return confInside(ctx, at)
	}
	servers, err := l.system()
	return dnsConf{servers: servers}, err
}

func sortedSet(in []string) []string {
	out := slices.Clone(in)
	slices.Sort(out)
	return slices.Compact(out)
}
