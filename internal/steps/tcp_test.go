package steps

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

func TestTCP(t *testing.T) {
	noLeaks(t)
	l := newNetLooker(t, tcpKind())
	l.vars["CLOSED"] = testsrv.ClosedAddr
	l.raw(t, "MUTE", testsrv.Mute)
	l.raw(t, "HANGUP", testsrv.HangUp)
	l.raw(t, "SSH", testsrv.Banner("SSH-2.0-OpenSSH_9.9\r\nmore"))
	l.raw(t, "LONG", testsrv.Banner(strings.Repeat("x", 5000)))
	l.run(t, []netRow{
		{"open", `{address: $MUTE}`, "passed: open"},
		{"refused where open is wanted", `{address: $CLOSED}`, "failed: open | connection refused | nothing listens there"},
		{"refused as wanted", `{address: $CLOSED, refused: true}`, "passed: connection refused"},
		{"open where refused is wanted", `{address: $MUTE, refused: true}`, "failed: connection refused | open"},
		{"banner", `{address: $SSH, banner: {contains: "^SSH-2"}}`, `passed: open, banner "SSH-2.0-OpenSSH_9.9"`},
		{"another banner", `{address: $SSH, banner: {contains: "^220 "}}`, `failed: banner contains "^220 " | open, banner "SSH-2.0-OpenSSH_9.9"`},
		{"no banner", `{address: $HANGUP, banner: {contains: x}}`, "failed: a banner | open; the connection was closed without one"},
	})
	t.Run("a banner without end", func(t *testing.T) {
		if r, err := l.look(t, `{address: $LONG, banner: {matches: "x{1000}.*"}}`); err != nil || !r.OK || len(r.Self.(tcpSelf).Banner) != maxBanner {
			t.Error(r.OK, err)
		}
	})
	t.Run("a server that says nothing", func(t *testing.T) {
		args, _ := l.args(t, `{address: $MUTE, banner: {contains: x}}`)
		_, err := l.within(t, args, testsrv.Deadline)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.HasSuffix(err.Error(), "accepted the connection and said nothing") {
			t.Error(err)
		}
	})
}

func TestTCPArguments(t *testing.T) {
	newNetLooker(t, tcpKind()).problems(t, map[string]string{
		`{address: web.example}`:                                 "not host:port",
		`{address: "web.example:99999"}`:                         "no port",
		`{address: "https://web.example/"}`:                      "is a URL",
		`{address: "a:1", refused: true, banner: {contains: x}}`: "no banner",
		`{addres: "a:1"}`:                                        `no key "addres"`,
		`{address: "a:1", banner: {contains: "("}}`:              "no regular expression",
	})
}
