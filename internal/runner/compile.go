package runner

import (
	"cmp"
	"fmt"
	"slices"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/graph"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Input is what Compile binds together.
type Input struct {
	Plans  []*workplan.Plan // to be run
	Others []*workplan.Plan // where needs of other plans may be found; never run
	Hub    Elsewhere        // what the state hub says of needs in neither
	Kinds  *check.Registry  // required
	Exprs  *expr.Compiler   // nil: one of its own
	// Defaults are for steps whose plan has none.
	Defaults workplan.Defaults
	// Alias returns the id that a need in another plan means. Nil: it means itself.
	Alias func(id string) string
	// Foreign is asked about needs that lead out of Plans; where it returns true it has taken care of them.
	// Nil: a need that is not in Others either is warned of.
	Foreign func(workplan.Edge) bool
	// Vantage tells about the place that a step's from names. Nil: nothing is known of it.
	Vantage func(*Step) Vantage
	// Env returns the value of an environment name, and whether policy allows expressions to read it.
	// Nil allows none.
	Env func(name string) (value string, set, allowed bool)
}

// Program is a set of plans whose steps are bound to their kinds. It can be run once or more.
type Program struct {
	plans  []*workplan.Plan
	nodes  map[string]*node // tasks, decisions and plans' own steps, by full id
	claims claims
	read   map[string]bool // ids of tasks whose records others read
	graph  *graph.Graph[string]
	env    func(string) (string, bool, bool)
	alias  func(string) string // nil: ids mean themselves
	hub    Elsewhere           // what it said of needs elsewhere; claims has it, too
}

// node is one thing in the graph: a task, a decision, or a plan's own steps, which come last.
type node struct {
	id       string
	rank     int
	plan     *workplan.Plan
	task     *workplan.Task
	decision *workplan.Decision
	steps    []*Step
	gates    []workplan.Edge     // what must be met before it is looked at
	gated    map[string]bool     // the ids that gates lead to
	guards   []*Step             // the invariants over it
	uses     map[string]text.Pos // the tasks whose records it reads, and where
}

// Compile binds every step of the plans to its kind, and returns every mistake in any of them, in document order.
// With an error among them, or among those of parsing, the Program is nil, and nothing may be run.
func Compile(in Input) (*Program, diag.List) {
	c := newCompiler(in, true)
	p := c.compile()
	if c.diags.Errors() || p.graph == nil {
		return nil, c.diags
	}
	return p, c.diags
}

// Check returns the mistakes that Compile does. It keeps no bound step: of large plans they take as much memory as a
// third of the plan.
func Check(in Input) diag.List {
	c := newCompiler(in, false)
	c.compile()
	return c.diags
}

type compiler struct {
	Input
	keep   bool // the bound steps: they are to be run
	byID   map[string]*node
	plans  map[string]*workplan.Plan
	diags  diag.List
	warned map[text.Pos]bool // places of needs in other plans that were looked into
}

func newCompiler(in Input, keep bool) *compiler {
	c := &compiler{Input: in, keep: keep, byID: map[string]*node{}, plans: map[string]*workplan.Plan{}}
	if c.Exprs == nil {
		c.Exprs = expr.NewCompiler()
	}
	return c
}

func (c *compiler) compile() *Program {
	in := c.Input
	p := &Program{plans: in.Plans, nodes: c.byID, claims: claims{}, read: map[string]bool{}, env: in.Env, alias: in.Alias, hub: in.Hub}
	if p.env == nil {
		p.env = func(string) (string, bool, bool) { return "", false, false }
	}
	for _, plan := range slices.Concat(in.Plans, in.Others) {
		p.claims.add(plan)
	}
	for id, says := range in.Hub.Found {
		if !p.claims[id].found {
			p.claims[id] = claim{found: true, decision: says.What == "decision", status: says.Status, hub: &says}
		}
	}
	for _, plan := range in.Plans {
		c.declare(plan)
	}
	for _, plan := range in.Plans {
		c.bind(plan)
	}
	for _, n := range c.byID {
		for id := range n.uses {
			p.read[id] = true
		}
	}
	if p.graph = c.order(p); p.graph != nil && c.keep {
		c.guards(p.graph)
	}
	c.diags.Sort()
	return p
}

func (c *compiler) report(pos text.Pos, severity diag.Severity, code, hint, format string, args ...any) {
	c.diags = append(c.diags, diag.Diagnostic{Pos: pos, Severity: severity, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...)})
}

