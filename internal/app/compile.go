package app

import (
	"cmp"
	"context"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// compile binds the steps of plans; with an error among the diagnostics there is no program.
// Needs are looked up in beside too, and in the workspace.
func (a *App) compile(ctx context.Context, sources []source, beside ...source) (*runner.Program, diag.List) {
	return a.bind(sources, append(plansOf(beside), a.others(ctx, sources)...), runner.Elsewhere{})
}

// compileAsking is compile that asks the state hub about needs that are in none of the plans here.
func (a *App) compileAsking(ctx context.Context, sources []source, beside ...source) (*runner.Program, diag.List) {
	others := append(plansOf(beside), a.others(ctx, sources)...)
	return a.bind(sources, others, a.elsewhere(ctx, a.absent(sources, others)))
}

// absent returns the ids that plans need and that none of the plans at hand has, as the configuration's aliases mean them.
func (a *App) absent(sources []source, others []*workplan.Plan) (out []string) {
	here := map[string]bool{}
	for _, p := range append(plansOf(sources), others...) {
		here[p.ID.Text] = true
		for _, t := range p.Tasks {
			here[t.ID.Text] = true
		}
		for _, d := range p.Decisions {
			here[d.ID.Text] = true
		}
	}
	for _, id := range foreign(sources) {
		if meant := a.Config.Alias(id); !here[id] && !here[meant] {
			here[meant] = true
			out = append(out, meant)
		}
	}
	return out
}

// bind is compile where it is known which other plans are needed, and what a hub says of needs in none of them.
func (a *App) bind(sources []source, others []*workplan.Plan, elsewhere runner.Elsewhere) (*runner.Program, diag.List) {
	return runner.Compile(runner.Input{
		Plans: plansOf(sources), Others: others, Hub: elsewhere, Kinds: a.Kinds, Exprs: a.Exprs, Env: a.exprEnv, Vantage: vantageFacts, Defaults: a.defaults(), Alias: a.Config.Alias,
	})
}

// defaults are the configuration's values for steps whose plan has none. Its cluster is the clusters' default.
func (a *App) defaults() workplan.Defaults {
	d := a.Config.Defaults
	return workplan.Defaults{Namespace: d.Namespace, Timeout: d.Timeout, Within: d.Within, Every: d.Every}
}

// exprEnv gives expressions the environment names that policy allows.
func (a *App) exprEnv(name string) (value string, set, allowed bool) {
	if a.Untrusted {
		return "", false, true // not set, whatever it is: the plan is no mistake because of that
	}
	if !a.Config.Grants.Reads(name) {
		return "", false, false
	}
	if value, set = a.Env(name); set {
		a.Redactor.Add(value)
	}
	return value, set, true
}

// Invalid is the error of a verb that works only on plans without errors.
type Invalid struct {
	Diags   diag.List
	Sources map[string]*text.File // by the names in Diags
	What    string                // that has errors; "" for the plan
}

func (e *Invalid) Error() string { return cmp.Or(e.What, "the plan") + " has errors" }

// valid loads and compiles plans, for verbs that need them without errors.
func (a *App) valid(ctx context.Context, args []string) ([]source, *runner.Program, error) {
	sources, diags, err := a.loadAll(ctx, args)
	if err != nil {
		return nil, nil, err
	}
	lent, wrong := a.lent(ctx, sources)
	all := slices.Concat(sources, lent)
	prog, more := a.compile(ctx, all)
	diags = diag.Merge(diags, wrong, more)
	if diags.Errors() {
		return nil, nil, &Invalid{Diags: diags, Sources: fileMap(all)}
	}
	return sources, prog, nil
}

// fileMap are the texts of plans by the names that diagnostics give them.
func fileMap(sources []source) map[string]*text.File {
	out := map[string]*text.File{}
	for _, s := range sources {
		out[s.name] = s.plan.File
	}
	return out
}
