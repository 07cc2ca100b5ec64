// Package testsrv holds the servers that tests look at: certificates of an own authority, DNS zones, an HTTP site and
// servers that misbehave in one way each. All listen on loopback, on ports that the system picks; nothing needs the internet.
// It is imported by tests only.
package testsrv

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// CA is an authority with a root and an intermediate certificate.
type CA struct {
	File  string // the root in PEM
	Root  *x509.Certificate
	Inter *x509.Certificate

	rootKey, interKey *ecdsa.PrivateKey
}

// Leaf says what certificate is wanted. The zero value is valid from an hour ago, for 90 days and for no name.
type Leaf struct {
	Names     []string      // DNS names and IP addresses
	NotBefore time.Duration // from now
	NotAfter  time.Duration // from now

	SelfSigned bool // by itself
	Direct     bool // by the root, without the intermediate
	Lone       bool // the intermediate is not sent
	WithRoot   bool // the root is sent, too
	ByLeaf     bool // by another leaf, "Test Server", which is no authority
	SHA1       bool // signed with SHA-1
	Client     bool // for clients, not for servers
	Signer     bool // for signing certificates, by its key usage
	CommonName string
}

// NewCA makes an authority and writes its root to dir/ca.pem.
func NewCA(dir string) (ca *CA, err error) {
	ca = &CA{File: filepath.Join(dir, "ca.pem")}
	root := authority("Test Root")
	if ca.Root, ca.rootKey, err = issue(root, nil, nil); err != nil {
		return nil, err
	}
	inter := authority("Test Intermediate")
	inter.Subject.Organization = []string{"Test Trust"}
	if ca.Inter, ca.interKey, err = issue(inter, ca.Root, ca.rootKey); err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Root.Raw})
	return ca, os.WriteFile(ca.File, text, 0o644)
}

// Issue makes the certificate and the chain that a server would send.
func (ca *CA) Issue(l Leaf) (tls.Certificate, error) {
	if l.NotBefore == 0 {
		l.NotBefore = -time.Hour
	}
	if l.NotAfter == 0 {
		l.NotAfter = 90 * 24 * time.Hour
	}
	parent, key := ca.Inter, ca.interKey
	switch {
	case l.SelfSigned:
		parent, key = nil, nil
	case l.Direct:
		parent, key = ca.Root, ca.rootKey
	}
	if l.ByLeaf {
		var err error
		if parent, key, err = issue(Leaf{CommonName: "Test Server", NotAfter: l.NotAfter}.template(), ca.Inter, ca.interKey); err != nil {
			return tls.Certificate{}, err
		}
	}
	cert, own, err := issue(l.template(), parent, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	chain := [][]byte{cert.Raw}
	if l.ByLeaf {
		chain = append(chain, parent.Raw)
	}
	if (parent == ca.Inter || l.ByLeaf) && !l.Lone {
		chain = append(chain, ca.Inter.Raw)
	}
	if l.WithRoot {
		chain = append(chain, ca.Root.Raw)
	}
	return tls.Certificate{Certificate: chain, PrivateKey: own, Leaf: cert}, nil
}

func (l Leaf) template() *x509.Certificate {
	now := time.Now()
	t := &x509.Certificate{
		Subject:     pkix.Name{CommonName: l.CommonName},
		NotBefore:   now.Add(l.NotBefore),
		NotAfter:    now.Add(l.NotAfter),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	t.BasicConstraintsValid = true
	if l.SHA1 {
		t.SignatureAlgorithm = x509.ECDSAWithSHA1
	}
	if l.Signer {
		t.KeyUsage = x509.KeyUsageCertSign
	}
	if l.Client {
		t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	for _, name := range l.Names {
		if ip := net.ParseIP(name); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, name)
		}
	}
	if t.Subject.CommonName == "" && len(l.Names) > 0 {
		t.Subject.CommonName = l.Names[0]
	}
	return t
}

func authority(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject:   pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-10 * 365 * 24 * time.Hour),
		NotAfter:  time.Now().Add(10 * 365 * 24 * time.Hour),
		KeyUsage:  x509.KeyUsageCertSign, IsCA: true, BasicConstraintsValid: true,
	}
}

// issue signs t by parent, or by itself where there is none.
func issue(t, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if t.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		return nil, nil, err
	}
	if parent == nil {
		parent, parentKey = t, key
	}
	der, err := x509.CreateCertificate(rand.Reader, t, parent, key.Public(), parentKey)
	if err != nil {
		return nil, nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return cert, key, err
}
