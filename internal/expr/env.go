// Package expr compiles and evaluates the expressions of a plan: CEL in the dialect of Kubernetes admission
// policies, with what a step saw as `self`.
// It never looks at anything itself: all that an expression can see is handed in.
package expr

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
	"k8s.io/apiserver/pkg/cel/library"
)

// Compiler compiles expressions. Its environments are built when they are first wanted.
// It is safe for concurrent use.
type Compiler struct {
	mu   sync.Mutex
	base *cel.Env
	envs map[reflect.Type]*cel.Env
}

// NewCompiler returns a compiler; it costs nothing until the first expression.
func NewCompiler() *Compiler { return &Compiler{envs: map[reflect.Type]*cel.Env{}} }

// noSelf stands for expressions outside of a look, such as `when`.
type noSelf struct{}

// env returns the environment in which self has the type t; nil is a self of which nothing is known.
func (c *Compiler) env(t reflect.Type) (*cel.Env, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.envs[t]; ok {
		return e, nil
	}
	if c.base == nil {
		base, err := cel.NewEnv(dialect()...)
		if err != nil {
			return nil, fmt.Errorf("build the expression environment: %w", err)
		}
		bounds, err := boundedMakers(base)
		if err == nil {
			base, err = base.Extend(bounds...)
		}
		if err != nil {
			return nil, fmt.Errorf("bound the expression environment: %w", err)
		}
		c.base = base
	}
	opts := []cel.EnvOption{}
	switch t {
	case reflect.TypeFor[noSelf]():
	case nil:
		opts = append(opts, cel.Variable("self", cel.DynType))
	default:
		p := &selfTypes{Provider: c.base.CELTypeProvider(), names: map[reflect.Type]string{}, structs: map[string]*structType{}}
		opts = append(opts, cel.CustomTypeProvider(p), cel.Variable("self", p.celType(t)))
	}
	e, err := c.base.Extend(opts...)
	if err != nil {
		return nil, fmt.Errorf("build the expression environment of %v: %w", t, err)
	}
	c.envs[t] = e
	return e, nil
}

// dialect is CEL as Kubernetes admission policies have it, less what needs an API server (authorizer), and our names.
// Lists and maps may mix types, which policies may not, because what a step saw does:
// `self.spec == {"replicas": 2, "paused": false}`.
// Source: k8s.io/apiserver/pkg/cel/environment, base.go.
func dialect() []cel.EnvOption {
	return []cel.EnvOption{
		cel.EnableMacroCallTracking(), // Saw writes macros as they were written
		cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true),
		cel.OptionalTypes(),
		cel.ASTValidators(cel.ValidateDurationLiterals(), cel.ValidateTimestampLiterals(), cel.ValidateRegexLiterals()),
		library.URLs(), library.Regex(), library.Quantity(), library.IP(), library.CIDR(), library.Format(),
		library.SemverLib(library.SemverVersion(1)), library.Lists(library.ListsVersion(1)),
		ext.Strings(ext.StringsVersion(2)), ext.Sets(), ext.TwoVarComprehensions(), ext.Lists(ext.ListsVersion(3)),
		cel.Variable("rec", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("tasks", cel.MapType(cel.StringType, cel.MapType(cel.StringType, cel.DynType))),
		cel.Variable("decisions", cel.MapType(cel.StringType, cel.MapType(cel.StringType, cel.StringType))),
		cel.Variable("plan", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("env", cel.MapType(cel.StringType, cel.StringType)),
		cel.Variable("now", cel.TimestampType),
	}
}
