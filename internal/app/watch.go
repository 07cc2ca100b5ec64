package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Saved is what came of one save of a plan.
type Saved struct {
	At      time.Time
	Name    string // as the user may write it
	Gone    bool   // the file is no longer there, or no longer a plan
	Changes []string
	Checked Checked
	Plan    *PlanView // nil where the plan has errors
}

// A save is over when nothing has happened for a while, and at the latest after a second while.
const (
	saveQuiet = 80 * time.Millisecond
	saveLong  = time.Second
)

// Watch calls saved for each plan that is saved, made or removed, until ctx ends or saved returns an error. It looks at
// the files alone. Begun is called once, when all is watched, with the number of plans.
func (a *App) Watch(ctx context.Context, args []string, begun func(plans int), saved func(Saved) error) error {
	files, err := a.Find(args)
	if nothing := (*NoPlans)(nil); err != nil && (len(args) > 0 || !errors.As(err, &nothing)) {
		return err
	}
	fw, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch plans: %w", err)
	}
	defer func() { _ = fw.Close() }()
	w := &watching{App: a, args: args, fw: fw, seen: map[string]watched{}}
	if err := w.folders(files); err != nil {
		return err
	}
	for _, f := range files {
		w.seen[f] = w.look(f)
	}
	begun(len(files))
	return w.loop(ctx, saved)
}

// watching is a watch on its way; one goroutine has it.
type watching struct {
	*App
	args []string
	fw   *fsnotify.Watcher
	seen map[string]watched // by path
}

// watched is a plan as it was last seen.
type watched struct {
	sum  [sha256.Size]byte
	plan *PlanView // the last one without errors
}

// folders watches the folders in which plans lie, or may come to lie. A file is not watched itself: editors put
// another in its place.
func (w *watching) folders(files []string) error {
	for _, f := range files {
		if err := w.watch(filepath.Dir(f)); err != nil {
			return err
		}
		if real, err := filepath.EvalSymlinks(f); err == nil && filepath.Dir(real) != filepath.Dir(f) {
			if err := w.watch(filepath.Dir(real)); err != nil {
				return err
			}
		}
	}
	roots := w.args
	if len(roots) == 0 {
		if dir, ok := w.Config.PlanFolder(); ok {
			roots = []string{dir}
		}
	}
	for _, arg := range roots {
		if err := w.below(w.absolute(arg)); err != nil {
			return err
		}
	}
	return nil
}

// below watches a folder with all below it; what is no folder is left out.
func (w *watching) below(dir string) error {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || !d.IsDir():
			return nil
		case path != dir && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules"):
			return filepath.SkipDir
		}
		return w.watch(path)
	})
}

func (w *watching) watch(dir string) error {
	if err := w.fw.Add(dir); err != nil {
		return fmt.Errorf("watch %q: %w", dir, err)
	}
	return nil
}

func (w *watching) loop(ctx context.Context, saved func(Saved) error) error {
	var quiet, long <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-w.fw.Errors:
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return fmt.Errorf("watch plans: %w", err)
			}
			quiet = time.After(saveQuiet) // too much at once: all files are looked at anyway
			continue
		case e := <-w.fw.Events:
			if e.Has(fsnotify.Create) && !strings.HasPrefix(filepath.Base(e.Name), ".") {
				if err := w.below(e.Name); err != nil {
					return err
				}
			}
			quiet = time.After(saveQuiet)
			if long == nil {
				long = time.After(saveLong)
			}
			continue
		case <-quiet:
		case <-long:
		}
		quiet, long = nil, nil
		if err := w.changed(saved); err != nil {
			return err
		}
	}
}

// changed tells of all files that are not as they were seen.
func (w *watching) changed(saved func(Saved) error) error {
	files, err := w.Find(w.args)
	if err != nil {
		files = nil
		for f := range w.seen { // a file that was named may be gone for a moment
			if _, err := os.Stat(f); err == nil {
				files = append(files, f)
			}
		}
	}
	var gone []string
	for f := range w.seen {
		if !slices.Contains(files, f) {
			gone = append(gone, f)
		}
	}
	slices.Sort(gone)
	for _, f := range gone {
		delete(w.seen, f)
		if err := saved(Saved{At: w.Now(), Name: w.relative(f), Gone: true}); err != nil {
			return err
		}
	}
	slices.Sort(files)
	for _, f := range files {
		before, known := w.seen[f]
		now := w.look(f)
		if known && now.sum == before.sum {
			continue
		}
		if err := w.tell(f, before, now, known, saved); err != nil {
			return err
		}
	}
	return nil
}

// look reads a plan, and plans it where it has no errors.
func (w *watching) look(path string) watched {
	src, err := w.Files.Read(path)
	if err != nil {
		return watched{}
	}
	out := watched{sum: sha256.Sum256(src)}
	if views, err := w.Plan([]string{path}); err == nil && len(views) == 1 {
		out.plan = &views[0]
	}
	return out
}

func (w *watching) tell(path string, before, now watched, known bool, saved func(Saved) error) error {
	s := Saved{At: w.Now(), Name: w.relative(path), Plan: now.plan}
	checked, err := w.Lint(LintRequest{Plans: []string{path}})
	if err != nil {
		return saved(Saved{At: s.At, Name: s.Name, Changes: []string{err.Error()}}) // it may be there again in a moment
	}
	s.Checked = checked
	switch {
	case !known:
		s.Changes = []string{"a new plan"}
	case now.plan != nil && before.plan != nil:
		s.Changes = changesOf(before.plan, now.plan)
	}
	if now.plan == nil {
		now.plan = before.plan
	}
	w.seen[path] = now
	return saved(s)
}

// changesOf says what is otherwise in a plan than before, in lines for people.
func changesOf(before, now *PlanView) []string {
	var out []string
	add := func(name, what, from, to string) {
		if from != to {
			out = append(out, fmt.Sprintf("%s: %s %s → %s", name, what, orNone(from), orNone(to)))
		}
	}
	add(now.ID, "status", before.Status, now.Status)
	add(now.ID, "title", before.Title, now.Title)
	tasks := map[string]PlanTask{}
	for _, t := range before.Tasks {
		tasks[t.ID] = t
	}
	for _, t := range now.Tasks {
		was, ok := tasks[t.ID]
		delete(tasks, t.ID)
		if !ok {
			out = append(out, t.Short+": new, "+t.Title)
			continue
		}
		add(t.Short, "title", was.Title, t.Title)
		add(t.Short, "status", was.Status, t.Status)
		add(t.Short, "needs", strings.Join(was.Needs, ", "), strings.Join(t.Needs, ", "))
		add(t.Short, "steps", fmt.Sprint(len(was.Steps)), fmt.Sprint(len(t.Steps)))
		if was.Status == t.Status {
			add(t.Short, "now", string(was.State), string(t.State))
		}
	}
	for _, t := range before.Tasks {
		if _, gone := tasks[t.ID]; gone {
			out = append(out, t.Short+": gone")
		}
	}
	decisions := map[string]PlanDecision{}
	for _, d := range before.Decisions {
		decisions[d.ID] = d
	}
	for _, d := range now.Decisions {
		add(d.Short, "status", decisions[d.ID].Status, d.Status)
		add(d.Short, "choice", decisions[d.ID].Choice, d.Choice)
	}
	return out
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
