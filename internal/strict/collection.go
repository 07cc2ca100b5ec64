package strict

import (
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

func (d *decoder) sequence(n *yaml.Node, v reflect.Value) {
	items := n.Content
	switch {
	case n.Kind == yaml.ScalarNode && !IsNull(n), n.Kind == yaml.MappingNode && takesMapping(v.Type().Elem()):
		items = []*yaml.Node{n}
	case n.Kind != yaml.SequenceNode:
		d.wrong(n, "", "a list")
		return
	}
	out := reflect.MakeSlice(v.Type(), 0, len(items)) // not nil: an empty list was written
	for _, c := range items {
		one := reflect.New(v.Type().Elem()).Elem()
		d.value(c, one)
		out = reflect.Append(out, one)
	}
	v.Set(out)
}

// takesMapping tells whether a single mapping may stand for a list of items of type t.
func takesMapping(t reflect.Type) bool {
	if t != nodeType && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct
}

func (d *decoder) mapping(n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.MappingNode {
		hint := ""
		if n.Kind == yaml.SequenceNode {
			hint = "give each item a name: {name: value}"
		}
		d.wrong(n, hint, "a mapping of keys to values")
		return
	}
	out := reflect.MakeMapWithSize(v.Type(), len(n.Content)/2)
	d.pairs(n, func(key, value *yaml.Node) {
		one := reflect.New(v.Type().Elem()).Elem()
		d.value(value, one)
		out.SetMapIndex(reflect.ValueOf(key.Value).Convert(v.Type().Key()), one)
	})
	v.Set(out)
}

// pairs calls f for each key and value, and tells of keys that are no plain words or stand twice.
func (d *decoder) pairs(n *yaml.Node, f func(key, value *yaml.Node)) {
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := resolve(n.Content[i]), n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode:
			d.add(key, "wrong-type", "put the key in quotes", "wanted a key, found %s", Describe(key))
		case IsNull(key):
			d.add(key, "wrong-type", "write a name before the colon, or put it in quotes", "wanted a key, found nothing")
		case key.ShortTag() == "!!merge":
			d.add(key, "merge-key", "write the keys out", "merge keys (<<) are not supported")
		case seen[key.Value]:
			d.add(key, "duplicate-key", "", "the key %s stands twice", quote(key.Value))
		default:
			seen[key.Value] = true
			f(key, value)
		}
	}
}

func (d *decoder) structure(n *yaml.Node, v reflect.Value) {
	fields := Fields(v.Type())
	if n.Kind != yaml.MappingNode {
		d.wrong(n, "", "a mapping with the keys "+strings.Join(names(fields), ", "))
		return
	}
	seen := map[string]bool{}
	d.pairs(n, func(key, value *yaml.Node) {
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == key.Value })
		if i < 0 {
			if d.Free == "" || !strings.HasPrefix(key.Value, d.Free) {
				d.add(key, "unknown-key", unknownHint(key, fields), "no key %s here", quote(key.Value))
			}
			return
		}
		seen[key.Value] = true
		d.value(value, fields[i].settable(v))
		d.choice(value, fields[i])
	})
	for _, f := range fields {
		if f.Required && !seen[f.Name] {
			d.add(n, "missing-key", f.Doc, "the key %q is missing", f.Name)
		}
	}
}

// choice tells of values outside the closed choice of f, be it a scalar or a list of them.
func (d *decoder) choice(n *yaml.Node, f Field) {
	if len(f.Enum) == 0 || d.stopped {
		return
	}
	if d.Enum != nil {
		f.Enum = d.Enum(f)
	}
	if n = resolve(n); n.Kind != yaml.SequenceNode {
		d.chosen(n, f)
		return
	}
	for _, c := range n.Content {
		d.chosen(resolve(c), f)
	}
}

func (d *decoder) chosen(n *yaml.Node, f Field) {
	if n.Kind != yaml.ScalarNode || IsNull(n) || d.taken[n] || slices.Contains(f.Enum, n.Value) {
		return
	}
	hint := diag.DidYouMean(n.Value, f.Enum)
	if hint == "" {
		hint = "one of " + strings.Join(f.Enum, ", ")
	}
	d.add(n, "bad-value", hint, "%s is no value of %s", quote(n.Value), f.Name)
}

func unknownHint(key *yaml.Node, fields []Field) string {
	if h := diag.DidYouMean(key.Value, names(fields)); h != "" {
		return h
	}
	return "known keys: " + strings.Join(names(fields), ", ")
}

func names(fields []Field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.Name
	}
	return out
}
