package app

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strings"
)

// touched returns the sections of the plans that were touched since the branch left ref; without ref, nil for all.
// What is not committed yet counts, and so do new files that git does not ignore.
func (a *App) touched(ctx context.Context, sources []source, ref string) (map[string]bool, error) {
	if ref == "" {
		return nil, nil
	}
	if strings.HasPrefix(ref, "-") {
		return nil, fmt.Errorf("--since is a git revision such as origin/main, not %q", ref)
	}
	top, err := a.git(ctx, "rev-parse", "--show-toplevel")
	if err != nil {
		return nil, fmt.Errorf("--since %s: %w", ref, err)
	}
	base, err := a.git(ctx, "merge-base", ref, "HEAD")
	if err != nil {
		return nil, fmt.Errorf("--since %s: find where the branch left it: %w; is it fetched, with its history?", ref, err)
	}
	changed, err := a.git(ctx, "-C", trimmed(top), "diff", "--name-only", "--no-relative", "--no-ext-diff", "-z", trimmed(base))
	if err != nil {
		return nil, fmt.Errorf("--since %s: %w", ref, err)
	}
	fresh, err := a.git(ctx, "-C", trimmed(top), "ls-files", "--others", "--exclude-standard", "-z")
	if err != nil {
		return nil, fmt.Errorf("--since %s: %w", ref, err)
	}
	files := map[string]bool{}
	for name := range bytes.SplitSeq(append(changed, fresh...), []byte{0}) {
		files[real(filepath.Join(trimmed(top), string(name)))] = true
	}
	out := map[string]bool{}
	for _, s := range sources {
		if !files[real(s.path)] {
			continue
		}
		out[s.plan.ID.Text] = true
		for _, t := range s.plan.Tasks {
			out[t.ID.Text] = true
		}
	}
	return out, nil
}

// real is a file's own path, where it can be found.
func real(path string) string {
	if own, err := filepath.EvalSymlinks(path); err == nil {
		return own
	}
	return path
}
