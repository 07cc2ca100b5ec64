package workplan

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// report adds a diagnostic about n bytes at an offset of the file.
func (p *planParser) report(at, n int, severity diag.Severity, code, hint, format string, args ...any) *diag.Diagnostic {
	message := format
	if len(args) > 0 {
		message = fmt.Sprintf(format, args...)
	}
	p.diags = append(p.diags, diag.Diagnostic{
		Pos: p.file.Pos(at), Len: n, Severity: severity, Code: code, Message: flatten(message), Hint: flatten(hint),
	})
	return &p.diags[len(p.diags)-1]
}

// at adds a diagnostic about a node.
func (p *planParser) at(b *block, n *yaml.Node, severity diag.Severity, code, hint, format string, args ...any) *diag.Diagnostic {
	if p.seen == nil {
		p.seen = map[*yaml.Node]bool{}
	}
	p.seen[n] = true
	start, end := b.extent(n)
	span := b.fileSpan(start, end)
	return p.report(span.Start, span.Len(), severity, code, hint, format, args...)
}

// atOnce adds an error about a node that has no diagnostic yet.
func (p *planParser) atOnce(b *block, n *yaml.Node, code, hint, format string, args ...any) {
	if !p.seen[n] {
		p.at(b, n, diag.Error, code, hint, format, args...)
	}
}

// problem adds what strict decoding found.
func (p *planParser) problem(b *block, problem strict.Problem, severity diag.Severity) {
	if problem.Warning && severity == diag.Error {
		severity = diag.Warning
	}
	p.at(b, problem.Node, severity, problem.Code, problem.Hint, "%s", problem.Message)
}

// scalar returns the Value of a key of b.
func (p *planParser) scalar(b *block, key, says string) Value {
	return b.value(find(b.root(), key), says)
}

// checkDay warns of a day that cannot be read.
func (p *planParser) checkDay(b *block, key, day string) {
	if n := find(b.root(), key); n != nil && n.Kind == yaml.ScalarNode && !p.seen[n] && !IsDay(day) {
		p.at(b, n, diag.Warning, "bad-date", "write it as 2026-05-18", "%q is no day", day)
	}
}

// checkUUID reports a UUID that is none.
func (p *planParser) checkUUID(b *block, key, id string) {
	if n := find(b.root(), key); n != nil && n.Kind == yaml.ScalarNode && !p.seen[n] && !isUUID(id) {
		hint := "32 hexadecimal digits in groups of 8-4-4-4-12"
		if id == "" {
			hint = "leave the key out: wpctl sync writes it"
		}
		p.at(b, n, diag.Error, "bad-uuid", hint, "%q is no UUID", id)
	}
}
