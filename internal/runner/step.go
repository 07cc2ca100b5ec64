package runner

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
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

	index     int // among its section's steps
	args      any // nil where it has templates
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
func (s *Step) Barrier() bool { return s.Effect || changes(s.Caps) }

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
		Digest:    sc.node.plan.StepDigest(in),
		Timeout:   firstDuration(in.Timeout, d.Timeout, more.Timeout, kind.Timeout),
		Within:    firstDuration(in.Within, d.Within, more.Within),
		Every:     firstDuration(in.Every, d.Every, more.Every),
		Cluster:   firstString(in.Cluster, d.Cluster),
		Namespace: firstString(in.Namespace, d.Namespace, more.Namespace),
	}
	if in.Effect { // a default must not carry out a change again and again
		s.Within = firstDuration(in.Within)
		if in.Guard {
			sc.report(in.KindPos, diag.Error, "bad-value", "take effect or guards away", "a guard is looked at many times, and this step changes something")
		}
	}
	sc.bindArgs(s)
	sc.bindExprs(s)
	if in.From != nil {
		sc.report(s.NodePos(nil), diag.Warning, "not-built", "", "looks from inside the cluster are not built yet: the step stays unknown")
	}
	for _, r := range s.records {
		sc.recorded[r.name] = i
	}
	return s
}

func firstDuration(own *time.Duration, rest ...time.Duration) time.Duration {
	if own != nil {
		return *own
	}
	for _, d := range rest {
		if d != 0 {
			return d
		}
	}
	return 0
}

func firstString(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}

// bindArgs decodes the kind's arguments as far as they are known before the run.
func (sc *scope) bindArgs(s *Step) {
	args := s.Kind.New()
	s.templates = map[*yaml.Node]*expr.Template{}
	problems := strict.Decode(bare(s.Kind, s.Args), args, strict.Options{
		Template: func(n *yaml.Node, want reflect.Type) bool { return sc.template(s, n, want) },
	})
	bad := false
	for _, p := range problems {
		severity := diag.Error
		if p.Warning {
			severity = diag.Warning
		} else {
			bad = true
		}
		sc.report(s.Pos(p.Node, 0), severity, p.Code, p.Hint, "%s: %s", s.Kind.Name, p.Message)
	}
	if !bad {
		for _, p := range s.Kind.Check(args) {
			if len(s.templates) == 0 || !throughTemplate(s, p.Path) {
				sc.report(s.Pos(find(s.Args, p.Path), 0), diag.Error, "bad-value", p.Hint, "%s: %s", s.Kind.Name, p.Message)
			}
		}
	}
	if !bad && len(s.Assert) == 0 && s.Kind.Open(args) {
		sc.report(s.Pos(s.Args, 0), diag.Error, "proves-nothing", "say with assert what has to hold", "%s: this look expects nothing, so it would always pass", s.Kind.Name)
	}
	s.Caps = s.Kind.Needs(args)
	s.Title = s.Name
	if s.Title == "" {
		s.Title = strings.TrimSpace(s.Kind.Name + " " + s.Kind.Target(args))
	}
	if len(s.templates) == 0 {
		s.args = args
	}
}

// bare turns the short form of a kind's value into its long one.
func bare(k check.Kind, n *yaml.Node) *yaml.Node {
	if k.Bare == "" || n == nil || n.Kind != yaml.ScalarNode || strict.IsNull(n) {
		return n
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: k.Bare, Line: n.Line, Column: n.Column}
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{key, n}, Line: n.Line, Column: n.Column}
}

var codeType = reflect.TypeFor[check.Code]()

// template takes over a scalar that holds expressions.
func (sc *scope) template(s *Step, n *yaml.Node, want reflect.Type) bool {
	if !expr.HasTemplate(n.Value) {
		return false
	}
	if want == codeType {
		sc.report(s.Pos(n, strings.Index(n.Value, "${{")), diag.Error, "template-in-code",
			"pass it as an environment variable, an argument or a parameter", "${{ }} cannot be used in a command or a query")
		s.templates[n] = nil // told already: what its text would be does not matter
		return true
	}
	t, problems := sc.Exprs.CompileTemplate(n.Value)
	for _, p := range problems {
		sc.report(s.Pos(n, p.Offset), diag.Error, "bad-expression", p.Hint, "%s", p.Message)
	}
	for _, r := range t.Refs() {
		sc.ref(s, n, r)
	}
	s.templates[n] = t
	return true
}

// throughTemplate tells whether a problem is about a value, or about the lack of one, that is known only when the
// step runs.
func throughTemplate(s *Step, path []any) bool {
	n := find(s.Args, path)
	_, ok := s.templates[n]
	return ok || slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { _, ok := s.templates[c]; return ok })
}

