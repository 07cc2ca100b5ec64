package expr

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"

	"gitea.coulomb.social/coulomb/wpctl/internal/timebox"
)

// Want is the type that an expression has to have.
type Want int

// The types that are asked for.
const (
	Any Want = iota
	Bool
)

// Problem is a mistake in an expression. Offset counts bytes from its beginning.
type Problem struct {
	Offset  int
	Message string
	Hint    string
}

// Program is a compiled expression. It is safe for concurrent use.
type Program struct {
	Src  string
	Type *cel.Type
	Refs []Ref // what it reads of other tasks, decisions, records and the environment
	env  *cel.Env
	ast  *cel.Ast
	prog cel.Program
}

// Vars is what an expression can see.
type Vars struct {
	Self      any // as Plain returns it
	Rec       map[string]any
	Tasks     map[string]map[string]any
	Decisions map[string]map[string]string
	Plan      map[string]any
	Env       map[string]string
	Now       time.Time
}

// ErrMissing is the error of an expression that reads a key, an index or a field that is not there.
var ErrMissing = errors.New("not there")

// ErrUnrecorded is, beside ErrMissing, the error of an expression that reads a record, a decision's field or an
// environment name that has no value: what was seen is not to blame.
var ErrUnrecorded = errors.New("not recorded")

// Compile compiles an expression over a self of type self, nil being one of which nothing is known before the look.
// The problems are complete; with any there is no program.
func (c *Compiler) Compile(src string, self reflect.Type, want Want) (*Program, []Problem) {
	return c.compile(src, self, want)
}

// CompileWithout compiles an expression in which there is no self, such as `when`.
func (c *Compiler) CompileWithout(src string, want Want) (*Program, []Problem) {
	return c.compile(src, reflect.TypeFor[noSelf](), want)
}

func (c *Compiler) compile(src string, self reflect.Type, want Want) (*Program, []Problem) {
	if strings.TrimSpace(src) == "" {
		return nil, []Problem{{Message: "an empty expression"}}
	}
	env, err := c.env(self)
	if err != nil {
		return nil, []Problem{{Message: err.Error()}}
	}
	type compiled struct {
		p        *Program
		problems []Problem
	}
	ctx, cancel := context.WithTimeout(context.Background(), longestReading)
	defer cancel()
	out, err := timebox.Do(ctx, func() (compiled, error) {
		p, problems := compileIn(env, src, self, want)
		return compiled{p, problems}, nil
	})
	if err != nil {
		return nil, []Problem{{Message: "it takes too long to read", Hint: "nest lists and loops less deeply"}}
	}
	return out.p, out.problems
}

// longestReading bounds the time for one expression: that of types within types grows faster than their number. A
// variable for tests.
var longestReading = 10 * time.Second

func compileIn(env *cel.Env, src string, self reflect.Type, want Want) (*Program, []Problem) {
	ast, iss := env.Compile(src)
	if iss.Err() != nil {
		var out []Problem
		for _, e := range iss.Errors() {
			f := fault{src: src, env: env, self: self, at: offset(src, e.Location.Line(), e.Location.Column())}
			out = append(out, f.problem(e.Message))
		}
		return nil, out
	}
	if t := ast.OutputType(); want == Bool && t.Kind() != types.BoolKind && t.Kind() != types.DynKind {
		return nil, []Problem{{Message: fmt.Sprintf("must be true or false, is %s", typeName(ast.OutputType()))}}
	}
	prog, err := bounded(env, ast, cel.OptOptimize)
	if err != nil {
		return nil, []Problem{{Message: firstLine(err.Error())}}
	}
	p := &Program{Src: src, Type: ast.OutputType(), env: env, ast: ast, prog: prog}
	p.Refs = refs(src, ast)
	return p, nil
}
