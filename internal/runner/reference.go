package runner

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

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
			bad(diag.DidYouMean(r.Path[0], slices.Collect(maps.Keys(sc.recorded))), "nothing named %q is recorded before this step", r.Path[0])
			return
		}
		s.after = max(s.after, at+1)
	case "plan":
		if _, ok := sc.node.plan.Meta[r.Path[0]]; !ok && !r.Tested {
			bad(diag.DidYouMean(r.Path[0], slices.Collect(maps.Keys(sc.node.plan.Meta))), "the front matter has no key %q", r.Path[0])
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
	if t == nil && sc.Foreign != nil && !strings.HasPrefix(id, sc.node.plan.ID.Text+"-") &&
		sc.Foreign(workplan.Edge{From: sc.node.id, To: id, Gates: true, Pos: s.Pos(n, r.Offset), Why: valueRead}) {
		return
	}
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
