package steps

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/confine"
	"gitea.coulomb.social/coulomb/wpctl/internal/proc"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

func TestMain(m *testing.M) {
	confine.Launch()
	goleak.VerifyTestMain(m, testsrv.IdleConnections()...)
}

// outcome is "ok", "failed", "denied" or the error of a look.
func outcome(t *testing.T, at check.Site, src string) string {
	t.Helper()
	_, got := localLook(t, shKind(), at, src)
	word, rest, _ := strings.Cut(got, ":")
	if word == "error" || word == "denied" {
		return word + ":" + rest
	}
	return word
}

func TestShConfined(t *testing.T) {
	if err := confine.Possible(); err != nil {
		t.Skip(err)
	}
	at := localSite(t, map[string]string{"here.txt": "x\n", "out/old.txt": "x\n", ".git/config": "x\n", "in": "-> here.txt"})
	beside := filepath.Join(filepath.Dir(at.Root), "beside")
	if err := os.WriteFile(beside, []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, args, want string }{
		{"ReadsTheCheckout", `{run: "cat here.txt in .git/config", confine: {}}`, "ok"},
		{"ChangesNothing", `{run: "echo x > here.txt", confine: {}}`, "failed"},
		{"MakesNothing", `{run: "echo x > new.txt", confine: {}}`, "failed"},
		{"ReadsNothingBeside", `{run: "cat ../beside", confine: {}}`, "failed"},
		{"ReadsWhatIsNamed", `{run: "cat ../beside", confine: {read: [../beside]}}`, "ok"},
		{"ReadsWhatIsNamedAbsolutely", `{run: "cat ../beside", confine: {read: ["` + beside + `"]}}`, "ok"},
		{"ChangesNothingThatItReads", `{run: "echo x > ../beside", confine: {read: [../beside]}}`, "failed"},
		{"ChangesWhatIsNamed", `{run: "echo y > out/new.txt && rm out/old.txt", confine: {write: [out]}}`, "ok"},
		{"ChangesAFile", `{run: "echo y > here.txt", confine: {write: [here.txt]}}`, "ok"},
		{"HasAFolderOfItsOwn", `{run: 'test "$HOME" = "$TMPDIR" && echo x > "$HOME/a" && mkdir "$TMPDIR/b" && mv "$HOME/a" "$HOME/b"', confine: {}}`, "ok"},
		{"AFolderThatItCloses", `{run: 'mkdir -p "$HOME/a/b" && chmod 0 "$HOME/a/b" "$HOME/a"', confine: {}}`, "ok"},
		{"ItsStepGivesTheHome", `{run: 'test "$HOME" = here', env: {HOME: here}, confine: {}}`, "ok"},
		{"ItsValues", `{run: 'test "$a" = "b c" && test "$WPCTL_TASK" = WP-1-T01 && test -n "$PATH"', env: {a: "b c"}, confine: {}}`, "ok"},
		{"Stdin", `{run: cat, stdin: hello, stdout: {equals: hello}, confine: {}}`, "ok"},
		{"StdinByName", `{run: cat /dev/stdin, stdin: hello, stdout: {equals: hello}, confine: {}}`, "ok"},
		{"ItsExit", `{run: exit 3, exit: 3, confine: {}}`, "ok"},
		{"NotThere", `{run: "true", confine: {write: [missing]}}`, "error: " + filepath.Join(at.Root, "missing") + " is not there: a command is confined to what exists before it begins"},
		{"NoNetwork", `{run: "bash -c 'echo > /dev/tcp/127.0.0.1/9'", stderr: {contains: "Permission denied"}, exit: 1, confine: {}}`, "ok"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := outcome(t, at, tt.args); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "wpctl-sh-*")); len(left) > 0 && os.Getenv("TMPDIR") != "" {
		t.Errorf("left behind: %q", left)
	}
	r, _ := localLook(t, shKind(), at, `{run: "exit 1", confine: {}}`)
	if len(r.Why) != 1 || !strings.HasPrefix(r.Why[0], "it was confined") {
		t.Errorf("got %q", r.Why)
	}
}

