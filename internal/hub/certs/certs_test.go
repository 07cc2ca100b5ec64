package certs

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

func write(t *testing.T, dir string, cert tls.Certificate) {
	t.Helper()
	var chain []byte
	for _, der := range cert.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"cert.pem": chain, "key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFilesAreReplaced shows a new certificate without a new start, and the old one as long as the new is broken.
func TestFilesAreReplaced(t *testing.T) {
	dir := t.TempDir()
	ca, err := testsrv.NewCA(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	issue := func() tls.Certificate {
		cert, err := ca.Issue(testsrv.Leaf{Names: []string{"hub.example"}})
		if err != nil {
			t.Fatal(err)
		}
		return cert
	}
	told := 0
	f := &Files{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem"), Failed: func(error) { told++ }}
	if _, err := f.TLS(); err == nil {
		t.Error("files that are not there were read")
	}
	first, second := issue(), issue()
	write(t, dir, first)
	cfg, err := f.TLS()
	if err != nil {
		t.Fatal(err)
	}
	shows := func(want tls.Certificate) {
		t.Helper()
		f.mu.Lock()
		f.asked = time.Time{} // as if it were later
		f.mu.Unlock()
		got, err := cfg.GetCertificate(nil)
		if err != nil || !bytes.Equal(got.Certificate[0], want.Certificate[0]) {
			t.Error("another certificate", err)
		}
	}
	shows(first)
	if err := os.WriteFile(f.Cert, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	shows(first)
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	write(t, dir, second)
	shows(second)
	if err := os.Remove(f.Key); err != nil {
		t.Fatal(err)
	}
	shows(second)
}

func TestACMEIsAskedForNames(t *testing.T) {
	for _, name := range []string{"", "localhost", "127.0.0.1", "::1", "*.example.org", "https://hub.example.org", "hub.example.org:443", "a b.example"} {
		if _, err := (ACME{Names: []string{name}, Folder: t.TempDir()}).TLS(); err == nil {
			t.Errorf("%q was taken", name)
		}
	}
	for _, a := range []ACME{
		{},
		{Names: []string{"hub.example.org"}, Directory: "http://ca.example.org"},
		{Names: []string{"hub.example.org"}, Roots: "missing.pem"},
	} {
		a.Folder = t.TempDir()
		if _, err := a.TLS(); err == nil {
			t.Errorf("%+v was taken", a)
		}
	}
}
