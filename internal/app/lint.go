package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"maps"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/prose"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// Checked is what Lint found.
type Checked struct {
	Plans   int
	Tasks   int
	Unread  int                       // plans, folders and repositories that could not be read
	Diags   iter.Seq[diag.Diagnostic] // file by file; it can be gone through again
	Sources map[string]*text.File     // by the names in Diags
	Fixes   []LintFix                 // what was mended, in the order of the files
}

// Exit returns the exit code: 2 with an error among the diagnostics, 3 where a plan could not be read or mended, else 0.
func (c Checked) Exit() int {
	for d := range c.Diags {
		if d.Severity == diag.Error {
			return ExitUsage
		}
	}
	if c.Unread > 0 || slices.ContainsFunc(c.Fixes, func(f LintFix) bool { return f.Failed != "" }) {
		return ExitUnknown
	}
	return ExitOK
}

// LintRequest says what to lint. Its zero value is all plans of the workspace.
type LintRequest struct {
	Plans  []string // as Find takes them
	Source bool     // the text of the plans is wanted, for lines under the diagnostics
	Fix    []string // what is to be mended first, of prose.Fixes
	DryRun bool     // mend in memory only, and show the change
}

// maxSources bounds the text that is kept to show lines of, in bytes.
const maxSources = 32 << 20

// Lint reads plans and tells all that is wrong with them. It looks at nothing else.
// Of each plan only its ids and what is wrong with it are kept, so that memory hardly grows with their number.
func (a *App) Lint(ctx context.Context, req LintRequest) (Checked, error) {
	files, seen, err := a.Look(ctx, req.Plans)
	if nothing := (*Unseen)(nil); err != nil && !errors.As(err, &nothing) {
		return Checked{}, err
	}
	return a.lint(ctx, req, files, seen)
}

// Check is Lint for all plans of the workspace, those of companion repositories included; it also tells of aliases that
// lead nowhere, as warnings.
func (a *App) Check(ctx context.Context, req LintRequest) (Checked, []string, error) {
	w, seen, err := a.Workspace(ctx)
	if err != nil {
		return Checked{}, nil, err
	}
	warnings := seen.Warnings
	var files []string
	for _, p := range w.Plans {
		files = append(files, p.Path)
	}
	if len(files) == 0 && len(seen.Unread) == 0 {
		return Checked{}, nil, a.noPlans(ctx)
	}
	if own, _, err := a.Config.PlanFiles(ctx); err == nil {
		seen.Strays = a.straysBeside(ctx, own, func(path string) bool { return w.At(path) != nil })
	}
	for _, from := range slices.Sorted(maps.Keys(a.Config.Aliases)) {
		to := a.Config.Aliases[from]
		if _, ok := w.Find(to); !ok {
			warnings = append(warnings, fmt.Sprintf("the alias %s stands for %s, which is in none of the plans here", from, to))
		}
		if n, ok := w.Find(from); ok && n.ID() == from {
			warnings = append(warnings, fmt.Sprintf("the alias %s is never used: it is the id of a %s (%s:%d)", from, n.What(), n.Plan.File, n.Line()))
		}
	}
	out, err := a.lint(ctx, req, files, seen)
	return out, warnings, err
}

