package expr

import (
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

var (
	undeclared = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^undeclared reference to '([^']*)'`) })
	noField    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^undefined field '([^']*)'`) })
	noOverload = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^found no matching overload for '([^']*)' applied to '([^']*)'`)
	})
	selfNames  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(regexp.QuoteMeta(selfPrefix) + `[0-9]+`) })
	unexpected = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^Syntax error: (?:mismatched|extraneous) input '(.*?)' expecting|^Syntax error: no viable alternative at input '(.*)'`)
	})
	unreadable = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(?s)^Syntax error: token recognition error at: '(.*)'`)
	})
)

// fault is a mistake that CEL found at a place in src, on its way into our words.
type fault struct {
	src  string
	at   int
	env  *cel.Env
	self reflect.Type
}

func (f fault) problem(msg string) Problem {
	if m := undeclared().FindStringSubmatch(msg); m != nil {
		return f.undeclared(m[1])
	}
	if m := noField().FindStringSubmatch(msg); m != nil {
		return f.noField(m[1])
	}
	if m := noOverload().FindStringSubmatch(msg); m != nil {
		return f.noOverload(m[1], m[2])
	}
	if m := unreadable().FindStringSubmatch(msg); m != nil {
		return f.unreadable(m[1])
	}
	if m := unexpected().FindStringSubmatch(msg); m != nil {
		return f.unexpected(m[1] + m[2])
	}
	if strings.HasPrefix(msg, "Syntax error: missing ')' at '<EOF>'") {
		p := f.unexpected("<EOF>")
		p.Hint = "a bracket is not closed; in a list in brackets a comma ends an expression that is not quoted"
		return p
	}
	return Problem{Offset: f.at, Message: typeNames(firstLine(strings.TrimPrefix(msg, "Syntax error: ")))}
}

func (f fault) undeclared(name string) Problem {
	if strings.HasPrefix(f.src[f.at:], "(") { // CEL points at the arguments of a call
		p := Problem{Offset: f.at, Message: fmt.Sprintf("no function %q", name)}
		if strings.HasSuffix(f.src[:f.at], name) {
			p.Offset -= len(name)
		}
		p.Hint = diag.DidYouMean(name, functions(f.env))
		return p
	}
	p := Problem{Offset: f.at, Message: fmt.Sprintf("no name %q in expressions here", name)}
	p.Hint = diag.DidYouMean(name, []string{"self", "rec", "tasks", "decisions", "plan", "env", "now"})
	if name == "self" {
		p.Hint = "nothing has been looked at yet where this is evaluated"
	}
	return p
}

// functions returns the names of what can be called, operators aside.
func functions(env *cel.Env) []string {
	names := []string{"has", "all", "exists", "exists_one", "filter", "map"}
	for name := range maps.Keys(env.Functions()) {
		if !strings.ContainsAny(name, "_@!-") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (f fault) noField(name string) Problem {
	p := Problem{Offset: f.at, Message: fmt.Sprintf("no field %q here", name)}
	if i := strings.Index(f.src[f.at:], "."+name); i >= 0 {
		p.Offset += i + 1 // CEL points at the dot, or at the bracket of has()
	}
	of, names := f.operand(p.Offset)
	if p.Hint = diag.DidYouMean(name, names); p.Hint == "" && of != "" {
		p.Hint = fmt.Sprintf("fields of %s: %s", of, strings.Join(names, ", "))
	}
	return p
}

var selfChain = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\bself((?:\.\w+|\[[^\[\]]*\])*)\.$`) })

// operand returns what stands before the field at offset, and its fields;
// where that is no plain chain from self, it is "" and the fields of all that self is made of.
func (f fault) operand(offset int) (string, []string) {
	m := selfChain().FindStringSubmatch(f.src[:offset])
	if m == nil {
		return "", fieldNames(f.self, map[reflect.Type]bool{})
	}
	t := f.self
	for _, key := range regexp.MustCompile(`\.\w+|\[`).FindAllString(m[1], -1) {
		t = child(t, strings.TrimPrefix(key, "."))
	}
	var names []string
	for _, sf := range SelfFields(t) {
		names = append(names, sf.Name)
	}
	if len(names) == 0 {
		return "", nil
	}
	return "self" + m[1], names
}

func child(t reflect.Type, key string) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil {
		return nil
	}
	if t.Kind() == reflect.Map || key == "[" && t.Kind() == reflect.Slice {
		return t.Elem()
	}
	for _, f := range SelfFields(t) {
		if f.Name == key {
			return f.Type
		}
	}
	return nil
}

func fieldNames(t reflect.Type, seen map[reflect.Type]bool) []string {
	for t != nil && slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice, reflect.Map}, t.Kind()) {
		t = t.Elem()
	}
	if t == nil || seen[t] {
		return nil
	}
	seen[t] = true
	var out []string
	for _, f := range SelfFields(t) {
		out = append(append(out, f.Name), fieldNames(f.Type, seen)...)
	}
	return out
}

func (f fault) noOverload(function, args string) Problem {
	name := strings.Trim(function, "_@")
	p := Problem{Offset: f.at, Message: fmt.Sprintf("%s does not work on %s", name, typeNames(args))}
	if name == "==" || name == "!=" {
		switch args {
		case "(int, double)", "(double, int)":
			p.Hint = "compare a number that has a fraction with 1.0, one that has none with 1"
		case "(int, string)", "(string, int)":
			p.Hint = "compare a number with 1, a text with '1'"
		}
	}
	return p
}

func (f fault) unreadable(s string) Problem {
	p := Problem{Offset: f.at, Message: fmt.Sprintf("%q cannot be read", s)}
	switch s[:min(len(s), 1)] {
	case "'", "\"":
		p.Message = "a text without its closing quote"
	case "=":
		p.Hint = "compare with =="
	case "&", "|":
		p.Hint = fmt.Sprintf("write %s%s", s[:1], s[:1])
	case "$":
		p.Hint = "this is an expression already: leave ${{ }} out"
	}
	return p
}

func (f fault) unexpected(s string) Problem {
	p := Problem{Offset: f.at, Message: fmt.Sprintf("unexpected %q", s)}
	if s == "<EOF>" {
		p.Message = "the expression ends too early"
	}
	switch s {
	case "and":
		p.Hint = "write &&"
	case "or":
		p.Hint = "write ||"
	case "=":
		p.Hint = "compare with =="
	}
	return p
}

// typeNames replaces the names that self's types have for CEL.
func typeNames(s string) string { return selfNames().ReplaceAllString(s, "mapping") }

func typeName(t *cel.Type) string { return typeNames(t.String()) }

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.TrimSpace(s)
}

func offset(src string, line, col int) int {
	at := 0
	for ; line > 1; line-- {
		i := strings.IndexByte(src[at:], '\n')
		if i < 0 {
			break
		}
		at += i + 1
	}
	for i := range src[at:] {
		if col == 0 {
			return at + i
		}
		col--
	}
	return len(src)
}