// find returns the node at a path of keys and indices, or the nearest one above it.
func find(n *yaml.Node, path []any) *yaml.Node {
	for _, p := range path {
		next := child(n, p)
		if next == nil {
			return n
		}
		n = next
	}
	return n
}

func child(n *yaml.Node, p any) *yaml.Node {
	switch p := p.(type) {
	case int:
		if n.Kind == yaml.SequenceNode && p < len(n.Content) {
			return n.Content[p]
		}
	case string:
		if n.Kind == yaml.MappingNode {
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == p {
					return n.Content[i+1]
				}
			}
		}
	}
	return nil
}

// bindExprs compiles the step's expressions.
func (sc *scope) bindExprs(s *Step) {
	if s.When != nil {
		p, problems := sc.Exprs.CompileWithout(s.When.Src, expr.Bool)
		s.when = sc.checked(s, s.When.Node, p, problems)
	}
	for _, a := range s.Assert {
		p, problems := sc.Exprs.Compile(a.Src, s.Kind.Self, expr.Bool)
		if p = sc.checked(s, a.Node, p, problems); p != nil {
			s.asserts = append(s.asserts, p)
		}
	}
	for _, r := range s.Record {
		p, problems := sc.Exprs.Compile(r.Src, s.Kind.Self, expr.Any)
		if p = sc.checked(s, r.Node, p, problems); p != nil {
			s.records = append(s.records, binding{r.Name, p})
		}
	}
}

func (sc *scope) checked(s *Step, n *yaml.Node, p *expr.Program, problems []expr.Problem) *expr.Program {
	for _, e := range problems {
		sc.report(s.Pos(n, e.Offset), diag.Error, "bad-expression", e.Hint, "%s", e.Message)
	}
	if p == nil {
		return nil
	}
	for _, r := range p.Refs {
		sc.ref(s, n, r)
	}
	return p
}

// ref checks that what an expression reads can be there, and notes what it rests on.
func (sc *scope) ref(s *Step, n *yaml.Node, r expr.Ref) {
	bad := func(hint, format string, args ...any) {
		sc.report(s.Pos(n, r.Offset), diag.Error, "unknown-reference", hint, format, args...)
	}
	if len(r.Path) == 0 {
		bad(fmt.Sprintf("write %s.NAME", r.Root), "%s must be read by name, so that it is known before the run", r.Root)
		return
	}
	switch r.Root {
	case "rec":
		at, ok := sc.recorded[r.Path[0]]
		if !ok {
			bad(diag.DidYouMean(r.Path[0], keys(sc.recorded)), "nothing named %q is recorded before this step", r.Path[0])
			return
		}
		s.after = max(s.after, at+1)
	case "plan":
		if _, ok := sc.node.plan.Meta[r.Path[0]]; !ok && !r.Tested {
			bad(diag.DidYouMean(r.Path[0], keys(sc.node.plan.Meta)), "the front matter has no key %q", r.Path[0])
		}
	case "tasks":
		sc.taskRef(s, n, r, bad)
	case "decisions":
		d := sc.byID[sc.node.plan.FullID(r.Path[0])]
		if d == nil || d.decision == nil {
			bad("", "no decision %q", r.Path[0])
		} else if len(r.Path) > 1 && !slices.Contains([]string{"choice", "by", "date", "status"}, r.Path[1]) {
			bad(diag.DidYouMean(r.Path[1], []string{"choice", "by", "date", "status"}), "a decision has no %q", r.Path[1])
		}
	case "env":
		if _, _, allowed := sc.envOf(r.Path[0]); !allowed && !r.Tested {
			bad("allow it with grants.env in your own configuration", "policy does not allow expressions to read the environment name %q", r.Path[0])
		}
	}
}

func (c *compiler) envOf(name string) (string, bool, bool) {
	if c.Env == nil {
		return "", false, false
	}
	return c.Env(name)
}

func (sc *scope) taskRef(s *Step, n *yaml.Node, r expr.Ref, bad func(hint, format string, args ...any)) {
	id := sc.node.plan.FullID(r.Path[0])
	t := sc.byID[id]
	if t == nil || t.task == nil {
		var ids []string
		for _, o := range sc.node.plan.Tasks {
			ids = append(ids, o.Short)
		}
		bad(diag.DidYouMean(r.Path[0], ids), "no task %q here", r.Path[0])
		return
	}
	if t == sc.node {
		bad("use rec", "a step reads its own task's records")
		return
	}
	if len(r.Path) > 1 {
		names := recordNames(t.task)
		if !slices.Contains(names, r.Path[1]) {
			bad(diag.DidYouMean(r.Path[1], names), "%s records no %q", t.task.Short, r.Path[1])
			return
		}
	}
	sc.node.uses[id] = s.Pos(n, r.Offset)
}

func recordNames(t *workplan.Task) []string {
	var out []string
	for _, s := range t.Steps {
		for _, r := range s.Record {
			out = append(out, r.Name)
		}
	}
	return out
}

func keys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
