package steps

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// workDir returns the directory to run in, without symbolic links; it is never outside of the checkout.
func workDir(at check.Site, dir string) (string, error) {
	if at.Dir == "" {
		return "", errors.New("there is no checkout to run in")
	}
	root := at.Root
	if root == "" {
		root = at.Dir
	}
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return "", fmt.Errorf("the checkout: %w", err)
	}
	path := root
	if dir != "" || at.Root != "" && at.Root != at.Dir {
		if path = dir; !filepath.IsAbs(path) {
			path = filepath.Join(at.Dir, path)
		}
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return "", fmt.Errorf("dir %s: %w", dirName(dir), withoutPath(err))
		}
	}
	if rel, err := filepath.Rel(root, path); err != nil || !filepath.IsLocal(rel) {
		return "", &check.Denied{Reason: fmt.Sprintf("dir %s is outside of the checkout", dirName(dir))}
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return "", fmt.Errorf("dir %s is not a directory", dirName(dir))
	}
	return path, nil
}

func dirName(dir string) string {
	if dir == "" {
		return "."
	}
	return dir
}
