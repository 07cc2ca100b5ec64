package prose

import (
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Suggest returns insertions of verify blocks for tasks that say when they are done and have no step, made of what
// those words name: addresses, images, hosts, objects of a cluster, and commands that look at them.
// What they cannot say surely is left to the author.
func Suggest(p *workplan.Plan) []text.Edit {
	d := newDocument(p)
	var out []text.Edit
	done := map[*workplan.Task]bool{}
	for i, p := range d.passages {
		t := p.owner
		switch {
		case p.kind != paragraph || done[t]:
			continue
		case t == nil:
			if len(d.plan.Steps) > 0 || !completeWhen().Match(d.plan.File.Src[p.span.Start:p.span.End]) {
				continue
			}
		case len(t.Steps) > 0 || workplan.Status(t.Status.Text) == workplan.Cancelled || !d.isDoneWhen(p):
			continue
		}
		done[t] = true
		if e, ok := d.suggest(i); ok {
			out = append(out, e)
		}
	}
	return out
}

// completeWhen introduces what the plan as a whole is to reach.
var completeWhen = lazy(`(?i)^(?:\*\*)?(?:this|the) (?:work)?plan is (?:complete|done|finished) when\b`)

// suggest makes a block for the words that begin at passage i, with the list below them.
func (d *document) suggest(i int) (text.Edit, bool) {
	p := d.passages[i]
	_, from := d.headLabel(p)
	words := []string{string(d.plan.File.Src[from:p.span.End])}
	end := p.span.End
	for _, q := range d.passages[i+1:] {
		if q.owner != p.owner || q.kind != item || q.outermost().lead != p {
			break
		}
		words, end = append(words, d.source(q)), q.span.End
	}
	var steps []string
	for _, w := range words {
		for _, s := range proposals(w) {
			if !slices.Contains(steps, s) {
				steps = append(steps, s)
			}
		}
	}
	line := d.plan.File.LineSpan(d.plan.File.Pos(p.span.Start).Line)
	prefix := string(d.plan.File.Src[line.Start:p.span.Start])
	if len(steps) == 0 || strings.Trim(prefix, " ") != "" {
		return text.Edit{}, false
	}
	return d.block(d.plan.File.LineSpan(d.plan.File.Pos(end).Line), prefix, steps), true
}

// block inserts a verify block behind a line.
func (d *document) block(line text.Span, prefix string, steps []string) text.Edit {
	src := d.plan.File.Src
	eol := "\n"
	if first := d.plan.File.LineSpan(1); first.Len() > 1 && string(src[first.End-2:first.End]) == "\r\n" {
		eol = "\r\n"
	}
	var b strings.Builder
	if src[line.End-1] != '\n' {
		b.WriteString(eol)
	}
	b.WriteString(eol + prefix + "```verify" + eol)
	for _, s := range steps {
		b.WriteString(prefix + "- " + s + eol)
	}
	b.WriteString(prefix + "```" + eol)
	if line.End < len(src) && src[line.End] != '\n' && src[line.End] != '\r' {
		b.WriteString(eol)
	}
	return text.Edit{Span: text.Span{Start: line.End, End: line.End}, New: b.String()}
}
