//go:build unix

package steps

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// gitDo runs git in a folder, without the user's configuration.
func gitDo(t testing.TB, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME=Ann", "GIT_AUTHOR_EMAIL=ann@example.org",
		"GIT_COMMITTER_NAME=Ann", "GIT_COMMITTER_EMAIL=ann@example.org", "GIT_AUTHOR_DATE=2026-05-18T10:00:00Z", "GIT_COMMITTER_DATE=2026-05-18T10:00:00Z")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// gitSite is a checkout with two commits on main, the first tagged v1, and one on feature/x that is not merged.
func gitSite(t testing.TB) check.Site {
	t.Helper()
	at := localSite(t, map[string]string{"docs/runbook.md": "# Rollback\n"})
	gitDo(t, at.Dir, "init", "-q", "-b", "main")
	gitDo(t, at.Dir, "add", ".")
	gitDo(t, at.Dir, "commit", "-qm", "Add the runbook")
	gitDo(t, at.Dir, "tag", "v1")
	if err := os.WriteFile(filepath.Join(at.Dir, "b.txt"), []byte("b\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	gitDo(t, at.Dir, "add", ".")
	gitDo(t, at.Dir, "commit", "-qm", "Add b")
	gitDo(t, at.Dir, "branch", "merged/y")
	gitDo(t, at.Dir, "checkout", "-q", "-b", "feature/x")
	gitDo(t, at.Dir, "commit", "-q", "--allow-empty", "-m", "Try x")
	gitDo(t, at.Dir, "checkout", "-q", "main")
	return at
}

func TestGitLook(t *testing.T) {
	at := gitSite(t)
	first, x := gitDo(t, at.Dir, "rev-parse", "v1"), gitDo(t, at.Dir, "rev-parse", "feature/x")
	tests := []struct{ name, args, want string }{
		{"Commit", "{commit: FIRST}", "ok: commit SHORT1 is there"},
		{"CommitByBeginning", "{commit: SHORT1, branch: main}", "ok: commit SHORT1 is there, on main"},
		{"CommitOfTag", "{commit: FIRST, tag: v1}", "ok: commit SHORT1 is there, tagged v1"},
		{"TagElsewhere", "{commit: HEAD, tag: v1}", "failed: want tag v1 at HEADID, saw commit HEADID is there; tag v1 at SHORT1"},
		{"NoCommit", "{commit: 0123456789abcdef}", "failed: want commit 0123456789abcdef, saw no commit 0123456789abcdef"},
		{"NotOnBranch", "{commit: XID, branch: main}", "failed: want commit SHORTX on main, saw commit SHORTX is there; it is not on main"},
		{"Branch", "{branch: feature/x}", "ok: branch feature/x is there"},
		{"NoBranch", "{branch: feature/z}", "failed: want branch feature/z, saw no branch feature/z"},
		{"TagIsNoBranch", "{branch: v1}", "failed: want branch v1, saw no branch v1"},
		{"TagOnBranch", "{tag: v1, branch: feature/x}", "ok: tag v1 is there, on feature/x"},
		{"NoTag", "{tag: v2}", "failed: want tag v2, saw no tag v2"},
		{"Clean", "{clean: true}", "ok: clean"},
		{"Merged", "{merged: {branch: merged/y, into: main}}", "ok: merged/y is merged into main"},
		{"NotMerged", "{merged: {branch: feature/x, into: main}}", "failed: want feature/x merged into main, saw feature/x has commits that main has not"},
		{"File", "{file: {path: docs/runbook.md, at: v1, contains: ^# Rollback}}", "ok: docs/runbook.md at v1"},
		{"FileText", "{tag: v1, file: {path: docs/runbook.md, lacks: Rollback}}", `failed: want text lacks "Rollback", saw tag v1 is there, docs/runbook.md at SHORT1; "# Rollback"`},
		{"NoFile", "{file: {path: b.txt, at: v1}}", "failed: want b.txt at v1, saw no b.txt at v1"},
		{"FileAbsent", "{file: {path: b.txt, at: v1, absent: true}}", "ok: no b.txt at v1"},
		{"FileNotAbsent", "{file: {path: b.txt, absent: true}}", "failed: want no b.txt at HEAD, saw b.txt at HEAD"},
		{"Directory", "{file: {path: docs}}", "failed: want docs at HEAD, saw docs is a directory"},
	}
	head := gitDo(t, at.Dir, "rev-parse", "HEAD")
	names := strings.NewReplacer("SHORT1", first[:12], "FIRST", first, "SHORTX", x[:12], "XID", x, "HEADID", head[:12])
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := localLook(t, gitKind(), at, names.Replace(tt.args)); got != names.Replace(tt.want) {
				t.Errorf("got  %s\nwant %s", got, names.Replace(tt.want))
			}
		})
	}
	r, _ := localLook(t, gitKind(), at, "{tag: v1}")
	if s := r.Self.(gitSelf); s.Head != head || s.Branch != "main" || s.Commit != first || s.Author != "Ann" || s.Subject != "Add the runbook" || day(s.Date) != "2026-05-18" {
		t.Errorf("self is %+v", s)
	}
}

