package runner

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// bindArgs decodes the kind's arguments as far as they are known before the run.
func (sc *scope) bindArgs(s *Step) {
	args := s.Kind.New()
	s.templates = map[*yaml.Node]*expr.Template{}
	problems := strict.Decode(bare(s.Kind, s.Args), args, strict.Options{
		Template: func(n *yaml.Node, want reflect.Type) bool { return sc.template(s, n, want) },
	})
	bad := false
	for _, p := range problems {
		severity := diag.Error
		if p.Warning {
			severity = diag.Warning
		} else {
			bad = true
		}
		sc.report(s.Pos(p.Node, 0), severity, p.Code, p.Hint, "%s: %s", s.Kind.Name, p.Message)
	}
	if !bad {
		for _, p := range s.Kind.Check(args) {
			if len(s.templates) == 0 || !throughTemplate(s, p.Path) {
				sc.report(s.Pos(strict.Find(s.Args, p.Path), 0), diag.Error, "bad-value", p.Hint, "%s: %s", s.Kind.Name, p.Message)
				if in := p.In; in != nil {
					sc.diags[len(sc.diags)-1].Related = []diag.Related{{Pos: text.Pos{File: in.File, Line: in.Line, Col: in.Col}, Message: "here in the definition of " + s.Kind.Name}}
				}
			}
		}
	}
	if !bad && len(s.Assert) == 0 && len(s.templates) == 0 && s.Kind.Open(args) {
		sc.report(s.Pos(s.Args, 0), diag.Error, "proves-nothing", "say with assert what has to hold", "%s: this look expects nothing, so it would always pass", s.Kind.Name)
	}
	sc.literals(s)
	s.Caps = s.Kind.Needs(args)
	s.acts = changes(s.Caps)
	s.Title = s.Name
	if s.Title == "" {
		s.Title = strings.TrimSpace(s.Kind.Name + " " + s.Kind.Target(args))
		if s.Title == s.Kind.Name && len(s.templates) > 0 {
			s.Title = strings.TrimSpace(s.Title + " " + written(s.Kind, s.Args))
		}
	}
	if len(s.templates) == 0 {
		s.args = args
	}
}

var templateMarks = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\$\{\{\s*(.*?)\s*\}\}`) })

// written is the text of a kind's obvious field, for a title where a template stands in it.
func written(k check.Kind, n *yaml.Node) string {
	if k.Bare == "" {
		return ""
	}
	n = bare(k, n)
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == k.Bare {
			return templateMarks().ReplaceAllString(n.Content[i+1].Value, "{$1}")
		}
	}
	return ""
}

// bare turns the short form of a kind's value into its long one.
func bare(k check.Kind, n *yaml.Node) *yaml.Node {
	if k.Bare == "" || n == nil || n.Kind != yaml.ScalarNode || strict.IsNull(n) {
		return n
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: k.Bare, Line: n.Line, Column: n.Column}
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Content: []*yaml.Node{key, n}, Line: n.Line, Column: n.Column}
}

var codeType = reflect.TypeFor[check.Code]()

// template takes over a scalar that holds expressions.
func (sc *scope) template(s *Step, n *yaml.Node, want reflect.Type) bool {
	if !expr.HasTemplate(n.Value) {
		return false
	}
	if want == codeType {
		sc.report(s.Pos(n, strings.Index(n.Value, "${{")), diag.Error, "template-in-code",
			"pass it as an environment variable, an argument or a parameter", "${{ }} cannot be used in a command or a query")
		s.templates[n] = nil // told already: what its text would be does not matter
		return true
	}
	t, problems := sc.Exprs.CompileTemplate(n.Value)
	for _, p := range problems {
		sc.report(s.Pos(n, p.Offset), diag.Error, "bad-expression", p.Hint, "%s", p.Message)
	}
	for _, r := range t.Refs() {
		sc.ref(s, n, r)
	}
	s.templates[n] = t
	return true
}

// throughTemplate tells whether a problem is about a value, or about the lack of one, that is known only when the
// step runs.
func throughTemplate(s *Step, path []any) bool {
	n := strict.Find(s.Args, path)
	_, ok := s.templates[n]
	return ok || slices.ContainsFunc(n.Content, func(c *yaml.Node) bool { _, ok := s.templates[c]; return ok })
}
