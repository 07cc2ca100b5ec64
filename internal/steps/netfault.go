package steps

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/relay"
)

// What a broken exchange proves is decided here, once for http, tls and tcp.
// A refused, reset or closed connection and an answer in another protocol are things that the other side was seen
// to do: findings. A name that does not resolve, no route and no answer in time tell nothing about the server: errors.

// netSeen says what err shows of the other side; ok is false where it shows nothing.
func netSeen(err error) (saw string, ok bool) {
	var record tls.RecordHeaderError
	var op *net.OpError
	switch {
	case blind(err):
		return "", false
	case errors.As(err, &op) && op.Op == "proxyconnect": // the proxy was seen, not the server
		return "", false
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused", true
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record) && string(record.RecordHeader[:]) == "HTTP/":
		return "plain HTTP instead of TLS", true
	case errors.As(err, &record), strings.Contains(err.Error(), "first record does not look like a TLS handshake"):
		return "something else than TLS", true
	case errors.As(err, &op) && op.Op == "remote error":
		return "the TLS handshake was refused: " + strings.TrimPrefix(op.Err.Error(), "tls: "), true
	case strings.Contains(err.Error(), "malformed HTTP"), strings.Contains(err.Error(), "malformed MIME header"):
		return "something else than HTTP", true
	case strings.Contains(err.Error(), "server closed idle connection"), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed without an answer", true
	}
	return "", false
}

// blind tells whether err is about how we look and not about what we look at: a look from inside a cluster needs a
// pod and what is in it.
func blind(err error) bool {
	var fault *relay.Fault
	return errors.As(err, &fault)
}

// netWhy adds to what netSeen said what an operator would think of next.
func netWhy(saw string) []string {
	switch {
	case saw == "connection refused":
		return []string{"nothing listens there"}
	case strings.HasPrefix(saw, "plain HTTP"):
		return []string{"this port speaks http://, not https://"}
	case strings.Contains(saw, "protocol version"):
		return []string{"the server speaks no version of TLS that is still accepted"}
	case strings.Contains(saw, "unrecognized name"):
		return []string{"the server has no certificate for this name"}
	case strings.Contains(saw, "certificate required"), strings.Contains(saw, "bad certificate"):
		return []string{"the server may want a client certificate"}
	}
	return nil
}

// waitError tells an error in words of our own: what was being waited for when the time was over.
type waitError struct {
	what string
	err  error
}

func (w *waitError) Error() string { return w.what }
func (w *waitError) Unwrap() error { return w.err }

// netError makes an error of a look that found nothing out: what it waited for, where time ran out,
// else what failed, in one line.
func netError(ctx context.Context, waitedFor, doing string, err error) error {
	var timeout net.Error
	if blind(err) {
		return err
	}
	if ctx.Err() != nil {
		return &waitError{waitedFor, ctx.Err()}
	}
	if errors.As(err, &timeout) && timeout.Timeout() {
		return &waitError{waitedFor, fmt.Errorf("%w: %w", context.DeadlineExceeded, err)}
	}
	var name *net.DNSError
	if errors.As(err, &name) {
		return fmt.Errorf("%s: the name %s does not resolve: %w", doing, name.Name, &dnsReason{name})
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "proxyconnect" {
		doing += ": connect to the proxy"
	}
	return fmt.Errorf("%s: %w", doing, netCause(err))
}

// netCause shortens an error of the network to its cause: the rest names local ports, which differ each time.
func netCause(err error) error {
	var cert *tls.CertificateVerificationError
	if errors.As(err, &cert) && len(cert.UnverifiedCertificates) > 0 {
		return &waitError{chainWant{now: time.Now()}.refused(cert.Err, cert.UnverifiedCertificates).String(), err}
	}
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	var call *os.SyscallError
	if errors.As(err, &call) {
		err = call.Err
	}
	return err
}

// netErrors joins errors in one line; nil where there are none.
func netErrors(errs []error) error {
	var texts joined
	for _, err := range errs {
		if err != nil {
			texts.add(err.Error())
		}
	}
	if len(texts) == 0 {
		return nil
	}
	return &waitError{strings.Join(texts, "; "), errors.Join(errs...)}
}

// dnsReason shortens a *net.DNSError to its reason: the resolver's address differs between machines.
type dnsReason struct{ *net.DNSError }

func (d *dnsReason) Error() string { return d.Err }

// netFault makes of a failure one that all steps share which see the same of a server: a broken exchange, a bad chain.
func netFault(server string, r check.Result, faults []Mismatch) check.Result {
	var saws joined
	for _, m := range faults {
		saws.add(m.Saw)
	}
	r.Fault = server + ": " + strings.Join(saws, "; ")
	return r
}

// netVerdict makes a result of what was seen and what was not as wanted.
func netVerdict(saw string, ms []Mismatch, why []string, self any) check.Result {
	r := check.Result{OK: len(ms) == 0, Saw: saw, Self: self}
	if r.OK {
		return r
	}
	var wants, saws joined
	saws.add(saw)
	for _, m := range ms {
		wants.add(m.Want)
		if !strings.Contains(saw, m.Saw) {
			saws.add(m.Saw)
		}
	}
	r.Want, r.Saw = strings.Join(wants, "; "), strings.Join(saws, "; ")
	for _, w := range why {
		(*joined)(&r.Why).add(w)
	}
	return r
}

// joined is a list of distinct texts.
type joined []string

func (j *joined) add(s string) {
	for _, have := range *j {
		if have == s {
			return
		}
	}
	if s != "" {
		*j = append(*j, s)
	}
}
