package clusterdns

import (
	"context"
	"encoding/json"
	"net"
	"strings"

	"github.com/miekg/dns"
	corelisters "k8s.io/client-go/listers/core/v1"
)

// stubs are the zones that other servers know, as the ConfigMap kube-dns in kube-system has told DNS servers of
// clusters ever since: its key stubDomains is JSON, {"example.test": ["10.250.0.1:5353"]}.
type stubs struct{ maps corelisters.ConfigMapLister }

// servers returns those of the zone that holds a name, the nearest one where there are several; none is no zone.
func (s stubs) servers(name string) []string {
	config, err := s.maps.ConfigMaps("kube-system").Get("kube-dns")
	if err != nil {
		return nil
	}
	var zones map[string][]string
	if json.Unmarshal([]byte(config.Data["stubDomains"]), &zones) != nil {
		return nil
	}
	var found []string
	longest := -1
	for zone, servers := range zones {
		if dns.IsSubDomain(dns.Fqdn(strings.ToLower(zone)), dns.Fqdn(strings.ToLower(name))) && len(zone) > longest {
			found, longest = servers, len(zone)
		}
	}
	return found
}

// forward asks the servers of a zone one after the other, and hands on what the first of them says. It is false for
// names of no such zone.
func (s stubs) forward(ctx context.Context, w dns.ResponseWriter, query *dns.Msg) bool {
	if len(query.Question) != 1 {
		return false
	}
	servers := s.servers(query.Question[0].Name)
	client := &dns.Client{Net: w.LocalAddr().Network()}
	for _, server := range servers {
		if _, _, err := net.SplitHostPort(server); err != nil {
			server = net.JoinHostPort(server, "53")
		}
		reply, _, err := client.ExchangeContext(ctx, query, server)
		if err == nil {
			reply.Id, reply.RecursionAvailable = query.Id, true
			_ = w.WriteMsg(reply) // who asked may be gone
			return true
		}
	}
	if len(servers) > 0 {
		_ = w.WriteMsg(new(dns.Msg).SetRcode(query, dns.RcodeServerFailure))
	}
	return len(servers) > 0
}
