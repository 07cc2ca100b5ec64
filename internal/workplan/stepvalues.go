package workplan

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// reserved are the words that CEL keeps for itself.
var reserved = []string{
	"as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop",
	"namespace", "null", "package", "return", "true", "var", "void", "while",
}

// today is the present day; tests replace it.
var today = func() string { return time.Now().Format(time.DateOnly) }

// readExprs reads assert, record and when.
func (p *planParser) readExprs(s *Step, keys StepKeys, when *yaml.Node) {
	if n := keys.Assert.Node; n != nil {
		list := []*yaml.Node{n}
		if n.Kind == yaml.SequenceNode {
			list = n.Content
		}
		if len(list) == 0 {
			p.at(s.block, n, diag.Error, "no-expression", "write a CEL expression, or leave the key out", "assert has no expression here")
		}
		for _, c := range list {
			if e, ok := p.expr(s, c, "assert"); ok {
				s.Assert = append(s.Assert, e)
			}
		}
	}
	if when != nil && !p.seen[when] {
		if e, ok := p.expr(s, when, "when"); ok {
			s.When = &e
		}
	}
	if n := keys.Record.Node; n != nil {
		p.readRecord(s, n)
	}
}

func (p *planParser) readRecord(s *Step, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		p.at(s.block, n, diag.Error, "wrong-type", "write name: expression", "record is a mapping of names to CEL expressions, found %s", strict.Describe(n))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := key.Value
		switch {
		case key.Kind != yaml.ScalarNode || strict.IsNull(key):
			p.at(s.block, key, diag.Error, "bad-name", quoteHint(n), "wanted a name for a recorded value, found %s", strict.Describe(key))
		case !isName(name):
			hint := "letters, digits and underscore, not beginning with a digit"
			if strict.IsNull(value) {
				hint = quoteHint(n)
			}
			p.at(s.block, key, diag.Error, "bad-name", hint, "%q cannot be the name of a recorded value", name)
		case slices.Contains(reserved, name):
			p.at(s.block, key, diag.Error, "bad-name", "choose another name", "%q is a word that CEL keeps for itself", name)
		case seen[name]:
			p.at(s.block, key, diag.Error, "duplicate-key", "", "the key %q stands twice", name)
		default:
			seen[name] = true
			if e, ok := p.expr(s, value, "record"); ok {
				s.Record = append(s.Record, NamedExpr{Name: name, Expr: e})
			}
		}
	}
}

// quoteHint is the hint for a mapping in which a comma or colon of an expression was read as YAML.
func quoteHint(n *yaml.Node) string {
	if n.Style&yaml.FlowStyle != 0 {
		return "within braces a comma ends a value: put the expression in quotes"
	}
	return "put the expression in quotes"
}

func isName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && c != '_' && (i == 0 || !isDigit(c)) {
			return false
		}
	}
	return s != ""
}

// expr reads one CEL expression.
func (p *planParser) expr(s *Step, n *yaml.Node, key string) (Expr, bool) {
	switch {
	case n.Kind == yaml.ScalarNode && !strict.IsNull(n) && strings.TrimSpace(n.Value) != "":
		return Expr{Src: n.Value, Node: n}, true
	case n.Kind == yaml.ScalarNode:
		p.at(s.block, n, diag.Error, "no-expression", "write a CEL expression", "%s has no expression here", key)
	case n.Kind == yaml.MappingNode && len(n.Content) > 0:
		start := s.block.start(n)
		line := bytes.TrimSpace(firstLine(s.block.raw[start:]))
		p.at(s.block, n, diag.Error, "wrong-type", "put the expression in quotes: '"+strings.ReplaceAll(string(line), "'", "''")+"'", "wanted a CEL expression, found a mapping")
	default:
		p.at(s.block, n, diag.Error, "wrong-type", "", "wanted a CEL expression, found %s", strict.Describe(n))
	}
	return Expr{}, false
}

