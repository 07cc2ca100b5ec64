package expr

import (
	"context"
	"slices"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"

	"gitea.coulomb.social/coulomb/wpctl/internal/timebox"
)

// Idle returns what all() goes over in p, which evaluated to true, and finds nothing in: of nothing all holds.
func (p *Program) Idle(ctx context.Context, v Vars) []string {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	out, err := timebox.Do(ctx, func() ([]string, error) {
		idle := map[int64]string{}
		for _, e := range ranges(p.ast.NativeRep().Expr()) {
			if src, ok := p.isEmpty(ctx, e, v); ok {
				idle[e.ID()] = src
			}
		}
		if len(idle) == 0 {
			return nil, nil
		}
		return p.reached(ctx, idle, v)
	})
	if err != nil {
		return nil
	}
	return out
}

// isEmpty evaluates a part of p alone, which is cheap where the loop over it would not be, and returns its source.
func (p *Program) isEmpty(ctx context.Context, e ast.Expr, v Vars) (string, bool) {
	src, err := cel.ExprToString(e, p.ast.NativeRep().SourceInfo())
	if err != nil {
		return "", false
	}
	part, issues := p.env.Compile(src)
	if issues.Err() != nil {
		return "", false
	}
	prog, err := bounded(p.env, part)
	if err != nil {
		return "", false
	}
	seen, _, err := prog.ContextEval(ctx, v.activation())
	return strings.Join(strings.Fields(src), " "), err == nil && sizeless(seen)
}

// reached returns those parts of p that decided what it is: not what stands behind an || that was true already.
func (p *Program) reached(ctx context.Context, parts map[int64]string, v Vars) (out []string, err error) {
	prog, err := bounded(p.env, p.ast, cel.OptTrackState)
	if err != nil {
		return nil, err
	}
	_, det, err := prog.ContextEval(ctx, v.activation())
	if err != nil || det == nil {
		return nil, err
	}
	for id, src := range parts {
		if seen, ok := det.State().Value(id); ok && sizeless(seen) && !slices.Contains(out, src) {
			out = append(out, src)
		}
	}
	slices.Sort(out)
	return out, nil
}

func sizeless(v ref.Val) bool {
	set, ok := v.(traits.Sizer)
	return ok && set.Size() == types.IntZero
}

// ranges returns what each all() in e goes over, but for those within another loop or a negation.
func ranges(e ast.Expr) (out []ast.Expr) {
	switch e.Kind() {
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		if step := c.LoopStep(); step.Kind() == ast.CallKind && step.AsCall().FunctionName() == operators.LogicalAnd {
			return []ast.Expr{c.IterRange()}
		}
	case ast.CallKind:
		c := e.AsCall()
		if slices.Contains([]string{operators.LogicalAnd, operators.LogicalOr, operators.Conditional}, c.FunctionName()) {
			for _, a := range c.Args() {
				out = append(out, ranges(a)...)
			}
		}
	}
	return out
}
