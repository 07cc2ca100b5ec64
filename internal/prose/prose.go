// Package prose reads what authors write around the blocks of a workplan, and tells what it implies and does not say:
// needs, the order of the tasks, decisions without a block, claims without proof.
// It looks at nothing but the plan, and takes a doubtful sentence for one that says nothing.
package prose

import (
	"fmt"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Options say what the text alone does not.
type Options struct {
	Now time.Time // the day that dates are compared with
	// Digest is that of steps as findings have it; nil leaves findings uncompared.
	Digest func([]*workplan.Step) string
}

// Lint returns what the prose of a plan says against its blocks, and what they could say with it.
func Lint(p *workplan.Plan, o Options) diag.List {
	l := &linter{document: newDocument(p), Options: o}
	l.needs()
	l.order()
	l.offer()
	l.claims()
	l.findings()
	l.dates()
	l.statuses()
	l.list.Sort()
	return l.list
}

// document is a plan with its prose.
type document struct {
	plan      *workplan.Plan
	passages  []*passage
	decisions []*decision
	names     *names
	german    bool // it may have sentences in German
	read      bool // edges were
	all       []*Edge

	resolutions *resolutions // nil: they were not looked for yet
}

func newDocument(p *workplan.Plan) *document {
	d := &document{plan: p, passages: passages(p), german: inGerman(p.File.Src)}
	d.readDecisions()
	d.names = newNames(p, d.decisions)
	return d
}

// source is the text of a passage.
func (d *document) source(p *passage) string {
	return string(d.plan.File.Src[p.span.Start:p.span.End])
}

// linter gathers diagnostics.
type linter struct {
	*document
	Options
	list diag.List
}

func (l *linter) add(span text.Span, severity diag.Severity, code, hint, format string, args ...any) *diag.Diagnostic {
	l.list = append(l.list, diag.Diagnostic{
		Pos: l.plan.File.Pos(span.Start), Len: span.Len(), Severity: severity, Code: code, Message: fmt.Sprintf(format, args...), Hint: hint,
	})
	return &l.list[len(l.list)-1]
}

// short is an id as people of this plan write it.
func (d *document) short(id string) string { return strings.TrimPrefix(id, d.plan.ID.Text+"-") }

// needs tells of needs that the text implies, each with the words that it was read from.
func (l *linter) needs() {
	edges := l.implied()
	missing := inOrder(edges)
	for _, e := range edges {
		from, all := l.short(e.From), l.listed(missing[e.From])
		hint := fmt.Sprintf("write needs: [%s] in %s (wpctl lint --fix needs)", all, from)
		if len(e.from.task.Needs) > 0 {
			hint = fmt.Sprintf("add %s to the needs of %s", all, from)
		}
		if e.to.decision && l.plan.Decision(e.To) == nil {
			hint += "; " + l.short(e.To) + " needs a decision block first"
		}
		d := l.add(e.Span, diag.Suggestion, "implied-need", hint, "the text says that %s needs %s: %q", from, l.short(e.To), l.excerpt(e.passage, e.Span))
		for _, a := range e.also[:min(len(e.also), maxAlso)] {
			d.Related = append(d.Related, diag.Related{Pos: l.plan.File.Pos(a.span.Start), Message: fmt.Sprintf("and here: %q", l.excerpt(a.passage, a.span))})
		}
	}
}

// listed are the ids of what is needed, as they are written into a list: with so many that nobody would, the first ones.
func (d *document) listed(needs []*node) string {
	var out []string
	for _, n := range needs[:min(len(needs), maxListed)] {
		out = append(out, d.short(n.id))
	}
	if len(needs) > maxListed {
		out = append(out, fmt.Sprintf("… %d more", len(needs)-maxListed))
	}
	return strings.Join(out, ", ")
}

// maxListed bounds the ids of one hint.
const maxListed = 30

// maxAlso bounds the further places of one need.
const maxAlso = 3

// maxExcerpt bounds how much of a passage is quoted, in bytes on either side of what it is about.
const maxExcerpt = 80

// excerpt is what stands around a span in its passage, as one line.
func (d *document) excerpt(p *passage, s text.Span) string {
	src := d.plan.File.Src
	from, to := p.span.Start, p.span.End
	cut := func(at int) bool { return src[at] == ' ' || src[at] == '\n' }
	if s.Start-from > maxExcerpt {
		for from = s.Start - maxExcerpt; from < s.Start && !cut(from); from++ {
		}
	}
	if to-s.End > maxExcerpt {
		for to = s.End + maxExcerpt; to > s.End && !cut(to); to-- {
		}
	}
	out := oneLine(string(src[from:to]))
	if i := strings.LastIndex(out[:min(len(out), max(0, s.Start-from))], ". "); i >= 0 && from > p.span.Start {
		out = out[i+2:]
	} else if from > p.span.Start {
		out = "… " + out
	}
	if to < p.span.End {
		out += " …"
	}
	return out
}