// readOnce reads `once: true` and `once: 2026-05-18`.
func (p *planParser) readOnce(s *Step, n *yaml.Node) {
	if n == nil {
		return
	}
	switch {
	case n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool":
		s.Once = strings.EqualFold(n.Value, "true")
	case n.Kind == yaml.ScalarNode && IsDay(n.Value):
		s.Once, s.OnceDate = true, n.Value
		if n.Value > today() {
			p.at(s.block, n, diag.Warning, "future-date", "", "a day to come cannot have seen anything")
		}
	default:
		p.at(s.block, n, diag.Error, "wrong-type", "write true, or a day such as 2026-05-18", "wanted true or a day, found %s", strict.Describe(n))
	}
}

// readDefer reads a reason, or a mapping with reason, until and task.
func (p *planParser) readDefer(s *Step, n *yaml.Node) {
	if n == nil {
		return
	}
	if n.Kind == yaml.ScalarNode && !strict.IsNull(n) && strings.TrimSpace(n.Value) != "" {
		if n.ShortTag() == "!!bool" {
			p.at(s.block, n, diag.Error, "no-reason", "write why the step is put off", "defer takes a reason")
		}
		s.Defer = &Defer{Reason: n.Value}
		return
	}
	s.Defer = &Defer{}
	if n.Kind != yaml.MappingNode {
		p.at(s.block, n, diag.Error, "no-reason", "write why the step is put off", "defer takes a reason")
		return
	}
	for _, problem := range strict.Decode(n, s.Defer, strict.Options{Free: "x-"}) {
		p.problem(s.block, problem, diag.Error)
	}
	p.checkUntil(s, n, s.Defer.Until, "defer")
	if task := find(n, "task"); task != nil && task.Kind == yaml.ScalarNode {
		s.block.refs = append(s.block.refs, &Ref{Text: task.Value, Span: s.block.value(task, "").Span})
	}
}

func (p *planParser) checkWaive(s *Step, n *yaml.Node) {
	if n == nil || s.Waive == nil || n.Kind != yaml.MappingNode {
		return
	}
	p.checkUntil(s, n, s.Waive.Until, "waive")
	for _, key := range []string{"by", "reason"} {
		if v := find(n, key); v != nil && v.Kind == yaml.ScalarNode && strings.TrimSpace(v.Value) == "" {
			p.atOnce(s.block, v, "bad-value", "", "%s of waive is empty", key)
		}
	}
}

// checkUntil reports a day that cannot be read: a failure would be accepted for ever, or never.
func (p *planParser) checkUntil(s *Step, n *yaml.Node, day, key string) {
	if v := find(n, "until"); v != nil && v.Kind == yaml.ScalarNode && !IsDay(day) {
		p.atOnce(s.block, v, "bad-date", "write it as 2026-05-18", "%q is no day: until when does %s hold?", day, key)
	}
}

// readGuards reads `all`, one id or a list of ids; true, nothing or an empty list is a guard without ids.
func (p *planParser) readGuards(s *Step, n *yaml.Node) {
	switch {
	case n == nil || n.ShortTag() == "!!bool" && !strings.EqualFold(n.Value, "true"):
		return
	case n.ShortTag() == "!!bool" || strict.IsNull(n):
		s.Guard = true
		return
	}
	list := items(n)
	if n.Kind == yaml.MappingNode || n.Kind == yaml.SequenceNode && len(list) < len(n.Content) {
		p.at(s.block, n, diag.Error, "wrong-type", "write all, or a list of ids of tasks", "wanted all or ids of tasks, found %s", strict.Describe(n))
	}
	s.Guard = true
	s.Guards = make([]Ref, 0, len(list))
	for _, c := range list {
		if c.Value == "all" {
			s.GuardAll = true
			continue
		}
		s.Guards = append(s.Guards, Ref{Text: c.Value, Span: s.block.value(c, "").Span})
	}
}
