package steps

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strings"
	"time"
)

// tlsSelf is what a tls step saw.
type tlsSelf struct {
	Version  string    `json:"version" doc:"such as 1.3"`
	Cipher   string    `json:"cipher" doc:"the cipher suite"`
	Chain    []tlsCert `json:"chain" doc:"as sent, the server's own first"`
	DaysLeft int       `json:"daysLeft" doc:"days until the certificate of the server ends"`
	NotAfter string    `json:"notAfter" doc:"when that is, RFC 3339"`
	Issuer   string    `json:"issuer" doc:"who issued the server's certificate"`
	Names    []string  `json:"names" doc:"that it is for"`
	Valid    bool      `json:"valid" doc:"it verifies now, for all names"`
	Remote   string    `json:"remote" doc:"the address that answered"`

	organisation string // of the issuer, else its common name
}

// tlsCert is one certificate of a chain.
type tlsCert struct {
	Subject   string   `json:"subject" doc:"whose it is"`
	Issuer    string   `json:"issuer" doc:"who issued it"`
	NotBefore string   `json:"notBefore" doc:"when it begins, RFC 3339"`
	NotAfter  string   `json:"notAfter" doc:"when it ends, RFC 3339"`
	Names     []string `json:"names" doc:"that it is for"`
	Serial    string   `json:"serial" doc:"hexadecimal"`
}

func newTLSSelf(state tls.ConnectionState, now time.Time) tlsSelf {
	self := tlsSelf{Version: tlsVersion(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite), Chain: []tlsCert{}, Names: []string{}}
	for _, c := range state.PeerCertificates {
		self.Chain = append(self.Chain, tlsCert{
			Subject: c.Subject.String(), Issuer: c.Issuer.String(), Names: certNames(c), Serial: c.SerialNumber.Text(16),
			NotBefore: c.NotBefore.UTC().Format(time.RFC3339), NotAfter: c.NotAfter.UTC().Format(time.RFC3339),
		})
	}
	if len(state.PeerCertificates) > 0 {
		leaf := state.PeerCertificates[0]
		if self.organisation = issuerName(leaf); len(leaf.Issuer.Organization) > 0 {
			self.organisation = leaf.Issuer.Organization[0]
		}
		self.NotAfter, self.Issuer, self.Names = self.Chain[0].NotAfter, issuerName(leaf), certNames(leaf)
		self.DaysLeft = int(leaf.NotAfter.Sub(now).Hours()) / 24
	}
	return self
}

// issuerHas tells whether the issuer's common name or an organisation of it contains part.
func issuerHas(c *x509.Certificate, part string) bool {
	return slices.ContainsFunc(append([]string{c.Issuer.CommonName}, c.Issuer.Organization...), func(s string) bool {
		return strings.Contains(s, part)
	})
}

// issuerWords names the issuer with its organisation: R3 (Let's Encrypt).
func issuerWords(c *x509.Certificate) string {
	if len(c.Issuer.Organization) == 0 || c.Issuer.CommonName == "" {
		return issuerName(c)
	}
	return c.Issuer.CommonName + " (" + c.Issuer.Organization[0] + ")"
}
