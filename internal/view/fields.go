package view

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// definition explains one field; depth is how far it is nested.
type definition struct {
	depth             int
	name, words, text string
}

// fields writes the fields of struct type t with those below them.
func (p *printer) fields(t reflect.Type, defaults reflect.Value) {
	if d, ok := reflect.New(t).Interface().(strict.Describer); ok {
		words, _ := d.DescribeType()
		p.hang("  ", 2, Safe(words), "")
		return
	}
	ds := definitionsOf(t, defaults, 0, nil)
	if len(ds) == 0 {
		p.put("  none")
		return
	}
	p.definitions(ds)
}

func definitionsOf(t reflect.Type, defaults reflect.Value, depth int, above []reflect.Type) []definition {
	if slices.Contains(above, t) {
		return nil
	}
	var out []definition
	for _, f := range structFields(t) {
		def := defaultOf(f, defaults)
		out = append(out, definition{depth, f.Name, f.TypeWords(), about(f, def)})
		if sub := below(f.Type); sub != nil {
			out = append(out, definitionsOf(sub, def, depth+1, append(above, t))...)
		}
	}
	return out
}

// definitions writes names, types and texts in three columns or, where that is too narrow, texts on lines of their own.
func (p *printer) definitions(ds []definition) {
	names, types := 0, 0
	for _, d := range ds {
		names, types = max(names, 2*d.depth+cells(d.name)), max(types, cells(d.words))
	}
	types = min(types, 34)
	at := 2 + names + 2 + types + 2
	for _, d := range ds {
		name := strings.Repeat("  ", d.depth) + Safe(d.name)
		if p.Width > 0 && p.Width-at < 24 || cells(d.words) > types {
			p.hang("  "+p.bold(pad(name, names))+"  ", names+4, d.words, dim)
			if d.text != "" {
				p.hang(strings.Repeat(" ", names+4), names+4, d.text, "")
			}
			continue
		}
		head := "  " + p.bold(pad(name, names)) + "  "
		if d.text == "" {
			p.put(head + p.dim(d.words))
			continue
		}
		p.hang(head+p.dim(pad(d.words, types))+"  ", at, d.text, "")
	}
}

// about is a field's sentence, and whether it is required or what it is by default.
func about(f strict.Field, def reflect.Value) string {
	text := Safe(f.Doc)
	switch value := defaultWords(def); {
	case f.Required:
		text += " (required)"
	case value != "":
		text += " (default " + value + ")"
	}
	return strings.TrimSpace(text)
}

// defaultOf returns the field's value among the defaults of its struct; the zero Value where there are none.
func defaultOf(f strict.Field, defaults reflect.Value) reflect.Value {
	for defaults.IsValid() && defaults.Kind() == reflect.Pointer {
		defaults = defaults.Elem()
	}
	if !defaults.IsValid() || defaults.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return f.Value(defaults)
}

// defaultWords writes a default value; "" for zero, and for what has no short form.
func defaultWords(v reflect.Value) string {
	for v.IsValid() && v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() || v.IsZero() {
		return ""
	}
	if d, ok := v.Interface().(time.Duration); ok {
		return strict.FormatDuration(d)
	}
	switch v.Kind() {
	case reflect.Slice:
		var out []string
		for i := range v.Len() {
			out = append(out, defaultWords(v.Index(i)))
		}
		return strings.Join(out, ", ")
	case reflect.Struct, reflect.Map, reflect.Interface:
		return ""
	}
	return Safe(fmt.Sprint(v.Interface()))
}

// structFields returns the fields of t, if it is a struct that is written as a mapping.
func structFields(t reflect.Type) []strict.Field {
	if t = below(t); t == nil {
		return nil
	}
	return strict.Fields(t)
}

// below returns the struct whose fields are below a field of type t: its own, or that of its elements; nil for none.
func below(t reflect.Type) reflect.Type {
	for t != nil {
		if _, ok := reflect.New(t).Interface().(strict.Describer); ok {
			return nil
		}
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			t = t.Elem()
		case reflect.Struct:
			if len(strict.Fields(t)) == 0 {
				return nil
			}
			return t
		default:
			return nil
		}
	}
	return nil
}
