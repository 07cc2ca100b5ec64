package expr

import (
	"slices"
	"strings"
	"sync/atomic"

	"github.com/google/cel-go/cel"
	celfunctions "github.com/google/cel-go/common/functions"
	"github.com/google/cel-go/common/operators"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/interpreter"
)

// What an evaluation may make of new text and new lists, in bytes, all in all: a few words can ask for more than a
// machine has.
const (
	mostMade = 128 << 20
	perItem  = 16 // of a list
	perValue = 64 // written out
)

// makers are the functions that make new text or new lists, and how much it will be, at least, before they make it.
var makers = map[string]func(args []ref.Val) int64{
	operators.Add: nil, "lowerAscii": nil, "upperAscii": nil, "strings.quote": nil, "findAll": nil, "lists.range": nil,
	"replace": willReplace, "join": willJoin, "split": willSplit, "format": willHold, "flatten": willHold,
	"indexOf": willHold, "lastIndexOf": willHold, // they make nothing, and look at all that a list holds
	"sort": nil, "@sortByAssociatedKeys": nil, "distinct": nil, "reverse": nil, "slice": nil, // no longer than what they are given
}

func tooMuch() ref.Val {
	return types.NewErr("makes more than %d MiB of text and lists", mostMade>>20)
}

// boundedMakers declares the makers of an environment anew, so that they refuse what would be too much.
func boundedMakers(env *cel.Env) (out []cel.EnvOption, err error) {
	for name, will := range makers {
		f := env.Functions()[name]
		if f == nil || will == nil {
			continue
		}
		impls, err := f.Bindings()
		if err != nil {
			return nil, err
		}
		var overloads []cel.FunctionOpt
		for _, o := range f.OverloadDecls() {
			i := slices.IndexFunc(impls, func(b *celfunctions.Overload) bool { return b.Operator == o.ID() })
			if i < 0 {
				continue
			}
			declare := cel.Overload
			if o.IsMemberFunction() {
				declare = cel.MemberOverload
			}
			overloads = append(overloads, declare(o.ID(), o.ArgTypes(), o.ResultType(), binding(impls[i], will)))
		}
		out = append(out, cel.Function(name, overloads...))
	}
	return out, nil
}

// binding is the one of a function, behind a look at what it will make.
func binding(impl *celfunctions.Overload, will func([]ref.Val) int64) cel.OverloadOpt {
	switch {
	case impl.Unary != nil:
		return cel.UnaryBinding(func(a ref.Val) ref.Val {
			if will([]ref.Val{a}) > mostMade {
				return tooMuch()
			}
			return impl.Unary(a)
		})
	case impl.Binary != nil:
		return cel.BinaryBinding(func(a, b ref.Val) ref.Val {
			if will([]ref.Val{a, b}) > mostMade {
				return tooMuch()
			}
			return impl.Binary(a, b)
		})
	}
	return cel.FunctionBinding(func(all ...ref.Val) ref.Val {
		if will(all) > mostMade {
			return tooMuch()
		}
		return impl.Function(all...)
	})
}

func text(args []ref.Val, i int) string {
	if i < len(args) {
		if s, ok := args[i].(types.String); ok {
			return string(s)
		}
	}
	return ""
}

func willReplace(args []ref.Val) int64 {
	s, from, to := text(args, 0), text(args, 1), text(args, 2)
	return int64(len(s)) + int64(strings.Count(s, from))*int64(len(to))
}

func willJoin(args []ref.Val) int64 {
	list, ok := args[0].(traits.Lister)
	if !ok {
		return 0
	}
	n, _ := list.Size().(types.Int)
	if int64(n) > mostMade {
		return int64(n)
	}
	return int64(n)*int64(len(text(args, 1))) + willHold(args)
}

func willSplit(args []ref.Val) int64 {
	return int64(strings.Count(text(args, 0), text(args, 1))+1) * perItem
}

// willHold is how much all that the values hold is, written out: a list may hold another one many times.
func willHold(args []ref.Val) int64 {
	left := int64(mostMade)
	for _, a := range args {
		weigh(a, &left)
	}
	return mostMade - left
}

// weigh takes what a value holds from what is left, and goes no further where nothing is.
func weigh(v ref.Val, left *int64) {
	if *left -= perValue; *left < 0 {
		return
	}
	switch v := v.(type) {
	case types.String:
		*left -= int64(len(v))
	case types.Bytes:
		*left -= int64(len(v))
	case *types.Optional:
		if v.HasValue() {
			weigh(v.GetValue(), left)
		}
	case traits.Mapper:
		for it := v.Iterator(); *left >= 0 && it.HasNext() == types.True; {
			k := it.Next()
			weigh(k, left)
			weigh(v.Get(k), left)
		}
	case traits.Lister:
		for it := v.Iterator(); *left >= 0 && it.HasNext() == types.True; {
			weigh(it.Next(), left)
		}
	}
}

// spent is the name under which an evaluation counts what it makes. No expression can name it.
const spent = "#spent"

// counted is a call of a maker whose results count.
type counted struct{ interpreter.InterpretableCall }

// count is the decorator that makes calls of makers count. In a loop, what is refused ends nothing but what is kept: it
// goes on until its time is over.
func count(i interpreter.InterpretableV2) (interpreter.InterpretableV2, error) {
	if call, ok := i.(interpreter.InterpretableCall); ok {
		if _, makes := makers[call.Function()]; makes {
			return counted{call}, nil
		}
	}
	return i, nil
}

// Exec carries out the call.
func (c counted) Exec(frame *interpreter.ExecutionFrame) ref.Val {
	return add(frame, c.InterpretableCall.Exec(frame))
}

// Eval carries out the call.
func (c counted) Eval(vars interpreter.Activation) ref.Val {
	return add(vars, c.InterpretableCall.Eval(vars))
}

func add(vars interpreter.Activation, made ref.Val) ref.Val {
	var n int64
	switch v := made.(type) {
	case types.String:
		n = int64(len(v))
	case types.Bytes:
		n = int64(len(v))
	case traits.MutableLister: // of a loop, which adds to it one by one
		n = perItem
	case traits.Lister:
		size, _ := v.Size().(types.Int)
		n = int64(size) * perItem
	}
	if all, ok := vars.ResolveName(spent); ok {
		if all, ok := all.(*atomic.Int64); ok && all.Add(n) > mostMade {
			return tooMuch()
		}
	}
	return made
}
