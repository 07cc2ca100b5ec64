package steps

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// maxChangedNames bounds what git tells of changed files.
const maxChangedNames = 16 << 20

// changedSince returns the files of the checkout, relative to at.Dir, that are different from where its history parted
// from ref: committed since, changed and not committed, or new. Those that are gone are left out.
func changedSince(ctx context.Context, at check.Site, ref string) (map[string]bool, error) {
	g, err := openGit(ctx, at)
	if err != nil {
		return nil, err
	}
	if len(g.filters) > 0 {
		return nil, &check.Lasting{Err: fmt.Errorf("the checkout's own configuration has filter programs (%s), which are not run: what changed cannot be told", g.filters[0])}
	}
	id, err := g.rev(ctx, ref)
	if err != nil {
		return nil, err
	}
	if id == "" {
		if g.cut != "" {
			return nil, g.missing(ref)
		}
		return nil, &check.Lasting{Err: fmt.Errorf("git knows no %s here: git fetch may get it", ref)}
	}
	r, err := g.run(ctx, "merge-base", id, "HEAD")
	if err != nil {
		return nil, err
	}
	base := strings.TrimSpace(r.Stdout.Text)
	if r.Exit != 0 || base == "" {
		if g.cut != "" {
			return nil, g.missing("where the history parted from " + ref)
		}
		return nil, &check.Lasting{Err: fmt.Errorf("the checkout and %s have no common history", ref)}
	}
	prefix := "."
	if at.Root != "" {
		if prefix, err = filepath.Rel(at.Root, at.Dir); err != nil {
			return nil, err
		}
	}
	out := map[string]bool{}
	for _, args := range [][]string{
		{"diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all", "--diff-filter=d", base, "--"},
		{"ls-files", "--others", "--exclude-standard", "-z"},
	} {
		r, err := g.feed(ctx, "", 2*maxChangedNames, args...)
		switch {
		case err != nil:
			return nil, err
		case r.Exit != 0:
			return nil, g.fault(r)
		case r.Stdout.Dropped > 0:
			return nil, fmt.Errorf("more files changed since %s than are read", ref)
		}
		for name := range strings.SplitSeq(r.Stdout.Text, "\x00") {
			if rel, err := filepath.Rel(prefix, filepath.FromSlash(name)); name != "" && err == nil {
				out[path.Clean(filepath.ToSlash(rel))] = true
			}
		}
	}
	return out, nil
}
