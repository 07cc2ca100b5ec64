package steps

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/miekg/dns"
	"golang.org/x/sync/errgroup"
)

const (
	maxChain       = 8  // CNAME records that are followed
	maxZoneServers = 20 // authoritative servers that are asked; the root has 13
)

// dnsZone asks the servers of a name's own zone, which it finds through resolvers.
type dnsZone struct {
	dnsClient
	resolvers []string // host:port of each; the authoritative servers are asked on the port of the first
}

// askAll asks every authoritative server. Where a CNAME record leads out of the zone, the target's servers are asked for
// what it leads to. The mismatches tell of servers that do not know their zone or differ from the first one.
func (z dnsZone) askAll(ctx context.Context, name string, qtype uint16) (answers []dnsAnswer, ms []Mismatch, err error) {
	var chain []string
	for range maxChain {
		answers, err = z.askOnce(ctx, name, qtype)
		if err != nil {
			return nil, nil, err
		}
		if ms = disagreements(answers); len(ms) > 0 || len(answers[0].answers) > 0 || len(answers[0].chain) == 0 {
			for i := range answers {
				answers[i].chain = append(slices.Clone(chain), answers[i].chain...)
			}
			return answers, ms, nil
		}
		if answers[0].rcode == dns.RcodeSuccess || answers[0].rcode == dns.RcodeNameError {
			chain = append(chain, answers[0].chain...)
			name = chain[len(chain)-1]
		}
	}
	return nil, nil, fmt.Errorf("more than %d CNAME records lead away from the name", maxChain)
}

func (z dnsZone) askOnce(ctx context.Context, name string, qtype uint16) ([]dnsAnswer, error) {
	servers, err := z.servers(ctx, name)
	if err != nil {
		return nil, err
	}
	answers := make([]dnsAnswer, len(servers))
	errs := make([]error, len(servers))
	var group errgroup.Group
	group.SetLimit(8)
	if z.inside != nil {
		group.SetLimit(maxInside)
	}
	for i, s := range servers {
		group.Go(func() error {
			answers[i], errs[i] = z.ask(ctx, s.address, name, qtype, false)
			answers[i].server = s.name
			if errs[i] == nil && answers[i].rcode == dns.RcodeServerFailure {
				errs[i] = fmt.Errorf("%s answers SERVFAIL about %s", s.name, plainName(name))
			}
			return nil
		})
	}
	_ = group.Wait() // the errors are kept apart
	return definite(answers, errs)
}

// definite returns the answers that came; where one did not, it is an error, unless the others differ already.
func definite(answers []dnsAnswer, errs []error) (came []dnsAnswer, err error) {
	for i, a := range answers {
		if errs[i] == nil {
			came = append(came, a)
		}
	}
	if len(came) > 0 && len(disagreements(came)) > 0 {
		return came, nil
	}
	return came, netErrors(errs)
}

// disagreements compares all servers with the first one that speaks with authority.
func disagreements(answers []dnsAnswer) (ms []Mismatch) {
	first := slices.IndexFunc(answers, dnsAnswer.knows)
	for i, a := range answers {
		switch {
		case !a.knows():
			ms = append(ms, Mismatch{"authority for the zone", fmt.Sprintf("%s does not serve the zone (%s)", a.server, a.lameness())})
		case i != first && !a.agrees(answers[first]):
			ms = append(ms, Mismatch{
				"the same answer from every authoritative server",
				fmt.Sprintf("%s says %s, %s says %s", answers[first].server, answers[first].words(), a.server, a.words()),
			})
		}
	}
	return ms
}

// knows tells whether the server has the zone; one that has not is lame (RFC 9499).
func (a dnsAnswer) knows() bool {
	return a.aa && (a.rcode == dns.RcodeSuccess || a.rcode == dns.RcodeNameError)
}

func (a dnsAnswer) lameness() string {
	if a.rcode == dns.RcodeSuccess {
		return "it answers without authority"
	}
	return dns.RcodeToString[a.rcode]
}

func (a dnsAnswer) agrees(b dnsAnswer) bool {
	return a.rcode == b.rcode && slices.Equal(a.answers, b.answers) && slices.Equal(a.chain, b.chain)
}

// words says what the answer is: its records, else where it leads, else that there are none.
func (a dnsAnswer) words() string {
	switch {
	case len(a.answers) > 0:
		return strings.Join(a.answers, ", ")
	case a.rcode == dns.RcodeNameError:
		return "the name does not exist (NXDOMAIN)"
	case len(a.chain) > 0:
		return "CNAME " + plainName(a.chain[len(a.chain)-1])
	}
	return "no such record"
}

// dnsServer is an authoritative server.
type dnsServer struct{ name, address string }

// servers finds the zone that holds name, upwards from the name itself, and the addresses of its servers.
func (z dnsZone) servers(ctx context.Context, name string) ([]dnsServer, error) {
	for zone := name; ; zone = parent(zone) {
		ns, err := z.resolve(ctx, z.resolvers, zone, dns.TypeNS)
		if err != nil {
			return nil, fmt.Errorf("find the zone of %s: %w", plainName(name), err)
		}
		if len(ns.answers) > 0 && len(ns.chain) == 0 {
			return z.addresses(ctx, ns.answers)
		}
		if zone == "." {
			return nil, fmt.Errorf("find the zone of %s: no name above it has servers", plainName(name))
		}
	}
}

func parent(zone string) string {
	if i, end := dns.NextLabel(zone, 0); !end {
		return zone[i:]
	}
	return "."
}

// addresses looks up where the servers are: all IPv4 addresses, or the IPv6 ones of a server that has no other.
func (z dnsZone) addresses(ctx context.Context, names []string) (out []dnsServer, err error) {
	_, port, _ := net.SplitHostPort(z.resolvers[0])
	for _, name := range names {
		var found dnsAnswer
		for _, qtype := range []uint16{dns.TypeA, dns.TypeAAAA} {
			if found, err = z.resolve(ctx, z.resolvers, dns.Fqdn(name), qtype); err != nil {
				return nil, fmt.Errorf("find the server %s: %w", name, err)
			}
			if len(found.answers) > 0 {
				break
			}
		}
		if len(found.answers) == 0 {
			return nil, fmt.Errorf("the zone's server %s has no address", name)
		}
		for _, addr := range found.answers {
			out = append(out, dnsServer{name, net.JoinHostPort(addr, port)})
		}
	}
	return out[:min(len(out), maxZoneServers)], nil
}