func TestGitUnclean(t *testing.T) {
	at := gitSite(t)
	for _, name := range []string{"b.txt", "-new file"} {
		if err := os.WriteFile(filepath.Join(at.Dir, name), []byte("c\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, got := localLook(t, gitKind(), at, "{clean: true}")
	if want := "failed: want a clean working tree, saw changed: M b.txt, ?? -new file"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestGitCutHistory looks at clones that lack what the repository has: that proves nothing.
func TestGitCutHistory(t *testing.T) {
	from := gitSite(t)
	first := gitDo(t, from.Dir, "rev-parse", "v1")
	gitDo(t, from.Dir, "config", "uploadpack.allowFilter", "true")
	clone := func(args ...string) check.Site {
		at := localSite(t, nil)
		gitDo(t, at.Root, append(append([]string{"clone", "-q", "--no-local"}, args...), "file://"+from.Dir, ".")...)
		return at
	}
	shallow, partial, single := clone("--depth=1"), clone("--filter=blob:none", "--no-checkout"), clone("--single-branch")
	tests := []struct {
		name, args, want string
		at               check.Site
	}{
		{"Shallow", "{commit: " + first + "}", "error: commit " + first + " is not in this checkout, and that proves nothing: it is a shallow clone: git fetch --unshallow gets the rest", shallow},
		{"ShallowBranch", "{branch: feature/x}", "error: branch feature/x is not in this checkout, and that proves nothing: it is a shallow clone: git fetch --unshallow gets the rest", shallow},
		{"ShallowHead", "{commit: HEAD, branch: main}", "ok: ", shallow},
		{"PartialHistory", "{commit: " + first + ", branch: main}", "ok: ", partial},
		{"PartialFile", "{file: {path: docs/runbook.md}}", "error: what was asked for is not in this checkout, and that proves nothing: it is a partial clone, which lacks objects", partial},
		{"Single", "{branch: feature/x}", "error: branch feature/x is not in this checkout, and that proves nothing: it is a clone of single branches", single},
		{"RemoteBranch", "{branch: origin/main}", "ok: branch origin/main is there", single},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := localLook(t, gitKind(), tt.at, tt.args); !strings.HasPrefix(got, tt.want) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestGitRunsNothingOfTheCheckout plants programs where the checkout's configuration may name some.
func TestGitRunsNothingOfTheCheckout(t *testing.T) {
	at := gitSite(t)
	trap := filepath.Join(at.Dir, "trap.sh")
	sprung := filepath.Join(t.TempDir(), "sprung")
	if err := os.WriteFile(trap, []byte("#!/bin/sh\ntouch "+sprung+"\ncat\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"core.fsmonitor", "core.pager", "core.sshCommand", "core.editor", "diff.external", "gpg.program", "alias.log", "alias.status"} {
		gitDo(t, at.Dir, "config", key, trap)
	}
	gitDo(t, at.Dir, "config", "log.showSignature", "true")
	if err := os.WriteFile(filepath.Join(at.Dir, ".git/hooks/post-index-change"), []byte("#!/bin/sh\ntouch "+sprung+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"{clean: true}", "{commit: HEAD, branch: main, file: {path: b.txt}}"} {
		localLook(t, gitKind(), at, args)
	}
	gitDo(t, at.Dir, "config", "filter.x.clean", trap)
	_, got := localLook(t, gitKind(), at, "{clean: true}")
	if want := "error: the checkout's own configuration has filter programs (filter.x), which are not run: whether it is clean cannot be told"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if _, err := os.Stat(sprung); err == nil {
		t.Error("a program of the checkout was run")
	}
}

func TestGitElsewhere(t *testing.T) {
	above := gitSite(t)
	below := filepath.Join(above.Dir, "docs")
	if _, got := localLook(t, gitKind(), check.Site{Dir: below, Root: below}, "{commit: HEAD}"); got != "error: the checkout docs is no git repository" {
		t.Errorf("a repository above the checkout was looked at: %s", got)
	}
	empty := localSite(t, nil)
	gitDo(t, empty.Dir, "init", "-q", "-b", "main")
	if _, got := localLook(t, gitKind(), empty, "{clean: true}"); got != "ok: clean" {
		t.Errorf("in an empty repository: %s", got)
	}
	if _, got := localLook(t, gitKind(), empty, "{commit: HEAD}"); got != "failed: want commit HEAD, saw no commit HEAD" {
		t.Errorf("in an empty repository: %s", got)
	}
	t.Setenv("PATH", t.TempDir())
	if _, got := localLook(t, gitKind(), above, "{commit: HEAD}"); !strings.HasPrefix(got, "error: there is no git on PATH") {
		t.Errorf("without git: %s", got)
	}
}

func TestGitArguments(t *testing.T) {
	for _, tt := range []struct{ name, args, want string }{
		{"Good", "{commit: 17f511f, branch: main, tag: v1.0, clean: true}", ""},
		{"Option", "{branch: --upload-pack=x}", "[branch]: \"--upload-pack=x\" begins with a dash, which no name of a revision does"},
		{"Range", "{commit: main..x}", "[commit]: this is no name of a revision"},
		{"Path", "{commit: 'HEAD:x'}", "[commit]: this is no name of a revision"},
		{"Line", `{tag: "v1\n--x"}`, "[tag]: this is no name of a revision"},
		{"Long", "{commit: " + strings.Repeat("a", 1_000_000) + "}", "[commit]: this is no name of a revision"},
		{"MergedIntoItself", "{merged: {branch: main, into: main}}", "[merged into]: a branch is always merged into itself"},
		{"MergedIntoNothing", "{merged: {branch: main, into: ''}}", "[merged]: merged names a branch, and the one that it is merged into"},
		{"FileOutside", "{file: {path: ../x}}", "[file path]: this is no path in a repository"},
		{"FileAbsent", "{file: {path: x, absent: true, contains: y}}", "[file absent]: what is absent has no content"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, problems := localArgs(t, gitKind(), tt.args)
			got := problemLine(problems)
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
