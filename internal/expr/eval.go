package expr

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/interpreter"

	"gitea.coulomb.social/coulomb/wpctl/internal/timebox"
)

// An evaluation is bounded by time, and by what it makes, see mostMade. CEL's own cost limit would be the same on every
// machine, but counting costs makes a loop over 10,000 objects fifty times slower, and worse than in proportion.
var longest = 2 * time.Second // a variable for tests

const checkEvery = 100 // turns of a loop

// bounded is the program of an expression whose loops and comparisons end with its evaluation, and which makes no more
// than mostMade.
func bounded(env *cel.Env, ast *cel.Ast, options ...cel.EvalOption) (cel.Program, error) {
	return env.Program(ast, cel.EvalOptions(options...), cel.InterruptCheckFrequency(checkEvery), cel.CustomDecoratorV2(compare), cel.CustomDecoratorV2(count))
}

// Eval evaluates p. A key, index or field that is not there is an error that wraps ErrMissing, and ErrUnrecorded
// where it is one of rec, tasks, decisions or env. What takes too long is stopped with an error;
// when ctx ends in a loop, the error wraps its cause.
func (p *Program) Eval(ctx context.Context, v Vars) (any, error) {
	within, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	// Loops and comparisons look at their context, but what goes over one text or one list does not.
	out, err := timebox.Do(within, func() (any, error) {
		out, _, err := p.prog.ContextEval(within, v.activation())
		if err == nil && types.IsUnknownOrError(out) {
			err = fmt.Errorf("%v", out)
		}
		if err != nil {
			return nil, err
		}
		left := int64(mostMade)
		if weigh(out, &left); left < 0 {
			return nil, errTooMuch
		}
		return native(out), nil
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, fmt.Errorf("interrupted: %w", context.Cause(ctx))
	case errors.Is(err, interpreter.InterruptError{}), errors.As(err, new(interpreter.EvalCancelledError)), errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("takes longer than %v: it goes over too much", longest)
	case err != nil:
		return nil, p.evalError(err, v)
	}
	return out, nil
}

var errTooMuch = fmt.Errorf("its value has more than %d MiB", mostMade>>20)

// EvalBool evaluates p, which must be true or false.
func (p *Program) EvalBool(ctx context.Context, v Vars) (bool, error) {
	out, err := p.Eval(ctx, v)
	if err != nil {
		return false, err
	}
	b, ok := out.(bool)
	if !ok {
		return false, fmt.Errorf("must be true or false, is %s", shown(out))
	}
	return b, nil
}

func (v Vars) activation() map[string]any {
	return map[string]any{
		"self": v.Self, "rec": orEmpty(v.Rec), "tasks": orEmpty(v.Tasks), "decisions": orEmpty(v.Decisions),
		"plan": orEmpty(v.Plan), "env": orEmpty(v.Env), "now": v.Now, spent: new(atomic.Int64),
	}
}

func orEmpty[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}

func (p *Program) evalError(err error, v Vars) error {
	msg := firstLine(err.Error())
	for _, s := range []string{"no such key", "index out of bounds", "no such attribute", "optional.none() dereference", "no such field"} {
		if !strings.HasPrefix(msg, s) {
			continue
		}
		if _, key, ok := strings.Cut(msg, "no such key: "); ok && p.unrecorded(key, v) {
			return fmt.Errorf("%s: %w", msg, unrecordedError{})
		}
		return fmt.Errorf("%s: %w", msg, ErrMissing)
	}
	return errors.New(msg)
}

// unrecordedError reads as ErrMissing and is both.
type unrecordedError struct{}

func (unrecordedError) Error() string   { return ErrMissing.Error() }
func (unrecordedError) Unwrap() []error { return []error{ErrMissing, ErrUnrecorded} }

// unrecorded tells whether key is missing from what p reads of rec, tasks, decisions and env.
func (p *Program) unrecorded(key string, v Vars) bool {
	return slices.ContainsFunc(p.Refs, func(r Ref) bool {
		if len(r.Path) == 0 {
			return false
		}
		first, inner := r.Path[0], false
		switch r.Root {
		case "rec":
			_, inner = v.Rec[first]
		case "env":
			_, inner = v.Env[first]
		case "plan":
			_, inner = v.Plan[first]
		case "tasks":
			_, inner = v.Tasks[first]
			if inner && len(r.Path) > 1 {
				_, inner = v.Tasks[first][r.Path[1]]
				first = r.Path[1]
			}
		case "decisions":
			_, inner = v.Decisions[first]
			if inner && len(r.Path) > 1 {
				_, inner = v.Decisions[first][r.Path[1]]
				first = r.Path[1]
			}
		}
		return !inner && first == key
	})
}
