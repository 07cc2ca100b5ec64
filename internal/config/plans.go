package config

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
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
// Folders that cannot be read, and links that lead nowhere, are errors beside what was found elsewhere, each with its
// path; err is the end of ctx.
func (c *Config) PlanFiles(ctx context.Context) (files []string, unread []*fs.PathError, err error) {
	return planFiles(ctx, c.Plans, c.glob)
}

// MarkdownBelow returns the markdown files below a folder, as PlanFiles returns those that globs match.
func MarkdownBelow(ctx context.Context, dir string) (files []string, unread []*fs.PathError, err error) {
	return planFiles(ctx, []string{"**/*.[mM][dD]"}, func(glob string) (string, []string) { return dir, strings.Split(glob, "/") })
}

// planFiles returns the files that globs match, each of which glob parts into its folder and the rest.
func planFiles(ctx context.Context, globs []string, glob func(string) (base string, rest []string)) (files []string, unread []*fs.PathError, err error) {
	found := map[string]string{} // by the file's own path
	for _, p := range globs {
		base, rest := glob(p)
		w := &walk{ctx: ctx, base: base, seen: map[string]bool{}, found: found}
		w.real, _ = filepath.EvalSymlinks(base)
		if err := w.dir(base, rest); err != nil {
			return nil, nil, fmt.Errorf("find plans: %w", err)
		}
		unread = append(unread, w.unread...)
	}
	files = slices.Sorted(maps.Values(found))
	slices.SortFunc(unread, func(a, b *fs.PathError) int { return cmp.Compare(a.Path, b.Path) })
	unread = slices.CompactFunc(unread, func(a, b *fs.PathError) bool { return a.Path == b.Path })
	return files, unread, nil
}

// KeepWithin takes those globs out of Plans that lead out of a folder, and returns them.
func (c *Config) KeepWithin(dir string) (out []string) {
	within := walk{real: resolved(dir)}
	c.Plans = slices.DeleteFunc(slices.Clone(c.Plans), func(p string) bool {
		base, _ := c.glob(p)
		if within.inside(resolved(base)) {
			return false
		}
		out = append(out, p)
		return true
	})
	return out
}

// Own tells whether a file is one of the repository's: its links lead neither out of it nor to what git keeps there.
func (c *Config) Own(path string) bool {
	rel, err := filepath.Rel(resolved(c.Root), resolved(path))
	if err != nil || !filepath.IsLocal(rel) {
		return false
	}
	first, _, _ := strings.Cut(filepath.ToSlash(rel), "/")
	return !strings.EqualFold(first, ".git")
}

// resolved is a path with its links resolved, as far as it is there.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if up := filepath.Dir(path); up != path {
		return filepath.Join(resolved(up), filepath.Base(path))
	}
	return path
}

// glob is splitGlob with an absolute folder.
func (c *Config) glob(pattern string) (base string, rest []string) {
	base, rest = splitGlob(pattern)
	if !filepath.IsAbs(base) {
		base = filepath.Join(c.plansDir, base)
	}
	return base, rest
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

	unread []*fs.PathError
}

func (w *walk) dir(dir string, rest []string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	real, err := filepath.EvalSymlinks(dir)
	switch {
	case errors.Is(err, fs.ErrPermission):
		w.cannot(dir, err)
		return nil
	case err != nil || !w.inside(real):
		return nil // absent, or a link that leads away
	}
	key := real + "\x00" + strings.Join(rest, "/")
	if w.seen[key] {
		return nil
	}
	w.seen[key] = true
	if rest[0] == "**" && len(rest) > 1 {
		if err := w.dir(dir, rest[1:]); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !isFile(dir) {
		w.cannot(dir, err)
	}
	var links []fs.DirEntry
	for _, e := range entries {
		if e.Type()&fs.ModeSymlink != 0 {
			links = append(links, e) // last, so that what has a name of its own has that
			continue
		}
		if err := w.entry(dir, real, e.Name(), e.Type(), rest); err != nil {
			return err
		}
	}
	for _, e := range links {
		full := filepath.Join(dir, e.Name())
		info, err := os.Stat(full)
		if err != nil {
			if len(rest) == 1 && matchName(rest[0], e.Name()) {
				w.cannot(full, leadsNowhere(full, err))
			}
			continue
		}
		if err := w.entry(dir, "", e.Name(), info.Mode().Type(), rest); err != nil {
			return err
		}
	}
	return nil
}

// leadsNowhere says of a link that cannot be followed where it leads.
func leadsNowhere(link string, err error) error {
	if to, failed := os.Readlink(link); failed == nil && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("it is a link to %s, which is not there", to)
	}
	return err
}

// cannot notes a folder or a link that cannot be read.
func (w *walk) cannot(dir string, err error) {
	why := err
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		why = p.Err
	}
	w.unread = append(w.unread, &fs.PathError{Op: "read", Path: dir, Err: why})
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

// PlanFolders returns the folders that the globs of plans begin with.
func (c *Config) PlanFolders() []string {
	var out []string
	for _, p := range c.Plans {
		base, _ := c.glob(p)
		out = append(out, base)
	}
	return out
}

// PlanFolder returns the folder that the first glob of plans begins with; ok is false where it names no folder.
func (c *Config) PlanFolder() (dir string, ok bool) {
	if len(c.Plans) == 0 {
		return "", false
	}
	base, _ := c.glob(c.Plans[0])
	return base, true
}