// declare makes the nodes of a plan, so that expressions of any plan can name them.
func (c *compiler) declare(p *workplan.Plan) {
	if c.plans[p.ID.Text] == nil {
		c.plans[p.ID.Text] = p
	}
	for _, t := range p.Tasks {
		c.add(&node{id: t.ID.Text, plan: p, task: t}, p.File.Pos(t.ID.Span.Start))
	}
	for _, d := range p.Decisions {
		c.add(&node{id: d.ID.Text, plan: p, decision: d}, p.File.Pos(d.ID.Span.Start))
	}
	if len(p.Steps) > 0 {
		c.add(&node{id: p.ID.Text, plan: p}, p.File.Pos(p.ID.Span.Start))
	}
}

func (c *compiler) add(n *node, pos text.Pos) {
	if old, ok := c.byID[n.id]; ok {
		if old.plan != n.plan { // within one plan, parsing has told it
			c.report(pos, diag.Error, "duplicate-id", "ids are unique in a workspace", "the id %s stands in %s too", n.id, old.plan.File.Name)
		}
		return
	}
	n.rank, n.uses = len(c.byID), map[string]text.Pos{}
	c.byID[n.id] = n
}

// bind compiles the steps of a plan.
func (c *compiler) bind(p *workplan.Plan) {
	for _, t := range p.Tasks {
		if n := c.byID[t.ID.Text]; n.task == t {
			n.steps = c.steps(n, t.Steps)
		}
	}
	if n := c.byID[p.ID.Text]; n != nil && n.task == nil && n.decision == nil {
		n.steps = c.steps(n, p.Steps)
	}
}

func (c *compiler) steps(n *node, in []*workplan.Step) []*Step {
	var out []*Step
	sc := &scope{compiler: c, node: n, recorded: map[string]int{}}
	sc.textInside = sync.OnceValue(sc.textSaysInside)
	for i, s := range in {
		if bound := sc.step(i, s); bound != nil && c.keep {
			out = append(out, bound)
		}
	}
	return out
}

func (n *node) pos() text.Pos {
	switch {
	case n.task != nil:
		return n.plan.File.Pos(cmp.Or(n.task.Block.Start, n.task.ID.Span.Start))
	case n.decision != nil:
		return n.plan.File.Pos(n.decision.Block.Start)
	}
	return n.plan.File.Pos(n.plan.ID.Span.Start)
}

// end is the last place of the node's block.
func (n *node) end() text.Pos {
	if n.task != nil && n.task.Block.End > n.task.Block.Start {
		return n.plan.File.Pos(n.task.Block.End - 1)
	}
	return n.pos()
}

// name is what the node is called in a sentence within its own plan.
func (n *node) name() string {
	switch {
	case n.task != nil:
		return n.task.Short
	case n.decision != nil:
		return n.decision.Short
	}
	return n.id
}

// Order returns the ids of all tasks, decisions and plans' own steps, each after what it needs.
func (p *Program) Order() []string { return p.graph.Order() }

// Below returns the ids of all that come after one of ids.
func (p *Program) Below(ids ...string) []string { return p.graph.Below(ids...) }

// Steps returns the bound steps of a task, or of a plan's own by the plan's id.
func (p *Program) Steps(id string) []*Step {
	if n := p.nodes[id]; n != nil {
		return n.steps
	}
	return nil
}
