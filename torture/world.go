//go:build linux && amd64

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"gitea.coulomb.social/coulomb/wpctl/torture/trace"
)

// world is a repository with plans, and a home, in which wpctl is called.
type world struct {
	wpctl string
	dir   string // of all
	repo  string
	home  string
	env   []string          // more of wpctl's environment
	git   [sha256.Size]byte // of all that git keeps
}

// plansDir is where wpctl writes in a repository.
const plansDir = "workplans"

// newWorld makes a repository, whose other branch has other plans.
func newWorld(wpctl, dir string) (*world, error) {
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	w := &world{wpctl: wpctl, dir: dir, repo: filepath.Join(dir, "repo"), home: filepath.Join(dir, "home")}
	if err := os.MkdirAll(w.repo, 0o755); err != nil {
		return nil, err
	}
	commit := []string{"-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-q", "-m", "plans"}
	steps := []func() error{
		func() error { return w.runGit("init", "-q", "-b", "main", "--template=") },
		func() error { return w.reset(start) },
		func() error { return w.runGit("add", ".") },
		func() error { return w.runGit(commit...) },
		func() error { return w.runGit("checkout", "-q", "-b", "other") },
		func() error { return w.reset(start.saved()) },
		func() error { return w.runGit(append(commit, "-a")...) },
		func() error { return w.runGit("checkout", "-q", "main") },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	w.git, err = digestOf(filepath.Join(w.repo, ".git"))
	return w, err
}

func (w *world) runGit(args ...string) error {
	cmd := exec.Command("git", args...)
	cmd.Dir = w.repo
	cmd.Env = append(os.Environ(), "GIT_OPTIONAL_LOCKS=0", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return nil
}

// reset puts the plans and the home back to their beginning.
func (w *world) reset(to texts) error {
	if err := removeAll(filepath.Join(w.repo)); err != nil {
		return err
	}
	if err := removeAll(w.home); err != nil {
		return err
	}
	if err := os.MkdirAll(w.home, 0o700); err != nil {
		return err
	}
	return w.put(to)
}

// removeAll empties a folder, but for what git keeps, whatever was done to its rights.
func removeAll(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	for _, e := range entries {
		if e.Name() == ".git" {
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) put(to texts) error {
	for name, text := range to {
		path := filepath.Join(w.repo, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// command is a call of wpctl, as its user.
func (w *world) command(args ...string) *exec.Cmd {
	cmd := exec.Command(w.wpctl, args...)
	cmd.Dir = w.repo
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.home, "USER=torture", "LANG=C.UTF-8",
		"WPCTL_STATE_DIR=" + w.home + "/state", "WPCTL_CACHE_DIR=" + w.home + "/cache", "WPCTL_CONFIG_DIR=" + w.home + "/config",
	}
	cmd.Env = append(cmd.Env, w.env...)
	return cmd
}

// call runs wpctl undisturbed.
func (w *world) call(args ...string) (exit int, said string, err error) {
	cmd := w.command(args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return 0, "", err
	}
	timer := time.AfterFunc(5*time.Minute, func() { cmd.Process.Signal(unix.SIGQUIT) }) //nolint:errcheck // it tells where it hangs, unless it has ended
	defer timer.Stop()
	cmd.Wait() //nolint:errcheck // the exit code says it
	return cmd.ProcessState.ExitCode(), out.String(), nil
}

// traced runs wpctl, and at decides about each of its calls of the file system.
func (w *world) traced(at func(trace.Call) trace.Do, args ...string) (trace.Ended, string, error) {
	out, err := os.Create(filepath.Join(w.dir, "said"))
	if err != nil {
		return trace.Ended{}, "", err
	}
	defer out.Close()
	cmd := w.command(args...)
	cmd.Stdout, cmd.Stderr = out, out
	ended, err := trace.Program{Cmd: cmd, Root: w.dir, At: at}.Run(10 * time.Minute)
	said, _ := os.ReadFile(out.Name())
	return ended, string(said), err
}

// look returns the texts of all files in the repository but git's, without following links.
func (w *world) look() (texts, error) {
	found := texts{}
	err := filepath.WalkDir(w.repo, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case e.Name() == ".git":
			return filepath.SkipDir
		case e.IsDir():
			return nil
		}
		name, _ := filepath.Rel(w.repo, path)
		if e.Type()&fs.ModeSymlink != 0 {
			to, err := os.Readlink(path)
			found[name] = "-> " + to
			return err
		}
		src, err := os.ReadFile(path)
		found[name] = string(src)
		return err
	})
	return found, err
}

// sameGit returns an error where a byte differs of what git keeps.
func (w *world) sameGit() error {
	now, err := digestOf(filepath.Join(w.repo, ".git"))
	if err == nil && now != w.git {
		err = errors.New("what git keeps was changed")
	}
	return err
}

func digestOf(dir string) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		src, err := os.ReadFile(path)
		fmt.Fprintf(h, "%s %d\n", path, len(src))
		h.Write(src)
		return err
	})
	return [sha256.Size]byte(h.Sum(nil)), err
}

var temporary = regexp.MustCompile(`(^|/)\.[^/]*$`)

// homeIsWhole returns an error where a file of wpctl's own is no JSON, or where something was left beside them.
func (w *world) homeIsWhole(swept bool) error {
	var left []string
	err := filepath.WalkDir(w.home, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, _ := filepath.Rel(w.home, path)
		switch {
		case strings.HasSuffix(name, ".lock"):
		case temporary.MatchString(name):
			left = append(left, name)
		case strings.HasSuffix(name, ".json"):
			src, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			if !json.Valid(src) {
				return fmt.Errorf("%s is no JSON: %.60q", name, src)
			}
		}
		return nil
	})
	if err == nil && swept && len(left) > 0 {
		err = fmt.Errorf("left in the home: %q", left)
	}
	return err
}

// texts are files by name.
type texts map[string]string

func (t texts) names() []string { return slices.Sorted(maps.Keys(t)) }

// differs says how t is not like want, "" where it is.
func (t texts) differs(want texts) string {
	for _, name := range want.names() {
		if got, ok := t[name]; !ok {
			return name + " is not there"
		} else if got != want[name] {
			return fmt.Sprintf("%s is\n%s\nand not\n%s", name, bounded(got), bounded(want[name]))
		}
	}
	for _, name := range t.names() {
		if _, ok := want[name]; !ok {
			return fmt.Sprintf("%s is there: %s", name, bounded(t[name]))
		}
	}
	return ""
}

func bounded(s string) string {
	if len(s) > 3000 {
		return s[:3000] + "…"
	}
	return s
}

// word is what a person writes at the end of each plan.
const word = "\nA person's word.\n"

// saved is t as a person saves it.
func (t texts) saved() texts {
	out := texts{}
	for name, text := range t {
		if strings.HasPrefix(name, plansDir+"/") {
			text += word
		}
		out[name] = text
	}
	return out
}
