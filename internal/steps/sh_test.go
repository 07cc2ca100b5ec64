package steps

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// localArgs decodes the arguments of a step that looks at this machine.
func localArgs(t testing.TB, k check.Kind, src string) (any, []check.Problem) {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(src), &doc); err != nil {
		t.Fatal(err)
	}
	args := k.New()
	for _, p := range strict.Decode(doc.Content[0], args, strict.Options{}) {
		t.Fatalf("%s: %s", src, p.Message)
	}
	return args, k.Check(args)
}

// localLook looks, and says what came out in a line: "ok …", "failed: want … saw …" or the error.
func localLook(t testing.TB, k check.Kind, at check.Site, src string) (check.Result, string) {
	t.Helper()
	args, problems := localArgs(t, k, src)
	for _, p := range problems {
		t.Fatalf("%s: %s", src, p.Message)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	r, err := k.Look(ctx, at, args)
	var denied *check.Denied
	switch {
	case errors.As(err, &denied):
		return r, "denied: " + err.Error()
	case err != nil:
		return r, "error: " + err.Error()
	case r.OK:
		return r, "ok: " + r.Saw
	}
	return r, "failed: want " + r.Want + ", saw " + r.Saw
}

// localSite is a checkout with files: name → text; a text that begins with -> makes a symbolic link.
func localSite(t testing.TB, files map[string]string) check.Site {
	t.Helper()
	root := filepath.Join(t.TempDir(), "checkout")
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		write := func() error { return os.WriteFile(path, []byte(text), 0o644) }
		if to, link := strings.CutPrefix(text, "-> "); link {
			write = func() error { return os.Symlink(to, path) }
		}
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	return check.Site{Dir: root, Root: root, Plan: "WP-1", Task: "WP-1-T01", Now: time.Now}
}

func TestShLook(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	at := localSite(t, map[string]string{
		"sub/here.txt": "x\n", "out": "-> /", "in": "-> sub",
	})
	tests := []struct{ name, args, want string }{
		{"True", `{run: "true"}`, "ok: exit 0"},
		{"Exit", `{run: exit 3}`, "failed: want exit 0, saw exit 3"},
		{"ExitWanted", `{run: exit 3, exit: 3}`, "ok: exit 3"},
		{"LastLine", `{run: "echo a >&2; echo boom >&2; exit 1"}`, `failed: want exit 0, saw exit 1; stderr "boom"`},
		{"LastLineOfStdout", `{run: "echo boom; exit 1"}`, `failed: want exit 0, saw exit 1; stdout "boom"`},
		{"Stdout", `{run: echo hello, stdout: {contains: hello}}`, "ok: exit 0"},
		{"StdoutLacks", `{run: "echo the Password", stdout: {lacks: "(?i)password"}}`, `failed: want stdout lacks "(?i)password", saw exit 0; "the Password"`},
		{"Stderr", `{run: echo hello, stderr: {contains: hello}}`, `failed: want stderr contains "hello", saw exit 0; nothing`},
		{"JSON", `{run: 'echo "{\"a\": 1}"', output: json}`, "ok: exit 0"},
		{"NoJSON", `{run: echo hello, output: json}`, `failed: want stdout is JSON, saw exit 0; stdout "hello" (invalid character 'h' looking for beginning of value)`},
		{"Dir", `{run: cat here.txt, dir: sub}`, "ok: exit 0"},
		{"DirThroughLink", `{run: cat here.txt, dir: in}`, "ok: exit 0"},
		{"DirOutsideByLink", `{run: "true", dir: out/tmp}`, "denied: dir out/tmp is outside of the checkout"},
		{"DirOutsideAbsolute", `{run: "true", dir: /tmp}`, "denied: dir /tmp is outside of the checkout"},
		{"DirMissing", `{run: "true", dir: nope}`, "error: dir nope: no such file or directory"},
		{"DirIsFile", `{run: "true", dir: sub/here.txt}`, "error: dir sub/here.txt is not a directory"},
		{"Env", `{run: 'test "$stage" = "a b; exit 9"', env: {stage: "a b; exit 9"}}`, "ok: exit 0"},
		{"Stdin", `{run: cat, stdin: hello, stdout: {equals: hello}}`, "ok: exit 0"},
		{"Invalid", `{run: 'printf "\377"', stdout: {equals: "�"}}`, "ok: exit 0"},
		{"TooMuchForLacks", `{run: "yes | head -c 3000000", stdout: {lacks: x}}`, "error: stdout is 1951426 bytes longer than what is kept, and what is wanted of it may be there: let the command write less"},
		{"TooMuchAndLacksBroken", `{run: "echo x; yes | head -c 3000000", stdout: {lacks: x}}`, `failed: want stdout lacks "x", saw exit 0; "x"`},
		{"TooMuchAndContained", `{run: "yes | head -c 3000000; echo x", stdout: {contains: x}}`, "ok: exit 0"},
		{"TooMuchForJSON", `{run: "yes 1 | head -c 3000000", output: json}`, "error: stdout is 1951426 bytes longer than what is kept, and what is wanted of it may be there: let the command write less"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := localLook(t, shKind(), at, tt.args); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestShSelf(t *testing.T) {
	at := localSite(t, nil)
	r, _ := localLook(t, shKind(), at, `{run: 'echo "{\"a\": [1, 2.5]}"; echo e >&2', output: json}`)
	self := r.Self.(shSelf)
	if fmt.Sprint(self.JSON) != "map[a:[1 2.5]]" || self.Stderr != "e\n" || self.Exit != 0 || self.Duration <= 0 {
		t.Errorf("got %+v", self)
	}
}

func TestShWhy(t *testing.T) {
	at := localSite(t, map[string]string{"data.txt": "x"})
	tests := []struct{ name, run, why string }{
		{"NotFound", "no-such-program", "127: a program was not found"},
		{"NotExecutable", "./data.txt", "126: a program was found and may not be executed"},
		{"Killed", "sh -c 'kill -9 $$'; exit $?", "137: a program was killed, often for want of memory"},
		{"Signal", "kill -15 $$", "signal: terminated"},
		{"Plain", "exit 1", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, _ := localLook(t, shKind(), at, fmt.Sprintf("{run: %q}", tt.run))
			if got := strings.Join(r.Why, "|"); got != tt.why {
				t.Errorf("got %q, want %q", got, tt.why)
			}
		})
	}
}

func TestShTimeIsKept(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	at := localSite(t, nil)
	args, _ := localArgs(t, shKind(), `{run: "echo started; (sleep 100; true) & sleep 100"}`)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := shKind().Look(ctx, at, args)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), `stdout "started"`) {
		t.Errorf("got %v", err)
	}
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("took %v", d)
	}
}

