package steps

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// dnsAnswer is what one server says of a name.
type dnsAnswer struct {
	server  string // its name, or host:port
	rcode   int
	aa      bool     // it speaks with authority
	answers []string // sorted, each once
	chain   []string // the targets of CNAME records, in order
	ttl     uint32
}

// dnsClient asks servers: from this machine, or over TCP from inside a cluster, where nothing carries UDP.
type dnsClient struct{ netDialer }

// resolve asks resolvers in turn, as the system does, until one gives a definite answer.
func (c dnsClient) resolve(ctx context.Context, servers []string, name string, qtype uint16) (answer dnsAnswer, err error) {
	for i, server := range servers {
		one, cancel := ctx, context.CancelFunc(func() {})
		if i < len(servers)-1 {
			one, cancel = context.WithTimeout(ctx, 5*time.Second) // resolv.conf(5): timeout
		}
		answer, err = c.ask(one, server, name, qtype, true)
		cancel()
		if err == nil && (answer.rcode == dns.RcodeSuccess || answer.rcode == dns.RcodeNameError) {
			return answer, nil
		}
		if err == nil {
			err = fmt.Errorf("%s answers %s about %s", server, dns.RcodeToString[answer.rcode], plainName(name))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return answer, err
}

// ask asks one server, over UDP and again over TCP where the answer is cut off (RFC 7766).
func (c dnsClient) ask(ctx context.Context, server, name string, qtype uint16, recurse bool) (dnsAnswer, error) {
	m := new(dns.Msg)
	m.SetQuestion(name, qtype)
	m.RecursionDesired = recurse
	m.SetEdns0(1232, false) // the size that passes everywhere, https://www.dnsflagday.net/2020/
	network := "udp"
	if c.inside != nil {
		network = "tcp"
	}
	in, err := c.exchange(ctx, network, server, m)
	if err == nil && in.Rcode == dns.RcodeFormatError { // servers from before EDNS (RFC 6891, 7)
		m.Extra = nil
		in, err = c.exchange(ctx, network, server, m)
	}
	if err == nil && in.Truncated {
		in, err = c.exchange(ctx, "tcp", server, m)
	}
	if err != nil {
		return dnsAnswer{server: server}, netError(ctx, fmt.Sprintf("no answer from %s about %s", server, plainName(name)), "ask "+server, err)
	}
	return newDNSAnswer(server, name, qtype, in), nil
}

func (c dnsClient) exchange(ctx context.Context, network, server string, m *dns.Msg) (*dns.Msg, error) {
	raw, err := c.DialContext(ctx, network, server)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	defer context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })()
	conn := &dns.Conn{Conn: raw, UDPSize: 4096}
	if err := conn.WriteMsg(m); err != nil {
		return nil, err
	}
	for {
		in, err := conn.ReadMsg()
		stray := network == "udp" && ctx.Err() == nil && (in == nil || in.Id != m.Id || !sameQuestion(in, m))
		var broken net.Error
		switch {
		case err != nil && (!stray || errors.As(err, &broken)):
			return nil, err
		case stray: // a late or forged packet
		case in.Id != m.Id || !sameQuestion(in, m):
			return nil, errors.New("the answer is to another question")
		default:
			return in, nil
		}
	}
}

func sameQuestion(a, b *dns.Msg) bool {
	if len(a.Question) == 0 { // some servers leave it out of errors
		return a.Rcode != dns.RcodeSuccess
	}
	return a.Question[0].Qtype == b.Question[0].Qtype && strings.EqualFold(a.Question[0].Name, b.Question[0].Name)
}

// newDNSAnswer takes the records of the name out of a message, along its CNAME records.
func newDNSAnswer(server, name string, qtype uint16, in *dns.Msg) dnsAnswer {
	out := dnsAnswer{server: server, rcode: in.Rcode, aa: in.Authoritative, answers: []string{}, chain: []string{}}
	ttls := []uint32{}
	for qtype != dns.TypeCNAME && len(out.chain) < maxChain {
		i := slices.IndexFunc(in.Answer, func(rr dns.RR) bool {
			_, is := rr.(*dns.CNAME)
			return is && strings.EqualFold(rr.Header().Name, name)
		})
		if i < 0 {
			break
		}
		name = strings.ToLower(in.Answer[i].(*dns.CNAME).Target)
		out.chain = append(out.chain, name)
		ttls = append(ttls, in.Answer[i].Header().Ttl)
	}
	for _, rr := range in.Answer {
		if rr.Header().Rrtype == qtype && strings.EqualFold(rr.Header().Name, name) {
			out.answers = append(out.answers, rdata(rr))
			ttls = append(ttls, rr.Header().Ttl)
		}
	}
	out.answers = sortedSet(out.answers)
	if len(ttls) > 0 {
		out.ttl = slices.Min(ttls)
	}
	return out
}
