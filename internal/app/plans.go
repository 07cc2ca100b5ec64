package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sync/errgroup"

	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// source is a plan with the file that it came from.
type source struct {
	name string // as the user may write it: relative to the working directory where it lies below
	path string // absolute
	plan *workplan.Plan
}

// NoPlans is the error where there is nothing to work on.
type NoPlans struct {
	Where string
	But   string // what is there instead, and what to do; "" is nothing
}

func (e *NoPlans) Error() string {
	if e.But == "" {
		return "no workplans in " + e.Where
	}
	return "no workplans in " + e.Where + "; " + e.But
}

// Find returns the plan files that args mean: files, folders (all workplans below them), and ids of plans in the
// workspace. Without args it is all plans of the workspace. What cannot be read may be one of them: it is an error.
func (a *App) Find(ctx context.Context, args []string) ([]string, error) {
	files, seen, err := a.Look(ctx, args)
	if err == nil {
		err = seen.whole()
	}
	if err != nil {
		return nil, err
	}
	return files, nil
}

// Look is Find that goes on where something cannot be read, and tells of it, as long as there is anything else. Both
// are an error where ctx ends before all is seen.
func (a *App) Look(ctx context.Context, args []string) ([]string, Seen, error) {
	if len(args) == 0 {
		files, folders, err := a.Config.PlanFiles(ctx)
		if err != nil {
			return nil, Seen{}, err
		}
		var s Seen
		for _, f := range folders {
			a.cannot(&s, f.Path, f)
		}
		if files = a.onlyWorkplans(ctx, a.onlyOwn(files, &s), &s); len(files) == 0 {
			err = cmp.Or(ctx.Err(), s.whole(), a.noPlans(ctx))
		}
		return files, s, cmp.Or(ctx.Err(), err)
	}
	var out []string
	var s Seen
	seen := map[string]bool{}
	for _, arg := range args {
		files, err := a.find(ctx, arg, &s)
		if err != nil {
			return nil, s, err
		}
		for _, f := range files {
			if !seen[f] {
				out, seen[f] = append(out, f), true
			}
		}
	}
	if out = a.onlyOwn(out, &s); len(out) == 0 {
		return nil, s, cmp.Or(ctx.Err(), s.whole())
	}
	return out, s, ctx.Err()
}

// noPlans is the error where the workspace has no plans.
func (a *App) noPlans(ctx context.Context) error {
	where := strings.Join(a.Config.Plans, ", ")
	if root := a.relative(a.Config.Root); root != "." {
		where += " below " + root
	}
	files, _, _ := a.Config.PlanFiles(ctx)
	if strays := a.straysBeside(ctx, files, nil); len(strays) > 0 {
		return noneBut(where, strays)
	}
	return &NoPlans{Where: where + "; begin one with `wpctl new plan`, or name files or folders"}
}

