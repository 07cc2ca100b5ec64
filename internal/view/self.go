package view

import (
	"cmp"
	"reflect"
	"slices"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
)

// self writes what expressions see of what a kind of step saw.
func (p *printer) self(k check.Kind) {
	fields := expr.SelfFields(deref(k.Self))
	if len(fields) == 0 {
		p.hang("  ", 2, Safe(cmp.Or(k.SelfDoc, "known only when it is seen")), "")
		return
	}
	var ds []definition
	for _, f := range fields {
		ds = append(ds, selfDefinitions(f, 0, nil)...)
	}
	p.definitions(ds)
}

// selfDefinitions explains a field of self with those below it.
func selfDefinitions(f expr.SelfField, depth int, above []reflect.Type) []definition {
	out := []definition{{depth, f.Name, celWords(f.Type), Safe(f.Doc)}}
	t := deref(f.Type)
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = deref(t.Elem())
	}
	if slices.Contains(above, t) {
		return out
	}
	for _, sub := range expr.SelfFields(t) {
		out = append(out, selfDefinitions(sub, depth+1, append(above, t))...)
	}
	return out
}

// celWords names a type as expressions know it.
func celWords(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[time.Time]():
		return "timestamp"
	case reflect.TypeFor[time.Duration]():
		return "duration"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return celWords(t.Elem())
	case reflect.Bool:
		return "bool"
	case reflect.Float32, reflect.Float64:
		return "double"
	case reflect.String:
		return "string"
	case reflect.Slice, reflect.Array:
		return "list of " + celWords(t.Elem())
	case reflect.Map:
		return "map of " + celWords(t.Elem())
	case reflect.Struct:
		return "object"
	case reflect.Interface:
		return "any"
	}
	return "int"
}

func deref(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}
