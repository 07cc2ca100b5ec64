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

// String is what was seen, with the likely cause.
func (f chainFault) String() string {
	if f.why == "" {
		return f.saw
	}
	return f.saw + ": " + f.why
}

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
	if usage := x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageKeyAgreement; leaf.KeyUsage != 0 && leaf.KeyUsage&usage == 0 {
		out = append(out, chainFault{forServers, "its key usage does not allow a server", "it may be an authority's certificate (key usage without digitalSignature)"})
	}
	if f := w.trust(chain); f != nil {
		out = append(out, *f)
	}
	return out
}

const forServers = "a certificate for servers"

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
	if err == nil {
		return nil
	}
	return w.refused(err, chain)
}

// refused says why a chain was refused with err.
func (w chainWant) refused(err error, chain []*x509.Certificate) *chainFault {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	switch {
	case errors.As(err, &name):
		f := wrongName(chain[0], name.Host)
		return &f
	case errors.As(err, &invalid):
		return w.invalid(invalid, chain[0])
	case errors.As(err, &unknown):
		return unknownAuthority(chain)
	}
	return &chainFault{"a chain that verifies", strings.TrimPrefix(err.Error(), "x509: "), ""}
}

func (w chainWant) invalid(err x509.CertificateInvalidError, leaf *x509.Certificate) *chainFault {
	switch err.Reason {
	case x509.Expired:
		what := "the certificate"
		if !err.Cert.Equal(leaf) {
			what = fmt.Sprintf("the authority %q", subjectName(err.Cert))
		}
		if f := w.lifetime(err.Cert, what); f != nil {
			return f
		}
		// What the error says ends with the present time, which is no stable fact.
		return &chainFault{"a chain that verifies", what + " was never valid at the same time as the certificate", "it is another authority than the one that issued it"}
	case x509.IncompatibleUsage:
		return &chainFault{forServers, "its key usage does not allow a server", "it may be a client's certificate (extended key usage without serverAuth)"}
	case x509.NotAuthorizedToSign:
		return noAuthority(err.Cert)
	}
	return &chainFault{"a chain that verifies", strings.TrimPrefix(err.Error(), "x509: "), ""}
}

func noAuthority(c *x509.Certificate) *chainFault {
	return &chainFault{"a chain of authorities", fmt.Sprintf("%q signed, and is no authority", subjectName(c)), ""}
}

// unknownAuthority tells apart why a chain leads to no root: the leaf vouches for itself, the root is unknown here,
// a link was not sent, or it is one that nobody accepts.
func unknownAuthority(chain []*x509.Certificate) *chainFault {
	last := chain[0]
	for range chain { // up the links that were sent, whatever their order
		i := slices.IndexFunc(chain, func(c *x509.Certificate) bool { return !c.Equal(last) && issued(c, last) })
		if i < 0 {
			break
		}
		parent := chain[i]
		switch {
		case parent.BasicConstraintsValid && !parent.IsCA, parent.KeyUsage != 0 && parent.KeyUsage&x509.KeyUsageCertSign == 0:
			return noAuthority(parent)
		case last.SignatureAlgorithm == x509.SHA1WithRSA, last.SignatureAlgorithm == x509.ECDSAWithSHA1:
			return &chainFault{"a chain that verifies", fmt.Sprintf("%q is signed with %s", subjectName(last), last.SignatureAlgorithm), "no client accepts SHA-1 any more"}
		}
		last = parent
	}
	const want = "a chain to a trusted root"
	switch {
	case issued(last, last) && last.Equal(chain[0]):
		return &chainFault{want, fmt.Sprintf("the certificate %q is self-signed", subjectName(last)), defaultCertificate(last)}
	case issued(last, last):
		return &chainFault{want, fmt.Sprintf("the root %q is not trusted here", subjectName(last)), "name a private authority with ca"}
	}
	why := "the server does not send the intermediate certificate; it needs the full chain"
	switch {
	case !last.Equal(chain[0]):
		why = "the authority is a private one: name it with ca; or the server leaves out another link"
	case len(last.IssuingCertificateURL) == 0:
		why += ", or the authority is a private one: name it with ca"
	}
	return &chainFault{want, fmt.Sprintf("the chain ends at %q: its issuer %q was not sent and is no trusted root", subjectName(last), issuerName(last)), why}
}

func issued(parent, child *x509.Certificate) bool {
	return bytes.Equal(parent.RawSubject, child.RawIssuer) && parent.CheckSignature(child.SignatureAlgorithm, child.RawTBSCertificate, child.Signature) == nil
}
