package app

import (
	"fmt"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Checked is what Lint found.
type Checked struct {
	Plans   int
	Tasks   int
	Diags   diag.List
	Sources map[string]*text.File // by the names in Diags
}

// Exit returns the exit code: 2 with an error among the diagnostics, else 0.
func (c Checked) Exit() int {
	if c.Diags.Errors() {
		return ExitUsage
	}
	return ExitOK
}

// Lint reads plans and tells all that is wrong with them. It looks at nothing else.
// Of each plan only its ids and what is wrong with it are kept, so that memory hardly grows with their number.
func (a *App) Lint(args []string) (Checked, error) {
	files, err := a.Find(args)
	if err != nil {
		return Checked{}, err
	}
	l := &linter{App: a, ids: map[string]string{}, out: Checked{Sources: map[string]*text.File{}}}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	results := make([]diag.List, len(files))
	for i, f := range files {
		g.Go(func() (err error) {
			results[i], err = l.file(f)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return Checked{}, err
	}
	for _, ds := range results {
		l.out.Diags = append(l.out.Diags, ds...)
	}
	l.foreign()
	return l.out, nil
}

// linter gathers what lint has to know of all plans together.
type linter struct {
	*App
	mu    sync.Mutex
	ids   map[string]string // id → the file and place of it
	needs []workplan.Edge   // that lead out of their plan
	out   Checked
}

func (l *linter) file(path string) (diag.List, error) {
	s, diags, err := l.load(path)
	if err != nil {
		return nil, err
	}
	_, more := runner.Compile(runner.Input{
		Plans: plansOf([]source{s}), Kinds: l.Kinds, Exprs: l.Exprs, Env: l.exprEnv, Defaults: l.defaults(), Alias: l.Config.Alias,
		Foreign: func(e workplan.Edge) bool {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.needs = append(l.needs, e)
			return true
		},
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out.Plans++
	l.out.Tasks += len(s.plan.Tasks)
	diags = append(append(diags, more...), l.unique(s)...)
	diags.Sort()
	if len(diags) > 0 {
		l.out.Sources[s.name] = s.plan.File
	}
	return diags, nil
}

// unique tells of ids that another plan has already.
func (l *linter) unique(s source) diag.List {
	var out diag.List
	add := func(v workplan.Value) {
		if v.Text == "" {
			return
		}
		pos := s.plan.File.Pos(v.Span.Start)
		if at, ok := l.ids[v.Text]; ok && !strings.HasPrefix(at, s.name+":") {
			out = append(out, diag.Diagnostic{
				Pos: pos, Len: v.Span.Len(), Severity: diag.Error, Code: "duplicate-id",
				Message: fmt.Sprintf("the id %s stands at %s too", v.Text, at), Hint: "ids are unique in a workspace",
			})
			return
		}
		l.ids[v.Text] = pos.String()
	}
	add(s.plan.ID)
	for _, t := range s.plan.Tasks {
		add(t.ID)
	}
	for _, d := range s.plan.Decisions {
		add(d.ID)
	}
	return out
}

// foreign warns of needs in other plans that none of the workspace has.
func (l *linter) foreign() {
	var missing []workplan.Edge
	for _, e := range l.needs {
		if _, ok := l.ids[e.To]; !ok {
			missing = append(missing, e)
		}
	}
	if len(missing) == 0 {
		return
	}
	for _, s := range l.workspace() {
		l.unique(s)
	}
	for _, e := range missing {
		if _, ok := l.ids[e.To]; !ok {
			l.out.Diags = append(l.out.Diags, runner.UnknownNeed(e))
		}
	}
	l.out.Diags.Sort()
}

// compile binds the steps of plans; with an error among the diagnostics there is no program.
func (a *App) compile(sources []source) (*runner.Program, diag.List) {
	return runner.Compile(runner.Input{
		Plans: plansOf(sources), Others: a.others(sources), Kinds: a.Kinds, Exprs: a.Exprs, Env: a.exprEnv, Defaults: a.defaults(), Alias: a.Config.Alias,
	})
}

// defaults are the configuration's values for steps whose plan has none. Its cluster is the clusters' default.
func (a *App) defaults() workplan.Defaults {
	d := a.Config.Defaults
	return workplan.Defaults{Namespace: d.Namespace, Timeout: d.Timeout, Within: d.Within, Every: d.Every}
}

// exprEnv gives expressions the environment names that policy allows.
func (a *App) exprEnv(name string) (value string, set, allowed bool) {
	if !a.Config.Grants.Reads(name) {
		return "", false, false
	}
	if value, set = a.Env(name); set {
		a.Redactor.Add(value)
	}
	return value, set, true
}
