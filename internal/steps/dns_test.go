package steps

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/miekg/dns"

	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

const (
	soa = "@ 3600 IN SOA ns1.web.example. admin.web.example. 1 7200 900 1209600 300\n@ 3600 IN NS ns1.web.example.\n@ 3600 IN NS ns2.web.example.\n"
	own = "$ORIGIN web.example.\n" + soa + `
@     300 IN A 127.0.0.1
@     300 IN MX 10 mail
@     300 IN TXT "v=spf1 " "-all"
@     300 IN CAA 0 issue "letsencrypt.org"
www   60  IN CNAME @
ext   60  IN CNAME cdn.far.example.
dual  300 IN A 127.0.0.1
dual  300 IN A 127.0.0.2
six   300 IN AAAA ::1
diff  300 IN A 127.0.0.7
loop  60  IN CNAME loop2
loop2 60  IN CNAME loop
_dmarc 300 IN TXT "v=DMARC1; p=none"
deep.empty 300 IN A 127.0.0.1
`
	// resolver is what the recursive server knows: delegations, and the same records.
	resolver = own + `
ns1 3600 IN A 127.0.0.2
ns2 3600 IN A 127.0.0.3
$ORIGIN far.example.
@   3600 IN NS ns.far.example.
ns  3600 IN A 127.0.0.4
cdn 30   IN A 127.0.0.9
$ORIGIN lame.example.
@   3600 IN NS ns1.web.example.
@   3600 IN NS ns.far.example.
$ORIGIN broken.example.
@   3600 IN NS ns.gone.example.
`
)

