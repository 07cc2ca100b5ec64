package strict

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// Schema returns the JSON Schema (draft 2020-12) of type t, without $schema and $id.
// It accepts what Decode accepts, and expressions where Template may take over, and refuses unknown keys.
// Free is as in Options. A default value may be given as def; the zero Value is none.
func Schema(t reflect.Type, free string, def reflect.Value) map[string]any {
	s := &schema{free: free}
	return s.of(t, def)
}

type schema struct {
	free string
	open []reflect.Type // structs that are being described: one within itself is any mapping
}

// template is a string that holds an expression.
func template() map[string]any { return map[string]any{"type": "string", "pattern": `\$\{\{`} }

func either(ss ...map[string]any) map[string]any {
	all := make([]any, len(ss))
	for i, s := range ss {
		all[i] = s
	}
	return map[string]any{"anyOf": all}
}

func (s *schema) of(t reflect.Type, def reflect.Value) map[string]any {
	if d, ok := reflect.New(t).Interface().(Describer); ok {
		_, described := d.DescribeType()
		out := map[string]any{} // a copy: a description may be added to it
		maps.Copy(out, described)
		return out
	}
	var out map[string]any
	switch {
	case t == durationType:
		return durationSchema(def)
	case opaque(t):
		return map[string]any{}
	case isInt(t):
		out = either(map[string]any{"type": "integer"}, template())
	case t.Kind() == reflect.String:
		out = map[string]any{"type": []any{"string", "number", "boolean"}}
	case t.Kind() == reflect.Bool:
		out = either(map[string]any{"type": "boolean"}, template())
	case t.Kind() == reflect.Float32, t.Kind() == reflect.Float64:
		out = either(map[string]any{"type": "number"}, template())
	default:
		return s.compound(t, def)
	}
	if def.IsValid() && !def.IsZero() {
		out["default"] = plain(def)
	}
	return out
}

// plain returns a scalar as JSON has it: without its named type.
func plain(v reflect.Value) any {
	switch {
	case v.Kind() == reflect.String:
		return v.String()
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return v.Uint()
	case v.CanFloat():
		return v.Float()
	}
	return v.Bool()
}

func (s *schema) compound(t reflect.Type, def reflect.Value) map[string]any {
	none := reflect.Value{}
	switch t.Kind() {
	case reflect.Pointer:
		if def.IsValid() {
			def = def.Elem() // no default where it is nil
		}
		return s.of(t.Elem(), def)
	case reflect.Slice:
		return s.list(s.of(t.Elem(), none), t.Elem())
	case reflect.Map:
		m := map[string]any{"type": "object", "additionalProperties": s.of(t.Elem(), none)}
		return s.orTemplate(m, t)
	}
	if slices.Contains(s.open, t) {
		return map[string]any{"type": "object"}
	}
	s.open = append(s.open, t)
	defer func() { s.open = s.open[:len(s.open)-1] }()
	return s.structure(t, def)
}

// list is the schema of a list, for which a single item may stand.
func (s *schema) list(item map[string]any, elem reflect.Type) map[string]any {
	one := item
	if !takesMapping(elem) && opaque(elem) {
		one = map[string]any{"type": []any{"string", "number", "boolean"}}
	}
	return s.orTemplate(either(map[string]any{"type": "array", "items": item}, one), elem)
}

// orTemplate lets an expression stand for all of a list or mapping, where Template is asked about it.
func (s *schema) orTemplate(m map[string]any, t reflect.Type) map[string]any {
	if t = held(t); t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(unmarshaler) {
		return m
	}
	return either(m, template())
}

func durationSchema(def reflect.Value) map[string]any {
	out := either(
		map[string]any{"type": "string", "pattern": `^([0-9]+d)?\+?([0-9.]+(ns|us|µs|μs|ms|s|m|h))*$|^[-+]?0$|\$\{\{`},
		map[string]any{"const": 0},
	)
	if def.IsValid() && def.Int() != 0 {
		out["default"] = time.Duration(def.Int()).String()
	}
	return out
}

func (s *schema) structure(t reflect.Type, def reflect.Value) map[string]any {
	props, required := map[string]any{}, []any{}
	for _, f := range Fields(t) {
		var d reflect.Value
		if def.IsValid() {
			d = f.Value(def)
		}
		p := s.of(f.Type, d)
		if len(f.Enum) > 0 {
			p = s.choice(f, p["default"])
		}
		if f.Doc != "" {
			p["description"] = f.Doc
		}
		props[f.Name] = p
		if f.Required {
			required = append(required, f.Name)
		}
	}
	out := map[string]any{"type": "object", "properties": props, "additionalProperties": false}
	if s.free != "" {
		out["patternProperties"] = map[string]any{"^" + regexp.QuoteMeta(s.free): map[string]any{}}
	}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

// choice is the schema of a field with a closed choice.
func (s *schema) choice(f Field, def any) map[string]any {
	var values []any
	for _, e := range f.Enum {
		values = append(values, e)
		if b, ok := boolean(e); ok { // without quotes it is no string in YAML
			values = append(values, b)
		} else if n, err := strconv.ParseFloat(e, 64); err == nil {
			values = append(values, n)
		}
	}
	out := either(map[string]any{"enum": values}, template())
	if f.Type.Kind() == reflect.Slice {
		out = s.list(out, f.Type.Elem())
	}
	if def != nil {
		out["default"] = def
	}
	return out
}
