package steps

import (
	"fmt"
	"slices"
	"strings"

	"github.com/miekg/dns"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// judge compares what the servers said with what is wanted. Ms are faults of the servers themselves.
func (a dnsArgs) judge(answers []dnsAnswer, ms []Mismatch) check.Result {
	first := answers[0]
	self := dnsSelf{Answers: first.answers, Chain: []string{}, TTL: int(first.ttl), Servers: []string{}, Rcode: dns.RcodeToString[first.rcode]}
	for _, name := range first.chain {
		self.Chain = append(self.Chain, plainName(name))
	}
	for _, one := range answers {
		self.Servers = append(self.Servers, one.server)
		self.TTL = min(self.TTL, int(one.ttl))
	}
	self.Servers = sortedSet(self.Servers)
	if len(ms) > 0 {
		return netVerdict("", ms, []string{"a change has not reached all servers, or one is no longer meant to serve the zone"}, self)
	}
	ms = a.compare(first)
	if a.MinTTL > 0 && len(first.answers) > 0 && self.TTL < a.MinTTL {
		ms = append(ms, Mismatch{fmt.Sprintf("a TTL of at least %d", a.MinTTL), fmt.Sprintf("TTL %d", self.TTL)})
	}
	return netVerdict(a.saw(first, self), ms, a.why(first), self)
}

func (a dnsArgs) compare(got dnsAnswer) (ms []Mismatch) {
	switch {
	case a.Absent && len(got.answers) > 0:
		return []Mismatch{{Want: "no " + a.Type + " record"}}
	case a.Absent:
		return nil
	case len(got.answers) == 0:
		return []Mismatch{{Want: a.wanted()}}
	}
	if a.Equals != nil && !slices.Equal(got.answers, a.expected()) {
		ms = append(ms, Mismatch{Want: a.wanted()})
	}
	for _, r := range a.Contains {
		if !slices.ContainsFunc(got.answers, r.MatchString) {
			ms = append(ms, Mismatch{Want: fmt.Sprintf("an answer like %q", r.Src)})
		}
	}
	for _, r := range a.Lacks {
		if slices.ContainsFunc(got.answers, r.MatchString) {
			ms = append(ms, Mismatch{Want: fmt.Sprintf("no answer like %q", r.Src)})
		}
	}
	return ms
}

func (a dnsArgs) expected() []string {
	out := make([]string, len(a.Equals))
	for i, s := range a.Equals {
		out[i] = plainAnswer(a.Type, s)
	}
	return sortedSet(out)
}

func (a dnsArgs) wanted() string {
	if a.Equals == nil {
		return "a record of type " + a.Type
	}
	return a.Type + " " + strings.Join(a.expected(), ", ")
}

// saw tells the answer. Of its TTL it tells only what does not count down.
func (a dnsArgs) saw(got dnsAnswer, self dnsSelf) string {
	saw := got.words()
	if len(got.answers) > 0 {
		saw = a.Type + " " + saw
	}
	if len(self.Chain) > 0 && len(got.answers) > 0 {
		saw = "CNAME " + strings.Join(self.Chain, " → ") + " → " + saw
	}
	if a.Server == "authoritative" {
		if a.MinTTL > 0 && len(got.answers) > 0 {
			saw += fmt.Sprintf(" (TTL %d)", self.TTL)
		}
		saw += ", from " + strings.Join(self.Servers, ", ")
	}
	return saw
}

func (a dnsArgs) why(got dnsAnswer) (out []string) {
	if a.Equals != nil && len(got.answers) > 0 && a.Server == "system" {
		out = append(out, "a resolver may still hold what it saw before a change; server: authoritative asks the zone itself")
	}
	return out
}
