package expr

import (
	"context"
	"reflect"
	"strings"
	"unicode"
)

// Template is a string with ${{ expressions }} in it. A ${{ that is meant as such is written ${{ "${{" }}.
// It is safe for concurrent use.
type Template struct {
	parts []part
}

type part struct {
	text string
	prog *Program
}

// HasTemplate tells whether s holds the beginning of an expression.
func HasTemplate(s string) bool { return strings.Contains(s, "${{") }

// CompileTemplate compiles a string with expressions in it; there is no self.
// Offsets of problems and references count from the beginning of s.
// With problems the template holds what was understood, for its Refs, and must not be evaluated.
func (c *Compiler) CompileTemplate(s string) (*Template, []Problem) {
	return c.template(s, reflect.TypeFor[noSelf]())
}

// CompileTemplateOver compiles a string with expressions in it over a self of which nothing is known.
func (c *Compiler) CompileTemplateOver(s string) (*Template, []Problem) { return c.template(s, nil) }

func (c *Compiler) template(s string, self reflect.Type) (*Template, []Problem) {
	t := &Template{}
	var problems []Problem
	at := 0
	for {
		i := strings.Index(s[at:], "${{")
		if i < 0 {
			t.add(s[at:], nil)
			return t, problems
		}
		t.add(s[at:at+i], nil)
		start := at + i + len("${{")
		n := closing(s[start:])
		if n < 0 {
			return t, append(problems, Problem{Offset: at + i, Message: "${{ without }}"})
		}
		src := s[start : start+n]
		lead := len(src) - len(strings.TrimLeftFunc(src, unicode.IsSpace))
		prog, ps := c.compile(strings.TrimSpace(src), self, Any)
		for _, p := range ps {
			p.Offset += start + lead
			problems = append(problems, p)
		}
		if prog != nil {
			for i := range prog.Refs {
				prog.Refs[i].Offset += start + lead
			}
			t.add("", prog)
		}
		at = start + n + len("}}")
	}
}

func (t *Template) add(text string, p *Program) {
	if text != "" || p != nil {
		t.parts = append(t.parts, part{text, p})
	}
}

// closing returns the offset of the }} that ends an expression: not one inside a CEL string or a map literal.
func closing(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"', '\'':
			i += literal(s, i) - 1
		case '{':
			depth++
		case '}':
			if depth > 0 {
				depth--
			} else if strings.HasPrefix(s[i:], "}}") {
				return i
			}
		}
	}
	return -1
}

// literal returns the length of the CEL string whose opening quote is at i: one quote or three, and raw with an r before it.
func literal(s string, i int) int {
	quote := s[i : i+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(s[i:], triple) {
		quote = triple
	}
	prefix := s[len(strings.TrimRight(s[:i], "rRbB")):i]
	raw := strings.ContainsAny(prefix, "rR") && len(prefix) <= 2
	for j := i + len(quote); j < len(s); j++ {
		switch {
		case s[j] == '\\' && !raw:
			j++
		case strings.HasPrefix(s[j:], quote):
			return j + len(quote) - i
		}
	}
	return len(s) - i
}

// Whole returns the only expression of a template that is nothing but one, whose value keeps its type.
func (t *Template) Whole() (*Program, bool) {
	if len(t.parts) == 1 && t.parts[0].prog != nil {
		return t.parts[0].prog, true
	}
	return nil, false
}

// Refs returns what the expressions read.
func (t *Template) Refs() []Ref {
	var out []Ref
	for _, p := range t.parts {
		if p.prog != nil {
			out = append(out, p.prog.Refs...)
		}
	}
	return out
}

// SelfKeys are the fields of self that the expressions read; see [Program.SelfKeys].
func (t *Template) SelfKeys() []string {
	var out []string
	for _, p := range t.parts {
		if p.prog != nil {
			out = append(out, p.prog.SelfKeys()...)
		}
	}
	return out
}

// Eval returns the value of a template that is one expression, and a string otherwise.
func (t *Template) Eval(ctx context.Context, v Vars) (any, error) {
	if p, ok := t.Whole(); ok {
		return p.Eval(ctx, v)
	}
	var b strings.Builder
	for _, p := range t.parts {
		if p.prog == nil {
			b.WriteString(p.text)
			continue
		}
		out, err := p.prog.Eval(ctx, v)
		if err != nil {
			return nil, err
		}
		b.WriteString(Text(out))
	}
	return b.String(), nil
}
