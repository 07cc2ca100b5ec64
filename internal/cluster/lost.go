package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"syscall"
)

// passing is whether waiting may mend the loss of a connection.
type passing int

const (
	passesIfKnown passing = iota // where the server has answered before; one that never did is taken for dead
	passes
	lasts
)

// lost words an error of the connection.
func (c *client) lost(err error) (text string, how passing) {
	var dns *net.DNSError
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, errSilent):
		return fmt.Sprintf("no answer within %s", c.timeout), passesIfKnown
	case errors.As(err, &dns) && dns.IsNotFound:
		return "no such host", passesIfKnown
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused", passesIfKnown
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "no route to host", passesIfKnown
	case errors.As(err, &op) && op.Op == "dial" && op.Timeout():
		return "no connection within " + firstDial.String(), passesIfKnown
	case errors.Is(err, context.DeadlineExceeded): // dialing that ran out of time is one as well
		return "no answer in time", passesIfKnown
	case errors.As(err, &cert):
		return certText(cert), lasts
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "the server does not speak TLS", lasts
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "the connection was lost", passes
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return oneLine(err), passesIfKnown
}

func certText(err *tls.CertificateVerificationError) string {
	var unknown x509.UnknownAuthorityError
	if errors.As(err.Err, &unknown) {
		return "the server's certificate is signed by an unknown authority"
	}
	return "the server's certificate: " + strings.TrimPrefix(oneLine(err.Err), "x509: ")
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
