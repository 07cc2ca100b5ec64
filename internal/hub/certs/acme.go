package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// ACME gets certificates for names that lead to this server, and renews them in time.
// The authority looks at port 443 of the name (TLS-ALPN-01): no other port is needed.
type ACME struct {
	Names     []string // the only ones for which certificates are asked for
	Email     string   // where the authority writes to; may be empty
	Directory string   // the authority's address; "" is Let's Encrypt
	Roots     string   // a file with the authorities that the directory's own certificate is from; "" are the system's
	Folder    string   // where the account's key and the certificates are kept
}

// LetsEncrypt is the directory of the authority that is asked where none is named.
const LetsEncrypt = acme.LetsEncryptURL

// TLS is the configuration of a server that shows the certificates. Those who build it agree to the authority's terms.
func (a ACME) TLS() (*tls.Config, error) {
	for _, name := range a.Names {
		if net.ParseIP(name) != nil || !strings.Contains(strings.Trim(name, "."), ".") || strings.ContainsAny(name, "*/:@ ") {
			return nil, fmt.Errorf("wanted a name in the DNS such as hub.example.org, found %q", name)
		}
	}
	if len(a.Names) == 0 {
		return nil, errors.New("no name")
	}
	if a.Directory == "" {
		a.Directory = LetsEncrypt
	}
	if u, err := url.Parse(a.Directory); err != nil || u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("the directory: wanted an https:// address")
	}
	client, err := a.client()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(a.Folder, 0o700); err != nil {
		return nil, err
	}
	m := &autocert.Manager{
		Prompt: autocert.AcceptTOS, HostPolicy: autocert.HostWhitelist(a.Names...), Email: a.Email, Cache: autocert.DirCache(a.Folder),
		Client: &acme.Client{DirectoryURL: a.Directory, HTTPClient: client, UserAgent: "wpctl-hub"},
	}
	cfg := m.TLSConfig()
	cfg.MinVersion = tls.VersionTLS12
	return cfg, nil
}

func (a ACME) client() (*http.Client, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone() //nolint:forcetypeassert // it is one
	if a.Roots != "" {
		text, err := os.ReadFile(a.Roots)
		if err != nil {
			return nil, err
		}
		roots := x509.NewCertPool()
		if !roots.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", a.Roots)
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: wary{transport}, Timeout: time.Minute}, nil
}

// maxAnswer bounds what an authority may answer: a chain of certificates is the longest of it.
const maxAnswer = 4 << 20

// wary speaks TLS alone, wherever an authority leads it, and reads no more than an authority has to say: the library
// takes answers as long as they are.
type wary struct{ next http.RoundTripper }

func (w wary) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" {
		return nil, fmt.Errorf("it leads to %s, which is not https", r.URL.Redacted())
	}
	res, err := w.next.RoundTrip(r)
	if err == nil {
		res.Body = http.MaxBytesReader(nil, res.Body, maxAnswer)
	}
	return res, err
}

// Ready gets the certificates of all names, before anybody asks for them: so what is wrong is told at the start. The
// server has to answer meanwhile, since the authority looks at it.
func Ready(ctx context.Context, cfg *tls.Config, names []string) error {
	var errs []error
	for _, name := range names {
		hello := &tls.ClientHelloInfo{
			ServerName: name, SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
			SupportedCurves: []tls.CurveID{tls.CurveP256}, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
		}
		got := make(chan error, 1)
		go func() {
			_, err := cfg.GetCertificate(hello)
			got <- err
		}()
		select {
		case err := <-got:
			if err != nil {
				errs = append(errs, fmt.Errorf("the certificate for %s: %w", name, err))
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return errors.Join(errs...)
}
