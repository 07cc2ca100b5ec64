package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// TestTLS serves with a certificate, and nothing to those who speak plain HTTP.
func TestTLS(t *testing.T) {
	ca, err := testsrv.NewCA(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ca.Issue(testsrv.Leaf{Names: []string{"127.0.0.1"}})
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(t.Context(), t.TempDir()+"/hub.db")
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() {
		s := &Server{Store: st, Log: hclog.NewNullLogger()}
		done <- s.Serve(ctx, l, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	}()
	roots := x509.NewCertPool()
	roots.AddCert(ca.Root)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	c := &http.Client{Transport: transport, Timeout: time.Minute}
	res, err := c.Get("https://" + l.Addr().String() + "/v1/health")
	if err != nil || res.StatusCode != http.StatusOK {
		t.Error(res, err)
	} else {
		res.Body.Close()
	}
	if res, err := c.Get("http://" + l.Addr().String() + "/v1/health"); err == nil {
		res.Body.Close()
		if res.StatusCode != http.StatusBadRequest {
			t.Error(res.Status)
		}
	}
	transport.CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
