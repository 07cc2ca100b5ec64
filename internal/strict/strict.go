// Package strict decodes YAML nodes into Go structs and keeps every mistake with the node that it is in:
// unknown keys, wrong types, values outside a closed choice, missing ones.
// The same struct types give their JSON Schema and their documentation.
// It never resolves merge keys (<<), and it refuses documents whose aliases multiply or contain themselves.
//
// A field's tags are yaml (its key), doc (one sentence), enum (a closed choice, "a|b|c"), and required ("true").
// A string field takes the scalar's source text, so that 0123456 stays so.
// A list takes a single value as well: a scalar, or a mapping where its items are structs.
package strict

import (
	"fmt"
	"reflect"
	"time"

	"go.yaml.in/yaml/v4"
)

// Problem is a mistake, with the node that it is in.
type Problem struct {
	Node    *yaml.Node
	Code    string // unknown-key, duplicate-key, merge-key, wrong-type, missing-key, bad-value, ambiguous-scalar
	Message string
	Hint    string
	Warning bool // it can be decoded, and is most likely not what was meant
}

// Unmarshaler is a type that decodes itself. The error's text becomes the problem's message.
// The node is no alias, and what hangs below it is finite, although it may hold aliases.
type Unmarshaler interface {
	UnmarshalNode(n *yaml.Node) error
}

// Options change how Decode works.
type Options struct {
	// Template is asked about each scalar for which it may want to take over; where it returns true the
	// scalar is not decoded. It is given the type that the scalar wants to become: of a pointer, a list or
	// a mapping that is the type of what they hold, so that a list of code is seen to be code.
	// It is not asked about a scalar that stands for a whole struct, nor within a *yaml.Node.
	Template func(n *yaml.Node, want reflect.Type) bool
	// Enum, if not nil, returns what the closed choice of a field is instead of the one that it has.
	Enum func(Field) []string
	// Free is the prefix of keys of structs that are the author's and are passed over, such as "x-".
	Free string
}

// The bounds of what is decoded, which only aliases or mischief reach.
const (
	maxNodes = 100_000
	maxDepth = 100
)

// Decode decodes node into v, a pointer, and returns what was wrong.
// Fields that are absent keep their values; what the old values point to is not changed.
// Where there are problems v holds what was understood. A nil node is one without a value.
func Decode(n *yaml.Node, v any, o Options) []Problem {
	d := &decoder{Options: o, told: map[Problem]bool{}}
	if n == nil {
		n = &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	}
	if n.Kind == yaml.DocumentNode && len(n.Content) == 1 {
		n = n.Content[0]
	}
	d.value(n, reflect.ValueOf(v).Elem())
	return d.problems
}

type decoder struct {
	Options
	problems []Problem
	told     map[Problem]bool    // so that an alias does not tell a mistake again
	taken    map[*yaml.Node]bool // scalars that Template took over
	nodes    int
	depth    int
	stopped  bool
}

func (d *decoder) add(n *yaml.Node, code, hint, format string, args ...any) {
	d.tell(Problem{Node: n, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint})
}

func (d *decoder) tell(p Problem) {
	if !d.told[p] {
		d.told[p] = true
		d.problems = append(d.problems, p)
	}
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	nodeType     = reflect.TypeFor[*yaml.Node]()
	unmarshaler  = reflect.TypeFor[Unmarshaler]()
)

// enter counts a value in; where it is false the bounds are reached and nothing more is decoded.
// Otherwise the caller calls leave.
func (d *decoder) enter(n *yaml.Node) bool {
	if d.stopped {
		return false
	}
	d.nodes++
	d.depth++
	switch {
	case d.nodes > maxNodes:
		d.add(n, "bad-value", "", "more than %d values: too large, or aliases that multiply", maxNodes)
	case d.depth > maxDepth:
		d.add(n, "bad-value", "", "more than %d levels deep, or an alias that contains itself", maxDepth)
	default:
		return true
	}
	d.stopped = true
	return false
}

func (d *decoder) leave() { d.depth-- }

// finite tells whether n and all below it stay within the bounds.
func (d *decoder) finite(n *yaml.Node) bool {
	n = resolve(n)
	for _, c := range n.Content {
		if !d.enter(c) || !d.finite(c) {
			return false
		}
		d.leave()
	}
	return true
}

func (d *decoder) value(n *yaml.Node, v reflect.Value) {
	if !d.enter(n) {
		return
	}
	defer d.leave()
	n = resolve(n)
	switch t := v.Type(); {
	case t == nodeType:
		if d.finite(n) {
			v.Set(reflect.ValueOf(n))
		}
	case d.takes(n, t):
	case reflect.PointerTo(t).Implements(unmarshaler):
		if !d.finite(n) {
			return
		}
		if err := v.Addr().Interface().(Unmarshaler).UnmarshalNode(n); err != nil {
			d.add(n, "bad-value", "", "%v", err)
		}
	case t == durationType:
		d.duration(n, v)
	default:
		d.byKind(n, v)
	}
}

func (d *decoder) byKind(n *yaml.Node, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		d.value(n, renew(v))
	case reflect.Interface:
		v.SetZero()
		if a := d.any(n); a != nil {
			v.Set(reflect.ValueOf(a))
		}
	case reflect.Struct:
		d.structure(n, v)
	case reflect.Map:
		d.mapping(n, v)
	case reflect.Slice:
		d.sequence(n, v)
	default:
		d.scalar(n, v)
	}
}

// renew lets the pointer v point to a copy, because a default that it points to belongs to others as well,
// and returns what it points to.
func renew(v reflect.Value) reflect.Value {
	one := reflect.New(v.Type().Elem())
	if !v.IsNil() {
		one.Elem().Set(v.Elem())
	}
	v.Set(one)
	return one.Elem()
}

// takes asks Template about n.
func (d *decoder) takes(n *yaml.Node, want reflect.Type) bool {
	if n.Kind != yaml.ScalarNode || d.Template == nil {
		return false
	}
	want = held(want)
	if want.Kind() == reflect.Struct && !reflect.PointerTo(want).Implements(unmarshaler) {
		return false
	}
	if !d.Template(n, want) {
		return false
	}
	if d.taken == nil {
		d.taken = map[*yaml.Node]bool{}
	}
	d.taken[n] = true
	return true
}

// held returns what a pointer, a list or a mapping of type t holds in the end.
func held(t reflect.Type) reflect.Type {
	for !reflect.PointerTo(t).Implements(unmarshaler) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			t = t.Elem()
		default:
			return t
		}
	}
	return t
}