func (a *App) find(ctx context.Context, arg string, s *Seen) ([]string, error) {
	if arg == "" { // an empty variable of a script must not mean everything
		return nil, errors.New("the name of a plan is empty")
	}
	path := a.absolute(arg)
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		unread, strays := len(s.Unread), len(s.Strays)
		files := a.onlyWorkplans(ctx, a.markdownBelow(ctx, path, s), s)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if len(files) == 0 && len(s.Unread) == unread {
			return nil, noneBut(arg, s.Strays[strays:])
		}
		return files, nil
	case err == nil:
		return []string{path}, nil
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR):
		return nil, fmt.Errorf("no plan %q: %w", arg, cause(err))
	case !strings.ContainsAny(arg, `/\`):
		return a.findID(ctx, arg)
	}
	message := fmt.Sprintf("no plan %q: there is no such file", arg)
	if info, err := os.Stat(path + ".md"); err == nil && info.Mode().IsRegular() {
		message += fmt.Sprintf("; did you mean %q?", arg+".md")
	}
	return nil, errors.New(message)
}

// cause is an error without the operation and the path that it names.
func cause(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return p.Err
	}
	return err
}

// findID finds the file of a plan in the workspace by its id.
func (a *App) findID(ctx context.Context, id string) ([]string, error) {
	w, _, err := a.lately(ctx)
	if err != nil {
		return nil, err
	}
	message := fmt.Sprintf("no plan %q: neither a file nor the id of a plan in this workspace", id)
	if n, ok := w.Find(id); ok {
		if n.What() == "plan" {
			if _, err := w.Resolve(id); err != nil { // it stands more than once
				return nil, err
			}
			return []string{n.Plan.Path}, nil
		}
		if n.Task != nil {
			return nil, fmt.Errorf("%s; for a task of a plan: %s --task %s", message, n.Plan.ID, n.Short())
		}
	}
	var ids []string
	for _, p := range w.Plans {
		ids = append(ids, p.ID)
		if task, ok := strings.CutPrefix(id, p.ID+"-"); ok && p.ID != "" {
			return nil, fmt.Errorf("%s; for a task of a plan: %s --task %s", message, p.ID, task)
		}
	}
	if hint := diag.DidYouMean(id, ids); hint != "" {
		message += "; " + hint
	}
	return nil, errors.New(message)
}

// markdownBelow returns the markdown files below a folder, without hidden folders.
func (a *App) markdownBelow(ctx context.Context, dir string, s *Seen) []string {
	files, unread, _ := config.MarkdownBelow(ctx, dir) // the end of ctx is the caller's to see
	for _, u := range unread {
		a.cannot(s, u.Path, u)
	}
	return files
}

// onlyWorkplans reads files, as many at a time as there are processors, and returns those that are workplans. A file
// that cannot be read may be one, and leaving it out would be taken for good news: s tells of it. What comes back is not
// all of them where ctx has ended.
func (a *App) onlyWorkplans(ctx context.Context, files []string, s *Seen) []string {
	ours, errs, beside := make([]bool, len(files)), make([]error, len(files)), make([]Seen, len(files))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	bufs := sync.Pool{New: func() any { return new([]byte) }}
	for i, f := range files {
		g.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			buf := bufs.Get().(*[]byte) //nolint:forcetypeassert // nothing else is put there
			defer bufs.Put(buf)
			src, err := a.Files.ReadInto(f, *buf)
			ours[i], errs[i] = err == nil && workplan.IsWorkplan(src), err
			if err == nil && !ours[i] {
				a.stray(&beside[i], f, src)
			}
			*buf = src
			return nil
		})
	}
	_ = g.Wait()
	var out []string
	for i, f := range files {
		switch {
		case ours[i]:
			out = append(out, f)
		case errs[i] != nil && !errors.Is(errs[i], fs.ErrNotExist): // else it went away meanwhile
			a.cannot(s, f, errs[i])
		}
		s.Strays = append(s.Strays, beside[i].Strays...)
	}
	return out
}

// largePlan is from how many bytes on memory counts more than time.
const largePlan = 8 << 20

// sparing lets garbage be collected more often from a large plan on: while one is parsed, and another one compared with
// it, there is more of that than of anything else. What the user says of it (GOGC) stays.
func (a *App) sparing(size int) {
	if gogc, _ := a.Env("GOGC"); size >= largePlan && gogc == "" {
		debug.SetGCPercent(60)
	}
}

// load reads and parses one plan.
func (a *App) load(path string) (source, diag.List, error) {
	src, err := a.Files.Read(path)
	if err != nil {
		return source{}, nil, err
	}
	a.sparing(len(src))
	name := a.relative(path)
	plan, diags := a.words(path).Parse(name, src)
	return source{name: name, path: path, plan: plan}, diags, nil
}

// loadAll reads and parses the plans that args mean.
func (a *App) loadAll(ctx context.Context, args []string) ([]source, diag.List, error) {
	sources, diags, seen, err := a.loadSeen(ctx, args)
	if err == nil {
		err = seen.whole()
	}
	if err != nil {
		return nil, nil, err
	}
	return sources, diags, nil
}

// loadSeen is loadAll that goes on where something cannot be read, and tells of it, as long as there is anything else.
func (a *App) loadSeen(ctx context.Context, args []string) ([]source, diag.List, Seen, error) {
	files, seen, err := a.Look(ctx, args)
	if err != nil {
		return nil, nil, seen, err
	}
	var sources []source
	var diags diag.List
	for _, f := range files {
		s, ds, err := a.load(f)
		if err = cmp.Or(ctx.Err(), err); err != nil {
			return nil, nil, seen, err
		}
		sources, diags = append(sources, s), append(diags, ds...)
	}
	return sources, diags, seen, nil
}

// others returns the plans of the workspace that the given ones need something of, in no particular order.
func (a *App) others(ctx context.Context, sources []source) []*workplan.Plan {
	foreign := foreign(sources)
	if len(foreign) == 0 {
		return nil
	}
	w, _, err := a.lately(ctx)
	if err != nil {
		return nil
	}
	return a.othersIn(w, sources, foreign)
}

// foreign returns the ids that plans need, and that are not their own.
func foreign(sources []source) (out []string) {
	for _, s := range sources {
		for _, e := range s.plan.Edges() {
			if s.plan.Task(e.To) == nil && s.plan.Decision(e.To) == nil {
				out = append(out, e.To)
			}
		}
	}
	return out
}

// othersIn reads the plans of a workspace that ids stand in, without the given ones.
func (a *App) othersIn(w *workspace.Workspace, sources []source, ids []string) (out []*workplan.Plan) {
	known := map[string]bool{}
	for _, s := range sources {
		known[s.plan.ID.Text] = true
	}
	for _, id := range ids {
		n, ok := w.Find(id)
		if !ok || known[n.Plan.ID] {
			continue
		}
		known[n.Plan.ID] = true
		if s, _, err := a.load(n.Plan.Path); err == nil {
			out = append(out, s.plan)
		}
	}
	return out
}

func (a *App) absolute(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(a.Dir, name)
}

// relative names a file as the user would: from the working directory where it is not far above it.
func (a *App) relative(path string) string {
	rel, err := filepath.Rel(a.Dir, path)
	if err != nil || strings.Count(filepath.ToSlash(rel), "../") > maxUp {
		return path
	}
	return rel
}

// maxUp is how many folders up a name may begin with: companion repositories lie beside this one.
const maxUp = 3

func plansOf(sources []source) []*workplan.Plan {
	out := make([]*workplan.Plan, len(sources))
	for i, s := range sources {
		out[i] = s.plan
	}
	return out
}
