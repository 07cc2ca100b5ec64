package app

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/state"
)

// Untrusted is a step that runs code or writes, and that the user has not agreed to.
type Untrusted struct {
	File    string
	Pos     string
	Task    string
	Name    string
	Caps    []string
	Command string // the step as it is written
	Since   string // the day of an earlier agreement about its plan; "" for none
	Agreed  bool   // it was part of that as it is now
	digest  string
}

// Refused is the error of a run that would do what nobody agreed to.
type Refused struct {
	Files []string
	Steps []Untrusted
	Asked bool // the user saw them, and did not agree
}

func (e *Refused) Error() string {
	s := fmt.Sprintf("%s: read them above, then run `wpctl trust %s`, or give --trust=all for plans of your own", e.what(), strings.Join(e.Files, " "))
	if slices.ContainsFunc(e.Steps, Untrusted.nameable) {
		s += "; a dry run needs no agreement where the plan, the configuration or --context names the cluster"
	}
	return s
}

// what says what nobody agreed to, or what is not as it was when the user did.
func (e *Refused) what() string {
	changed, since := 0, ""
	for _, u := range e.Steps {
		since = max(since, u.Since)
		if !u.Agreed {
			changed++
		}
	}
	steps := Risky(len(e.Steps))
	switch {
	case since == "":
		return "nobody has agreed here to " + steps
	case changed == 0:
		return fmt.Sprintf("you agreed to %s on %s, but with others or in another order", steps, since)
	case changed == len(e.Steps):
		return fmt.Sprintf("%s, new or changed since you agreed on %s", steps, since)
	}
	return fmt.Sprintf("%s, %d of them new or changed since you agreed on %s", steps, changed, since)
}

// nameable tells whether a step needs agreement only because nobody named its cluster.
func (u Untrusted) nameable() bool {
	return slices.Contains(u.Caps, string(check.ClusterDryRun)) && !slices.Contains(u.Caps, string(check.RunsCode))
}

// Risky says how many steps run code or change something.
func Risky(n int) string {
	if n == 1 {
		return "1 step that runs code or changes something"
	}
	return fmt.Sprintf("%d steps that run code or change something", n)
}

// trusted asks for the steps of the selection that run code or write, where the user has not agreed to them before.
func (a *App) trusted(sources []source, prog *runner.Program, selected map[string]bool, req RunRequest) error {
	if req.TrustAll || req.DryRun || a.Untrusted { // then nothing of it is run, or it is granted
		return nil
	}
	var refused Refused
	for _, s := range sources {
		steps := a.untrusted(s, prog, selected)
		if len(steps) == 0 {
			continue
		}
		st, err := a.State()
		if err != nil {
			return err
		}
		if whole, _ := a.trustDigest(s, prog); st.Trusted(s.path, whole) {
			continue
		}
		steps = since(st, s.path, steps)
		refused.Files, refused.Steps = append(refused.Files, s.name), append(refused.Steps, steps...)
	}
	if len(refused.Steps) == 0 {
		return nil
	}
	if req.Ask != nil {
		ok, err := req.Ask(refused.Steps)
		if err != nil {
			return err
		}
		if ok {
			return nil
		}
		refused.Asked = true
	}
	return &refused
}

// since notes at each step whether the user agreed to it before, as it is now.
func since(st *state.Store, path string, steps []Untrusted) []Untrusted {
	before, at := st.LastTrust(path)
	if at.IsZero() {
		return steps
	}
	for i := range steps {
		steps[i].Since = at.Format(time.DateOnly)
		steps[i].Agreed = slices.Contains(before, steps[i].digest)
	}
	return steps
}

