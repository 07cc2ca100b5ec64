package cast

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	corelisters "k8s.io/client-go/listers/core/v1"
	discoverylisters "k8s.io/client-go/listers/discovery/v1"
	networkinglisters "k8s.io/client-go/listers/networking/v1"
	"k8s.io/client-go/rest"
)

// IngressClass is the class of the Ingress objects that our controller serves.
const IngressClass = "harbour"

// Ingress is an ingress controller: it serves what Ingress objects of its class say, with certificates from Secrets.
// Where two of them want the same host, the older one has it.
type Ingress struct {
	ingresses networkinglisters.IngressLister
	services  corelisters.ServiceLister
	slices    discoverylisters.EndpointSliceLister
	secrets   corelisters.SecretLister
	fallback  tls.Certificate
}

// StartIngress serves ports 80 and 443 of an address until ctx ends; fallback is for names without a certificate.
func StartIngress(ctx context.Context, config *rest.Config, address string, fallback tls.Certificate) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	i := &Ingress{
		ingresses: factory.Networking().V1().Ingresses().Lister(),
		services:  factory.Core().V1().Services().Lister(),
		slices:    factory.Discovery().V1().EndpointSlices().Lister(),
		secrets:   factory.Core().V1().Secrets().Lister(),
		fallback:  fallback,
	}
	factory.Start(ctx.Done())
	for what, synced := range factory.WaitForCacheSync(ctx.Done()) {
		if !synced {
			return fmt.Errorf("watch %s: %w", what, ctx.Err())
		}
	}
	plain, err := net.Listen("tcp", net.JoinHostPort(address, "80"))
	if err != nil {
		return err
	}
	secure, err := net.Listen("tcp", net.JoinHostPort(address, "443"))
	if err != nil {
		return err
	}
	quiet := hclog.NewNullLogger().StandardLogger(nil)
	http1 := &http.Server{Handler: http.HandlerFunc(i.plain), ReadHeaderTimeout: time.Minute, ErrorLog: quiet}
	http2 := &http.Server{
		Handler: http.HandlerFunc(i.serve), ReadHeaderTimeout: time.Minute, ErrorLog: quiet,
		TLSConfig: &tls.Config{GetCertificate: i.certificate},
	}
	go func() { _ = http1.Serve(plain) }()
	go func() { _ = http2.ServeTLS(secure, "", "") }()
	context.AfterFunc(ctx, func() { _ = http1.Close(); _ = http2.Close() })
	return nil
}

// served returns the Ingress objects of our class, the oldest first.
func (i *Ingress) served() []*networkingv1.Ingress {
	all, err := i.ingresses.List(labels.Everything())
	if err != nil {
		return nil
	}
	all = slices.DeleteFunc(slices.Clone(all), func(o *networkingv1.Ingress) bool {
		return o.Spec.IngressClassName == nil || *o.Spec.IngressClassName != IngressClass
	})
	slices.SortFunc(all, func(a, b *networkingv1.Ingress) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name))
	})
	return all
}

// certificate returns that of the oldest Ingress with TLS for the name.
func (i *Ingress) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	for _, o := range i.served() {
		for _, t := range o.Spec.TLS {
			if !slices.Contains(t.Hosts, hello.ServerName) {
				continue
			}
			secret, err := i.secrets.Secrets(o.Namespace).Get(t.SecretName)
			if err != nil {
				continue
			}
			if cert, err := tls.X509KeyPair(secret.Data[corev1.TLSCertKey], secret.Data[corev1.TLSPrivateKeyKey]); err == nil {
				return &cert, nil
			}
		}
	}
	return &i.fallback, nil
}

// backend returns where a request goes: the longest path of the host, of the oldest Ingress.
func (i *Ingress) backend(host, path string) (namespace string, found *networkingv1.IngressServiceBackend) {
	longest := -1
	for _, o := range i.served() {
		for _, rule := range o.Spec.Rules {
			if rule.Host != host || rule.HTTP == nil {
				continue
			}
			for _, p := range rule.HTTP.Paths {
				exact := p.PathType != nil && *p.PathType == networkingv1.PathTypeExact
				if p.Backend.Service == nil || len(p.Path) <= longest || exact && p.Path != path || !strings.HasPrefix(path, p.Path) {
					continue
				}
				longest, namespace, found = len(p.Path), o.Namespace, p.Backend.Service
			}
		}
	}
	return namespace, found
}

// address returns that of a ready pod, or whatever else is behind a Service.
func (i *Ingress) address(namespace string, b *networkingv1.IngressServiceBackend) (string, error) {
	service, err := i.services.Services(namespace).Get(b.Name)
	if err != nil {
		return "", err
	}
	name, known := b.Port.Name, false
	for _, p := range service.Spec.Ports {
		if p.Port == b.Port.Number || b.Port.Name != "" && p.Name == b.Port.Name {
			name, known = p.Name, true
		}
	}
	if !known {
		return "", errors.New("the Service has no such port")
	}
	all, err := i.slices.EndpointSlices(namespace).List(labels.SelectorFromSet(labels.Set{discoveryv1.LabelServiceName: b.Name}))
	if err != nil {
		return "", err
	}
	for _, s := range all {
		for _, p := range s.Ports {
			if p.Port == nil || p.Name != nil && *p.Name != name {
				continue
			}
			for _, e := range s.Endpoints {
				if len(e.Addresses) > 0 && (e.Conditions.Ready == nil || *e.Conditions.Ready) {
					return net.JoinHostPort(e.Addresses[0], fmt.Sprint(*p.Port)), nil
				}
			}
		}
	}
	return "", errors.New("nothing is ready behind the Service")
}

// plain answers over HTTP: challenges of ACME where somebody serves them, else the way to HTTPS.
func (i *Ingress) plain(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/.well-known/acme-challenge/") {
		i.serve(w, r)
		return
	}
	http.Redirect(w, r, "https://"+r.Host+r.URL.RequestURI(), http.StatusPermanentRedirect)
}

func (i *Ingress) serve(w http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(r.Host, ":")
	namespace, backend := i.backend(host, r.URL.Path)
	if backend == nil {
		http.Error(w, "404 page not found", http.StatusNotFound)
		return
	}
	address, err := i.address(namespace, backend)
	if err != nil {
		http.Error(w, "no available server", http.StatusServiceUnavailable)
		return
	}
	proxy := httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(&url.URL{Scheme: "http", Host: address})
			p.Out.Host = r.Host
			p.SetXForwarded()
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			http.Error(w, "Bad Gateway", http.StatusBadGateway)
		},
	}
	proxy.ServeHTTP(w, r)
}