// dnsServers starts a resolver and three authoritative servers; the second differs from the first in one name.
func dnsServers(t *testing.T, l *netLooker) *testsrv.DNS {
	t.Helper()
	lame := "\n$ORIGIN lame.example.\n@ 300 IN A 127.0.0.1\n"
	d, err := testsrv.StartDNS(
		testsrv.Zone{Records: resolver, Lame: true, Faults: map[string]testsrv.Fault{
			"fail.example.": testsrv.ServFail, "slow.example.": testsrv.Silent, "dual.web.example.": testsrv.Truncated,
			"stray.web.example.": testsrv.Stray, "six.web.example.": testsrv.OldServer,
		}},
		testsrv.Zone{Records: own + lame, Faults: map[string]testsrv.Fault{"halfdead.web.example.": testsrv.ServFail}},
		testsrv.Zone{Records: strings.Replace(own, "127.0.0.7", "127.0.0.8", 1)},
		testsrv.Zone{Records: "$ORIGIN far.example.\ncdn 30 IN A 127.0.0.9\n", Faults: map[string]testsrv.Fault{"lame.example.": testsrv.Refused}},
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	l.vars["DNS"] = d.Addrs[0]
	l.vars["AUTH"] = "server: authoritative, via: " + d.Addrs[0]
	return d
}

func TestDNS(t *testing.T) {
	noLeaks(t)
	l := newNetLooker(t, dnsKind())
	dnsServers(t, l)
	l.vars["CLOSED"] = testsrv.ClosedAddr
	const both = ", from ns1.web.example, ns2.web.example"
	l.run(t, []netRow{
		{"A", `{name: web.example, equals: 127.0.0.1, server: $DNS}`, "passed: A 127.0.0.1"},
		{"another A", `{name: web.example, equals: 127.0.0.5, server: $DNS}`, "failed: A 127.0.0.5 | A 127.0.0.1"},
		{"sets, over TCP after a cut", `{name: dual.web.example, equals: [127.0.0.2, 127.0.0.1], server: $DNS}`, "passed: A 127.0.0.1, 127.0.0.2"},
		{"a subset is not equal", `{name: dual.web.example, equals: [127.0.0.2], server: $DNS}`, "failed: A 127.0.0.2 | A 127.0.0.1, 127.0.0.2"},
		{"AAAA, from an old server", `{name: six.web.example, type: AAAA, equals: "0::1", server: $DNS}`, "passed: AAAA ::1"},
		{"along a CNAME", `{name: www.web.example, equals: 127.0.0.1, server: $DNS}`, "passed: CNAME web.example → A 127.0.0.1"},
		{"CNAME itself", `{name: www.web.example, type: CNAME, equals: Web.Example., server: $DNS}`, "passed: CNAME web.example"},
		{"MX", `{name: web.example, type: MX, equals: "10 mail.web.example", server: $DNS}`, "passed: MX 10 mail.web.example"},
		{"TXT", `{name: web.example, type: TXT, equals: "v=spf1 -all", server: $DNS}`, "passed: TXT v=spf1 -all"},
		{"TXT by expression", `{name: _dmarc.web.example, type: TXT, contains: "p=(none|reject)", server: $DNS}`, "passed: TXT v=DMARC1; p=none"},
		{"TXT lacks", `{name: _dmarc.web.example, type: TXT, lacks: p=none, server: $DNS}`, `failed: no answer like "p=none" | TXT v=DMARC1; p=none`},
		{"CAA", `{name: web.example, type: CAA, equals: '0 issue "letsencrypt.org"', server: $DNS}`, `passed: CAA 0 issue "letsencrypt.org"`},
		{"NS", `{name: web.example, type: NS, contains: ['^ns1\.'], server: $DNS}`, "passed: NS ns1.web.example, ns2.web.example"},
		{"SOA", `{name: web.example, type: SOA, contains: admin, server: $DNS}`, "passed: SOA ns1.web.example admin.web.example 1 7200 900 1209600 300"},
		{"no such name", `{name: none.web.example, server: $DNS}`, "failed: a record of type A | the name does not exist (NXDOMAIN)"},
		{"no such name, as wanted", `{name: none.web.example, absent: true, server: $DNS}`, "passed: the name does not exist (NXDOMAIN)"},
		{"no such type", `{name: web.example, type: AAAA, server: $DNS}`, "failed: a record of type AAAA | no such record"},
		{"empty non-terminal", `{name: empty.web.example, absent: true, server: $DNS}`, "passed: no such record"},
		{"there, and not wanted", `{name: web.example, absent: true, server: $DNS}`, "failed: no A record | A 127.0.0.1"},
		{"SERVFAIL", `{name: fail.example, server: $DNS}`, "error: $DNS answers SERVFAIL about fail.example"},
		{"SERVFAIL is not absent", `{name: fail.example, absent: true, server: $DNS}`, "error: $DNS answers SERVFAIL about fail.example"},
		{"nobody there", `{name: web.example, server: $CLOSED}`, "error: ask $CLOSED: connection refused"},
		{"a packet for another question", `{name: stray.web.example, absent: true, server: $DNS}`, "passed: the name does not exist (NXDOMAIN)"},
		{"TTL", `{name: web.example, minTTL: 301, server: $DNS}`, "failed: a TTL of at least 301 | A 127.0.0.1; TTL 300"},

		{"authoritative", `{name: web.example, equals: 127.0.0.1, $AUTH}`, "passed: A 127.0.0.1" + both},
		{"authoritative, TTL", `{name: web.example, minTTL: 60, $AUTH}`, "passed: A 127.0.0.1 (TTL 300)" + both},
		{"authoritative, CNAME within", `{name: www.web.example, equals: 127.0.0.1, $AUTH}`, "passed: CNAME web.example → A 127.0.0.1" + both},
		{"authoritative, CNAME to another zone", `{name: ext.web.example, equals: 127.0.0.9, $AUTH}`, "passed: CNAME cdn.far.example → A 127.0.0.9, from ns.far.example"},
		{"authoritative, no such name", `{name: a.b.web.example, absent: true, $AUTH}`, "passed: the name does not exist (NXDOMAIN)" + both},
		{"authoritative, servers differ", `{name: diff.web.example, $AUTH}`, "failed: the same answer from every authoritative server | ns1.web.example says 127.0.0.7, ns2.web.example says 127.0.0.8 | a change has not reached all servers, or one is no longer meant to serve the zone"},
		{"authoritative, a lame server", `{name: lame.example, $AUTH}`, "failed: authority for the zone | ns.far.example does not serve the zone (REFUSED) | a change has not reached all servers, or one is no longer meant to serve the zone"},
		{"authoritative, one fails", `{name: halfdead.web.example, absent: true, $AUTH}`, "error: ns1.web.example answers SERVFAIL about halfdead.web.example"},
		{"authoritative, a server without address", `{name: broken.example, $AUTH}`, "error: the zone's server ns.gone.example has no address"},
		{"authoritative, a loop", `{name: loop.web.example, $AUTH}`, "error: more than 8 CNAME records lead away from the name"},
	})
}

func TestDNSSystem(t *testing.T) {
	noLeaks(t)
	var servers []string
	l := newNetLooker(t, dnsLooker{system: func() ([]string, error) { return servers, nil }}.kind())
	dnsServers(t, l)
	servers = []string{testsrv.ClosedAddr, l.vars["DNS"]}
	l.run(t, []netRow{
		{"all answer SERVFAIL", `{name: fail.example}`, "error: $DNS answers SERVFAIL about fail.example"},
	})
	r, err := l.look(t, `{name: www.web.example, equals: 127.0.0.5, minTTL: 60}`)
	self, _ := r.Self.(dnsSelf)
	if err != nil || !slices.Equal(self.Answers, []string{"127.0.0.1"}) || self.TTL != 60 || self.Rcode != "NOERROR" || len(r.Why) != 1 || len(l.warnings) != 1 {
		t.Error(netWords(r, err), self, l.warnings)
	}
}

func TestDNSTimesOut(t *testing.T) {
	noLeaks(t)
	l := newNetLooker(t, dnsKind())
	dnsServers(t, l)
	args, _ := l.args(t, `{name: slow.example, server: $DNS}`)
	_, err := l.within(t, args, testsrv.Deadline)
	if !errors.Is(err, context.DeadlineExceeded) || err.Error() != "no answer from "+l.vars["DNS"]+" about slow.example" {
		t.Error(err)
	}
}

func TestDNSAsksOverTCP(t *testing.T) {
	l := newNetLooker(t, dnsKind())
	d := dnsServers(t, l)
	l.look(t, `{name: dual.web.example, server: $DNS}`)
	if got := d.Asked(); len(got) != 2 || got[0] != "127.0.0.1 udp dual.web.example. A" || got[1] != "127.0.0.1 tcp dual.web.example. A" {
		t.Error(got)
	}
}

func TestDNSText(t *testing.T) {
	for src, want := range map[string]string{
		`"v=DKIM1; " "p=abc"`: "v=DKIM1; p=abc",
		`"say \"hi\" \\ now"`: `say "hi" \ now`,
		`"gr\195\188n"`:       "grün",
		`"not UTF-8: \255"`:   "not UTF-8: \uFFFD",
	} {
		rr, err := dns.NewRR("web.example. TXT " + src)
		if err != nil {
			t.Fatal(err)
		}
		if got := rdata(rr); got != want {
			t.Errorf("%s: got %q, want %q", src, got, want)
		}
	}
}

func TestDNSExpectedAnswers(t *testing.T) {
	for _, row := range []struct{ qtype, in, want string }{
		{"AAAA", "2001:DB8:0::1", "2001:db8::1"},
		{"MX", "10  Mail.Example.", "10 mail.example"},
		{"TXT", `"quoted"`, "quoted"},
		{"TXT", "Plain", "Plain"},
		{"SOA", "NS1.example. Admin.example. 1 2 3 4 5", "ns1.example admin.example 1 2 3 4 5"},
	} {
		if got := plainAnswer(row.qtype, row.in); got != row.want {
			t.Errorf("%s %s: got %q, want %q", row.qtype, row.in, got, row.want)
		}
	}
}

func TestDNSNames(t *testing.T) {
	for in, want := range map[string]string{
		"Web.Example": "web.example.", "web.example.": "web.example.", "übersicht.example": "xn--bersicht-55a.example.",
		"_dmarc.web.example": "_dmarc.web.example.", ".": ".", "*.web.example": "*.web.example.",
	} {
		if got, err := dnsName(in); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", in, got, err, want)
		}
	}
}

func TestDNSArguments(t *testing.T) {
	newNetLooker(t, dnsKind()).problems(t, map[string]string{
		`{name: web.example, type: AAA}`:                       `"AAA" is no value of type`,
		`{name: "web example"}`:                                "no domain name",
		`{name: 127.0.0.1, absent: true}`:                      "is an address",
		`{name: "https://web.example/"}`:                       "no domain name",
		`{name: web.example, server: authorative}`:             `"authorative" is no server`,
		`{name: web.example, server: "ns:99999"}`:              "no port",
		`{name: web.example, via: "127.0.0.1:53"}`:             "via is for server: authoritative",
		`{name: web.example, absent: true, equals: 127.0.0.1}`: "absent",
		`{name: web.example, equals: "::1"}`:                   "no address of type A",
		`{name: web.example, minTTL: -1}`:                      "negative",
		`{name: web.example, equals: []}`:                      "no answers at all are wanted",
	})
}
