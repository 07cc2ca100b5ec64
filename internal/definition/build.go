package definition

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// build makes the kind. Its arguments are a struct with a field for each parameter, so that decoding, documentation and
// schema are those of every other kind.
func (d *definition) build() check.Kind {
	t := d.argsType()
	base := d.base
	k := check.Kind{
		Name: d.Name, Doc: d.describe(), Example: d.example(), Args: t, Self: base.Self, SelfDoc: base.SelfDoc,
		Timeout: base.Timeout, Inside: base.Inside, Shared: base.Shared, Base: base.Name, Definition: d.canonical(), Source: d.source(),
		New:      func() any { return d.defaults(t) },
		Check:    d.problems,
		Needs:    func(args any) []check.Capability { return base.Needs(d.lenient(args)) },
		Target:   d.target,
		Host:     func(args any) string { return base.Host(d.lenient(args)) },
		Rules:    func(args any) []check.Rule { return base.Rules(d.lenient(args)) },
		Changed:  func(args any) string { return base.Changed(d.lenient(args)) },
		Programs: func(args any) []string { return base.Programs(d.lenient(args)) },
		Open:     func(args any) bool { return base.Open(d.lenient(args)) },
		Look: func(ctx context.Context, at check.Site, args any) (check.Result, error) {
			own, err := d.expand(args)
			if err != nil {
				return check.Result{}, err
			}
			return base.Look(ctx, at, own)
		},
	}
	if len(d.params) == 1 && d.params[0].kind.Kind() == reflect.String {
		k.Bare = d.params[0].name
	}
	if base.RulesAt != nil {
		k.RulesAt = func(ctx context.Context, at check.Site, args any) ([]check.Rule, error) {
			own, err := d.expand(args)
			if err != nil {
				return nil, err
			}
			return base.RulesAt(ctx, at, own)
		}
	}
	if base.Wake != nil {
		k.Wake = func(ctx context.Context, at check.Site, args any) (<-chan struct{}, error) {
			own, err := d.expand(args)
			if err != nil {
				return nil, err
			}
			return base.Wake(ctx, at, own)
		}
	}
	return k
}

// target is what a step gives for the parameters that it has to give, else what the base kind looks at.
func (d *definition) target(args any) string {
	values := d.values(args)
	var out []string
	for _, p := range d.params {
		if v := values[p.name]; p.required && v.Kind == yaml.ScalarNode && v.Value != "" {
			out = append(out, v.Value)
		}
	}
	if len(out) == 0 {
		return d.base.Target(d.lenient(args))
	}
	return strings.Join(out, " ")
}

func (d *definition) describe() string {
	if d.doc != "" {
		return d.doc
	}
	return fmt.Sprintf("A step of kind %s, as %s defines it.", d.base.Name, d.At(d.Key))
}

// argsType is a struct with a field for each parameter; one that may be left out is a pointer.
func (d *definition) argsType() reflect.Type {
	fields := make([]reflect.StructField, len(d.params))
	for i, p := range d.params {
		tag := fmt.Sprintf("yaml:%s doc:%s", strconv.Quote(p.name), strconv.Quote(p.describe(d.base.Name)))
		if p.required {
			tag += ` required:"true"`
		}
		if len(p.enum) > 0 {
			tag += " enum:" + strconv.Quote(strings.Join(p.enum, "|"))
		}
		t := p.kind
		if !p.required && p.def == nil {
			t = reflect.PointerTo(t)
		}
		fields[i] = reflect.StructField{Name: "P" + strconv.Itoa(i), Type: t, Tag: reflect.StructTag(tag)}
	}
	return reflect.StructOf(fields)
}

func (d *definition) defaults(t reflect.Type) any {
	v := reflect.New(t)
	for i, p := range d.params {
		if p.def != nil {
			strict.Decode(p.def, v.Elem().Field(i).Addr().Interface(), strict.Options{})
		}
	}
	return v.Interface()
}

// example is a step with the parameters that have to be given.
func (d *definition) example() string {
	var given []string
	for _, p := range d.params {
		if p.required {
			given = append(given, p.name+": "+map[reflect.Kind]string{reflect.String: "…", reflect.Int64: "1", reflect.Float64: "1.5", reflect.Bool: "true", reflect.Slice: "[…]"}[p.kind.Kind()])
		}
	}
	return fmt.Sprintf("%s: {%s}", d.Name, strings.Join(given, ", "))
}

// source is the definition as its file has it, for whoever is asked to trust it.
func (d *definition) source() string {
	b, err := yaml.Marshal(d.Value)
	if err != nil {
		return d.canonical()
	}
	return strings.TrimRight(string(b), "\n")
}

