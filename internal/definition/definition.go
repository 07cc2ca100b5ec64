// Package definition makes kinds of step out of what a configuration says of them: a kind that there is, with
// parameters in it.
//
// Such a kind can do what the kind that it is made of can do with the same arguments, and nothing else: its
// capabilities, its rights and its looks are those of that kind. Parameters are put into values, never into code.
package definition

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/policy"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// Source is a definition as it stands in a configuration.
type Source struct {
	Name  string
	Key   *yaml.Node
	Value *yaml.Node
	File  *text.File
	At    func(*yaml.Node) text.Pos
}

// Kinds returns the kinds that are defined on top of known ones, and what is wrong with their definitions.
// Reserved are names that steps need for other things.
func Kinds(sources []Source, known *check.Registry, reserved []string) ([]check.Kind, diag.List) {
	var out []check.Kind
	var diags diag.List
	for _, s := range sources {
		d := &definition{Source: s, known: known, reserved: reserved}
		if k, ok := d.kind(); ok {
			out = append(out, k)
		}
		diags = append(diags, d.diags...)
	}
	diags.Sort()
	return out, diags
}

// definition is a kind on its way.
type definition struct {
	Source
	known    *check.Registry
	reserved []string

	base   check.Kind
	args   *yaml.Node // of base, with parameters in it
	doc    string
	params []param
	uses   map[string][]*yaml.Node // by parameter, where it stands in args
	diags  diag.List
}

func (d *definition) report(n *yaml.Node, code, hint, format string, args ...any) {
	d.diags = append(d.diags, diag.Diagnostic{Pos: d.At(n), Severity: diag.Error, Code: code, Hint: hint, Message: fmt.Sprintf("kinds.%s: ", d.Name) + fmt.Sprintf(format, args...)})
}

var nameForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9-]{0,62}$`) })

func (d *definition) kind() (check.Kind, bool) {
	_, taken := d.known.Kind(d.Name)
	switch {
	case !nameForm().MatchString(d.Name), strings.HasPrefix(d.Name, "x-"):
		d.report(d.Key, "bad-value", "small letters, digits and dashes, beginning with a letter", "this is no name of a kind")
	case taken:
		d.report(d.Key, "bad-value", "choose another name", "there is a kind of that name")
	case slices.Contains(d.reserved, d.Name):
		d.report(d.Key, "bad-value", "choose another name", "every step has a key of that name")
	case d.Value.Kind != yaml.MappingNode:
		d.report(d.Value, "wrong-type", "such as {http: {url: \"https://${{ params.host }}/health/\"}}", "wanted a mapping of a kind to its arguments, found %s", strict.Describe(d.Value))
	}
	if len(d.diags) > 0 || !d.parts() {
		return check.Kind{}, false
	}
	d.check()
	if len(d.diags) > 0 {
		return check.Kind{}, false
	}
	return d.build(), true
}

// parts reads doc, params and the one kind.
func (d *definition) parts() bool {
	var key, params *yaml.Node
	for i := 0; i+1 < len(d.Value.Content); i += 2 {
		k, v := d.Value.Content[i], d.Value.Content[i+1]
		switch {
		case k.Value == "doc":
			for _, p := range strict.Decode(v, &d.doc, strict.Options{}) {
				d.problem(p)
			}
		case k.Value == "params":
			params = v
		case strings.HasPrefix(k.Value, "x-"):
		case key != nil:
			d.report(k, "two-kinds", "make a definition of each", "a kind is made of one kind, and this has %q and %q", key.Value, k.Value)
		default:
			key, d.args = k, v
		}
	}
	if key == nil {
		d.report(d.Value, "no-kind", "add what is to be looked at, such as http: {url: …}", "it is made of no kind")
		return false
	}
	base, ok := d.known.Kind(key.Value)
	if !ok {
		hint := cmp.Or(diag.DidYouMean(key.Value, append(d.known.Names(), "doc", "params")), "it is made of a kind of wpctl's own: "+strings.Join(d.known.Names(), ", "))
		d.report(key, "unknown-kind", hint, "no kind of step %q", key.Value)
		return false
	}
	d.base = base
	d.args = bare(base, d.args)
	d.readParams(params)
	return len(d.diags) == 0
}

func (d *definition) problem(p strict.Problem) {
	if p.Warning {
		return
	}
	d.report(p.Node, p.Code, p.Hint, "%s", p.Message)
}

// bare turns the short form of a kind's value into its long one.
func bare(k check.Kind, n *yaml.Node) *yaml.Node {
	if k.Bare == "" || n.Kind != yaml.ScalarNode || strict.IsNull(n) {
		return n
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: k.Bare, Line: n.Line, Column: n.Column}
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{key, n}, Line: n.Line, Column: n.Column}
}

var codeType = reflect.TypeFor[check.Code]()

// check looks for mistakes that show without any step: in the arguments, and in the places of parameters.
func (d *definition) check() {
	templates := false
	args := d.base.New()
	for _, p := range strict.Decode(d.args, args, strict.Options{Template: func(n *yaml.Node, want reflect.Type) bool {
		if !strings.Contains(n.Value, "${{") {
			return false
		}
		templates = true
		if want == codeType {
			d.report(n, "template-in-code", "pass it as an environment variable, an argument or a parameter", "${{ }} cannot be used in a command or a query")
		}
		return true
	}}) {
		d.problem(p)
	}
	if !templates && len(d.diags) == 0 {
		for _, p := range d.base.Check(args) {
			d.report(strict.Find(d.args, p.Path), "bad-value", p.Hint, "%s: %s", d.base.Name, p.Message)
		}
	}
	for _, n := range policy.Literals(d.args) {
		d.report(n, "literal-secret", "change it, for the history keeps it; then read it from a Secret, or from the environment", "a secret is written into the configuration")
	}
	for _, p := range d.params {
		if len(d.uses[p.name]) == 0 {
			d.report(p.node, "bad-value", "use it as ${{ params."+p.name+" }}, or take it out", "the parameter %q is used nowhere", p.name)
		}
		for _, use := range d.uses[p.name] {
			if _, alone := whole(use); !alone && !p.required && p.def == nil {
				d.report(use, "bad-value", "give it a default, or say required: true", "the parameter %q is part of a text here, and may be left out", p.name)
			}
		}
	}
}

// canonical is the definition as it counts for digests: without layout, comments and words for people.
func (d *definition) canonical() string {
	var v any
	strict.Decode(d.Value, &v, strict.Options{})
	if m, ok := v.(map[string]any); ok {
		delete(m, "doc")
	}
	b, err := json.Marshal(v)
	if err != nil {
		return d.Name
	}
	return d.Name + " " + string(b)
}
