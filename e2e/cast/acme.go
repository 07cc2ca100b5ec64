package cast

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// ACME is pebble: an authority that issues certificates by the protocol of Let's Encrypt.
type ACME struct {
	Directory string // its URL
	Root      []byte // in PEM; made anew with every start

	program    *Program
	management string
	client     *http.Client
}

// StartACME starts the program until ctx ends. It is reached as host, which stands for address, and asks the DNS server
// at resolver for the names that it validates.
func StartACME(ctx context.Context, program, dir, host, address, resolver string, ca *testsrv.CA) (*ACME, error) {
	cert, err := ca.Issue(testsrv.Leaf{Names: []string{host, address}})
	if err != nil {
		return nil, err
	}
	chain, key, err := pemOf(cert)
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress": address + ":14000", "managementListenAddress": address + ":15000",
		"certificate": filepath.Join(dir, "acme.crt"), "privateKey": filepath.Join(dir, "acme.key"),
		"httpPort": 80, "tlsPort": 443, "keyAlgorithm": "rsa",
		"retryAfter": map[string]int{"authz": 1, "order": 1},
		"profiles":   map[string]any{"default": map[string]any{"description": "90 days", "validityPeriod": 90 * 24 * 3600}},
	}})
	if err != nil {
		return nil, err
	}
	for name, text := range map[string][]byte{"acme.crt": chain, "acme.key": key, "acme.json": config} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return nil, err
		}
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.Root)
	a := &ACME{
		Directory: "https://" + host + ":14000/dir", management: "https://" + address + ":15000",
		client: &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}},
	}
	a.program, err = StartProgram(ctx, filepath.Join(dir, "acme.log"), []string{"PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0", "PEBBLE_AUTHZREUSE=0"},
		program, "-config", filepath.Join(dir, "acme.json"), "-dnsserver", resolver)
	if err != nil {
		return nil, err
	}
	err = Until(ctx, func() (err error) {
		a.Root, err = a.get(ctx, "/roots/0")
		return err
	})
	return a, err
}

func (a *ACME) get(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.management+path, nil)
	if err != nil {
		return nil, err
	}
	answer, err := a.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, errors.New(answer.Status)
	}
	return io.ReadAll(answer.Body)
}

// Expired returns a certificate that the authority could have issued long ago, and its key, in PEM.
func (a *ACME) Expired(ctx context.Context, host string) (chain, key []byte, err error) {
	issuerPEM, err := a.get(ctx, "/intermediates/0")
	if err != nil {
		return nil, nil, err
	}
	keyPEM, err := a.get(ctx, "/intermediate-keys/0")
	if err != nil {
		return nil, nil, err
	}
	issuer, issuerKey, err := authority(issuerPEM, keyPEM)
	if err != nil {
		return nil, nil, err
	}
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
		NotBefore: time.Now().Add(-90 * 24 * time.Hour), NotAfter: time.Now().Add(-2 * time.Second), // the authority is not much older
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, issuer, own.Public(), issuerKey)
	if err != nil {
		return nil, nil, err
	}
	chain, key, err = pemOf(tls.Certificate{Certificate: [][]byte{der}, PrivateKey: own})
	return append(chain, issuerPEM...), key, err
}

func authority(certPEM, keyPEM []byte) (*x509.Certificate, crypto.Signer, error) {
	c, _ := pem.Decode(certPEM)
	k, _ := pem.Decode(keyPEM)
	if c == nil || k == nil {
		return nil, nil, errors.New("the authority's certificate or key is not in PEM")
	}
	cert, err := x509.ParseCertificate(c.Bytes)
	if err != nil {
		return nil, nil, err
	}
	for _, parse := range []func([]byte) (any, error){
		x509.ParsePKCS8PrivateKey,
		func(b []byte) (any, error) { return x509.ParseECPrivateKey(b) },
		func(b []byte) (any, error) { return x509.ParsePKCS1PrivateKey(b) },
	} {
		if key, err := parse(k.Bytes); err == nil {
			if signer, ok := key.(crypto.Signer); ok {
				return cert, signer, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("the authority's key is a %s of another form", k.Type)
}

// pemOf returns a certificate's chain and its key in PEM.
func pemOf(cert tls.Certificate) (chain, key []byte, err error) {
	var b bytes.Buffer
	for _, der := range cert.Certificate {
		_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der}) // a buffer takes all
	}
	der, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	return b.Bytes(), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), err
}
