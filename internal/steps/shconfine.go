package steps

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/confine"
	"gitea.coulomb.social/coulomb/wpctl/internal/proc"
)

// shConfine is what a confined command may reach besides what all of them may.
type shConfine struct {
	Read  []string `yaml:"read" doc:"further files and folders that it may read and run, relative to the checkout or absolute"`
	Write []string `yaml:"write" doc:"files and folders that it may change as well; they have to be there"`
}

// confinedWhy is told with a confined command that failed: what it tried may have been refused.
func confinedWhy(at check.Site) string {
	if at.Untrusted {
		return "it was confined: it sees programs and the files that git knows, changes its temporary folder alone, and has no network"
	}
	return "it was confined: it sees programs, the checkout and what confine names, changes its temporary folder and confine.write alone, and has no network"
}

func (c *shConfine) problems() (out []check.Problem) {
	if c == nil {
		return nil
	}
	for _, list := range []struct {
		name  string
		paths []string
	}{{"read", c.Read}, {"write", c.Write}} {
		for i, path := range list.paths {
			tell := func(message, hint string) {
				out = append(out, check.Problem{Path: []any{"confine", list.name, i}, Message: message, Hint: hint})
			}
			switch {
			case path == "":
				tell("the path is empty", "the checkout itself is .")
			case strings.Contains(path, "\x00"):
				tell("the path holds a NUL byte", "")
			case strings.HasPrefix(path, "~"):
				tell("a path with ~ is not expanded", "write it as it is, from /")
			}
		}
	}
	return out
}

// confineRun is confine.Run; tests put a machine in its place that cannot confine.
var confineRun = confine.Run

// runConfined runs a command that is confined, with a temporary folder as its home.
//
// A command reads the checkout, unless the plan is a stranger's: then of it only the files that git knows, and the plan
// can widen nothing. What it is given by the environment names no place of the user's.
func runConfined(ctx context.Context, at check.Site, a shArgs, c proc.Command) (r proc.Result, err error) {
	var rules confine.Rules
	if at.Untrusted {
		rules, err = strangersRules(at, a.Confine)
	} else {
		rules = ownRules(at, *a.Confine)
	}
	if err != nil {
		return r, err
	}
	temp, err := os.MkdirTemp("", "wpctl-sh-")
	if err != nil {
		return r, fmt.Errorf("make a temporary folder: %w", err)
	}
	defer removeAll(temp)
	rules.Change = append(rules.Change, temp)
	c.Env = confinedEnv(c.Env, temp, a.Env)
	r, err = confineRun(ctx, c, rules)
	if unable := (*confine.Unable)(nil); errors.As(err, &unable) {
		return r, &check.Lasting{Err: fmt.Errorf("%w; it was not run", err)}
	}
	return r, err
}

// ownRules are those of a plan that is trusted: its word holds.
func ownRules(at check.Site, c shConfine) confine.Rules {
	root := at.Root
	if root == "" {
		root = at.Dir
	}
	r := confine.Rules{Read: []string{root}}
	for _, path := range c.Read {
		r.Read = append(r.Read, pathFrom(at.Dir, path))
	}
	for _, path := range c.Write {
		r.Change = append(r.Change, pathFrom(at.Dir, path))
	}
	return r
}

// strangersRules let a command read the files of the checkout that git knows, and the names of all.
func strangersRules(at check.Site, c *shConfine) (r confine.Rules, err error) {
	if c != nil && len(c.Read)+len(c.Write) > 0 {
		return r, &check.Denied{Reason: "it wants to reach more than other commands (confine), and this plan is not trusted"}
	}
	if at.Tracked == nil {
		return r, &check.Denied{Reason: "there is no repository that says which files it may read, and this plan is not trusted"}
	}
	root, err := filepath.EvalSymlinks(at.Root)
	if err != nil {
		return r, fmt.Errorf("the checkout: %w", err)
	}
	r.List = []string{root}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // gone since
			return nil
		case err != nil:
			return err
		case d.IsDir() && d.Name() == ".git":
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		if rel, err := filepath.Rel(root, path); err == nil && at.Tracked(filepath.ToSlash(rel)) {
			r.Read = append(r.Read, path)
		}
		return nil
	})
	if err != nil {
		return r, fmt.Errorf("find the files of the checkout: %w", err)
	}
	return r, nil
}

// pathFrom is path, where it is relative from dir.
func pathFrom(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// ofTheUser are the plain names that say where things of the user are; a confined command could not reach them, and a
// stranger's is not to know them.
var ofTheUser = []string{
	"XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
	"KUBECONFIG", "DOCKER_CONFIG", "DOCKER_HOST", "SSH_AUTH_SOCK",
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
}

// confinedEnv gives a command a home of its own, unless its step gives it one.
func confinedEnv(env []string, home string, own map[string]string) []string {
	out := make([]string, 0, len(env)+2)
	for _, entry := range env {
		name, _, _ := strings.Cut(entry, "=")
		if _, given := own[name]; given || name != "HOME" && name != "TMPDIR" && !slices.Contains(ofTheUser, name) {
			out = append(out, entry)
		}
	}
	for _, name := range []string{"HOME", "TMPDIR"} {
		if _, given := own[name]; !given {
			out = append(out, name+"="+home)
		}
	}
	return out
}

// removeAll removes a folder, folders included that their command has closed.
func removeAll(dir string) {
	if os.RemoveAll(dir) == nil {
		return
	}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
	_ = os.RemoveAll(dir)
}
