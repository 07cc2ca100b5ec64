package api

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub/certs"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
	"gitea.coulomb.social/coulomb/wpctl/internal/testtools"
)

// acmeHub is a hub that gets its certificates from a real authority, which looks at the hub itself.
type acmeHub struct {
	t      *testing.T
	ca     *testsrv.Pebble
	roots  *x509.CertPool
	config certs.ACME
	store  *store.Store
	stop   func()
}

const acmeName = "hub.example.test"

// newACME starts one, and an authority whose certificates last for a while.
func newACME(t *testing.T, lasts time.Duration) (*acmeHub, net.Listener) {
	t.Helper()
	program := testtools.Pebble(t)
	names, err := testsrv.StartDNS(testsrv.Zone{Records: acmeName + ". 60 IN A 127.0.0.1\n"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(names.Close)
	h := &acmeHub{t: t}
	if h.store, err = store.Open(t.Context(), filepath.Join(t.TempDir(), "hub.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.store.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	dir := t.TempDir()
	if h.ca, err = testsrv.StartPebble(ctx, program, dir, names.Addrs[0], l.Addr().(*net.TCPAddr).Port, lasts); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.ca.Close()
		if t.Failed() {
			said, _ := os.ReadFile(filepath.Join(dir, "pebble.log"))
			t.Logf("%s", said)
		}
	})
	if h.roots, err = h.ca.Root(); err != nil {
		t.Fatal(err)
	}
	h.config = certs.ACME{Names: []string{acmeName}, Email: "ops@example.test", Directory: h.ca.Directory, Roots: h.ca.CA, Folder: filepath.Join(t.TempDir(), "acme")}
	return h, l
}

// serve answers at l until stop is called.
func (h *acmeHub) serve(l net.Listener) *tls.Config {
	h.t.Helper()
	cfg, err := h.config.TLS()
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- (&Server{Store: h.store, Log: hclog.NewNullLogger()}).Serve(ctx, l, cfg) }()
	h.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			h.t.Error(err)
		}
	})
	h.t.Cleanup(h.stop)
	return cfg
}

// certificate is what the hub shows under a name, where it is healthy.
func (h *acmeHub) certificate(address, name string) (*x509.Certificate, error) {
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: h.roots, ServerName: name}, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport, Timeout: time.Minute}).Get("https://" + address + "/v1/health")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || res.ProtoMajor != 2 {
		h.t.Error(res.Status, res.Proto)
	}
	return res.TLS.PeerCertificates[0], nil
}

// TestACME gets a certificate; and takes it from the folder after a new start, when the authority is not there.
func TestACME(t *testing.T) {
	h, l := newACME(t, 90*24*time.Hour)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := certs.Ready(ctx, h.serve(l), h.config.Names); err != nil {
		t.Fatal(err)
	}
	if _, err := h.certificate(l.Addr().String(), acmeName); err != nil {
		t.Error(err)
	}
	if _, err := h.certificate(l.Addr().String(), "other.example.test"); err == nil {
		t.Error("a certificate for a name that nobody allowed")
	}
	h.stop()
	h.ca.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.serve(l)
	if _, err := h.certificate(l.Addr().String(), acmeName); err != nil {
		t.Error(err)
	}
	files, err := os.ReadDir(h.config.Folder)
	if err != nil || len(files) < 2 {
		t.Error(files, err)
	}
	for _, file := range files {
		if info, err := file.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Error(file.Name(), info.Mode(), err)
		}
	}
}

// TestACMERenewal has a certificate that is renewed while the hub serves: before its end, and nobody is refused.
func TestACMERenewal(t *testing.T) {
	t.Parallel()
	h, l := newACME(t, 45*time.Second)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	if err := certs.Ready(ctx, h.serve(l), h.config.Names); err != nil {
		t.Fatal(err)
	}
	first, err := h.certificate(l.Addr().String(), acmeName)
	if err != nil {
		t.Fatal(err)
	}
	for ctx.Err() == nil {
		now, err := h.certificate(l.Addr().String(), acmeName)
		if err != nil {
			t.Fatalf("after %s: %v", time.Since(first.NotBefore), err)
		}
		if now.SerialNumber.Cmp(first.SerialNumber) != 0 && now.NotAfter.After(first.NotAfter) {
			return
		}
		time.Sleep(300 * time.Millisecond)
	}
	t.Fatal("it was not renewed")
}
