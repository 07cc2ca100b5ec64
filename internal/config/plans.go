package config

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// PlanFiles returns the absolute paths of the files that Plans match, sorted, each file once.
//
// A * does not match names that begin with a dot, and no folder named .git or node_modules is looked into. A link to a
// folder is followed where the folder lies in the same tree; a file that is reached by several names is there by its own.
// A folder that cannot be read is an error, and what was found elsewhere comes with it.
func (c *Config) PlanFiles(ctx context.Context) ([]string, error) {
	return Glob(ctx, c.plansDir, c.Plans)
}

// Glob is PlanFiles for other patterns, relative to dir.
func Glob(ctx context.Context, dir string, patterns []string) ([]string, error) {
	found := map[string]string{} // by the file's own path
	var errs []error
	for _, p := range patterns {
		base, rest := splitGlob(p)
		if !filepath.IsAbs(base) {
			base = filepath.Join(dir, base)
		}
		w := &walk{ctx: ctx, base: base, seen: map[string]bool{}, found: found}
		w.real, _ = filepath.EvalSymlinks(base)
		if err := w.dir(base, rest); err != nil {
			errs = append(errs, err)
		}
	}
	out := make([]string, 0, len(found))
	for _, name := range found {
		out = append(out, name)
	}
	slices.Sort(out)
	if err := errors.Join(errs...); err != nil {
		return out, fmt.Errorf("find plans: %w", err)
	}
	return out, nil
}

// checkGlob tells whether pattern is well formed.
func checkGlob(pattern string) error {
	if strings.TrimSpace(pattern) == "" {
		return errors.New("it is empty")
	}
	_, err := path.Match(pattern, "")
	return err
}

// splitGlob returns the folder that pattern begins with and the segments from the first one with a wildcard on;
// the last segment is always among them.
func splitGlob(pattern string) (base string, rest []string) {
	segments := strings.Split(path.Clean(filepath.ToSlash(pattern)), "/")
	i := 0
	for i < len(segments)-1 && !strings.ContainsAny(segments[i], `*?[\`) {
		i++
	}
	base = filepath.FromSlash(strings.Join(segments[:i], "/"))
	if i > 0 && base == "" {
		base = string(filepath.Separator)
	}
	return base, segments[i:]
}

// walk goes through the folders that one pattern can match.
type walk struct {
	ctx   context.Context
	base  string
	real  string // base, links resolved
	seen  map[string]bool
	found map[string]string
}

func (w *walk) dir(dir string, rest []string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(dir)
	key := real + "\x00" + strings.Join(rest, "/")
	if err != nil || w.seen[key] || !w.inside(real) {
		return nil // absent, been here, or a link that leads away
	}
	w.seen[key] = true
	if rest[0] == "**" && len(rest) > 1 {
		if err := w.dir(dir, rest[1:]); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || isFile(dir) {
		return nil
	}
	var links []fs.DirEntry
	for _, e := range entries {
		if e.Type()&fs.ModeSymlink != 0 {
			links = append(links, e) // last, so that what has a name of its own has that
			continue
		}
		err = errors.Join(err, w.entry(dir, real, e.Name(), e.Type(), rest))
	}
	for _, e := range links {
		if info, statErr := os.Stat(filepath.Join(dir, e.Name())); statErr == nil {
			err = errors.Join(err, w.entry(dir, "", e.Name(), info.Mode().Type(), rest))
		}
	}
	return err
}

// entry takes a file that matches, and goes into a folder that can hold one.
// real is dir with its links resolved, or "" where the name itself is a link.
func (w *walk) entry(dir, real, name string, mode fs.FileMode, rest []string) error {
	full := filepath.Join(dir, name)
	last := len(rest) == 1
	switch {
	case mode.IsDir() && (name == ".git" || name == "node_modules"):
	case mode.IsDir() && rest[0] == "**":
		if !strings.HasPrefix(name, ".") {
			return w.dir(full, rest)
		}
	case mode.IsDir() && !last && matchName(rest[0], name):
		return w.dir(full, rest[1:])
	case mode.IsRegular() && last && matchName(rest[0], name):
		if real != "" {
			w.found[filepath.Join(real, name)] = full
		} else if real, err := filepath.EvalSymlinks(full); err == nil && w.found[real] == "" {
			w.found[real] = full
		}
	}
	return nil
}

// inside tells whether a folder lies in the tree that the pattern starts from.
func (w *walk) inside(real string) bool {
	rel, err := filepath.Rel(w.real, real)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// matchName matches one segment, in which ** is *.
func matchName(pattern, name string) bool {
	if strings.HasPrefix(name, ".") && !strings.HasPrefix(pattern, ".") {
		return false
	}
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}

// PlanFolder returns the folder that the first glob of plans begins with; ok is false where it names no folder.
func (c *Config) PlanFolder() (dir string, ok bool) {
	if len(c.Plans) == 0 {
		return "", false
	}
	base, _ := splitGlob(c.Plans[0])
	if !filepath.IsAbs(base) {
		base = filepath.Join(c.plansDir, base)
	}
	return base, true
}
