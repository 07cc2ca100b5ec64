package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// Saved is what came of one save of a plan.
type Saved struct {
	At      time.Time
	Name    string // as the user may write it
	Gone    bool   // the file is no longer there, or no longer a plan
	Changes []string
	Diags   diag.List
	Sources map[string]*text.File // by the names in Diags
	Plan    *PlanView             // nil where the plan has errors
}

// A save is over when nothing has happened for a while, and at the latest after a second while.
const (
	saveQuiet = 80 * time.Millisecond
	saveLong  = time.Second
)

// Watch calls saved for each plan that is saved, made or removed, until ctx ends or saved returns an error. It makes no
// looks. Without args these are all plans of the workspace, those of companion repositories too; what a save
// changes for other plans is told of those. Begun is called once, when all is watched, with the number of plans and with
// what cannot be read.
func (a *App) Watch(ctx context.Context, args []string, begun func(plans int, seen Seen), saved func(Saved) error) error {
	files, seen, err := a.watchable(ctx, args)
	if nothing := (*NoPlans)(nil); err != nil && (len(args) > 0 || !errors.As(err, &nothing)) {
		return err
	}
	fw, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch plans: %w", err)
	}
	defer func() { _ = fw.Close() }()
	w := &watching{App: a, args: args, fw: fw, seen: map[string]watched{}}
	if err := w.folders(ctx); err != nil {
		return err
	}
	if err := w.around(files); err != nil {
		return err
	}
	for _, f := range files {
		w.seen[f], _ = w.look(ctx, f, [sha256.Size]byte{})
	}
	begun(len(files), seen)
	return w.loop(ctx, saved)
}

// watchable are the plan files that args mean, see Watch.
func (a *App) watchable(ctx context.Context, args []string) ([]string, Seen, error) {
	files, seen, err := a.Look(ctx, args)
	if len(args) > 0 {
		return files, seen, err
	}
	others, more := a.companions(ctx)
	seen.Unread, seen.Warnings = append(seen.Unread, more.Unread...), append(seen.Warnings, more.Warnings...)
	var beside []string
	for _, name := range slices.Sorted(maps.Keys(others)) {
		for _, f := range others[name].files {
			beside = append(beside, f.Path)
		}
	}
	if beside = a.onlyWorkplans(ctx, beside, &seen); len(beside) > 0 {
		err = nil
	}
	return append(files, beside...), seen, err
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
	far  bool      // it needs something of another plan
}

// around watches the folders in which files lie. A file is not watched itself: editors put another in its place.
func (w *watching) around(files []string) error {
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
	return nil
}

// folders watches the folders in which plans may come to lie.
func (w *watching) folders(ctx context.Context) error {
	roots := w.args
	if len(roots) == 0 {
		roots = w.Config.PlanFolders()
		others, _ := w.companions(ctx)
		for _, c := range others {
			roots = append(roots, c.config.PlanFolders()...)
		}
	}
	for _, arg := range roots {
		if err := w.below(w.absolute(arg)); err != nil {
			return err
		}
	}
	return nil
}

