package cast

import (
	"net"
	"strings"
	"sync"

	"github.com/miekg/dns"
)

// Zone is a DNS server with one zone, whose addresses can be changed.
type Zone struct {
	origin string // with a dot at its end
	server string // its own address

	mu    sync.Mutex
	hosts map[string]string // name, with a dot at its end, to address
}

// zoneTTL is that of all records, in seconds.
const zoneTTL = 300

// StartZone serves a zone at an address, over UDP and TCP, until the process ends. Its own name is ns, below the zone.
func StartZone(origin, address string) (*Zone, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	z := &Zone{origin: dns.Fqdn(origin), server: host, hosts: map[string]string{"ns." + dns.Fqdn(origin): host}}
	tcp, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	udp, err := net.ListenPacket("udp", address)
	if err != nil {
		return nil, err
	}
	for _, s := range []*dns.Server{{Listener: tcp, Handler: z}, {PacketConn: udp, Handler: z}} {
		go func() { _ = s.ActivateAndServe() }()
	}
	return z, nil
}

// Set gives a name an address, or takes it away where there is none.
func (z *Zone) Set(name, address string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	if address == "" {
		delete(z.hosts, dns.Fqdn(name))
		return
	}
	z.hosts[dns.Fqdn(name)] = address
}

// ServeDNS answers for the zone alone.
func (z *Zone) ServeDNS(w dns.ResponseWriter, query *dns.Msg) {
	reply := new(dns.Msg).SetReply(query)
	reply.Authoritative = true
	defer func() { _ = w.WriteMsg(reply) }() // who asked may be gone
	if len(query.Question) != 1 {
		reply.Rcode = dns.RcodeFormatError
		return
	}
	q := query.Question[0]
	name := strings.ToLower(q.Name)
	if !dns.IsSubDomain(z.origin, name) {
		reply.Authoritative, reply.Rcode = false, dns.RcodeRefused
		return
	}
	z.mu.Lock()
	address, known := z.hosts[name]
	z.mu.Unlock()
	header := dns.RR_Header{Name: q.Name, Rrtype: q.Qtype, Class: dns.ClassINET, Ttl: zoneTTL}
	soa := &dns.SOA{Hdr: header, Ns: "ns." + z.origin, Mbox: "hostmaster." + z.origin, Serial: 1, Refresh: 3600, Retry: 600, Expire: 86400, Minttl: 60}
	switch {
	case name == z.origin && q.Qtype == dns.TypeSOA:
		reply.Answer = []dns.RR{soa}
	case name == z.origin && q.Qtype == dns.TypeNS:
		reply.Answer = []dns.RR{&dns.NS{Hdr: header, Ns: "ns." + z.origin}}
	case known && q.Qtype == dns.TypeA:
		reply.Answer = []dns.RR{&dns.A{Hdr: header, A: net.ParseIP(address)}}
	default:
		if !known && name != z.origin {
			reply.Rcode = dns.RcodeNameError
		}
		soa.Hdr = dns.RR_Header{Name: z.origin, Rrtype: dns.TypeSOA, Class: dns.ClassINET, Ttl: 60}
		reply.Ns = []dns.RR{soa}
	}
}
