package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/proc"
)

// program is a program of this machine that a kind asks, with arguments of its own.
type program struct{ name, path string }

// noProgram is the error where a program is not on PATH.
type noProgram struct{ name string }

func (e *noProgram) Error() string {
	s := "there is no " + e.name + " on PATH"
	if how := installHint(e.name); how != "" {
		s += ": " + how
	}
	return s
}

// findProgram finds a program on PATH. One that lies in the checkout is denied: it would be code of the plan.
func findProgram(at check.Site, name string) (program, error) {
	path, err := exec.LookPath(name)
	switch {
	case errors.Is(err, exec.ErrDot):
		return program{}, &check.Denied{Reason: name + " was found by a relative entry of PATH"}
	case err != nil:
		return program{}, &check.Lasting{Err: &noProgram{name}}
	}
	if path, err = filepath.Abs(path); err != nil {
		return program{}, fmt.Errorf("find %s: %w", name, err)
	}
	if inCheckout(at, path) {
		return program{}, &check.Denied{Reason: fmt.Sprintf("the %s on PATH is a file of the checkout: it is not run", name)}
	}
	return program{name, path}, nil
}

// inCheckout tells whether a path is below the checkout's root, links followed.
func inCheckout(at check.Site, path string) bool {
	if at.Root == "" {
		return false
	}
	root, err := filepath.EvalSymlinks(at.Root)
	if err != nil {
		root = at.Root
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		real = path
	}
	for _, p := range []string{path, real} {
		if rel, err := filepath.Rel(root, p); err == nil && filepath.IsLocal(rel) {
			return true
		}
	}
	return false
}

// call is how a program is run.
type call struct {
	dir   string            // empty: none, see noFolder
	env   map[string]string // beside what shellEnv gives
	stdin string
	keep  int // bytes of each output stream; 0: as proc has it
	args  []string
}

// noFolder is where programs are run that are to find no settings: in the checkout, and in folders above it, files such
// as rust-toolchain.toml and .tool-versions say which program is run in the place of the one that is asked.
func noFolder() string {
	dir, err := os.Getwd()
	if err != nil {
		return string(filepath.Separator)
	}
	return filepath.VolumeName(dir) + string(filepath.Separator)
}

// run runs the program to its end. An error is that nothing can be said of it, not that it failed.
func (p program) run(ctx context.Context, at check.Site, c call) (proc.Result, error) {
	dir := cmp.Or(c.dir, noFolder())
	r, err := proc.Run(ctx, proc.Command{
		Path: p.path, Args: append([]string{p.name}, c.args...), Dir: dir, Env: shellEnv(at, dir, c.env), Stdin: c.stdin, Keep: c.keep,
	})
	switch {
	case err == nil:
		return r, nil
	case ctx.Err() != nil:
		return r, fmt.Errorf("%s did not end in time: %w", p.name, err)
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.ENOMEM), errors.Is(err, syscall.EMFILE):
		return r, &check.Transient{Err: err}
	case errors.Is(err, os.ErrPermission):
		return r, fmt.Errorf("%s may not be executed: %w", p.path, withoutPath(err))
	}
	return r, err
}

// said is what a program said last on its error output, without line ends and its own name before it.
func said(p program, r proc.Result) string {
	text := strings.TrimSpace(strings.ToValidUTF8(r.Stderr.Text, "�"))
	if text == "" {
		return fmt.Sprintf("%s ended with exit %d", p.name, r.Exit)
	}
	line := strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
	for _, head := range []string{p.name + ": ", "fatal: ", "error: ", "Error: "} {
		line = strings.TrimPrefix(line, head)
	}
	return line
}
