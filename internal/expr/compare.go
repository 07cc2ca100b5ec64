package expr

import (
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/interpreter"
)

// comparers are the functions that compare lists and maps as a whole. Those of the library look at no context, and go on
// for as long as the values make them: these end with the evaluation.
var comparers = map[string]func(c comparison, a, b ref.Val) ref.Val{
	operators.Equals:    func(c comparison, a, b ref.Val) ref.Val { return types.Bool(c.equal(a, b)) },
	operators.NotEquals: func(c comparison, a, b ref.Val) ref.Val { return types.Bool(!c.equal(a, b)) },
	operators.In:        comparison.in,
	"sets.contains":     lists(comparison.holds),
	"sets.equivalent":   lists(func(c comparison, a, b traits.Lister) bool { return c.holds(a, b) && c.holds(b, a) }),
	"sets.intersects":   lists(comparison.intersect),
	"distinct":          comparison.distinct,
}

// compared is a call of a comparer.
type compared struct {
	interpreter.InterpretableCall
	a, b    interpreter.InterpretableV2 // b is nil where there is but one argument
	compare func(c comparison, a, b ref.Val) ref.Val
}

// compare is the decorator that puts the comparers into the place of the library's.
func compare(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	call, ok := i.(interpreter.InterpretableCall)
	if !ok || comparers[call.Function()] == nil {
		return i, nil
	}
	c := compared{InterpretableCall: call, a: call.Args()[0], compare: comparers[call.Function()]}
	if len(call.Args()) > 1 {
		c.b = call.Args()[1]
	}
	return c, nil
}

// Exec carries out the call.
func (c compared) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	a := c.a.Exec(frame)
	var b ref.Val
	if c.b != nil {
		b = c.b.Exec(frame)
	}
	switch {
	case types.IsUnknownOrError(a):
		return a
	case c.b != nil && types.IsUnknownOrError(b):
		return b
	}
	return c.compare(comparison{frame}, a, b)
}

// Eval carries out the call.
func (c compared) Eval(vars interpreter.Activation) ref.Val { return c.Exec(interpreter.AsFrame(vars)) }

// comparison is one within an evaluation.
type comparison struct{ frame *interpreter.ExecutionFrame }

// goOn is called for each member of what is gone over.
func (c comparison) goOn() {
	if c.frame.CheckInterrupt() {
		panic(interpreter.EvalCancelledError{Message: "interrupted", Cause: interpreter.ContextCancelled}) // which the library expects
	}
}

// equal compares two values as CEL does.
func (c comparison) equal(a, b ref.Val) bool {
	switch a := a.(type) {
	case traits.Mapper:
		if b, ok := b.(traits.Mapper); ok {
			return a.Size() == b.Size() && c.sameMap(a, b)
		}
	case traits.Lister:
		if b, ok := b.(traits.Lister); ok {
			return a.Size() == b.Size() && c.sameList(a, b)
		}
	case *types.Optional:
		if b, ok := b.(*types.Optional); ok && a.HasValue() && b.HasValue() {
			return c.equal(a.GetValue(), b.GetValue())
		}
	}
	return types.Equal(a, b) == types.True
}

func (c comparison) sameMap(a, b traits.Mapper) bool {
	for it := a.Iterator(); it.HasNext() == types.True; {
		c.goOn()
		k := it.Next()
		v, _ := a.Find(k)
		if w, found := b.Find(k); !found || !c.equal(v, w) {
			return false
		}
	}
	return true
}

func (c comparison) sameList(a, b traits.Lister) bool {
	size, _ := a.Size().(types.Int)
	for i := types.Int(0); i < size; i++ {
		c.goOn()
		if !c.equal(a.Get(i), b.Get(i)) {
			return false
		}
	}
	return true
}

func (c comparison) in(v, container ref.Val) ref.Val {
	switch container := container.(type) {
	case traits.Mapper:
		_, found := container.Find(v)
		return types.Bool(found)
	case traits.Lister:
		return types.Bool(c.member(v, container))
	}
	return types.MaybeNoSuchOverloadErr(container)
}

func (c comparison) member(v ref.Val, list traits.Lister) bool {
	size, _ := list.Size().(types.Int)
	for i := types.Int(0); i < size; i++ {
		c.goOn()
		if c.equal(v, list.Get(i)) {
			return true
		}
	}
	return false
}

// holds tells whether all of b are in a.
func (c comparison) holds(a, b traits.Lister) bool {
	for it := b.Iterator(); it.HasNext() == types.True; {
		if !c.member(it.Next(), a) {
			return false
		}
	}
	return true
}

func (c comparison) intersect(a, b traits.Lister) bool {
	for it := a.Iterator(); it.HasNext() == types.True; {
		if c.member(it.Next(), b) {
			return true
		}
	}
	return false
}

func (c comparison) distinct(v, _ ref.Val) ref.Val {
	list, ok := v.(traits.Lister)
	if !ok {
		return types.MaybeNoSuchOverloadErr(v)
	}
	var out []ref.Val
	for it := list.Iterator(); it.HasNext() == types.True; {
		if v := it.Next(); !c.member(v, types.NewRefValList(types.DefaultTypeAdapter, out)) {
			out = append(out, v)
		}
	}
	return types.NewRefValList(types.DefaultTypeAdapter, out)
}

// lists is a comparer of two lists.
func lists(f func(c comparison, a, b traits.Lister) bool) func(c comparison, a, b ref.Val) ref.Val {
	return func(c comparison, a, b ref.Val) ref.Val {
		one, ok := a.(traits.Lister)
		other, too := b.(traits.Lister)
		if !ok || !too {
			return types.MaybeNoSuchOverloadErr(a)
		}
		return types.Bool(f(c, one, other))
	}
}
