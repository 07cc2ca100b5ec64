package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Repo returns the folder of the checkout of that name; ok is false where there is none.
//
// A path that the repository's own file names must lead to a git checkout: else a plan could look about in any
// folder of the user's.
func (c *Config) Repo(name string) (dir string, ok bool) {
	dir, from, err := c.repo(name)
	if err != nil {
		return "", false
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return "", false
	}
	return dir, from.ours || isCheckout(dir)
}

// RepoLine says which line of the configuration to look at where there is no checkout of that name.
func (c *Config) RepoLine(name string) string {
	dir, from, err := c.repo(name)
	if err != nil {
		file := c.File
		if file == "" {
			file = filepath.Join(c.Root, FileName)
		}
		return fmt.Sprintf("%s has no line `repos: {%s: ../%s}`", file, name, name)
	}
	why := "is no folder"
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		why = "is no git checkout"
	}
	return fmt.Sprintf("%s: repos.%s: %s %s", from.origin, name, dir, why)
}

func (c *Config) repo(name string) (dir string, from source, err error) {
	path, ok := c.Repos[name]
	if !ok || path == "" {
		return "", source{}, fmt.Errorf("no repository %q", name)
	}
	from = c.repos[name]
	return from.path(path), from, nil
}

// path is the absolute path that is meant by one which is written there.
func (s source) path(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && s.home != "" {
		return filepath.Join(s.home, filepath.FromSlash(rest))
	}
	path = filepath.FromSlash(path)
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.dir, path)
	}
	return filepath.Clean(path)
}

// Template returns the path of the file that new plans, tasks or steps begin with; "" where there is none.
func (c *Config) Template(of string) string { return c.templates[of] }

// Alias returns the id that is meant by id.
func (c *Config) Alias(id string) string {
	if to, ok := c.Aliases[id]; ok {
		return to
	}
	return id
}

// Context returns the kubeconfig context of a cluster by its name in plans.
func (c *Config) Context(cluster string) (context string, ok bool) {
	context, ok = c.Clusters[cluster]
	return context, ok
}
