package expr

import (
	"slices"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
)

// Ref is something that an expression reads by name: tasks.T03.address is {Root: "tasks", Path: ["T03", "address"]}.
type Ref struct {
	Root   string
	Path   []string // as far as it is known before the run
	Offset int
	Tested bool // inside has(), or read with ?: it need not exist
}

// roots are the names that a Ref can begin with, and how many keys of it are looked at.
var roots = map[string]int{"rec": 1, "tasks": 2, "decisions": 2, "env": 1, "plan": 1}

// refs returns the references in a checked expression, in the order of its tree.
func refs(src string, checked *cel.Ast) []Ref {
	native := checked.NativeRep()
	f := &refFinder{src: src, info: native.SourceInfo(), roots: roots}
	f.find(native.Expr())
	return f.out
}

// SelfKeys are the fields of self that the program reads, "" where it reads self as a whole or by a key that it
// finds out.
func (p *Program) SelfKeys() []string {
	native := p.ast.NativeRep()
	f := &refFinder{src: p.Src, info: native.SourceInfo(), roots: map[string]int{"self": 1}}
	f.find(native.Expr())
	var out []string
	for _, r := range f.out {
		out = append(out, append(r.Path, "")[0])
	}
	return out
}

type refFinder struct {
	src    string
	info   *ast.SourceInfo
	roots  map[string]int
	hidden []string // variables of the comprehensions around, which hide our names
	out    []Ref
}

func (f *refFinder) find(e ast.Expr) {
	if c, ok := chainOf(e); ok {
		f.add(c)
		return
	}
	switch e.Kind() {
	case ast.SelectKind:
		f.find(e.AsSelect().Operand())
	case ast.CallKind:
		if e.AsCall().IsMemberFunction() {
			f.find(e.AsCall().Target())
		}
		f.all(e.AsCall().Args())
	case ast.ListKind:
		f.all(e.AsList().Elements())
	case ast.MapKind:
		for _, entry := range e.AsMap().Entries() {
			f.all([]ast.Expr{entry.AsMapEntry().Key(), entry.AsMapEntry().Value()})
		}
	case ast.ComprehensionKind:
		c := e.AsComprehension()
		f.all([]ast.Expr{c.IterRange(), c.AccuInit()})
		depth := len(f.hidden)
		f.hidden = append(f.hidden, c.IterVar(), c.IterVar2(), c.AccuVar())
		f.all([]ast.Expr{c.LoopCondition(), c.LoopStep(), c.Result()})
		f.hidden = f.hidden[:depth]
	}
}

func (f *refFinder) all(es []ast.Expr) {
	for _, e := range es {
		f.find(e)
	}
}

func (f *refFinder) add(c chain) {
	known, ok := f.roots[c.root]
	if !ok || slices.Contains(f.hidden, c.root) {
		return
	}
	loc := f.info.GetStartLocation(c.id)
	f.out = append(f.out, Ref{
		Root: c.root, Path: c.path[:min(len(c.path), known)], Offset: offset(f.src, loc.Line(), loc.Column()),
		Tested: c.tested > 0 && c.tested <= known,
	})
}

// chain is root.a["b"].c.
type chain struct {
	root   string
	path   []string
	id     int64
	tested int // length of the path up to the first key that need not exist; 0: all must
}

// chainOf reads a chain from the outside in; ok is false where e is no chain with constant keys.
func chainOf(e ast.Expr) (c chain, ok bool) {
	var key string
	var tested bool
	var operand ast.Expr
	switch e.Kind() {
	case ast.IdentKind:
		return chain{root: e.AsIdent(), id: e.ID()}, true
	case ast.SelectKind:
		s := e.AsSelect()
		operand, key, tested = s.Operand(), s.FieldName(), s.IsTestOnly()
	case ast.CallKind:
		args := e.AsCall().Args()
		name := e.AsCall().FunctionName()
		if !slices.Contains([]string{operators.Index, operators.OptIndex, operators.OptSelect}, name) || len(args) != 2 || args[1].Kind() != ast.LiteralKind {
			return c, false
		}
		s, isString := args[1].AsLiteral().(types.String)
		if !isString {
			return c, false
		}
		operand, key, tested = args[0], string(s), name != operators.Index
	default:
		return c, false
	}
	if c, ok = chainOf(operand); !ok {
		return c, false
	}
	c.path = append(c.path, key)
	if tested && c.tested == 0 {
		c.tested = len(c.path)
	}
	return c, true
}
