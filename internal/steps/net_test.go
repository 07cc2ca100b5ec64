package steps

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// netLooker looks by steps in YAML, in which $NAME stands for a value of vars.
type netLooker struct {
	kind check.Kind
	vars map[string]string
	site check.Site

	secrets, warnings []string
}

func newNetLooker(t *testing.T, k check.Kind) *netLooker {
	t.Helper()
	l := &netLooker{kind: k, vars: map[string]string{}}
	dir := t.TempDir()
	l.site = check.Site{
		Dir: dir, Root: dir, Now: time.Now,
		Env: func(name string) (string, bool) {
			v, ok := map[string]string{"TOKEN": "open-sesame", "WRONG": "close-sesame"}[name]
			return v, ok
		},
		Secret: func(v string) { l.secrets = append(l.secrets, v) },
		Grant: func(_, host string) error {
			if host == "127.0.0.1" || host == "web.example" {
				return nil
			}
			return &check.Denied{Reason: "no grant for " + host}
		},
		Warn: func(format string, _ ...any) { l.warnings = append(l.warnings, format) },
	}
	return l
}

func (l *netLooker) expand(s string) string {
	return os.Expand(s, func(name string) string { return l.vars[name] })
}

// args decodes a step's arguments, which must be right.
func (l *netLooker) args(t *testing.T, src string) (any, []check.Problem) {
	t.Helper()
	src = l.expand(src)
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(src), &doc); err != nil {
		t.Fatal(err)
	}
	args := l.kind.New()
	var out []check.Problem
	for _, p := range strict.Decode(doc.Content[0], args, strict.Options{}) {
		out = append(out, check.Problem{Message: p.Message, Hint: p.Hint})
	}
	return args, append(out, l.kind.Check(args)...)
}

// look looks within the deadline of tests, and fails the test where the look outlives it.
func (l *netLooker) look(t *testing.T, src string) (check.Result, error) {
	t.Helper()
	args, ps := l.args(t, src)
	if len(ps) > 0 {
		t.Fatalf("arguments: %v", ps)
	}
	return l.within(t, args, 5*time.Second)
}

func (l *netLooker) within(t *testing.T, args any, d time.Duration) (check.Result, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	start := time.Now()
	r, err := l.kind.Look(ctx, l.site, args)
	if over := time.Since(start) - d; over > time.Second {
		t.Errorf("the look came back %s after its deadline", over)
	}
	return r, err
}

// netRow is a look and what comes of it: passed, failed or an error, and what is told.
type netRow struct {
	name string
	step string
	want string // "passed: SAW", "failed: WANT | SAW | WHY", "error: TEXT"
}

func (l *netLooker) run(t *testing.T, rows []netRow) {
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r, err := l.look(t, row.step)
			if got, want := netWords(r, err), l.expand(row.want); got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}

func netWords(r check.Result, err error) string {
	switch {
	case err != nil:
		return "error: " + err.Error()
	case r.OK:
		return "passed: " + r.Saw
	}
	return strings.TrimSuffix("failed: "+r.Want+" | "+r.Saw+" | "+strings.Join(r.Why, "; "), " | ")
}

// problems checks that each step is refused with a message.
func (l *netLooker) problems(t *testing.T, rows map[string]string) {
	for step, want := range rows {
		t.Run(step, func(t *testing.T) {
			_, ps := l.args(t, step)
			if !slices.ContainsFunc(ps, func(p check.Problem) bool { return strings.Contains(p.Message, want) }) {
				t.Errorf("got %v, want %q", ps, want)
			}
		})
	}
}

func (l *netLooker) addr(name, addr string) {
	_, port, _ := net.SplitHostPort(addr)
	l.vars[name], l.vars[name+"_PORT"] = addr, port
}

func (l *netLooker) raw(t *testing.T, name string, handle func(net.Conn)) {
	t.Helper()
	s, err := testsrv.StartRaw(handle)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	l.addr(name, s.Addr)
}

func (l *netLooker) web(t *testing.T, name string, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	l.addr(name, s.Listener.Addr().String())
	return s
}

func testCA(t *testing.T, dir string) *testsrv.CA {
	t.Helper()
	ca, err := testsrv.NewCA(dir)
	if err != nil {
		t.Fatal(err)
	}
	if filepath.Base(ca.File) != "ca.pem" {
		t.Fatal(ca.File)
	}
	return ca
}

// noLeaks fails the test where a goroutine is left when all its servers are closed. Call it first.
func noLeaks(t *testing.T) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

func TestNetKindsTellWhatTheyLookAt(t *testing.T) {
	for _, row := range []struct {
		kind               check.Kind
		step, target, host string
	}{
		{httpKind(Deps{}), `{url: "https://web.example/health/"}`, "https://web.example/health/", "web.example"},
		{tlsKind(), `{address: "web.example"}`, "web.example", "web.example"},
		{tlsKind(), `{address: "[::1]:8443"}`, "[::1]:8443", "::1"},
		{tcpKind(), `{address: "Übersicht.example:22"}`, "Übersicht.example:22", "xn--bersicht-55a.example"},
		{dnsKind(), `{name: web.example, type: MX}`, "web.example MX", ""},
		{dnsKind(), `{name: web.example, server: "127.0.0.1:5353"}`, "web.example A", "127.0.0.1"},
	} {
		t.Run(row.step, func(t *testing.T) {
			args, ps := newNetLooker(t, row.kind).args(t, row.step)
			target, host := row.kind.Target(args), row.kind.Host(args)
			if len(ps) > 0 || target != row.target || host != row.host || len(row.kind.Needs(args)) == 0 {
				t.Error(ps, target, host)
			}
		})
	}
}

// TestNetKindsWithoutATarget: what a template leaves empty is told by the look, not by a panic.
func TestNetKindsWithoutATarget(t *testing.T) {
	for _, k := range []check.Kind{httpKind(Deps{}), tlsKind(), tcpKind(), dnsKind()} {
		args := k.New()
		if ps := k.Check(args); len(ps) > 0 {
			t.Error(k.Name, ps)
		}
		if _, err := k.Look(t.Context(), check.Site{}, args); err == nil {
			t.Error(k.Name, "looked at nothing")
		}
	}
}
