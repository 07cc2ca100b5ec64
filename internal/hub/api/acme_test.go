package api

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub/certs"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
	"gitea.coulomb.social/coulomb/wpctl/internal/testtools"
)

// TestACME gets a certificate from a real authority, which looks at the hub itself; and takes it from the folder after
// a new start, when the authority is not there.
func TestACME(t *testing.T) {
	program := testtools.Pebble(t)
	names, err := testsrv.StartDNS(testsrv.Zone{Records: "hub.example.test. 60 IN A 127.0.0.1\n"})
	if err != nil {
		t.Fatal(err)
	}
	defer names.Close()
	st, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "hub.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	ca, err := testsrv.StartPebble(ctx, program, dir, names.Addrs[0], l.Addr().(*net.TCPAddr).Port)
	if err != nil {
		t.Fatal(err)
	}
	closed := false
	defer func() {
		if !closed {
			ca.Close()
		}
	}()
	roots, err := ca.Root()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "acme")
	a := certs.ACME{Names: []string{"hub.example.test"}, Email: "ops@example.test", Directory: ca.Directory, Roots: ca.CA, Folder: folder}
	serve := func(l net.Listener) (*tls.Config, func()) {
		cfg, err := a.TLS()
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- (&Server{Store: st, Log: hclog.NewNullLogger()}).Serve(ctx, l, cfg) }()
		return cfg, func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	}
	healthy := func(address, name string) error {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: name}, ForceAttemptHTTP2: true}
		defer transport.CloseIdleConnections()
		res, err := (&http.Client{Transport: transport, Timeout: time.Minute}).Get("https://" + address + "/v1/health")
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK || res.ProtoMajor != 2 {
			t.Error(res.Status, res.Proto)
		}
		return nil
	}
	cfg, stop := serve(l)
	if err := certs.Ready(ctx, cfg, a.Names); err != nil {
		said, _ := os.ReadFile(filepath.Join(dir, "pebble.log"))
		t.Fatalf("%v\n%s", err, said)
	}
	if err := healthy(l.Addr().String(), "hub.example.test"); err != nil {
		t.Error(err)
	}
	if err := healthy(l.Addr().String(), "other.example.test"); err == nil {
		t.Error("a certificate for a name that nobody allowed")
	}
	stop()
	ca.Close()
	closed = true
	if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	_, stop = serve(l)
	defer stop()
	if err := healthy(l.Addr().String(), "hub.example.test"); err != nil {
		t.Error(err)
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) < 2 {
		t.Error(files, err)
	}
	for _, file := range files {
		if info, err := file.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Error(file.Name(), info.Mode(), err)
		}
	}
}