// below watches a folder with all below it; what is no folder is left out. Of a folder that is still to be made the one
// above is watched.
func (w *watching) below(dir string) error {
	info, err := os.Stat(dir)
	if up := filepath.Dir(dir); errors.Is(err, fs.ErrNotExist) && up != dir {
		if info, err := os.Stat(up); err == nil && info.IsDir() {
			return w.watch(up)
		}
		return w.below(up)
	}
	if err != nil || !info.IsDir() {
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
	if err := w.fw.Add(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // it may have gone in this moment
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
		if err := w.changed(ctx, saved); err != nil {
			return err
		}
	}
}

// changed tells of all files that are not as they were seen.
func (w *watching) changed(ctx context.Context, saved func(Saved) error) error {
	w.forget()
	if err := w.folders(ctx); err != nil { // a folder that went away, and is there again, is another one
		return err
	}
	files, _, err := w.watchable(ctx, w.args)
	if ctx.Err() != nil {
		return nil
	}
	if nothing := (*NoPlans)(nil); err != nil && !errors.As(err, &nothing) {
		files = nil
		for f := range w.seen { // a file that was named may be gone for a moment
			if _, err := os.Stat(f); err == nil {
				files = append(files, f)
			}
		}
	}
	if err := w.around(files); err != nil {
		return err
	}
	there := make(map[string]bool, len(files))
	for _, f := range files {
		there[f] = true
	}
	var gone []string
	for f := range w.seen {
		if !there[f] {
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
	changed := len(gone) > 0
	for _, f := range files {
		before, known := w.seen[f]
		now, same := w.look(ctx, f, before.sum)
		if known && same {
			continue
		}
		changed = true
		if err := w.tell(ctx, f, before, now, known, saved); err != nil {
			return err
		}
	}
	if changed {
		return w.afar(ctx, files, saved)
	}
	return nil
}

// afar tells of plans that were not saved themselves, and whose tasks stand in another way because of one that was.
func (w *watching) afar(ctx context.Context, files []string, saved func(Saved) error) error {
	for _, f := range files {
		before := w.seen[f]
		if !before.far || before.plan == nil {
			continue
		}
		now, same := w.look(ctx, f, [sha256.Size]byte{})
		if same || now.sum != before.sum || now.plan == nil {
			continue // it was saved in this moment: that is told next
		}
		w.seen[f] = now
		if changes := changesOf(before.plan, now.plan); len(changes) > 0 {
			if err := saved(Saved{At: w.Now(), Name: w.relative(f), Plan: now.plan, Changes: changes}); err != nil {
				return err
			}
		}
	}
	return nil
}

// look reads a plan, and plans it where it has no errors. Where its text has the sum was, it is the same.
func (w *watching) look(ctx context.Context, path string, was [sha256.Size]byte) (now watched, same bool) {
	src, err := w.Files.Read(path)
	if err != nil {
		return watched{}, false
	}
	if now.sum = sha256.Sum256(src); now.sum == was {
		return now, true
	}
	if views, err := w.Plan(ctx, []string{path}); err == nil && len(views) == 1 {
		now.plan = &views[0]
	}
	plan, _ := w.words(path).Parse("", src)
	now.far = len(foreign([]source{{plan: plan}})) > 0
	return now, false
}

func (w *watching) tell(ctx context.Context, path string, before, now watched, known bool, saved func(Saved) error) error {
	s := Saved{At: w.Now(), Name: w.relative(path), Plan: now.plan}
	checked, err := w.Lint(ctx, LintRequest{Plans: []string{path}})
	switch {
	case ctx.Err() != nil:
		return nil // there is nobody to be told
	case err != nil:
		return saved(Saved{At: s.At, Name: s.Name, Changes: []string{err.Error()}}) // it may be there again in a moment
	}
	s.Diags = append(slices.Collect(checked.Diags), w.twins(ctx, path).Weigh(w.Config.Severities)...)
	s.Sources = checked.Sources
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

// twins tells of ids of a plan that another file has too; of a copy of a plan, only of its own.
func (w *watching) twins(ctx context.Context, path string) (out diag.List) {
	ws, _, err := w.lately(ctx)
	if err != nil || ws.At(path) == nil {
		return nil
	}
	for n := range ws.At(path).Nodes() {
		i := slices.IndexFunc(ws.All(n.ID()), func(o workspace.Node) bool { return o.ID() == n.ID() && o.Plan.Path != path })
		if i < 0 || n.ID() == "" {
			continue
		}
		other := ws.All(n.ID())[i]
		out = append(out, diag.Diagnostic{
			Pos: text.Pos{File: n.Plan.File, Line: n.Line(), Col: 1}, Severity: diag.Error, Code: "duplicate-id",
			Message: fmt.Sprintf("the id %s stands at %s:%d too", n.ID(), other.Plan.File, other.Line()),
			Hint:    fmt.Sprintf("ids are unique in a workspace; `wpctl mv %s NEW --plan %s` gives it another one", n.ID(), n.Plan.File),
		})
		if n.ID() == n.Plan.ID {
			break
		}
	}
	return out
}

// changesOf says what is otherwise in a plan than before, in lines for people.
func changesOf(before, now *PlanView) []string {
	var out []string
	add := func(name, what, from, to string) {
		if from != to {
			out = append(out, fmt.Sprintf("%s: %s %s → %s", name, what, orNone(from), orNone(to)))
		}
	}
	add(now.ID, "status", cmp.Or(before.Word, before.Status), cmp.Or(now.Word, now.Status))
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
		add(t.Short, "status", cmp.Or(was.Word, was.Status), cmp.Or(t.Word, t.Status))
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
		was := decisions[d.ID]
		add(d.Short, "status", cmp.Or(was.Word, was.Status), cmp.Or(d.Word, d.Status))
		add(d.Short, "choice", was.Choice, d.Choice)
	}
	return out
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
