package testsrv

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Zone is what one DNS server knows.
type Zone struct {
	Records string // in the form of a zone file, RFC 1035
	Lame    bool   // it answers without authority
	// Faults of single names ("slow.web.example."): see the constants.
	Faults map[string]Fault
}

// Fault is a way for a DNS server to misbehave.
type Fault int

// The faults.
const (
	ServFail  Fault = iota + 1
	Refused         // as servers do that do not have the zone
	Silent          // no answer at all
	Truncated       // over UDP, an answer that is cut off; all of it over TCP
	Stray           // over UDP, a packet with another id before the answer
	OldServer       // FORMERR to a question with EDNS
)

// DNS is a group of DNS servers on 127.0.0.1, 127.0.0.2 and so on, all on one port.
type DNS struct {
	Addrs []string // host:port of each
	Port  string

	mu      sync.Mutex
	asked   []string
	servers []*dns.Server
}

// StartDNS starts one server for each zone, over UDP and TCP.
func StartDNS(zones ...Zone) (d *DNS, err error) {
	for range 20 { // another program may have the port on one of the addresses
		if d, err = startDNS(zones); err == nil {
			return d, nil
		}
	}
	return nil, err
}

func startDNS(zones []Zone) (*DNS, error) {
	d := &DNS{Port: "0"}
	for i, zone := range zones {
		records, err := zone.parse()
		if err == nil {
			err = d.serve(net.JoinHostPort(fmt.Sprintf("127.0.0.%d", i+1), d.Port), zone, records)
		}
		if err != nil {
			d.Close()
			return nil, err
		}
	}
	return d, nil
}

func (d *DNS) serve(addr string, zone Zone, records []dns.RR) error {
	tcp, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	addr = tcp.Addr().String()
	udp, err := net.ListenPacket("udp", addr)
	if err != nil {
		tcp.Close()
		return err
	}
	_, d.Port, _ = net.SplitHostPort(addr)
	d.Addrs = append(d.Addrs, addr)
	handler := dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) { d.answer(w, q, zone, records) })
	for _, s := range []*dns.Server{{Listener: tcp, Handler: handler}, {PacketConn: udp, Handler: handler}} {
		started := make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		d.servers = append(d.servers, s)
		go func() { _ = s.ActivateAndServe() }()
		<-started
	}
	return nil
}

// Close stops all servers.
func (d *DNS) Close() {
	for _, s := range d.servers {
		_ = s.Shutdown()
	}
}

// Asked returns what was asked so far, as "127.0.0.1 udp web.example. A".
func (d *DNS) Asked() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string{}, d.asked...)
}

func (z Zone) parse() (out []dns.RR, err error) {
	p := dns.NewZoneParser(strings.NewReader(z.Records), ".", "")
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		out = append(out, rr)
	}
	return out, p.Err()
}

func (d *DNS) answer(w dns.ResponseWriter, q *dns.Msg, zone Zone, records []dns.RR) {
	host, _, _ := net.SplitHostPort(w.LocalAddr().String())
	network, question := w.LocalAddr().Network(), q.Question[0]
	d.mu.Lock()
	d.asked = append(d.asked, fmt.Sprintf("%s %s %s %s", host, network, question.Name, dns.TypeToString[question.Qtype]))
	d.mu.Unlock()
	m := new(dns.Msg).SetReply(q)
	m.Authoritative = !zone.Lame
	fill(m, strings.ToLower(question.Name), question.Qtype, records)
	switch fault := zone.Faults[strings.ToLower(question.Name)]; {
	case fault == Silent:
		return
	case fault == ServFail, fault == Refused:
		m.Answer, m.Rcode = nil, map[Fault]int{ServFail: dns.RcodeServerFailure, Refused: dns.RcodeRefused}[fault]
	case fault == Truncated && network == "udp":
		m.Truncated, m.Answer = true, m.Answer[:min(1, len(m.Answer))]
	case fault == Stray && network == "udp":
		stray := m.Copy()
		stray.Id++
		stray.Answer = nil
		_ = w.WriteMsg(stray)
	case fault == OldServer && q.IsEdns0() != nil:
		m.Answer, m.Rcode = nil, dns.RcodeFormatError
	}
	_ = w.WriteMsg(m)
}

// fill answers from records, along CNAME records as far as they are known here.
func fill(m *dns.Msg, name string, qtype uint16, records []dns.RR) {
	for range 16 {
		exists, target := false, ""
		for _, rr := range records {
			owner := strings.ToLower(rr.Header().Name)
			exists = exists || owner == name || strings.HasSuffix(owner, "."+name)
			if owner != name {
				continue
			}
			if c, ok := rr.(*dns.CNAME); ok && qtype != dns.TypeCNAME {
				target = strings.ToLower(c.Target)
				m.Answer = append(m.Answer, rr)
			}
			if rr.Header().Rrtype == qtype {
				m.Answer = append(m.Answer, rr)
			}
		}
		if !exists && len(m.Answer) == 0 {
			m.Rcode = dns.RcodeNameError
		}
		if target == "" {
			return
		}
		name = target
	}
}

// Deadline is how long tests let a look at a server that never answers take.
const Deadline = 300 * time.Millisecond
