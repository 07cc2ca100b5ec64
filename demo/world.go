package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"gitea.coulomb.social/coulomb/wpctl/e2e/kube"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// world is what the demo's plan is about: a cluster with objects, a DNS server, and web servers behind one address.
type world struct {
	cluster *kube.Client
	dns     *testsrv.DNS
	ca      *testsrv.CA
	cert    atomic.Pointer[tls.Certificate]
	web     *http.Server
}

// newWorld starts the servers and fills the cluster that KUBECONFIG names.
func newWorld(ctx context.Context, dir string) (*world, error) {
	w := &world{}
	if err := os.MkdirAll(filepath.Join(dir, "world"), 0o755); err != nil {
		return nil, err
	}
	var err error
	if w.ca, err = testsrv.NewCA(filepath.Join(dir, "world")); err != nil {
		return nil, err
	}
	// The certificate that the ingress controller serves while there is no better one.
	if err := w.serve(testsrv.Leaf{Names: []string{"registry.demo.test"}, NotAfter: 90 * 24 * time.Hour}); err != nil {
		return nil, err
	}
	w.dns, err = testsrv.StartDNS(testsrv.Zone{Records: `
$ORIGIN demo.test.
@ 300 IN SOA ns root 1 60 60 60 60
@ 300 IN NS ns
ns 300 IN A 127.0.0.1
parcel-desk 300 IN A 127.0.0.1
`})
	if err != nil {
		return nil, err
	}
	port, err := w.listen()
	if err != nil {
		return nil, err
	}
	if w.cluster, err = kube.Connect(); err != nil {
		return nil, err
	}
	for _, name := range []string{"crds.yaml", "platform.yaml", "parcel-desk.yaml"} {
		if err := w.cluster.ApplyFile(ctx, filepath.Join(dir, "manifests", name)); err != nil {
			return nil, err
		}
	}
	return w, w.cluster.Apply(ctx, fmt.Sprintf(`
apiVersion: v1
kind: ConfigMap
metadata: {name: demo-world, namespace: kube-system}
data: {dns: %q, port: %q}
---
apiVersion: v1
kind: Secret
metadata: {name: parcel-desk-db, namespace: parcel-desk}
type: kubernetes.io/basic-auth
stringData: {username: parcel_desk, password: %q}
`, w.dns.Addrs[0], port, fmt.Sprintf("demo-%d", time.Now().UnixNano())))
}

// serve makes the web server answer with a certificate.
func (w *world) serve(l testsrv.Leaf) error {
	cert, err := w.ca.Issue(l)
	if err != nil {
		return err
	}
	w.cert.Store(&cert)
	return nil
}

// listen starts the web server on a free port and returns the port.
func (w *world) listen() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	w.web = &http.Server{
		Handler: site(), ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: hclog.NewNullLogger().StandardLogger(nil), // handshakes that fail are part of the story
		TLSConfig: &tls.Config{GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) {
			if h.ServerName == "registry.demo.test" {
				c, err := w.ca.Issue(testsrv.Leaf{Names: []string{h.ServerName}, NotAfter: 90 * 24 * time.Hour})
				return &c, err
			}
			return w.cert.Load(), nil
		}},
	}
	go func() {
		if err := w.web.ServeTLS(l, "", ""); !errors.Is(err, http.ErrServerClosed) {
			fmt.Fprintln(os.Stderr, "error: the demo's web server:", err)
		}
	}()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// site is the registry and the application, by the name that is asked for.
func site() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("registry.demo.test/v2/{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="https://registry.demo.test/token",service="registry"`)
		http.Error(w, `{"errors":[{"code":"UNAUTHORIZED"}]}`, http.StatusUnauthorized)
	})
	mux.HandleFunc("registry.demo.test/v2/demo/parcel-desk/manifests/1.4.2", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Docker-Content-Digest", "sha256:"+strings.Repeat("5c", 32))
		w.Header().Set("Content-Type", "application/vnd.oci.image.manifest.v1+json")
		fmt.Fprint(w, `{"schemaVersion":2}`)
	})
	mux.HandleFunc("/health/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"status":"ok"}`)
	})
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/desk/", http.StatusFound) })
	mux.HandleFunc("/desk/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><title>Parcel desk: today</title><link rel="stylesheet" href="/static/desk.css"><script src="/static/desk.js"></script>`)
	})
	mux.HandleFunc("/static/desk.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css")
		fmt.Fprint(w, "body{}")
	})
	mux.HandleFunc("/static/desk.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, "void 0")
	})
	return mux
}

// issueCertificate is the repair: the order goes through, and the ingress controller serves the certificate.
func (w *world) issueCertificate(ctx context.Context) error {
	if err := w.serve(testsrv.Leaf{Names: []string{"parcel-desk.demo.test"}, NotAfter: 90 * 24 * time.Hour}); err != nil {
		return err
	}
	return w.cluster.Apply(ctx, fmt.Sprintf(`
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: parcel-desk-tls, namespace: parcel-desk}
spec: {secretName: parcel-desk-tls, dnsNames: [parcel-desk.demo.test], issuerRef: {name: letsencrypt-demo, kind: ClusterIssuer}}
status:
  notAfter: %q
  conditions: [{type: Ready, status: "True", reason: Ready, message: Certificate is up to date and has not expired}]
`, time.Now().Add(90*24*time.Hour).UTC().Format(time.RFC3339)))
}

func (w *world) close() {
	w.dns.Close()
	_ = w.web.Close()
}
