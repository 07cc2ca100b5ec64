package clusterdns

import (
	"context"
	"net"
	"strings"

	"github.com/miekg/dns"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
	"k8s.io/client-go/rest"
)

// records are the names of a cluster, as its Services are now.
type records struct {
	domain   string // with a dot at its end
	services corelisters.ServiceLister
	slices   discoverylisters.EndpointSliceLister
	maps     corelisters.ConfigMapLister
}

// host is what a name stands for: an address or another name, and a port where one was asked for.
type host struct {
	address string
	name    string
	port    uint16
}

func watch(ctx context.Context, config *rest.Config, domain string) (*records, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	r := &records{
		domain:   domain,
		services: factory.Core().V1().Services().Lister(),
		slices:   factory.Discovery().V1().EndpointSlices().Lister(),
		maps:     factory.Core().V1().ConfigMaps().Lister(),
	}
	factory.Start(ctx.Done())
	for _, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			return nil, ctx.Err()
		}
	}
	return r, nil
}

// lookup knows SERVICE.NAMESPACE.svc, HOST.SERVICE.NAMESPACE.svc and _PORT._PROTOCOL.SERVICE.NAMESPACE.svc.
// A name above those that exist exists too, with nothing to say.
func (r *records) lookup(name string) (hosts []host, exists bool) {
	name = strings.ToLower(dns.Fqdn(name))
	if name == r.domain {
		return nil, true
	}
	inside, found := strings.CutSuffix(name, "."+r.domain)
	if !found {
		return nil, false
	}
	parts := strings.Split(inside, ".")
	if parts[len(parts)-1] != "svc" {
		return nil, false
	}
	if parts = parts[:len(parts)-1]; len(parts) < 2 {
		return nil, true
	}
	service, err := r.services.Services(parts[len(parts)-1]).Get(parts[len(parts)-2])
	if err != nil {
		return nil, false
	}
	switch parts = parts[:len(parts)-2]; len(parts) {
	case 0:
		return r.hosts(service), true
	case 1:
		return r.endpoint(service, parts[0])
	case 2:
		return r.port(service, parts[0], parts[1], strings.TrimPrefix(name, parts[0]+"."+parts[1]+"."))
	default:
		return nil, false
	}
}

func (r *records) hosts(service *corev1.Service) []host {
	if service.Spec.Type == corev1.ServiceTypeExternalName {
		return []host{{name: dns.Fqdn(service.Spec.ExternalName)}}
	}
	var hosts []host
	if service.Spec.ClusterIP != corev1.ClusterIPNone {
		for _, ip := range service.Spec.ClusterIPs {
			hosts = append(hosts, host{address: ip})
		}
		return hosts
	}
	r.each(service, func(e discoveryv1.Endpoint) {
		for _, ip := range e.Addresses {
			hosts = append(hosts, host{address: ip})
		}
	})
	return hosts
}

func (r *records) endpoint(service *corev1.Service, name string) (hosts []host, exists bool) {
	if service.Spec.ClusterIP != corev1.ClusterIPNone {
		return nil, false
	}
	r.each(service, func(e discoveryv1.Endpoint) {
		if e.Hostname != nil && *e.Hostname == name {
			hosts = append(hosts, host{address: e.Addresses[0]})
		}
	})
	return hosts, len(hosts) > 0
}

func (r *records) port(service *corev1.Service, port, protocol, target string) (hosts []host, exists bool) {
	for _, p := range service.Spec.Ports {
		if "_"+p.Name == port && "_"+strings.ToLower(string(p.Protocol)) == protocol {
			hosts = append(hosts, host{name: target, port: uint16(p.Port)})
		}
	}
	return hosts, len(hosts) > 0
}

// each calls f for every endpoint that takes connections, or for every one at all if the Service says so.
func (r *records) each(service *corev1.Service, f func(discoveryv1.Endpoint)) {
	of := labels.SelectorFromSet(labels.Set{discoveryv1.LabelServiceName: service.Name})
	found, err := r.slices.EndpointSlices(service.Namespace).List(of)
	if err != nil {
		return
	}
	for _, s := range found {
		for _, e := range s.Endpoints {
			ready := e.Conditions.Ready == nil || *e.Conditions.Ready || service.Spec.PublishNotReadyAddresses
			if ready && len(e.Addresses) > 0 {
				f(e)
			}
		}
	}
}

// record returns what the host is to a question: nothing if it asks for something else.
func (h host) record(q dns.Question) []dns.RR {
	header := dns.RR_Header{Name: q.Name, Class: dns.ClassINET, Ttl: ttl}
	ip := net.ParseIP(h.address)
	switch {
	case h.port != 0 && q.Qtype == dns.TypeSRV:
		header.Rrtype = dns.TypeSRV
		return []dns.RR{&dns.SRV{Hdr: header, Weight: 100, Port: h.port, Target: h.name}}
	case h.port == 0 && h.name != "":
		header.Rrtype = dns.TypeCNAME
		return []dns.RR{&dns.CNAME{Hdr: header, Target: h.name}}
	case ip.To4() != nil && q.Qtype == dns.TypeA:
		header.Rrtype = dns.TypeA
		return []dns.RR{&dns.A{Hdr: header, A: ip.To4()}}
	case ip != nil && ip.To4() == nil && q.Qtype == dns.TypeAAAA:
		header.Rrtype = dns.TypeAAAA
		return []dns.RR{&dns.AAAA{Hdr: header, AAAA: ip}}
	}
	return nil
}
