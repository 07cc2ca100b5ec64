package view

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// severities is the order in which diagnostics are counted, with their colours.
var severities = []struct {
	diag.Severity
	color string
}{{diag.Error, red}, {diag.Warning, yellow}, {diag.Suggestion, cyan}, {diag.Info, dim}}

// Diagnostics writes a list in its order, each as `file:line:col: severity: message (code)`, with the hint and related
// places on lines below. With o.Source, and a source for the file, the line and a mark under what is meant follow.
func Diagnostics(w io.Writer, list diag.List, sources map[string]*text.File, o Options) error {
	p := newPrinter(w, o)
	p.diagnostics(slices.Values(list), sources)
	return p.flush()
}

// Lint writes diagnostics as Diagnostics does, and then how many there are in how many files.
func Lint(w io.Writer, list iter.Seq[diag.Diagnostic], sources map[string]*text.File, files int, o Options) error {
	p := newPrinter(w, o)
	n := p.diagnostics(list, sources)
	if len(n) > 0 {
		p.put("")
	}
	p.put(p.lintTotals(n) + " in " + plural(files, "file"))
	return p.flush()
}

// diagnostics writes diagnostics, and returns how many there are of each severity.
func (p *printer) diagnostics(list iter.Seq[diag.Diagnostic], sources map[string]*text.File) map[diag.Severity]int {
	n := map[diag.Severity]int{}
	for d := range list {
		if len(n) > 0 && p.Source {
			p.put("")
		}
		p.diagnostic(d, sources[d.Pos.File])
		n[d.Severity]++
	}
	return n
}

func (p *printer) diagnostic(d diag.Diagnostic, f *text.File) {
	p.put(fmt.Sprintf("%s: %s: %s %s", p.bold(Safe(d.Pos.String())), p.severity(d.Severity),
		Safe(d.Message), p.dim("("+Safe(d.Code)+")")))
	if f != nil && p.Source && d.Pos.Line > 0 && d.Code != "literal-secret" { // whose line is not to be shown
		p.source(f, d.Pos, d.Len, p.severityColor(d.Severity))
	}
	if d.Hint != "" {
		p.put("  " + p.paint(cyan, "hint:") + " " + Safe(d.Hint))
	}
	for _, r := range d.Related {
		p.put("  " + Safe(r.Pos.String()) + ": " + Safe(r.Message))
	}
}

func (p *printer) severity(s diag.Severity) string {
	return p.paint(p.severityColor(s), Safe(string(s)))
}

func (p *printer) severityColor(s diag.Severity) string {
	for _, known := range severities {
		if known.Severity == s {
			return known.color
		}
	}
	return ""
}

// lintTotals tells how many diagnostics there are of each severity: "1 error, 2 suggestions"; info is one word for many.
func (p *printer) lintTotals(n map[diag.Severity]int) string {
	var out []string
	for _, s := range severities {
		if n[s.Severity] == 0 {
			continue
		}
		words := plural(n[s.Severity], string(s.Severity))
		if s.Severity == diag.Info {
			words = fmt.Sprintf("%d info", n[diag.Info])
		}
		out = append(out, p.paint(s.color, words))
	}
	if len(out) == 0 {
		return p.paint(green, "nothing to say")
	}
	return strings.Join(out, ", ")
}