// A stranger's command is confined without being asked, and to what git knows.
func TestShOfStrangers(t *testing.T) {
	if err := confine.Possible(); err != nil {
		t.Skip(err)
	}
	t.Setenv("KUBECONFIG", "/some/where")
	t.Setenv("HTTPS_PROXY", "http://user:password@proxy.example")
	t.Setenv("SSH_AUTH_SOCK", "/some/where")
	at := localSite(t, map[string]string{"here.txt": "x\n", "sub/here.txt": "x\n", "left.txt": "x\n", ".git/config": "x\n", "in": "-> left.txt"})
	at.Untrusted = true
	at.Tracked = func(path string) bool {
		return path == "here.txt" || path == "sub/here.txt" || path == "in" || path == ".git/config"
	}
	tests := []struct{ name, args, want string }{
		{"ReadsWhatGitKnows", `{run: "cat here.txt sub/here.txt"}`, "ok"},
		{"ListsAll", `{run: "ls . sub"}`, "ok"},
		{"ReadsNothingElse", `{run: "cat left.txt"}`, "failed"},
		{"NotThroughALink", `{run: "cat in"}`, "failed"},
		{"NotOfGit", `{run: "cat .git/config"}`, "failed"},
		{"ChangesNothing", `{run: "echo x > here.txt"}`, "failed"},
		{"HasAFolderOfItsOwn", `{run: 'echo x > "$HOME/a"'}`, "ok"},
		{"KnowsNoPlaceOfTheUser", `{run: "env", stdout: {lacks: ["KUBECONFIG", "PROXY", "SSH_AUTH_SOCK", "password"], contains: ["^PATH="]}}`, "ok"},
		{"WidensNothing", `{run: "true", confine: {write: [.git]}}`, "denied: it wants to reach more than other commands (confine), and this plan is not trusted"},
		{"WidensNoReading", `{run: "true", confine: {read: [/]}}`, "denied: it wants to reach more than other commands (confine), and this plan is not trusted"},
		{"ConfinesItself", `{run: "true", confine: {}}`, "ok"},
		{"LoadsNoLibraryBefore", `{run: "true", env: {LD_PRELOAD: ./here.txt}}`, "ok"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := outcome(t, at, tt.args); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	at.Tracked = nil
	if got := outcome(t, at, `{run: "true"}`); !strings.HasPrefix(got, "denied: there is no repository") {
		t.Errorf("got %s", got)
	}
}

func TestShConfineCheck(t *testing.T) {
	tests := []struct{ name, args, want string }{
		{"Good", `{run: "true", confine: {read: [a, /b, ..], write: [.]}}`, ""},
		{"Empty", `{run: "true", confine: {read: [a, ""]}}`, "[confine read 1]: the path is empty"},
		{"Home", `{run: "true", confine: {write: ["~/x"]}}`, "[confine write 0]: a path with ~ is not expanded"},
		{"NUL", `{run: "true", confine: {write: ["a\0"]}}`, "[confine write 0]: the path holds a NUL byte"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, problems := localArgs(t, shKind(), tt.args); problemLine(problems) != tt.want {
				t.Errorf("got  %s\nwant %s", problemLine(problems), tt.want)
			}
		})
	}
}

func cannotConfine(context.Context, proc.Command, confine.Rules) (proc.Result, error) {
	return proc.Result{}, &confine.Unable{Reason: "its kernel is old"}
}

// What cannot be confined is not run at all.
func TestShIsNotRunUnconfined(t *testing.T) {
	if runtime.GOOS == "linux" && confine.Possible() == nil {
		was := confineRun
		defer func() { confineRun = was }()
		confineRun = cannotConfine
	}
	at := localSite(t, nil)
	at.Untrusted, at.Tracked = true, func(string) bool { return true }
	_, got := localLook(t, shKind(), at, `{run: touch ran}`)
	if !strings.HasPrefix(got, "error: this machine cannot confine a command: ") || !strings.HasSuffix(got, "; it was not run") {
		t.Errorf("got %s", got)
	}
	if _, err := os.Stat(filepath.Join(at.Root, "ran")); err == nil {
		t.Error("it was run")
	}
}
