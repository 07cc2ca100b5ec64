package steps

import (
	"bytes"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// chainWant is what a chain of certificates must hold; tls and http share it.
type chainWant struct {
	names []string       // each must be covered
	roots *x509.CertPool // nil: this machine's
	now   time.Time
}

// chainFault is one fault of a chain, with the likely cause.
type chainFault struct{ want, saw, why string }

// faults returns everything that is wrong with the chain that a server sent; nothing where it verifies (RFC 5280, 6125).
// Time, names and trust are looked at apart, so that an expired certificate of an unknown authority tells both.
func (w chainWant) faults(chain []*x509.Certificate) (out []chainFault) {
	if len(chain) == 0 {
		return []chainFault{{"a certificate", "the server sent none", ""}}
	}
	leaf := chain[0]
	if f := w.lifetime(leaf, "the certificate"); f != nil {
		out = append(out, *f)
	}
	for _, name := range w.names {
		if leaf.VerifyHostname(name) != nil {
			out = append(out, wrongName(leaf, name))
		}
	}
	if f := w.trust(chain); f != nil {
		out = append(out, *f)
	}
	return out
}

func (w chainWant) lifetime(c *x509.Certificate, what string) *chainFault {
	switch {
	case w.now.After(c.NotAfter):
		return &chainFault{what + " is valid", what + " expired on " + day(c.NotAfter), "it was not renewed, or the server was not reloaded"}
	case w.now.Before(c.NotBefore):
		return &chainFault{what + " is valid", what + " is not valid before " + day(c.NotBefore), "a clock is wrong, here or where it was issued"}
	}
	return nil
}

func wrongName(leaf *x509.Certificate, name string) chainFault {
	names := strings.Join(certNames(leaf), ", ")
	if names == "" {
		names = "no name (a common name alone does not count)"
	}
	return chainFault{"a certificate for " + name, "it is for " + names, defaultCertificate(leaf)}
}

// trust looks whether the chain leads to a root, at a moment when the leaf itself is valid.
func (w chainWant) trust(chain []*x509.Certificate) *chainFault {
	leaf, at := chain[0], w.now
	if at.After(leaf.NotAfter) || at.Before(leaf.NotBefore) {
		at = leaf.NotAfter
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: w.roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &invalid):
		return w.invalid(invalid, leaf)
	case errors.As(err, &unknown):
		return unknownAuthority(chain)
	}
	return &chainFault{"a chain that verifies", strings.TrimPrefix(err.Error(), "x509: "), ""}
}

func (w chainWant) invalid(err x509.CertificateInvalidError, leaf *x509.Certificate) *chainFault {
	switch err.Reason {
	case x509.Expired:
		if f := w.lifetime(err.Cert, fmt.Sprintf("the authority %q", subjectName(err.Cert))); f != nil {
			return f
		}
	case x509.IncompatibleUsage:
		return &chainFault{"a certificate for servers", "its key usage does not allow a server", "it may be a client's certificate (extended key usage without serverAuth)"}
	case x509.NotAuthorizedToSign:
		return &chainFault{"a chain of authorities", fmt.Sprintf("%q signed, and is no authority", issuerName(leaf)), ""}
	}
	return &chainFault{"a chain that verifies", strings.TrimPrefix(err.Error(), "x509: "), ""}
}

// unknownAuthority tells apart why a chain leads to no root: the leaf vouches for itself, the root is unknown here,
// or a link was not sent.
func unknownAuthority(chain []*x509.Certificate) *chainFault {
	last := chain[0]
	for range chain { // up the links that were sent, whatever their order
		i := slices.IndexFunc(chain, func(c *x509.Certificate) bool { return !c.Equal(last) && issued(c, last) })
		if i < 0 {
			break
		}
		last = chain[i]
	}
	const want = "a chain to a trusted root"
	switch {
	case issued(last, last) && last.Equal(chain[0]):
		return &chainFault{want, fmt.Sprintf("the certificate %q is self-signed", subjectName(last)), defaultCertificate(last)}
	case issued(last, last):
		return &chainFault{want, fmt.Sprintf("the root %q is not trusted here", subjectName(last)), "name a private authority with ca"}
	}
	why := "the server does not send the intermediate certificate; it needs the full chain"
	if len(last.IssuingCertificateURL) == 0 {
		why += ", or the authority is a private one: name it with ca"
	}
	return &chainFault{want, fmt.Sprintf("the chain ends at %q: its issuer %q was not sent and is no trusted root", subjectName(last), issuerName(last)), why}
}

func issued(parent, child *x509.Certificate) bool {
	return bytes.Equal(parent.RawSubject, child.RawIssuer) && parent.CheckSignature(child.SignatureAlgorithm, child.RawTBSCertificate, child.Signature) == nil
}
