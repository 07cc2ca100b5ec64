package expr

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/interpreter"

	"gitea.coulomb.social/coulomb/wpctl/internal/timebox"
)

// Saw says why p, which evaluated to false, did so: the values of the parts that decide it,
// as `self.status == 200` → `self.status is 503`. Of a list that does not hold for all, it is the first member
// that does not. Values are cut where they are long, and the time of day is left out, so that the same things
// seen give the same words.
func (p *Program) Saw(ctx context.Context, v Vars) string {
	prog, err := bounded(p.env, p.ast, cel.OptTrackState)
	if err != nil {
		return "false"
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	saw, err := timebox.Do(ctx, func() (string, error) {
		_, det, err := prog.ContextEval(ctx, v.activation())
		if err != nil || det == nil {
			return "", err
		}
		x := &explainer{state: det.State(), info: p.ast.NativeRep().SourceInfo()}
		x.explain(p.ast.NativeRep().Expr())
		return strings.Join(x.out, ", "), nil
	})
	if err == nil && saw != "" {
		return saw
	}
	return "false"
}

// mostTold bounds a value of which a part is told.
const mostTold = 64 << 20

type explainer struct {
	state interpreter.EvalState
	info  *ast.SourceInfo
	out   []string
}

// explain goes down into what made e false, and tells the values of what a comparison compares.
func (x *explainer) explain(e ast.Expr) {
	switch e.Kind() {
	case ast.CallKind:
	case ast.ComprehensionKind:
		x.comprehension(e)
		return
	default:
		x.tell(e)
		return
	}
	c := e.AsCall()
	switch c.FunctionName() {
	case operators.LogicalAnd:
		// The first that is false ends the evaluation: in a loop, those after it keep the value of an earlier turn.
		if i := slices.IndexFunc(c.Args(), x.isFalse); i >= 0 {
			x.explain(c.Args()[i])
		}
		return
	case operators.LogicalOr:
		for _, a := range c.Args() {
			x.explain(a)
		}
		return
	case operators.Conditional:
		x.tell(c.Args()[0])
		taken := c.Args()[1]
		if x.isFalse(c.Args()[0]) {
			taken = c.Args()[2]
		}
		x.explain(taken)
		return
	}
	x.parts(c)
}

func (x *explainer) parts(c ast.CallExpr) {
	if c.IsMemberFunction() {
		x.tell(c.Target())
	}
	for _, a := range c.Args() {
		x.tell(a)
	}
}

func (x *explainer) isFalse(e ast.Expr) bool {
	v, ok := x.state.Value(e.ID())
	return ok && v == types.False
}

// comprehension explains all() by the member that it stopped at, and others by what they went over.
func (x *explainer) comprehension(e ast.Expr) {
	c := e.AsComprehension()
	if step := c.LoopStep(); step.Kind() == ast.CallKind && step.AsCall().FunctionName() == operators.LogicalAnd {
		if args := step.AsCall().Args(); len(args) == 2 && x.isFalse(args[1]) {
			x.explain(args[1])
			return
		}
	}
	x.tell(c.IterRange())
}

// tell adds "source is value" of a part that is not the same in every run.
func (x *explainer) tell(e ast.Expr) {
	names := idents(e)
	switch {
	case len(names) == 0 || e.Kind() == ast.ListKind || e.Kind() == ast.MapKind:
		return
	case slices.Contains(names, "now"):
		if e.Kind() == ast.CallKind {
			x.parts(e.AsCall())
		}
		return
	}
	v, ok := x.state.Value(e.ID())
	if !ok || types.IsUnknownOrError(v) {
		return
	}
	if _, isBool := v.(types.Bool); isBool && e.Kind() == ast.ComprehensionKind {
		x.tell(e.AsComprehension().IterRange())
		return
	}
	src, err := cel.ExprToString(e, x.info)
	if err != nil {
		return
	}
	src = strings.Join(strings.Fields(src), " ")
	said := src + " is more than can be told"
	left := int64(mostTold)
	if weigh(v, &left); left >= 0 {
		said = fmt.Sprintf("%s is %s", src, shown(native(v)))
	}
	if !slices.Contains(x.out, said) {
		x.out = append(x.out, said)
	}
}

// idents returns the names that e reads.
func idents(e ast.Expr) []string {
	var out []string
	ast.PreOrderVisit(e, ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() == ast.IdentKind {
			out = append(out, e.AsIdent())
		}
	}))
	return out
}

// shown writes a value in at most about 200 bytes.
func shown(v any) string {
	const limit = 200
	if s, ok := v.(string); ok {
		if len(s) > limit {
			return fmt.Sprintf("%q…", strings.ToValidUTF8(s[:limit], ""))
		}
		return fmt.Sprintf("%q", s)
	}
	s := Text(v)
	if len(s) > limit {
		return strings.ToValidUTF8(s[:limit], "") + "…"
	}
	return s
}
