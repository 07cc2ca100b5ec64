package steps

import (
	"crypto/tls"
	"crypto/x509"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// defaultCertificate recognises what ingress controllers serve for want of a certificate.
func defaultCertificate(c *x509.Certificate) string {
	switch c.Subject.CommonName {
	case "TRAEFIK DEFAULT CERT", "Kubernetes Ingress Controller Fake Certificate":
		return "the ingress controller serves its default certificate: it has none for this name"
	}
	return ""
}

func chainMismatches(faults []chainFault) (ms []Mismatch, why []string) {
	for _, f := range faults {
		ms, why = append(ms, Mismatch{f.want, f.saw}), append(why, f.why)
	}
	return ms, why
}

func certNames(c *x509.Certificate) []string {
	names := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

func subjectName(c *x509.Certificate) string {
	if c.Subject.CommonName != "" {
		return c.Subject.CommonName
	}
	return c.Subject.String()
}

// issuerName returns the issuer's common name, which is what people know it by: R3, WE1.
func issuerName(c *x509.Certificate) string {
	if c.Issuer.CommonName != "" {
		return c.Issuer.CommonName
	}
	return c.Issuer.String()
}

func tlsVersion(v uint16) string { return strings.TrimPrefix(tls.VersionName(v), "TLS ") }

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func siteNow(at check.Site) time.Time {
	if at.Now != nil {
		return at.Now()
	}
	return time.Now()
}
