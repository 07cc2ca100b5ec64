package steps

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/proc"
)

// gitRepo is a checkout as the git of this machine knows it.
type gitRepo struct {
	git     program
	at      check.Site
	dir     string
	cut     string   // why something may be missing here that the repository has; "" where nothing is
	filters []string // programs that the checkout's own configuration puts between files and git
}

// openGit finds the repository whose top is the checkout, and no other one above it.
func openGit(ctx context.Context, at check.Site) (*gitRepo, error) {
	dir, err := workDir(at, "")
	if err != nil {
		return nil, err
	}
	git, err := findProgram(at, "git")
	if err != nil {
		return nil, err
	}
	g := &gitRepo{git: git, at: at, dir: dir}
	r, err := g.run(ctx, "rev-parse", "--is-shallow-repository")
	switch {
	case err != nil:
		return nil, err
	case strings.Contains(r.Stderr.Text, "not a git repository"):
		return nil, &check.Lasting{Err: fmt.Errorf("the checkout %s is no git repository", filepath.Base(dir))}
	case strings.Contains(r.Stderr.Text, "dubious ownership"):
		return nil, &check.Lasting{Err: errors.New("git does not trust the checkout, which is another user's: git config --global --add safe.directory DIR, if you do")}
	case r.Exit != 0:
		return nil, g.fault(r)
	}
	if strings.TrimSpace(r.Stdout.Text) == "true" {
		g.cut = "a shallow clone: git fetch --unshallow gets the rest"
	}
	return g, g.configuration(ctx)
}

// run runs git without what could change something, ask, reach out, or run programs that the checkout names.
func (g *gitRepo) run(ctx context.Context, args ...string) (proc.Result, error) {
	return g.feed(ctx, "", 0, args...)
}

func (g *gitRepo) feed(ctx context.Context, stdin string, keep int, args ...string) (proc.Result, error) {
	return g.git.run(ctx, g.at, call{
		stdin: stdin, keep: keep,
		args: append([]string{"-C", g.dir, "--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false", "-c", "log.showSignature=false"}, args...),
		env: map[string]string{
			"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_REPLACE_OBJECTS": "1",
			"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", // a partial clone would fetch what it lacks
			"GIT_CEILING_DIRECTORIES": filepath.Dir(g.dir),
		},
	})
}

// fault is the error of a git that could not say.
func (g *gitRepo) fault(r proc.Result) error {
	text := r.Stderr.Text
	if g.cut != "" || strings.Contains(text, "promisor") || strings.Contains(text, "not allowed") {
		return g.missing("what was asked for")
	}
	return fmt.Errorf("git: %s", said(g.git, r))
}

// missing is the error of what is not here, and may well be in the repository.
func (g *gitRepo) missing(what string) error {
	cut := g.cut
	if cut == "" {
		cut = "a partial clone, which lacks objects"
	}
	return &check.Lasting{Err: fmt.Errorf("%s is not in this checkout, and that proves nothing: it is %s", what, cut)}
}

// configuration reads what of the repository is missing on purpose, and which programs its own files name.
func (g *gitRepo) configuration(ctx context.Context) error {
	r, err := g.run(ctx, "config", "--list", "-z", "--show-scope", "--includes")
	if err != nil || r.Exit != 0 {
		if err == nil {
			err = g.fault(r)
		}
		return err
	}
	if r.Stdout.Dropped > 0 { // what is left out could name a program
		return &check.Lasting{Err: errors.New("the configuration of git is longer than what is read")}
	}
	fields := strings.Split(r.Stdout.Text, "\x00")
	remote, all := false, false
	for i := 0; i+1 < len(fields); i += 2 {
		scope := fields[i]
		key, value, _ := strings.Cut(fields[i+1], "\n")
		section, name := key, ""
		if n := strings.LastIndexByte(key, '.'); n >= 0 {
			section, name = key[:n], key[n+1:]
		}
		switch {
		case strings.HasPrefix(section, "remote.") && name == "promisor" && value != "false" && g.cut == "":
			g.cut = "a partial clone, which lacks objects"
		case section == "remote.origin" && name == "fetch":
			remote, all = true, all || strings.Contains(value, "refs/heads/*")
		case strings.HasPrefix(section, "filter.") && (name == "clean" || name == "process") && (scope == "local" || scope == "worktree"):
			g.filters = append(g.filters, section)
		}
	}
	if remote && !all && g.cut == "" {
		g.cut = "a clone of single branches"
	}
	return nil
}

// rev returns the full id of the commit that a name means; "" where there is none.
func (g *gitRepo) rev(ctx context.Context, name string) (string, error) {
	r, err := g.run(ctx, "rev-parse", "--verify", "--end-of-options", name+"^{commit}")
	switch {
	case err != nil:
		return "", err
	case r.Exit == 0:
		return strings.TrimSpace(r.Stdout.Text), nil
	case strings.Contains(r.Stderr.Text, "is ambiguous"):
		return "", &check.Lasting{Err: fmt.Errorf("%s is the beginning of several ids: write more of it", Quote(name))}
	case strings.Contains(r.Stderr.Text, "promisor"), strings.Contains(r.Stderr.Text, "not allowed"):
		return "", g.missing(name)
	}
	return "", nil
}

// branch returns the ref of a branch, local or of a remote, and its commit; "" where there is none.
func (g *gitRepo) branch(ctx context.Context, name string) (ref, id string, err error) {
	for _, ref := range []string{"refs/heads/" + name, "refs/remotes/" + name, "refs/remotes/origin/" + name} {
		if id, err = g.rev(ctx, ref); id != "" || err != nil {
			return ref, id, err
		}
	}
	return "", "", nil
}

// has tells whether a commit is part of another one's history.
func (g *gitRepo) has(ctx context.Context, history, commit string) (bool, error) {
	r, err := g.run(ctx, "merge-base", "--is-ancestor", commit, history)
	switch {
	case err != nil:
		return false, err
	case r.Exit == 0:
		return true, nil
	case r.Exit == 1:
		return false, nil
	}
	return false, g.fault(r)
}

// gitBlob is what a revision has at a path.
type gitBlob struct {
	kind string // blob, tree, commit; "" for nothing
	id   string
	size int64
}

func (g *gitRepo) blob(ctx context.Context, rev, path string) (gitBlob, error) {
	r, err := g.feed(ctx, rev+":"+path+"\n", 0, "cat-file", "--batch-check")
	if err != nil {
		return gitBlob{}, err
	}
	if r.Exit != 0 {
		return gitBlob{}, g.fault(r)
	}
	f := strings.Fields(strings.TrimPrefix(r.Stdout.Text, rev+":"+path))
	if len(f) < 3 {
		return gitBlob{}, nil
	}
	size, err := strconv.ParseInt(f[2], 10, 64)
	return gitBlob{kind: f[1], id: f[0], size: size}, err
}
