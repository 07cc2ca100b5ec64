package steps

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/miekg/dns"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// dnsConf says whom to ask, and for what besides the name itself.
type dnsConf struct {
	servers []string                   // host:port of each
	names   func(name string) []string // the names that are tried for one, in order; nil: only itself
}

// confInside reads /etc/resolv.conf where the step looks from, with its search list, as the programs there use it.
func confInside(ctx context.Context, at check.Site) (dnsConf, error) {
	text, err := at.ReadFile(ctx, "/etc/resolv.conf")
	if err != nil {
		return dnsConf{}, err
	}
	conf, err := dns.ClientConfigFromReader(bytes.NewReader(text))
	if err != nil {
		return dnsConf{}, fmt.Errorf("read the /etc/resolv.conf inside: %w", err)
	}
	out := dnsConf{names: conf.NameList}
	for _, server := range conf.Servers {
		out.servers = append(out.servers, net.JoinHostPort(server, conf.Port))
	}
	if len(out.servers) == 0 {
		return out, errors.New("the /etc/resolv.conf inside names no resolver")
	}
	return out, nil
}

// search asks for a name, and, where there is a search list, for what it may stand for, until one of them has records.
// Where none has, the answer is that to the name as it is.
func (c dnsClient) search(ctx context.Context, conf dnsConf, written, name string, qtype uint16) (answer dnsAnswer, err error) {
	if conf.names == nil {
		return c.resolve(ctx, conf.servers, name, qtype)
	}
	var itself dnsAnswer
	for _, one := range conf.names(written) {
		if one, err = dnsName(one); err != nil {
			continue // too long with its domain
		}
		if answer, err = c.resolve(ctx, conf.servers, one, qtype); err != nil {
			return answer, err
		}
		if len(answer.answers) > 0 {
			return answer, nil
		}
		if one == name {
			itself = answer
		}
	}
	if itself.server != "" {
		return itself, nil
	}
	return c.resolve(ctx, conf.servers, name, qtype)
}
