package strict

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Field is one key of a struct.
type Field struct {
	Name     string
	Doc      string
	Enum     []string
	Required bool
	Type     reflect.Type
	index    []int
}

// Describer is a type that decodes itself and says how it is written.
type Describer interface {
	// DescribeType returns a few words for people and the JSON Schema.
	DescribeType() (words string, schema map[string]any)
}

var fieldsOf sync.Map // reflect.Type → []Field

// Fields returns the keys of struct type t, in the order of their declaration; embedded structs are flattened.
// Fields without a yaml tag have no key. The result is shared and must not be changed.
func Fields(t reflect.Type) []Field {
	if fs, ok := fieldsOf.Load(t); ok {
		return fs.([]Field)
	}
	var out []Field
	var named [][]int // embedded structs that have a key of their own
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" || !f.IsExported() || slices.ContainsFunc(named, func(p []int) bool { return within(f.Index, p) }) {
			continue
		}
		if f.Anonymous {
			named = append(named, f.Index)
		}
		if name == "-" {
			continue
		}
		var enum []string
		if e := f.Tag.Get("enum"); e != "" {
			enum = strings.Split(e, "|")
		}
		out = append(out, Field{
			Name: name, Doc: f.Tag.Get("doc"), Enum: enum,
			Required: f.Tag.Get("required") == "true", Type: f.Type, index: f.Index,
		})
	}
	fieldsOf.Store(t, out)
	return out
}

func within(index, parent []int) bool {
	return len(index) > len(parent) && slices.Equal(index[:len(parent)], parent)
}

// Value returns the field's value in the struct v; the zero value where an embedded pointer on the way is nil.
func (f Field) Value(v reflect.Value) reflect.Value {
	out, err := v.FieldByIndexErr(f.index)
	if err != nil {
		return reflect.Zero(f.Type)
	}
	return out
}

// settable returns the field's value in the struct v, with the embedded pointers on the way filled in.
func (f Field) settable(v reflect.Value) reflect.Value {
	for _, i := range f.index {
		if v.Kind() == reflect.Pointer {
			v = renew(v)
		}
		v = v.Field(i)
	}
	return v
}

// TypeWords says in a few words what a field takes: "a string", "a list, each a string", "a duration", "low | high".
func (f Field) TypeWords() string {
	if len(f.Enum) > 0 {
		return strings.Join(f.Enum, " | ")
	}
	return typeWord(f.Type)
}

func typeWord(t reflect.Type) string {
	if d, ok := reflect.New(t).Interface().(Describer); ok {
		words, _ := d.DescribeType()
		return words
	}
	switch {
	case t == durationType:
		return "a duration"
	case opaque(t):
		return "any value"
	case isInt(t):
		return "a whole number"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeWord(t.Elem())
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice:
		return "a list, each " + typeWord(t.Elem())
	case reflect.Map:
		return "a mapping of names, each " + typeWord(t.Elem())
	}
	return "a mapping"
}

// opaque tells whether nothing is known of how a type is written.
func opaque(t reflect.Type) bool {
	return t == nodeType || t.Kind() == reflect.Interface || reflect.PointerTo(t).Implements(unmarshaler)
}

func isInt(t reflect.Type) bool {
	v := reflect.Zero(t)
	return v.CanInt() || v.CanUint()
}
