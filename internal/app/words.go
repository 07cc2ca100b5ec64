package app

import (
	"path/filepath"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// words returns what a plan's file calls statuses: as the repository says that it lies in. Of checkouts that lie within
// each other it is the innermost.
func (a *App) words(path string) workplan.Words {
	in := ""
	if within(a.Config.Root, path) {
		in = a.Config.Root
	}
	for name := range a.Config.Repos {
		if dir, ok := a.Config.Repo(name); ok && len(dir) > len(in) && within(dir, path) {
			in = dir
		}
	}
	switch in {
	case a.Config.Root:
		return a.Config.Words
	case "":
		return a.wordsOf(filepath.Dir(path))
	}
	return a.wordsOf(in)
}

// wordsOf returns the words of another repository, by a folder in it. Where its configuration cannot be read, or has
// errors, it is what was understood.
func (a *App) wordsOf(dir string) workplan.Words {
	a.spoken.Lock()
	defer a.spoken.Unlock()
	words, ok := a.spoken.words[dir]
	if !ok {
		if a.spoken.words == nil {
			a.spoken.words = map[string]workplan.Words{}
		}
		c, _, _ := configOf(dir)
		words = c.Words
		a.spoken.words[dir] = words
	}
	return words
}

// spoken are the words of other repositories, by folder.
type spoken struct {
	sync.Mutex
	words map[string]workplan.Words
}

// configOf is the configuration of another repository, and nothing of the environment and of flags. Only what says where
// plans and repositories are, and what statuses are called, is taken of it.
func configOf(dir string) (*config.Config, diag.List, error) {
	return config.Load(config.Options{Dir: dir, Env: func(string) (string, bool) { return "", false }})
}