func (a *App) lint(ctx context.Context, req LintRequest, files []string, seen Seen) (Checked, error) {
	l := &linter{App: a, req: req, files: files, seed: maphash.MakeSeed(), ignores: map[int]*prose.Ignores{}}
	l.out = Checked{Unread: len(seen.Unread), Diags: l.all, Sources: map[string]*text.File{}}
	if len(req.Fix) > 0 {
		l.out.Fixes = a.mend(ctx, files, req)
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range files {
		g.Go(func() (err error) {
			if err = ctx.Err(); err == nil {
				err = l.file(i)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return Checked{}, err
	}
	l.tell(seen.diagnostics()...)
	if err := l.unique(); err != nil {
		return Checked{}, err
	}
	if err := l.across(ctx); err != nil {
		return Checked{}, err
	}
	return l.out, nil
}

// linter gathers what lint has to know of all plans together.
type linter struct {
	*App
	req    LintRequest
	files  []string
	kept   int // bytes of text
	seed   maphash.Seed
	mu     sync.Mutex
	claims []claim
	needs  []workplan.Edge // that lead out of their plan
	told   diag.Packed     // of each of the files, and then of others
	sorted bool            // files are told of by their names, and not in their order
	// ignores are the suppressions of those of the files that have any.
	ignores map[int]*prose.Ignores
	places  map[string]int // in told, by the names in Diags; nil: not asked for yet
	out     Checked
}

// claim is an id that stands in a file, without its text: ten thousand plans have a hundred thousand of them.
type claim struct{ hash, file uint32 }

func (l *linter) hash(id string) uint32 { return uint32(maphash.String(l.seed, id)) } //nolint:gosec // half of it is enough

func (l *linter) file(i int) error {
	s, diags, err := l.load(l.files[i])
	if err != nil {
		return err
	}
	more := runner.Check(runner.Input{
		Plans: plansOf([]source{s}), Kinds: l.Kinds, Exprs: l.Exprs, Env: l.exprEnv, Vantage: vantageFacts, Alias: l.Config.Alias,
		Foreign: func(e workplan.Edge) bool {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.needs = append(l.needs, e)
			return true
		},
	})
	more = append(more, prose.Lint(s.plan, prose.Options{Now: l.Now(), Digest: func(steps []*workplan.Step) string {
		return runner.Digest(l.Kinds, s.plan, steps...)
	}})...)
	ignores := prose.ReadIgnores(s.plan)
	diags = append(diags, more...)
	diags.Sort()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out.Plans++
	l.out.Tasks += len(s.plan.Tasks)
	for _, id := range ids(s.plan) {
		l.claims = append(l.claims, claim{l.hash(id.Text), uint32(i)}) //nolint:gosec // there are not that many files
	}
	if ignores != nil {
		l.ignores[i], l.sorted = ignores, true // they are to be seen to suppress something
	} else {
		diags = diags.Weigh(l.Config.Severities) // what is off is not kept
	}
	l.told.Add(i, diags)
	if (len(diags) > 0 || ignores != nil) && l.req.Source && l.kept < maxSources {
		l.kept += len(s.plan.File.Src)
		l.out.Sources[s.name] = s.plan.File
	}
	return nil
}

// ids returns all ids that a plan gives.
func ids(p *workplan.Plan) []workplan.Value {
	out := []workplan.Value{p.ID}
	if p.ID.Text == "" {
		return nil // its tasks have no full ids
	}
	for _, t := range p.Tasks {
		out = append(out, t.ID)
	}
	for _, d := range p.Decisions {
		out = append(out, d.ID)
	}
	return slices.DeleteFunc(out, func(v workplan.Value) bool { return v.Text == "" })
}

// unique tells of ids that an earlier file has already, and reads those files again for it whose ids have a hash in
// common. Within one file, parsing has told of them.
func (l *linter) unique() error {
	slices.SortFunc(l.claims, func(a, b claim) int {
		return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.file, b.file))
	})
	suspects := map[uint32]bool{}
	for i := 1; i < len(l.claims); i++ {
		if a, b := l.claims[i-1], l.claims[i]; a.hash == b.hash && a.file != b.file {
			suspects[a.file], suspects[b.file] = true, true
		}
	}
	known := map[string]text.Pos{}
	for _, i := range slices.Sorted(maps.Keys(suspects)) {
		s, _, err := l.load(l.files[i])
		if err != nil {
			return err
		}
		here := map[string]text.Pos{}
		for _, id := range ids(s.plan) {
			pos := s.plan.File.Pos(id.Span.Start)
			here[id.Text] = pos
			if at, ok := known[id.Text]; ok {
				l.duplicate(s, pos, id, at)
			}
		}
		for id, pos := range here {
			if _, ok := known[id]; !ok {
				known[id] = pos
			}
		}
	}
	return nil
}

// duplicate tells of an id that stands at another place, too.
func (l *linter) duplicate(s source, pos text.Pos, id workplan.Value, at text.Pos) {
	l.sorted = true
	l.tell(diag.Diagnostic{
		Pos: pos, Len: id.Span.Len(), Severity: diag.Error, Code: "duplicate-id",
		Message: fmt.Sprintf("the id %s stands at %s too", id.Text, at), Hint: "ids are unique in a workspace",
	})
	if l.req.Source {
		l.out.Sources[s.name] = s.plan.File
	}
}

// maxCycles bounds how many cycles over several plans are told of at once.
const maxCycles = 20

// across tells what is wrong between plans: needs that are to be found nowhere, and needs that lead back to where they
// start. Only where a need leads out of its plan the rest of the workspace is read.
func (l *linter) across(ctx context.Context) error {
	if len(l.needs) == 0 {
		return nil
	}
	w, _, err := l.Workspace(ctx, l.files...)
	if err != nil {
		return err
	}
	for _, e := range l.needs {
		if _, ok := w.Find(e.To); !ok {
			l.tell(runner.UnknownNeed(e))
		}
	}
	ours := map[string]bool{}
	for _, f := range l.files {
		ours[f] = true
	}
	for _, c := range w.Cycles(maxCycles) {
		if i := slices.IndexFunc(c, func(n workspace.Need) bool { return ours[n.Plan.Path] }); i >= 0 {
			if err := l.cycle(slices.Concat(c[i:], c[:i])); err != nil {
				return err
			}
		}
	}
	l.sorted = true
	return nil
}

// cycle tells of a cycle over several plans, at its first need, and names the places of all.
func (l *linter) cycle(c workspace.Cycle) error {
	s, _, err := l.load(c[0].Plan.Path)
	if err != nil {
		return err
	}
	l.out.Sources[s.name] = s.plan.File
	d := diag.Diagnostic{Severity: diag.Error, Code: "cycle", Hint: "take one of these needs away", Message: "tasks wait for each other: "}
	for i, n := range c {
		pos := text.Pos{File: n.Plan.File, Line: n.Line, Col: n.Col}
		if i == 0 {
			d.Pos = pos
		}
		d.Message += n.From + " needs "
		d.Related = append(d.Related, diag.Related{Pos: pos, Message: fmt.Sprintf("%s needs %s", n.From, n.To)})
	}
	d.Message += c[0].From
	l.tell(d)
	return nil
}
