package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/config"
)

// policyFrom reads the configuration as it stands at a git revision, where a branch could not touch it: the nearest one
// from dir upwards. Nil where there is none.
func policyFrom(dir, ref string) (*config.Policy, error) {
	if ref == "" {
		return nil, nil
	}
	root, isGit := config.Root(dir)
	if !isGit || strings.HasPrefix(ref, "-") {
		return nil, fmt.Errorf("--policy-from is a git revision such as origin/main of the repository that plans are in, not %q", ref)
	}
	commit, err := git(root, "rev-parse", "--verify", "--quiet", ref+"^{commit}")
	var denied *check.Denied
	if errors.As(err, &denied) {
		return nil, fmt.Errorf("--policy-from: %w", err)
	}
	if err != nil {
		return nil, fmt.Errorf("--policy-from: no revision %q; is it fetched?", ref)
	}
	rel, err := filepath.Rel(root, dir)
	if err != nil {
		return nil, fmt.Errorf("--policy-from: %w", err)
	}
	for folder := filepath.ToSlash(rel); ; folder = path.Dir(folder) {
		name := path.Join(folder, config.FileName)
		found, err := git(root, "ls-tree", "--full-tree", "--name-only", commit, "--", name)
		if err != nil {
			return nil, fmt.Errorf("--policy-from %s: %w", ref, err)
		}
		if found != "" {
			src, err := git(root, "cat-file", "blob", commit+":"+name)
			if err != nil {
				return nil, fmt.Errorf("--policy-from %s: read %s: %w", ref, name, err)
			}
			return &config.Policy{Name: ref + ":" + name, Src: []byte(src)}, nil
		}
		if folder == "." {
			return nil, nil
		}
	}
}

// git runs git in a repository and returns what it prints, without the end of the last line.
func git(root string, args ...string) (string, error) {
	out, err := app.Git(context.Background(), root, root, args...)
	return strings.TrimRight(string(out), "\n"), err
}
