package steps

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// maxBanner bounds what is read of a banner.
const maxBanner = 4 << 10

// tcpArgs are the fields of a tcp step.
type tcpArgs struct {
	Address string `yaml:"address" required:"true" doc:"host:port"`
	Refused bool   `yaml:"refused" doc:"the connection must be refused"`
	Banner  *Text  `yaml:"banner" doc:"what the server says first, up to the end of its line"`
}

// tcpSelf is what a tcp step saw.
type tcpSelf struct {
	Open   bool   `json:"open" doc:"the port accepts connections"`
	Remote string `json:"remote" doc:"the address that answered"`
	Banner string `json:"banner" doc:"what the server said first"`
}

// tcpKind looks whether a port accepts connections.
//
// What it makes of trouble: a refused connection was seen, and passes with `refused: true`, else it fails. No answer is
// unknown in both cases: a packet filter and a dead host look alike. A server that accepts and hangs up before its banner fails.
func tcpKind() check.Kind {
	return check.Define(check.Spec[tcpArgs]{
		Name:    "tcp",
		Doc:     "Expect a port to accept connections, or to refuse them.",
		Bare:    "address",
		Example: `tcp: {address: "web.example:22", banner: {contains: "^SSH-2.0-"}}`,
		Self:    tcpSelf{},
		Caps:    []check.Capability{check.Network},
		Inside:  true,
		Check: func(a tcpArgs) []check.Problem {
			out := addressProblems("address", a.Address, "")
			if a.Refused && a.Banner != nil {
				out = append(out, check.Problem{Path: []any{"banner"}, Message: "a refused connection has no banner", Hint: "keep one of refused and banner"})
			}
			return out
		},
		Target: func(a tcpArgs) string { return a.Address },
		Host:   func(a tcpArgs) string { return hostOf(a.Address) },
		Look:   tcpLook,
		Draft:  tcpDraft,
	})
}

func tcpLook(ctx context.Context, at check.Site, a tcpArgs) (check.Result, error) {
	host, port, err := splitAddress(a.Address, "")
	if err != nil {
		return check.Result{}, err
	}
	conn, err := netDialer{inside: at.Dial}.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	switch {
	case errors.Is(err, syscall.ECONNREFUSED) && a.Refused:
		return check.Result{OK: true, Saw: "connection refused", Self: tcpSelf{}}, nil
	case errors.Is(err, syscall.ECONNREFUSED):
		ms := []Mismatch{{"open", "connection refused"}}
		return netFault(net.JoinHostPort(host, port), netVerdict("", ms, []string{"nothing listens there"}, tcpSelf{}), ms), nil
	case err != nil:
		return check.Result{}, netError(ctx, "no answer from "+a.Address+": it neither accepted nor refused the connection", "connect to "+a.Address, err)
	}
	defer conn.Close()
	self := tcpSelf{Open: true, Remote: conn.RemoteAddr().String()}
	if a.Refused {
		return netVerdict("open", []Mismatch{{Want: "connection refused"}}, nil, self), nil
	}
	if a.Banner == nil {
		return check.Result{OK: true, Saw: "open", Self: self}, nil
	}
	return a.banner(ctx, conn, self)
}

func (a tcpArgs) banner(ctx context.Context, conn net.Conn, self tcpSelf) (check.Result, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	line, err := readBanner(conn)
	if blind(err) {
		return check.Result{}, err
	}
	self.Banner = strings.ToValidUTF8(string(bytes.TrimRight(line, "\r\n")), "\uFFFD")
	ms := a.Banner.Check("banner", self.Banner)
	if err != nil && ctx.Err() != nil && (len(ms) > 0 || len(line) == 0) {
		waited := a.Address + " accepted the connection and said nothing"
		if len(line) > 0 {
			waited = a.Address + " did not end the line of its banner"
		}
		return check.Result{}, &waitError{waited, ctx.Err()}
	}
	if len(line) == 0 {
		return netVerdict("open", []Mismatch{{"a banner", "the connection was closed without one"}}, nil, self), nil
	}
	return netVerdict("open, banner "+Quote(self.Banner), ms, nil, self), nil
}

// readBanner reads one line, or up to the bound or the end.
func readBanner(r io.Reader) ([]byte, error) {
	b := bufio.NewReader(io.LimitReader(r, maxBanner))
	line, err := b.ReadBytes('\n')
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return line, err
}
