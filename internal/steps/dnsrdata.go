package steps

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/miekg/dns"
)

// rdata writes a record's data as plans write it: names without their last dot, texts joined and without quotes.
func rdata(rr dns.RR) string {
	switch rr := rr.(type) {
	case *dns.A:
		return rr.A.String()
	case *dns.AAAA:
		return rr.AAAA.String()
	case *dns.CNAME:
		return plainName(rr.Target)
	case *dns.NS:
		return plainName(rr.Ns)
	case *dns.MX:
		return fmt.Sprintf("%d %s", rr.Preference, plainName(rr.Mx))
	case *dns.TXT:
		return plainText(rr.Txt)
	case *dns.CAA:
		return fmt.Sprintf("%d %s %q", rr.Flag, rr.Tag, rr.Value)
	case *dns.SOA:
		return fmt.Sprintf("%s %s %d %d %d %d %d", plainName(rr.Ns), plainName(rr.Mbox), rr.Serial, rr.Refresh, rr.Retry, rr.Expire, rr.Minttl)
	}
	return strings.TrimPrefix(rr.String(), rr.Header().String())
}

// plainText joins the strings of a TXT record (RFC 7208, 3.3) and undoes the library's escapes.
func plainText(parts []string) string {
	var b strings.Builder
	s := strings.Join(parts, "")
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '\\':
			b.WriteByte(s[i])
		case i+3 < len(s) && isDigits(s[i+1:i+4]):
			b.WriteByte((s[i+1]-'0')*100 + (s[i+2]-'0')*10 + s[i+3] - '0')
			i += 3
		case i+1 < len(s):
			i++
			b.WriteByte(s[i])
		}
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}

func isDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

func plainName(name string) string {
	if name == "." {
		return name
	}
	return strings.ToLower(strings.TrimSuffix(name, "."))
}

// plainAnswer writes an expected answer as rdata does.
func plainAnswer(qtype, s string) string {
	if addr, err := netip.ParseAddr(s); err == nil {
		return addr.String()
	}
	switch qtype {
	case "CNAME", "NS", "MX":
		return plainName(strings.Join(strings.Fields(s), " "))
	case "SOA":
		fields := strings.Fields(s)
		for i := range min(2, len(fields)) {
			fields[i] = plainName(fields[i])
		}
		return strings.Join(fields, " ")
	case "TXT":
		if len(s) > 1 && strings.HasPrefix(s, `"`) && strings.HasSuffix(s, `"`) {
			return s[1 : len(s)-1]
		}
	}
	return s
}
