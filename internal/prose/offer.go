package prose

import (
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

var (
	resolutionHead = lazy(`(?i)^(?:\*\*|__)?(?:resolution|resolved|decided|decision made)\b(?:\s*\(([^)]*)\))?`)
	recommendHead  = lazy(`(?i)^(?:\*\*|__)?recommend(?:ation|ed)\b[^:]*:\s*(?:\*\*|__)?\s*(?:\*\*)?\s*(?:option\s+)?\**([A-Za-z0-9]{1,3})\b`)
	chosen         = lazy(`(?i)^[\s:*_—–-]*(?:option\s+)?([A-Za-z0-9]{1,3})\b`)
	optionCell     = lazy(`^(?:\*\*|__)?(?i:option\s+)?([A-Z0-9]{1,2})(?:\*\*|__)?(?:[.):]|\s+[—–-])\s*(?:\*\*|__)?\s*(.*)`)
	calledResolved = lazy(`(?i)\b(?:resolved|decided|superseded)\b`)
	day            = lazy(`\b20\d\d-\d\d-\d\d\b`)
)

// resolution returns the passage that resolves a decision; nil where there is none. Of a block it is a passage that
// names the decision's id.
func (d *document) resolution(x *decision) *passage {
	if x.block != nil {
		return d.resolvedBy().of(d, x)
	}
	for _, p := range d.passages[x.first+1 : x.last] {
		if p.kind != cell && resolutionHead().MatchString(d.source(p)) {
			return p
		}
	}
	return nil
}

// offer is a decision block that stands for one that is written as prose.
type offer struct {
	workplan.NewDecision
	span text.Span // of the line that it was read from
	at   int       // the offset at the beginning of a line, where the block goes
	why  string    // why it is not sure; "": all that the text says is in it
}

// String is the block on one line, in the words of a plan.
func (o offer) String(words workplan.Words) string {
	var parts []string
	add := func(key, value string) {
		if value != "" {
			parts = append(parts, key+": "+value)
		}
	}
	add("id", o.ID)
	add("status", words.Of(o.Status))
	add("question", o.Question)
	var options []string
	for _, x := range o.Options {
		options = append(options, x.Name+": "+quoted(x.Text))
	}
	if len(options) > 0 {
		add("options", "{"+strings.Join(options, ", ")+"}")
	}
	add("recommendation", o.Recommendation)
	add("choice", o.Choice)
	add("by", o.By)
	add("date", o.Date)
	return strings.Join(parts, "; ")
}

// offer tells of decisions that are written as prose alone.
func (l *linter) offer() {
	for _, x := range l.decisions {
		if x.block != nil {
			continue
		}
		o := l.blockOf(x)
		hint := "wpctl lint --fix decision writes the block: " + o.String(l.plan.Words)
		if o.why != "" {
			hint = "write a decision block, such as " + o.String(l.plan.Words)
		}
		l.add(o.span, diag.Suggestion, "prose-decision", hint, "%s is written as text alone: nothing can need it, and nobody is asked", x.short)
	}
}

// blockOf makes the block of a decision out of its text.
func (d *document) blockOf(x *decision) offer {
	o := offer{at: d.lineAfter(x.span.End), span: text.Span{Start: x.span.Start, End: x.span.Start + firstLineLen(d.plan.File.Src[x.span.Start:x.span.End])}}
	o.ID, o.Status, o.Question, o.Options = x.short, workplan.Pending, oneLine(x.question), d.options(x)
	doubt := func(why string) {
		if o.why == "" {
			o.why = why
		}
	}
	known := func(name string) string {
		for _, f := range o.Options {
			if strings.EqualFold(f.Name, name) {
				return f.Name
			}
		}
		return ""
	}
	for _, p := range d.passages[x.first+1 : x.last] {
		if m := recommendHead().FindStringSubmatch(d.source(p)); m != nil && p.kind != cell {
			if o.Recommendation = known(m[1]); o.Recommendation == "" {
				doubt("its recommendation is none of its options")
			}
		}
	}
	r := d.resolution(x)
	if r != nil {
		src := d.source(r)
		m := resolutionHead().FindStringSubmatchIndex(src)
		rest := strings.TrimLeft(src[m[1]:], ":* _")
		if c := chosen().FindStringSubmatch(rest); c != nil {
			o.Choice = known(c[1])
		}
		switch {
		case o.Choice == "":
			doubt("its resolution does not begin with one of its options")
		case m[2] >= 0:
			o.Date, o.By = day().FindString(src[m[2]:m[3]]), byWhom(src[m[2]:m[3]])
			fallthrough
		default:
			o.Status = workplan.Resolved
		}
	}
	head := d.plan.File.Src[x.span.Start:x.span.End]
	switch {
	case len(o.Options) < 2:
		doubt("it has no table of options")
	case x.question == "":
		doubt("it has no question")
	case d.passages[x.first].kind != paragraph && d.passages[x.first].kind != heading || d.passages[x.first].indent > 0:
		doubt("it stands in a list")
	case r == nil && calledResolved().Match(head):
		doubt("it is called resolved, and its resolution was not found")
	}
	return o
}

// byWhom is the name in "(2026-05-18, bernd)".
func byWhom(s string) string {
	for _, part := range strings.Split(s, ",") {
		part = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(part), "by "))
		if part != "" && !day().MatchString(part) && len(part) < 40 && !strings.ContainsAny(part, `:"'{}[]#`) {
			return part
		}
	}
	return ""
}

// maxOption bounds the text of an option.
const maxOption = 120

// options reads a decision's table or list of options.
func (d *document) options(x *decision) []workplan.Option {
	var out []workplan.Option
	seen := map[string]bool{}
	for _, p := range d.passages[x.first+1 : x.last] {
		if p.kind != item && (p.kind != cell || p.at != 0) {
			continue
		}
		m := optionCell().FindStringSubmatch(d.source(p))
		if m == nil || seen[m[1]] || p.kind == item && len(m[1]) > 1 {
			continue
		}
		seen[m[1]] = true
		says := strings.TrimRight(oneLine(unmarked.Replace(m[2])), ".")
		if len(says) > maxOption {
			says = says[:strings.LastIndexByte(says[:maxOption], ' ')+1] + "…"
		}
		out = append(out, workplan.Option{Name: m[1], Text: says})
	}
	return out
}

var unmarked = strings.NewReplacer("`", "", "*", "")

func (d *document) lineAfter(at int) int {
	return d.plan.File.LineSpan(d.plan.File.Pos(at).Line).End
}

// oneLine is s with its blanks and line ends as single blanks.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
