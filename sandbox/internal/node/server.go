package node

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"k8s.io/cri-streaming/pkg/streaming/portforward"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
)

const (
	idleTimeout   = time.Hour        // of a stream that nothing passes through
	streamTimeout = 30 * time.Second // for a client to open its streams
)

// serve answers the part of the kubelet's API that the API server asks for.
// Only the API server may call: whoever else could would run programs as our user.
func (n *Node) serve(listener net.Listener) error {
	authority, err := os.ReadFile(n.config.CA)
	if err != nil {
		return err
	}
	clients := x509.NewCertPool()
	if !clients.AppendCertsFromPEM(authority) {
		return fmt.Errorf("no certificate in %q", n.config.CA)
	}
	server := &http.Server{
		Handler: n.routes(),
		TLSConfig: &tls.Config{
			ClientAuth: tls.RequireAndVerifyClientCert,
			ClientCAs:  clients,
			NextProtos: []string{"http/1.1"}, // streams are upgraded connections, which HTTP/2 has not
		},
		ReadHeaderTimeout: streamTimeout,
	}
	return server.ServeTLS(listener, n.config.Cert, n.config.Key)
}

func (n *Node) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", n.serveLogs)
	mux.HandleFunc("/exec/{namespace}/{pod}/{container}", n.serveExec)
	mux.HandleFunc("/portForward/{namespace}/{pod}", n.servePortForward)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "this node does not serve "+r.URL.Path, http.StatusNotImplemented)
	})
	return mux
}

func (n *Node) serveExec(w http.ResponseWriter, r *http.Request) {
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if options.TTY {
		http.Error(w, "this node has no terminals: run it without -t", http.StatusNotImplemented)
		return
	}
	c, err := n.find(r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	w, r, stop := untilDisconnected(w, r)
	defer stop()
	remotecommand.ServeExec(w, r, c, "", "", "", r.URL.Query()["command"], options, idleTimeout, streamTimeout, remotecommand.SupportedStreamingProtocols)
}

func (n *Node) servePortForward(w http.ResponseWriter, r *http.Request) {
	options, err := portforward.NewV4Options(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	p, err := n.findPod(r.PathValue("namespace"), r.PathValue("pod"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	portforward.ServePortForward(w, r, p, "", "", options, idleTimeout, streamTimeout, portforward.SupportedProtocols)
}