func TestShTellsOfWhatIsLeft(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip()
	}
	at := localSite(t, nil)
	var warned []string
	at.Warn = func(format string, _ ...any) { warned = append(warned, format) }
	if _, got := localLook(t, shKind(), at, `{run: "sleep 100 & true"}`); got != "ok: exit 0" || len(warned) != 1 {
		t.Errorf("got %s, %q", got, warned)
	}
}

func TestShellEnv(t *testing.T) {
	t.Setenv("WPCTL_TEST_TOKEN", "secret")
	t.Setenv("WPCTL_TEST_OTHER", "secret")
	t.Setenv("LC_MESSAGES", "C")
	t.Setenv("KUBECONFIG", "/some/where")
	at := localSite(t, nil)
	at.Env = func(name string) (string, bool) {
		return os.Getenv(name), name == "WPCTL_TEST_TOKEN"
	}
	got := shellEnv(at, "/d", map[string]string{"TERM": "mine", "stage": "x"})
	for _, want := range []string{
		"WPCTL_TEST_TOKEN=secret", "LC_MESSAGES=C", "KUBECONFIG=/some/where", "TERM=mine", "stage=x", "PWD=/d",
		"WPCTL_PLAN=WP-1", "WPCTL_TASK=WP-1-T01", "PATH=" + os.Getenv("PATH"),
	} {
		if !slices.Contains(got, want) {
			t.Errorf("lacks %s", want)
		}
	}
	if strings.Contains(strings.Join(got, "\n"), "WPCTL_TEST_OTHER") {
		t.Error("holds a name that nobody allowed")
	}
}

func TestShCheck(t *testing.T) {
	tests := []struct{ name, args, want string }{
		{"Good", `{run: "if true; then echo yes; fi"}`, ""},
		{"Heredoc", `{run: "cat <<E\nhello\nE\n"}`, ""},
		{"BashOnly", `{run: "a=(1 2); echo ${a[0]}"}`, ""},
		{"BashOnlyTest", `{run: '[[ a == b* ]] && echo x'}`, ""},
		{"Unclosed", `{run: "echo 'abc"}`, "the command is no shell: 1:6: reached EOF without closing quote `'`"},
		{"NoThen", `{run: "if true; echo"}`, "the command is no shell: 1:1: `if <cond>` must be followed by `then`"},
		{"SecondLine", `{run: "true\n) x"}`, "the command is no shell: 2:1: `)` can only be used to close a subshell"},
		{"Empty", `{run: " "}`, "the command is empty"},
		{"Exit", `{run: "true", exit: 300}`, "an exit code is a number from 0 to 255"},
		{"EnvName", `{run: "true", env: {a-b: x}}`, `"a-b" cannot be the name of a variable`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := localArgs(t, shKind(), tt.args)
			got := ""
			for _, p := range problems {
				got += p.Message
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// BenchmarkShTrue stands beside proc's BenchmarkFloor.
func BenchmarkShTrue(b *testing.B) {
	at := localSite(b, nil)
	k := shKind()
	args, _ := localArgs(b, k, `{run: "true"}`)
	for b.Loop() {
		if r, err := k.Look(context.Background(), at, args); err != nil || !r.OK {
			b.Fatal(r, err)
		}
	}
}

// problemLine writes problems of arguments in a line: "[field]: message", several after each other.
func problemLine(problems []check.Problem) string {
	var out []string
	for _, p := range problems {
		out = append(out, fmt.Sprintf("%v: %s", p.Path, p.Message))
	}
	return strings.Join(out, "; ")
}
