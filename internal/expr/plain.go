package expr

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
)

// SelfField is a field of a self type, as expressions name it.
type SelfField struct {
	Name string
	Doc  string
	Type reflect.Type
	opts string // of the json tag
	i    []int
}

// selfFields returns the fields of struct t by their json tags; those without a tag are not to be seen.
func selfFields(t reflect.Type) []SelfField {
	var out []SelfField
	var named [][]int // embedded structs that have a name of their own
	for _, f := range reflect.VisibleFields(t) {
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		inside := func(p []int) bool { return len(f.Index) > len(p) && slices.Equal(f.Index[:len(p)], p) }
		if name == "" || !f.IsExported() || slices.ContainsFunc(named, inside) {
			continue
		}
		if f.Anonymous {
			named = append(named, f.Index)
		}
		if name != "-" {
			out = append(out, SelfField{Name: name, Doc: f.Tag.Get("doc"), Type: f.Type, opts: opts, i: f.Index})
		}
	}
	return out
}

// SelfFields returns the fields of a self type that is a struct or a pointer to one, for documentation.
func SelfFields(t reflect.Type) []SelfField {
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	return selfFields(t)
}

// Plain turns what a kind saw into maps, lists and scalars, as expressions and records see it:
// structs become maps by their json tags, and omitted fields are absent. Whole numbers become int64, bytes and what
// marshals itself to text become strings, and times and durations stay.
func Plain(v any) any {
	if v == nil {
		return nil
	}
	return plain(reflect.ValueOf(v))
}

func plain(v reflect.Value) any {
	switch t := v.Type(); {
	case (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil():
		return nil
	case t == timeType, t == durationType:
		return v.Interface()
	case t == numberType:
		return number(json.Number(v.String()))
	case isText(t):
		return plainText(v)
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return plain(v.Elem())
	case reflect.Struct:
		return plainStruct(v)
	case reflect.Map:
		m := make(map[string]any, v.Len())
		for it := v.MapRange(); it.Next(); {
			m[fmt.Sprint(it.Key())] = plain(it.Value())
		}
		return m
	case reflect.Slice, reflect.Array:
		s := make([]any, v.Len())
		for i := range s {
			s[i] = plain(v.Index(i))
		}
		return s
	case reflect.Bool:
		return v.Bool()
	case reflect.String:
		return v.String()
	case reflect.Float32, reflect.Float64:
		return v.Float()
	}
	switch {
	case v.CanInt():
		return v.Int()
	case v.CanUint():
		return whole(v.Uint())
	}
	return fmt.Sprint(v.Interface())
}

func plainStruct(v reflect.Value) map[string]any {
	m := map[string]any{}
	for _, f := range selfFields(v.Type()) {
		fv, err := v.FieldByIndexErr(f.i)
		if err == nil && !f.omits(fv) { // an error is an embedded pointer that is nil
			m[f.Name] = plain(fv)
		}
	}
	return m
}

// omits tells whether encoding/json leaves the field out.
func (f SelfField) omits(v reflect.Value) bool {
	empty := (v.Kind() == reflect.Map || v.Kind() == reflect.Slice) && v.Len() == 0
	switch {
	case strings.Contains(f.opts, "omitempty"):
		return empty || v.IsZero()
	case strings.Contains(f.opts, "omitzero"):
		return v.IsZero()
	}
	return false
}

func plainText(v reflect.Value) string {
	if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		b, err := m.MarshalText()
		if err != nil {
			return err.Error()
		}
		return string(b)
	}
	return string(v.Bytes())
}

func number(n json.Number) any {
	if i, err := n.Int64(); err == nil {
		return i
	}
	if f, err := n.Float64(); err == nil {
		return f
	}
	return n.String()
}

// whole keeps a number that int64 does not hold as it is.
func whole(u uint64) any {
	if u > math.MaxInt64 {
		return u
	}
	return int64(u)
}
