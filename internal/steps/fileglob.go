package steps

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

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// maxWalked bounds how many names a look goes through.
const maxWalked = 100_000

// globProblems tells of globs that lead out of the checkout or cannot be read.
func globProblems(globs []string, at ...any) (out []check.Problem) {
	for i, g := range globs {
		where := append(slices.Clone(at), i)
		switch _, err := path.Match(g, ""); {
		case strings.TrimSpace(g) == "", strings.Contains(g, "\x00"), len(g) > 1000:
			out = append(out, problem("this is no glob of files", `such as charts/**, or helm/*.yaml`, where...))
		case path.IsAbs(g), !filepath.IsLocal(filepath.FromSlash(g)):
			out = append(out, problem("the glob leads out of the checkout", "name the other repository with repo, and the path inside it", where...))
		case err != nil:
			out = append(out, problem("this is no glob: "+err.Error(), "", where...))
		}
	}
	return out
}

// matchFiles returns the names of the checkout's files that globs match, with slashes, relative to at.Dir, sorted.
// ** stands for any number of folders, and a folder for all that is in it. Nothing in .git is a match unless
// the glob begins with it, and no link to a folder is followed. A stranger is told of no file that is not the
// repository's, not even that it is there. That one of several globs matches nothing is a remark.
func matchFiles(ctx context.Context, at check.Site, globs []string) ([]string, error) {
	root, rel, err := openRoot(at, ".")
	if err != nil {
		return nil, err
	}
	defer root.Close()
	found, walked := map[string]bool{}, 0
	var idle []string
	for _, g := range globs {
		some := false
		parts := strings.Split(path.Clean(g), "/")
		start := path.Join(append([]string{filepath.ToSlash(rel)}, plainParts(parts)...)...)
		err := fs.WalkDir(root.FS(), start, func(name string, d fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil && name == start && errors.Is(err, fs.ErrNotExist):
				return fs.SkipAll
			case err != nil:
				return fileFault(name, err)
			case d.IsDir() && d.Name() == ".git":
				return fs.SkipDir
			}
			if walked++; walked > maxWalked {
				return fmt.Errorf("more than %d names below %s: narrow the globs", maxWalked, start)
			}
			under, err := filepath.Rel(rel, name)
			if err == nil && !d.IsDir() && matchPath(parts, strings.Split(filepath.ToSlash(under), "/")) && strange(at, root, name) == nil {
				found[filepath.ToSlash(under)], some = true, true
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if !some {
			idle = append(idle, g)
		}
	}
	if len(idle) > 0 && len(found) > 0 {
		warn(at, "no file matches %s", bounded(idle))
	}
	out := make([]string, 0, len(found))
	for name := range found {
		out = append(out, name)
	}
	slices.Sort(out)
	return out, nil
}

// plainParts are the folders at the beginning of a glob that are no patterns.
func plainParts(parts []string) []string {
	for i, p := range parts {
		if strings.ContainsAny(p, `*?[\`) {
			return parts[:i]
		}
	}
	return parts
}

// matchPath tells whether a glob matches a path, or a folder above it.
func matchPath(glob, name []string) bool {
	switch {
	case len(glob) == 0:
		return true
	case glob[0] == "**":
		return len(glob) == 1 || slices.ContainsFunc(tails(name), func(tail []string) bool { return matchPath(glob[1:], tail) })
	case len(name) == 0:
		return false
	}
	ok, err := path.Match(glob[0], name[0])
	return err == nil && (ok || glob[0] == ".") && matchPath(glob[1:], name[1:])
}

func tails(name []string) (out [][]string) {
	for i := range name {
		out = append(out, name[i:])
	}
	return out
}

// checkoutPath returns the absolute path, without links, of what lies in the checkout. Below a folder nothing may link
// out of it: other programs would follow.
func checkoutPath(at check.Site, name string) (string, error) {
	root, rel, err := openRoot(at, name)
	if err != nil {
		return "", err
	}
	defer root.Close()
	if _, err := root.Stat(rel); err != nil {
		return "", fileFault(name, err)
	}
	real, err := filepath.EvalSymlinks(filepath.Join(root.Name(), rel))
	if err != nil {
		return "", fileFault(name, err)
	}
	if !inCheckout(at, real) {
		return "", outside(name)
	}
	walked := 0
	err = filepath.WalkDir(real, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return fileFault(name, err)
		}
		if walked++; walked > maxWalked {
			return fmt.Errorf("more than %d names below %s", maxWalked, name)
		}
		if d.Type()&os.ModeSymlink == 0 {
			return nil
		}
		if to, err := filepath.EvalSymlinks(p); err != nil || !inCheckout(at, to) {
			return outside(name + "/" + d.Name())
		}
		return nil
	})
	return real, err
}
