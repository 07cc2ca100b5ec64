package view

import (
	"fmt"
	"io"
	"reflect"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// UnknownField is the error of an explanation of what does not exist.
type UnknownField struct {
	Path string // as asked for
	Hint string // "" where nothing is near
}

func (e *UnknownField) Error() string {
	if e.Hint == "" {
		return fmt.Sprintf("no field %q", e.Path)
	}
	return fmt.Sprintf("no field %q: %s", e.Path, e.Hint)
}

// Kinds writes a list of kinds, each with its sentence.
func Kinds(w io.Writer, kinds []check.Kind, o Options) error {
	p := newPrinter(w, o)
	width := 0
	for _, k := range kinds {
		width = max(width, cells(k.Name))
	}
	for _, k := range kinds {
		p.hang(p.bold(pad(Safe(k.Name), width))+"  ", width+2, Safe(k.Doc), "")
	}
	return p.flush()
}

// Explain writes all there is to know about a kind of step or, with a path such as request, headers, about one of its
// fields. A path that leads nowhere is an *UnknownField.
func Explain(w io.Writer, k check.Kind, path []string, o Options) error {
	p := newPrinter(w, o)
	var defaults reflect.Value
	if k.New != nil {
		defaults = reflect.ValueOf(k.New()).Elem()
	}
	if len(path) > 0 {
		if err := p.field(k.Name, k.Args, defaults, path); err != nil {
			return err
		}
		return p.flush()
	}
	p.hang(p.bold(Safe(k.Name))+"  ", cells(k.Name)+2, Safe(k.Doc), "")
	p.put("")
	p.fact("may", capabilities(k))
	p.fact("timeout", strict.FormatDuration(k.Timeout)+" for one look")
	if k.Bare != "" {
		p.fact("bare", fmt.Sprintf("`%s: VALUE` sets %s", k.Name, k.Bare))
	}
	p.section("fields")
	p.fields(k.Args, defaults)
	p.section("self, what expressions see")
	p.self(k)
	p.example(k.Example)
	return p.flush()
}

// ExplainKeys writes the keys of a struct type, such as those that all steps have in common, or one of its fields as
// Explain does.
func ExplainKeys(w io.Writer, name, doc string, t reflect.Type, path []string, o Options) error {
	p := newPrinter(w, o)
	if len(path) > 0 {
		if err := p.field(name, t, reflect.Value{}, path); err != nil {
			return err
		}
		return p.flush()
	}
	p.hang(p.bold(Safe(name))+"  ", cells(name)+2, Safe(doc), "")
	p.section("fields")
	p.fields(t, reflect.Value{})
	return p.flush()
}

// field writes the one field that path leads to, with the fields below it.
func (p *printer) field(name string, t reflect.Type, defaults reflect.Value, path []string) error {
	name = Safe(name)
	var found strict.Field
	for i, key := range path {
		fields := structFields(t)
		at := -1
		for j, f := range fields {
			if f.Name == key {
				at = j
			}
		}
		name += "." + Safe(key)
		if at < 0 {
			return &UnknownField{Path: name, Hint: known(key, fields)}
		}
		found = fields[at]
		defaults = defaultOf(found, defaults)
		if t = below(found.Type); i < len(path)-1 && t == nil {
			return &UnknownField{Path: name + "." + Safe(path[i+1]), Hint: name + " has no fields"}
		}
	}
	p.put(p.bold(name) + "  " + p.dim(found.TypeWords()))
	p.put("")
	p.hang("  ", 2, about(found, defaults), "")
	if t != nil {
		p.section("fields")
		p.fields(t, defaults)
	}
	return nil
}

func known(key string, fields []strict.Field) string {
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return diag.OneOf(Safe(key), names)
}

func capabilities(k check.Kind) string {
	if k.Needs == nil || k.New == nil {
		return ""
	}
	text := capabilityNames(k.Needs(k.New()))
	if len(k.Could) > 0 {
		text += "; where fields ask for it: " + capabilityNames(k.Could)
	}
	return text
}

func capabilityNames(all []check.Capability) string {
	names := make([]string, len(all))
	for i, c := range all {
		names[i] = string(c)
	}
	return strings.Join(names, ", ")
}

func (p *printer) section(name string) {
	p.put("")
	p.put(p.bold(name))
	p.put("")
}

func (p *printer) example(text string) {
	if text == "" {
		return
	}
	p.section("example")
	for _, l := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		p.put("  " + l)
	}
}
