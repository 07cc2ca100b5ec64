package definition

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// Param is how a parameter is written where it is more than a default value.
type Param struct {
	Type     string     `yaml:"type" enum:"string|integer|number|boolean|duration|list" doc:"what it takes; unwritten: as its default is, else a string"`
	Required bool       `yaml:"required" doc:"each step has to give it"`
	Default  *yaml.Node `yaml:"default" doc:"its value where a step gives none; without one, what it stands for is left out"`
	Doc      string     `yaml:"doc" doc:"what it is, one sentence"`
	Enum     []string   `yaml:"enum" doc:"the only values that it takes"`
}

// param is a parameter of a definition.
type param struct {
	name     string
	node     *yaml.Node // where it is declared, or first used
	kind     reflect.Type
	doc      string
	enum     []string
	required bool
	def      *yaml.Node // nil for none
}

var paramTypes = map[string]reflect.Type{
	"string": reflect.TypeFor[string](), "integer": reflect.TypeFor[int64](), "number": reflect.TypeFor[float64](),
	"boolean": reflect.TypeFor[bool](), "duration": reflect.TypeFor[time.Duration](), "list": reflect.TypeFor[[]string](),
}

var (
	paramForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`) })
	useForm   = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`) })
)

// readParams reads the parameters that are declared, and those that are only used: they are required strings.
func (d *definition) readParams(n *yaml.Node) {
	if n != nil && !strict.IsNull(n) {
		if n.Kind != yaml.MappingNode {
			d.report(n, "wrong-type", "params: {host: {type: string, required: true}, port: 443}", "params are a mapping of names, found %s", strict.Describe(n))
			return
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			d.declare(n.Content[i], n.Content[i+1])
		}
	}
	d.uses = map[string][]*yaml.Node{}
	d.collect(d.args)
	for _, name := range slices.Sorted(maps.Keys(d.uses)) {
		if d.param(name) == nil {
			if n != nil {
				d.report(d.uses[name][0], "unknown-reference", diag.DidYouMean(name, d.names()), "params has no %q", name)
				continue
			}
			d.params = append(d.params, param{name: name, node: d.uses[name][0], kind: paramTypes["string"], required: true})
		}
	}
}

func (d *definition) param(name string) *param {
	for i := range d.params {
		if d.params[i].name == name {
			return &d.params[i]
		}
	}
	return nil
}

func (d *definition) names() (out []string) {
	for _, p := range d.params {
		out = append(out, p.name)
	}
	return out
}

// declare reads one parameter: its default alone, or a mapping of Param.
func (d *definition) declare(key, value *yaml.Node) {
	if value.Kind == yaml.AliasNode {
		value = value.Alias
	}
	p := param{name: key.Value, node: key}
	switch {
	case !paramForm().MatchString(p.name):
		d.report(key, "bad-name", "letters, digits and underscore, beginning with a letter", "%q cannot be the name of a parameter", p.name)
		return
	case d.param(p.name) != nil:
		d.report(key, "duplicate-key", "", "the key %q stands twice", p.name)
		return
	}
	full := Param{Default: value}
	switch {
	case strict.IsNull(value):
		full = Param{Required: true}
	case value.Kind == yaml.MappingNode:
		full = Param{}
		for _, problem := range strict.Decode(value, &full, strict.Options{}) {
			d.problem(problem)
		}
	}
	if full.Required && full.Default != nil {
		d.report(value, "bad-value", "keep one of them", "what is required needs no default")
	}
	if full.Type == "" {
		full.Type = typeOf(full.Default)
	}
	if len(full.Enum) > 0 && full.Type != "string" {
		d.report(value, "bad-value", "leave type out", "only strings have a closed choice")
	}
	p.kind, p.doc, p.enum, p.required, p.def = paramTypes[full.Type], full.Doc, full.Enum, full.Required, full.Default
	if p.kind == nil {
		return // told already
	}
	if p.def != nil {
		for _, problem := range strict.Decode(p.def, reflect.New(p.kind).Interface(), strict.Options{}) {
			d.problem(problem)
		}
		if len(p.enum) > 0 && !slices.Contains(p.enum, p.def.Value) {
			d.report(p.def, "bad-value", diag.DidYouMean(p.def.Value, p.enum), "the default is none of enum")
		}
	}
	d.params = append(d.params, p)
}

// typeOf is the type of a parameter with that default.
func typeOf(def *yaml.Node) string {
	switch {
	case def == nil:
		return "string"
	case def.Kind == yaml.SequenceNode:
		return "list"
	}
	switch def.ShortTag() {
	case "!!int":
		return "integer"
	case "!!float":
		return "number"
	case "!!bool":
		return "boolean"
	}
	return "string"
}

// collect notes where parameters are used, and tells of other expressions.
func (d *definition) collect(n *yaml.Node) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "${{") {
		uses := useForm().FindAllStringSubmatch(n.Value, -1)
		if strings.Count(n.Value, "${{") != len(uses) {
			d.report(n, "bad-expression", "", "${{ without }}")
		}
		for _, u := range uses {
			name, ok := strings.CutPrefix(u[1], "params.")
			if !ok || !paramForm().MatchString(name) {
				d.report(n, "bad-expression", "a step's own values come in as parameters", "only ${{ params.NAME }} can stand here, and this is ${{ %s }}", u[1])
				continue
			}
			d.uses[name] = append(d.uses[name], n)
		}
	}
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			if strings.Contains(c.Value, "${{") {
				d.report(c, "bad-expression", "parameters stand in values", "${{ }} cannot be used in a key")
			}
			continue
		}
		d.collect(c)
	}
}

// whole tells whether a scalar is one parameter and nothing else, whose value keeps its type.
func whole(n *yaml.Node) (name string, ok bool) {
	m := useForm().FindStringSubmatchIndex(n.Value)
	if m == nil || m[0] != 0 || m[1] != len(n.Value) {
		return "", false
	}
	return strings.TrimPrefix(n.Value[m[2]:m[3]], "params."), true
}

// describe is a parameter's sentence.
func (p param) describe(base string) string {
	if p.doc != "" {
		return p.doc
	}
	return fmt.Sprintf("a parameter of %s", base)
}
