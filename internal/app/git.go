package app

import (
	"context"
	"errors"
	"os/exec"
	"os/user"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// git runs git in the repository and returns what it prints.
func (a *App) git(ctx context.Context, args ...string) ([]byte, error) {
	return a.gitIn(ctx, a.Config.Root, args...)
}

// gitIn is git in another folder.
func (a *App) gitIn(ctx context.Context, dir string, args ...string) ([]byte, error) {
	return Git(ctx, a.Config.Root, dir, args...)
}

// Git runs git in a folder of the checkout at root, and returns what it prints. A folder of the checkout that only looks
// like a repository is none: its settings come with the checkout and could name programs to run. Nor is a git run that
// lies in it: that is a *check.Denied.
func Git(ctx context.Context, root, dir string, args ...string) ([]byte, error) {
	git, err := steps.FindProgram(root, "git")
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, git, append([]string{"-c", "safe.bareRepository=explicit", "-c", "core.fsmonitor=false"}, args...)...)
	cmd.Dir, cmd.WaitDelay = dir, time.Second
	out, err := cmd.Output()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		if said, _, _ := strings.Cut(trimmed(failed.Stderr), "\n"); said != "" {
			return nil, errors.New("git: " + said)
		}
	}
	return out, err
}

func trimmed(b []byte) string { return strings.TrimRight(string(b), "\r\n") }

// ref is the branch that is checked out, or else the commit; "" where there is no git.
func (a *App) ref(ctx context.Context) string {
	for _, args := range [][]string{{"symbolic-ref", "--quiet", "--short", "HEAD"}, {"rev-parse", "--verify", "--quiet", "HEAD"}} {
		if out, err := a.git(ctx, args...); err == nil && trimmed(out) != "" {
			return trimmed(out)
		}
	}
	return ""
}

// userName is what git calls the user, else the system.
func (a *App) userName(ctx context.Context) string {
	if out, err := a.gitIn(ctx, a.Dir, "config", "user.name"); err == nil {
		if name := strings.TrimSpace(string(out)); name != "" {
			return name
		}
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown"
}
