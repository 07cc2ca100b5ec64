package relay

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// The words of programs, in lower case, for what the network did; those of glibc, musl, busybox, Python and Node.
var (
	netWords = []struct {
		text string
		err  syscall.Errno
	}{
		{"connection refused", syscall.ECONNREFUSED},
		{"econnrefused", syscall.ECONNREFUSED},
		{"no route to host", syscall.EHOSTUNREACH},
		{"host is unreachable", syscall.EHOSTUNREACH},
		{"ehostunreach", syscall.EHOSTUNREACH},
		{"network is unreachable", syscall.ENETUNREACH},
		{"network unreachable", syscall.ENETUNREACH},
		{"enetunreach", syscall.ENETUNREACH},
		{"timed out", syscall.ETIMEDOUT},
		{"etimedout", syscall.ETIMEDOUT},
		{"connection reset", syscall.ECONNRESET},
		{"econnreset", syscall.ECONNRESET},
		{"broken pipe", syscall.EPIPE},
		{"epipe", syscall.EPIPE},
		{"operation not permitted", syscall.EPERM},
		{"eperm", syscall.EPERM},
		{"permission denied", syscall.EACCES},
		{"eacces", syscall.EACCES},
		{"cannot assign requested address", syscall.EADDRNOTAVAIL},
		{"address not available", syscall.EADDRNOTAVAIL},
		{"eaddrnotavail", syscall.EADDRNOTAVAIL},
		{"invalid argument", syscall.EINVAL},
		{"einval", syscall.EINVAL},
	}
	passingWords = []string{"temporary failure in name resolution", "try again", "eai_again"}
	unknownWords = []string{"name or service not known", "name does not resolve", "no address associated", "name has no usable address", "bad address", "enotfound", "eai_noname", "eai_nodata"}
)

// netError is what a program's words tell of the network; nil where they tell nothing.
func netError(words, host string) error {
	words = strings.ToLower(words)
	has := func(list []string) bool {
		for _, w := range list {
			if strings.Contains(words, w) {
				return true
			}
		}
		return false
	}
	switch {
	case has(passingWords):
		return &net.DNSError{Err: "temporary failure in name resolution", Name: host, IsTemporary: true}
	case has(unknownWords):
		return &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	for _, w := range netWords {
		if strings.Contains(words, w.text) {
			return w.err
		}
	}
	return nil
}

// refusal is why a program has ended without having connected.
func (c *conn) refusal(network, host string) error {
	words := c.status.words()
	if c.err != nil {
		return &Fault{c.err}
	}
	err := netError(words, host)
	var errno syscall.Errno
	switch {
	case !c.status.begun() || err == nil:
		return &Fault{fmt.Errorf("%s in the container ends with exit code %d: %s", c.status.tool.name, c.exit, orNothing(words))}
	case errors.As(err, &errno):
		err = os.NewSyscallError("connect", errno)
	}
	return &net.OpError{Op: "dial", Net: network, Addr: c.remote, Err: err}
}

// end is how a connection that was made has ended: io.EOF where the other side has closed it.
func (c *conn) end() error {
	if c.err != nil {
		return &Fault{c.err}
	}
	words := c.status.words()
	var errno syscall.Errno
	switch {
	case errors.As(netError(words, ""), &errno):
		return &net.OpError{Op: "read", Net: "tcp", Addr: c.remote, Err: os.NewSyscallError("read", errno)}
	case c.exit == 0:
		return io.EOF
	}
	return &Fault{fmt.Errorf("%s in the container ends with exit code %d: %s", c.status.tool.name, c.exit, orNothing(words))}
}

func orNothing(words string) string {
	if words == "" {
		return "it says nothing"
	}
	return words
}