// values are the parameters of a step's arguments, as nodes; those that were left out are not among them.
func (d *definition) values(args any) map[string]*yaml.Node {
	out := map[string]*yaml.Node{}
	v := reflect.ValueOf(args).Elem()
	for i, p := range d.params {
		f := v.Field(i)
		if f.Kind() == reflect.Pointer {
			if f.IsNil() {
				continue
			}
			f = f.Elem()
		}
		out[p.name] = nodeOf(f.Interface())
	}
	return out
}

func nodeOf(v any) *yaml.Node {
	scalar := func(tag, value string, style yaml.Style) *yaml.Node {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value, Style: style}
	}
	switch v := v.(type) {
	case bool:
		return scalar("!!bool", strconv.FormatBool(v), 0)
	case int64:
		return scalar("!!int", strconv.FormatInt(v, 10), 0)
	case float64:
		return scalar("!!float", strconv.FormatFloat(v, 'g', -1, 64), 0)
	case time.Duration:
		return scalar("!!str", v.String(), yaml.DoubleQuotedStyle)
	case []string:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, s := range v {
			n.Content = append(n.Content, scalar("!!str", s, yaml.DoubleQuotedStyle))
		}
		return n
	}
	return scalar("!!str", fmt.Sprint(v), yaml.DoubleQuotedStyle)
}

// fill copies a node with its parameters replaced by their values; nil where it is one that was left out.
// Origin leads from what was made back to the node of the definition.
func fill(n *yaml.Node, values map[string]*yaml.Node, origin map[*yaml.Node]*yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	out := *n
	origin[&out] = n
	if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "${{") {
		if name, ok := whole(n); ok {
			v := values[name]
			if v == nil {
				return nil
			}
			one := *v
			one.Line, one.Column = n.Line, n.Column
			origin[&one] = n
			return &one
		}
		out.Tag, out.Style = "!!str", yaml.DoubleQuotedStyle
		out.Value = useForm().ReplaceAllStringFunc(n.Value, func(use string) string {
			v := values[strings.TrimPrefix(useForm().FindStringSubmatch(use)[1], "params.")]
			if v == nil {
				return ""
			}
			if v.Kind == yaml.SequenceNode {
				var items []string
				for _, c := range v.Content {
					items = append(items, c.Value)
				}
				return strings.Join(items, ",")
			}
			return v.Value
		})
		return &out
	}
	out.Content = nil
	step := 1
	if n.Kind == yaml.MappingNode {
		step = 2
	}
	for i := step - 1; i < len(n.Content); i += step {
		filled := fill(n.Content[i], values, origin)
		if filled == nil {
			continue
		}
		if step == 2 {
			out.Content = append(out.Content, n.Content[i-1])
		}
		out.Content = append(out.Content, filled)
	}
	return &out
}

// decode makes the arguments of the base kind, and says what is wrong with them.
func (d *definition) decode(args any) (own any, problems []check.Problem) {
	origin := map[*yaml.Node]*yaml.Node{}
	node := fill(d.args, d.values(args), origin)
	own = d.base.New()
	if node == nil {
		return own, nil
	}
	for _, p := range strict.Decode(node, own, strict.Options{}) {
		if !p.Warning {
			problems = append(problems, d.mapped(origin[p.Node], p.Message, p.Hint))
		}
	}
	if len(problems) > 0 {
		return own, problems
	}
	for _, p := range d.base.Check(own) {
		problems = append(problems, d.mapped(origin[strict.Find(node, p.Path)], p.Message, p.Hint))
	}
	return own, problems
}

// mapped tells a problem at the parameter that it comes from, and at its place in the definition.
func (d *definition) mapped(n *yaml.Node, message, hint string) check.Problem {
	p := check.Problem{Message: message, Hint: hint}
	if n == nil {
		n = d.args
	}
	pos := d.At(n)
	p.In = &check.Place{File: pos.File, Line: pos.Line, Col: pos.Col}
	for _, param := range d.params {
		for _, use := range d.uses[param.name] {
			if use == n && len(p.Path) == 0 {
				p.Path = []any{param.name}
			}
		}
	}
	return p
}

func (d *definition) problems(args any) []check.Problem {
	_, problems := d.decode(args)
	return problems
}

// lenient is the arguments of the base kind as far as they can be understood.
func (d *definition) lenient(args any) any {
	own, _ := d.decode(args)
	return own
}

func (d *definition) expand(args any) (any, error) {
	own, problems := d.decode(args)
	for _, p := range problems {
		return nil, errors.New(p.Message)
	}
	return own, nil
}
