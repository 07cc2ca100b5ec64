package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// Workspace returns all plans of this repository and of the companion repositories that are checked out beside it.
// Files that are given beside are taken in as well. What could not be read is told beside it.
func (a *App) Workspace(ctx context.Context, beside ...string) (*workspace.Workspace, Seen, error) {
	return a.workspace(ctx, a.Files.ReadInto, beside...)
}

func (a *App) workspace(ctx context.Context, read func(path string, buf []byte) ([]byte, error), beside ...string) (*workspace.Workspace, Seen, error) {
	paths, folders, err := a.Config.PlanFiles(ctx)
	if err != nil {
		return nil, Seen{}, err
	}
	others, seen := a.companions(ctx)
	for _, f := range folders {
		a.cannot(&seen, f.Path, f)
	}
	var files, own []workspace.File
	known := map[string]bool{}
	for _, c := range others {
		for _, f := range c.files {
			known[f.Path] = true
			files = append(files, f)
		}
	}
	for _, p := range a.onlyOwn(append(paths, beside...), &seen) {
		if !known[p] {
			known[p] = true
			own = append(own, workspace.File{Name: a.relative(p), Path: p, Words: a.words(p)})
		}
	}
	l := workspace.Loader{
		Read: read, Index: a.indexFile(), Key: a.indexKey(),
		Digest: func(p *workplan.Plan, s ...*workplan.Step) string { return runner.Digest(a.Kinds, p, s...) },
	}
	plans, errs := l.Load(ctx, append(own, files...))
	for _, err := range errs {
		file, ok := errors.AsType[*fs.PathError](err)
		switch {
		case errors.Is(err, fs.ErrNotExist): // it went away meanwhile
		case errors.Is(err, workspace.ErrIndex):
			seen.Warnings = append(seen.Warnings, err.Error())
		case ok:
			a.cannot(&seen, file.Path, err)
		}
	}
	return a.workspaceOf(plans, others), seen, ctx.Err()
}

// lately is Workspace without what lies beside, as a command saw it first: what it reads later changes nothing in it.
func (a *App) lately(ctx context.Context) (*workspace.Workspace, Seen, error) {
	a.memo.Lock()
	defer a.memo.Unlock()
	if a.memo.w == nil {
		w, seen, err := a.Workspace(ctx)
		if err != nil {
			return nil, seen, err
		}
		a.memo.w, a.memo.seen = w, seen
	}
	return a.memo.w, a.memo.seen, nil
}

// forget makes lately read anew.
func (a *App) forget() {
	a.memo.Lock()
	defer a.memo.Unlock()
	a.memo.w = nil
}

// memo is a workspace as it was read.
type memo struct {
	sync.Mutex
	w    *workspace.Workspace
	seen Seen
}

// workspaceOf is the workspace of plans, of this repository and of companions.
func (a *App) workspaceOf(plans []*workspace.Plan, others map[string]companion) *workspace.Workspace {
	return workspace.New(plans, workspace.Options{Alias: a.Config.Alias, Absent: func(p *workspace.Plan, repo string) (where string, absent bool) {
		if _, ok := a.Config.Repo(repo); ok || repo == p.Repo {
			return "", false
		}
		c := a.Config
		if other, ok := others[p.Repo]; ok {
			if _, ok := other.config.Repo(repo); ok {
				return "", false
			}
			c = other.config
		}
		return c.RepoLine(repo), true
	}})
}

// companion is another repository that the configuration names and that is checked out.
type companion struct {
	config *config.Config
	files  []workspace.File
}

// companions returns the other repositories that the configuration names, by name, with their plan files.
func (a *App) companions(ctx context.Context) (out map[string]companion, s Seen) {
	out = map[string]companion{}
	seen := map[string]bool{} // by the files' own paths: two names may stand for one checkout
	for _, name := range slices.Sorted(maps.Keys(a.Config.Repos)) {
		dir, ok := a.Config.Repo(name)
		if !ok {
			continue // said where something of it is wanted
		}
		c, diags, err := configOf(dir)
		checkout := real(dir)
		if real(c.Root) == real(a.Config.Root) {
			continue // this repository itself
		}
		if err == nil && diags.Errors() {
			err = fmt.Errorf("its configuration: %s", diags[0].Message)
		}
		if err != nil {
			s.Unread = append(s.Unread, Unread{Name: a.relative(dir), Why: err.Error()})
			continue
		}
		for _, glob := range c.KeepWithin(checkout) {
			s.Warnings = append(s.Warnings, fmt.Sprintf("%s: its glob of plans %s leads out of it, and is not followed", a.relative(dir), glob))
		}
		paths, folders, err := c.PlanFiles(ctx)
		if err != nil {
			break // the end of ctx
		}
		for _, f := range folders {
			a.cannot(&s, f.Path, f)
		}
		other := companion{config: c}
		for _, p := range paths {
			if at := real(p); within(checkout, at) && !seen[at] {
				seen[at] = true
				other.files = append(other.files, workspace.File{Name: a.relative(p), Path: p, Repo: name, Words: c.Words})
			}
		}
		out[name] = other
	}
	return out, s
}

// within tells whether path lies below dir, or is dir.
func within(dir, path string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// indexFile is where summaries of the plans of this workspace are kept; "" where there is no place for it.
func (a *App) indexFile() string {
	if a.Index == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(a.Config.Root))
	return filepath.Join(a.Index, hex.EncodeToString(sum[:8]))
}

// indexKey is what beside their text decides on summaries: this very program, and the team's own kinds.
func (a *App) indexKey() string {
	var b strings.Builder
	b.WriteString(a.Version)
	if name, err := os.Executable(); err == nil {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintf(&b, " %d %d", info.Size(), info.ModTime().UnixNano())
		}
	}
	for _, name := range a.Kinds.Names() {
		if k, ok := a.Kinds.Kind(name); ok && k.Definition != "" {
			fmt.Fprintf(&b, " %s=%q", name, k.Definition)
		}
	}
	return b.String()
}
