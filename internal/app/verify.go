package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// VerifyRequest says what Verify is to do.
type VerifyRequest struct {
	Plans       []string      // files, folders or ids; none: all plans of the workspace
	Since       string        // a git revision: only plans that were touched since the branch left it
	MaxAge      time.Duration // results of earlier runs that are younger are taken over
	Strict      bool          // what has no proof, and what could be done, fails as well
	Parallelism int           // of granted steps that run code
	Args        []string      // for the record
	Flags       []string      // given flags about the default cluster, such as --context
	Notify      func(runner.Event)
}

// VerifyResult is what came of it. Nothing is written, so there are no Files.
type VerifyResult struct {
	RunResult
	Claims    []*Claim // in document order
	Strict    bool
	Untouched string // the revision since which no plan was touched; "" where there is none
}

// Verify looks at all that plans claim to be done, and at what could be, and writes no plan.
// An error means that nothing was looked at. With errors among the diagnostics nothing was looked at either.
func (a *App) Verify(ctx context.Context, req VerifyRequest) (VerifyResult, error) {
	res := VerifyResult{Strict: req.Strict}
	sources, diags, seen, err := a.loadSeen(ctx, req.Plans)
	if err != nil {
		return res, err
	}
	sources, closed := open(sources)
	prog, more := a.compileAsking(ctx, sources, closed...)
	res.RunResult = RunResult{Diags: diag.Merge(diags, more), Sources: fileMap(sources), Exit: ExitUsage, Warnings: seen.All()}
	if res.Diags.Errors() {
		return res, nil
	}
	if len(sources) == 0 {
		return res, &NoPlans{Where: where(req.Plans) + " that are neither archived nor cancelled"}
	}
	selected, err := a.touched(ctx, sources, req.Since)
	if err != nil {
		return res, err
	}
	if req.Since != "" && len(selected) == 0 {
		res.Untouched = req.Since
	}
	j := &job{App: a, verb: policy.Verify, prog: prog, files: a.tracked(ctx), sources: sources, selected: selected, req: RunRequest{
		Plans: req.Plans, Parallelism: req.Parallelism, Args: req.Args, Flags: req.Flags, Notify: req.Notify,
	}}
	if err := j.ignored(prog); err != nil {
		return res, err
	}
	o := j.options()
	o.Verify = true
	if req.MaxAge > 0 {
		o.Known = j.known(req.MaxAge, &res.RunResult)
	}
	res.Report = prog.Run(ctx, o)
	res.Claims = claims(a.Kinds, prog, res.Report)
	res.Exit = seen.worse(res.exit(ctx))
	j.record(sources, &res.RunResult)
	return res, nil
}

// where names the plans that were asked for.
func where(plans []string) string {
	if len(plans) == 0 {
		return "this workspace"
	}
	return strings.Join(plans, ", ")
}

// exit returns the exit code: what is no claim has no say in it, unless it is strict.
func (r *VerifyResult) exit(ctx context.Context) int {
	if code, ok := ended(ctx, r.Report); ok {
		return code
	}
	var auth, proven bool
	worst := ExitOK
	see := func(code int) {
		if order(code) < order(worst) {
			worst = code
		}
	}
	for _, c := range r.Claims {
		auth = auth || c.Made && unauthenticated(c.Task)
		proven = proven || c.Verdict == Holds
		see(c.exit(r.Strict))
	}
	switch {
	case auth:
		return ExitAuth
	case worst == ExitOK && !proven:
		return ExitNothing
	}
	return worst
}

// Fails tells whether a claim makes a verification fail.
func (c *Claim) Fails(strict bool) bool { return c.exit(strict) == ExitFailed }

// exit is the exit code that one claim asks for.
func (c *Claim) exit(strict bool) int {
	switch {
	case c.Verdict == Broken, strict && c.loose():
		return ExitFailed
	case c.Verdict == Unclear:
		return ExitUnknown
	case c.Verdict == Unsigned, c.Verdict == NotChecked:
		return ExitWaiting
	}
	return ExitOK
}

// loose tells whether a claim does not hold where it is taken strictly. A waiver is accepted there, too.
func (c *Claim) loose() bool {
	return c.Verdict == CouldBeDone || c.Verdict == Unproven && len(c.Waived) == 0 || c.Made && len(c.Claimed) > 0
}

// order is the place of an exit code among those that claims ask for; the first that applies is used.
func order(code int) int {
	return slices.Index([]int{ExitFailed, ExitUnknown, ExitWaiting, ExitOK}, code)
}

// verified returns what verify may do with a step: by itself only look, and what the user granted its kind; never
// what has an effect or writes to a cluster.
func (a *App) verified(s *runner.Step, caps []check.Capability) error {
	p := a.policy(s)
	p.Granted = []check.Capability{check.RunsCode, check.NetworkWrite}
	granted := p.Allow(policy.Verify, caps, s.Effect, true)
	if granted != nil || runs(a.Config.Grants, s) {
		return granted
	}
	if p.NeedsTrust(caps, s.Effect) {
		return &check.Denied{Reason: fmt.Sprintf("it runs code or sends something, which verify does only where you granted it, as with --grant-run %s", s.Kind.Of())}
	}
	return nil
}
