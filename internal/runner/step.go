package runner

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Step is a step of a plan, bound to its kind.
type Step struct {
	*workplan.Step
	Kind    check.Kind
	Title   string // its name, or one made from its kind and target
	Digest  string
	Caps    []check.Capability
	Timeout time.Duration
	Within  time.Duration
	Every   time.Duration // 0: the runner chooses

	Plan      *workplan.Plan
	Task      *workplan.Task // nil: the plan's own
	Cluster   string         // the name that step, task or plan gives; "" for the default one
	Namespace string

	from      string             // where inside a cluster it looks from, as findings call it
	inCaps    []check.Capability // what looking from there needs
	fromHere  bool               // it looks from this machine, and its words say otherwise
	acts      bool               // its kind runs code, sends or writes something
	index     int                // among its section's steps
	args      any                // nil where it has templates
	templates map[*yaml.Node]*expr.Template
	asserts   []*expr.Program
	records   []binding
	when      *expr.Program
	after     int // the first step that may run beside it: no earlier one's record is read by it
}

type binding struct {
	name string
	prog *expr.Program
}

// Barrier tells whether the step may change what others see: it runs code, sends or writes something, or has an effect.
// That it looks from inside a cluster does not make it one: what runs there only connects.
func (s *Step) Barrier() bool { return s.Effect || s.acts }

// changes tells whether a look with these capabilities may change what others see.
func changes(caps []check.Capability) bool {
	return slices.ContainsFunc(caps, func(c check.Capability) bool {
		return c == check.RunsCode || c == check.ClusterWrite || c == check.NetworkWrite
	})
}

// Section returns the id of the task, or of the plan for its own steps.
func (s *Step) Section() string {
	if s.Task == nil {
		return s.Plan.ID.Text
	}
	return s.Task.ID.Text
}

// scope compiles the steps of one section, in order.
type scope struct {
	*compiler
	node     *node
	recorded map[string]int // name → index of the step that recorded it

	textInside    func() bool // the section's text says that it looks from inside, and no step does
	warnedOutside bool        // of a step that looks from this machine, where the section's text says otherwise
}

// step binds one step; nil where its kind is not known.
func (sc *scope) step(i int, in *workplan.Step) *Step {
	if in.Kind == "" {
		return nil // parsing has told what is wrong
	}
	kind, ok := sc.Kinds.Kind(in.Kind)
	if !ok {
		hint := diag.DidYouMean(in.Kind, sc.Kinds.Names())
		if hint == "" {
			hint = "known kinds: " + strings.Join(sc.Kinds.Names(), ", ")
		}
		sc.report(in.KindPos, diag.Error, "unknown-kind", hint, "no kind of step %q", in.Kind)
		return nil
	}
	d, more := sc.node.plan.Defaults, sc.Defaults
	s := &Step{
		Step: in, Kind: kind, Plan: sc.node.plan, Task: sc.node.task, index: i,
		Timeout:   firstDuration(in.Timeout, d.Timeout, more.Timeout, kind.Timeout),
		Within:    firstDuration(in.Within, d.Within, more.Within),
		Every:     firstDuration(in.Every, d.Every, more.Every),
		Cluster:   cmp.Or(in.Cluster, sc.node.cluster(), d.Cluster),
		Namespace: cmp.Or(in.Namespace, d.Namespace, more.Namespace),
	}
	if sc.keep {
		s.Digest = Digest(sc.Kinds, sc.node.plan, in)
	}
	if in.Effect { // a default must not carry out a change again and again
		s.Within = firstDuration(in.Within)
		if in.Guard {
			sc.report(in.KindPos, diag.Error, "bad-value", "take effect or guards away", "a guard is looked at many times, and this step changes something")
		}
	}
	sc.bindArgs(s)
	sc.bindExprs(s)
	sc.inside(s)
	for _, r := range s.records {
		sc.recorded[r.name] = i
	}
	return s
}

// Digest is taken over what steps of a plan say, and over the definitions of the team's own kinds among them.
func Digest(kinds *check.Registry, p *workplan.Plan, steps ...*workplan.Step) string {
	var definitions []string
	for _, s := range steps {
		if k, ok := kinds.Kind(s.Kind); ok && k.Definition != "" {
			definitions = append(definitions, k.Definition)
		}
	}
	return p.Digest(steps, definitions...)
}

// cluster is what the task says of its steps' cluster.
func (n *node) cluster() string {
	if n.task == nil {
		return ""
	}
	return n.task.Cluster.Text
}

// firstDuration is what the step itself says, be it zero, else the first that is none.
func firstDuration(own *time.Duration, rest ...time.Duration) time.Duration {
	if own != nil {
		return *own
	}
	return cmp.Or(rest...)
}