// untrusted returns the steps of a plan that trust is about, as far as the run of the selected tasks can come to them.
func (a *App) untrusted(s source, prog *runner.Program, selected map[string]bool) []Untrusted {
	reached := prog.Reached(func(id string) bool { return selected == nil || selected[id] })
	var out []Untrusted
	for _, step := range a.risky(s, prog) {
		if !reached[step] || runs(a.Config.Grants, step) {
			continue
		}
		u := Untrusted{File: s.name, Pos: s.plan.File.Pos(step.Span.Start).String(), Task: step.Section(), Name: step.Title, Command: sourceOf(step) + definitionOf(step)}
		u.digest = policy.TrustDigest([]policy.TrustedStep{a.trustedStep(step)})
		for _, c := range step.Caps {
			u.Caps = append(u.Caps, string(c))
		}
		out = append(out, u)
	}
	return out
}

// risky returns the steps of a plan that run code, write, or have an effect, or send what only looks like a write
// to a cluster that nobody named. What is put off is none of them until it no longer is.
func (a *App) risky(s source, prog *runner.Program) []*runner.Step {
	var out []*runner.Step
	for _, step := range stepsOf(s, prog) {
		if !step.NeverLooks() && a.policy(step).NeedsTrust(step.Caps, step.Effect) {
			out = append(out, step)
		}
	}
	return out
}

// policy returns what a step may do, which for dry runs depends on whether somebody said on which cluster.
func (a *App) policy(s *runner.Step) policy.Policy {
	if !slices.Contains(s.Caps, check.ClusterDryRun) {
		return policy.Policy{}
	}
	p, err := a.Clusters.Resolve(s.Cluster)
	return policy.Policy{Named: err == nil && p.Named}
}

// trustDigest is taken over exactly the steps that trust is about; the second result is one digest for each of them.
func (a *App) trustDigest(s source, prog *runner.Program) (whole string, each []string) {
	var steps []policy.TrustedStep
	for _, step := range a.risky(s, prog) {
		t := a.trustedStep(step)
		steps, each = append(steps, t), append(each, policy.TrustDigest([]policy.TrustedStep{t}))
	}
	return policy.TrustDigest(steps), each
}

// trustedStep is what is agreed to of a step: what it says, and where it runs and looks.
func (a *App) trustedStep(step *runner.Step) policy.TrustedStep {
	_, dir, _ := a.checkout(step)
	name := cmp.Or(step.Cluster, a.Config.Defaults.Cluster)
	where := []string{dir, step.Namespace, name, a.Config.Clusters[name]}
	return policy.TrustedStep{Digest: step.Digest, Dir: strings.Join(where, "\n")}
}

// sourceOf returns a step as its plan writes it.
func sourceOf(s *runner.Step) string {
	src := s.Plan.File.Src
	return strings.TrimRight(string(src[s.Span.Start:min(s.Span.End, len(src))]), " \t\r\n")
}

// definitionOf is the definition of a step's kind, where it is a team's own; the user trusts that too.
func definitionOf(s *runner.Step) string {
	if s.Kind.Source == "" {
		return ""
	}
	return "\n# " + s.Kind.Name + " is\n" + s.Kind.Source
}

// Trust agrees to the steps of plans that run code or write, as they are now; it returns them.
func (a *App) Trust(ctx context.Context, args []string) ([]Untrusted, error) {
	sources, prog, err := a.valid(ctx, args)
	if err != nil {
		return nil, err
	}
	st, err := a.State()
	if err != nil {
		return nil, err
	}
	var out []Untrusted
	for _, s := range sources {
		out = append(out, a.untrusted(s, prog, nil)...)
		whole, each := a.trustDigest(s, prog)
		if len(each) == 0 {
			continue // there is nothing to agree to
		}
		if err := st.Trust(s.path, whole, each...); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Untrust takes back what was agreed to for plans.
func (a *App) Untrust(ctx context.Context, args []string) error {
	st, err := a.State()
	if err != nil {
		return err
	}
	for _, arg := range args {
		files, err := a.find(ctx, arg, new(Seen))
		if err != nil {
			if filepath.Ext(arg) == "" { // neither a file that is gone nor a plan's id
				return err
			}
			files = []string{a.absolute(arg)}
		}
		for _, f := range files {
			if err := st.Untrust(f); err != nil {
				return err
			}
		}
	}
	return nil
}
