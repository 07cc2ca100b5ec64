package prose

import (
	"regexp"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

var (
	resolutionHead = regexp.MustCompile(`(?i)^(?:\*\*|__)?(?:resolution|resolved|decided|decision made)\b(?:\s*\(([^)]*)\))?`)
	recommendHead  = regexp.MustCompile(`(?i)^(?:\*\*|__)?recommend(?:ation|ed)\b[^:]*:\s*(?:\*\*|__)?\s*(?:\*\*)?\s*(?:option\s+)?\**([A-Za-z0-9]{1,3})\b`)
	chosen         = regexp.MustCompile(`(?i)^[\s:*_—–-]*(?:option\s+)?([A-Za-z0-9]{1,3})\b`)
	optionCell     = regexp.MustCompile(`^(?:\*\*|__)?(?i:option\s+)?([A-Z0-9]{1,2})(?:[.):]|\s+[—–-])\s*(?:\*\*|__)?\s*(.*)`)
	day            = regexp.MustCompile(`\b20\d\d-\d\d-\d\d\b`)
)

// resolution returns the passage that resolves a decision; nil where there is none. Of a block it is a passage that
// names the decision's id.
func (d *document) resolution(x *decision) *passage {
	if x.block != nil {
		for _, p := range d.passages {
			if src := d.source(p); p.kind != cell && len(src) > 10 && (src[0] == '*' || src[0]|0x20 == 'r') && resolutionHead.MatchString(src) &&
				(strings.Contains(src[:firstLineLen([]byte(src))], x.short) || d.follows(x.block, p)) {
				return p
			}
		}
		return nil
	}
	for _, p := range d.passages[x.first+1 : x.last] {
		if p.kind != cell && resolutionHead.MatchString(d.source(p)) {
			return p
		}
	}
	return nil
}

// follows tells whether a passage stands under a decision's block, before any other block or heading.
func (d *document) follows(b *workplan.Decision, p *passage) bool {
	if p.span.Start < b.Block.End {
		return false
	}
	between := string(d.plan.File.Src[b.Block.End:p.span.Start])
	return !strings.Contains(between, "\n```") && !strings.Contains(between, "\n#") && len(between) < 4000
}

// Decision is a decision block that stands for one that is written as prose.
type Decision struct {
	ID, Short string
	Fields    []Field // in the order of the block; options are one of them
	At        int     // the offset at the beginning of a line, where the block goes
	Sure      bool    // all that the text says is in the fields
	Why       string  // why it is not sure
}

// Field is a key of a decision and its value.
type Field struct{ Key, Value string }

// Offers returns the decisions that are written as prose alone, as blocks.
func Offers(p *workplan.Plan) []Decision {
	d := newDocument(p)
	var out []Decision
	for _, x := range d.decisions {
		if x.block == nil {
			out = append(out, d.blockOf(x))
		}
	}
	return out
}

// offer tells of decisions that are written as prose alone.
func (l *linter) offer() {
	for _, x := range l.decisions {
		if x.block != nil {
			continue
		}
		o := l.blockOf(x)
		hint := "write a decision block: "
		var parts []string
		for _, f := range append([]Field{{"id", o.Short}}, o.Fields...) {
			parts = append(parts, f.Key+": "+f.Value)
		}
		hint += oneLine(strings.Join(parts, "; "))
		l.add(text.Span{Start: x.span.Start, End: x.span.Start + firstLineLen(l.plan.File.Src[x.span.Start:x.span.End])}, diag.Suggestion, "prose-decision", hint,
			"%s is written as text alone: nothing can need it, and nobody is asked", x.short)
	}
}

// blockOf makes the block of a decision out of its text.
func (d *document) blockOf(x *decision) Decision {
	o := Decision{ID: x.id, Short: x.short, At: d.lineAfter(x.span.End), Sure: true}
	doubt := func(why string) {
		if o.Sure {
			o.Sure, o.Why = false, why
		}
	}
	add := func(key, value string) {
		if value != "" {
			o.Fields = append(o.Fields, Field{key, value})
		}
	}
	options := d.options(x)
	known := func(name string) string {
		for _, f := range options {
			if strings.EqualFold(f.Key, name) {
				return f.Key
			}
		}
		return ""
	}
	recommended := ""
	for _, p := range d.passages[x.first+1 : x.last] {
		if m := recommendHead.FindStringSubmatch(d.source(p)); m != nil && p.kind != cell {
			if recommended = known(m[1]); recommended == "" {
				doubt("its recommendation is none of its options")
			}
		}
	}
	choice, by, date := "", "", ""
	r := d.resolution(x)
	if r != nil {
		src := d.source(r)
		m := resolutionHead.FindStringSubmatchIndex(src)
		if m[2] >= 0 {
			date = day.FindString(src[m[2]:m[3]])
			by = byWhom(src[m[2]:m[3]])
		}
		rest := strings.TrimLeft(src[m[1]:], ":* _")
		if c := chosen.FindStringSubmatch(rest); c != nil {
			choice = known(c[1])
		}
		if choice == "" {
			doubt("its resolution does not begin with one of its options")
		}
	}
	status := workplan.Pending
	if choice != "" {
		status = workplan.Resolved
	}
	add("status", status)
	add("question", oneLine(x.question))
	if len(options) > 0 {
		var parts []string
		for _, f := range options {
			parts = append(parts, f.Key+": "+f.Value)
		}
		add("options", "{"+strings.Join(parts, ", ")+"}")
	}
	add("recommendation", recommended)
	if choice != "" {
		add("choice", choice)
		add("by", by)
		add("date", date)
	}
	head := d.plan.File.Src[x.span.Start:x.span.End]
	switch {
	case len(options) < 2:
		doubt("it has no table of options")
	case x.question == "":
		doubt("it has no question")
	case d.passages[x.first].kind != paragraph && d.passages[x.first].kind != heading || d.passages[x.first].indent > 0:
		doubt("it stands in a list")
	case r == nil && regexp.MustCompile(`(?i)\b(?:resolved|decided|superseded)\b`).Match(head):
		doubt("it is called resolved, and its resolution was not found")
	}
	return o
}

// byWhom is the name in "(2026-05-18, bernd)".
func byWhom(s string) string {
	for _, part := range strings.Split(s, ",") {
		part = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(part), "by "))
		if part != "" && !day.MatchString(part) && len(part) < 40 && !strings.ContainsAny(part, `:"'{}[]#`) {
			return part
		}
	}
	return ""
}

// maxOption bounds the text of an option.
const maxOption = 120

// options reads a decision's table or list of options.
func (d *document) options(x *decision) []Field {
	var out []Field
	seen := map[string]bool{}
	for _, p := range d.passages[x.first+1 : x.last] {
		if p.kind != item && (p.kind != cell || p.at != 0) {
			continue
		}
		m := optionCell.FindStringSubmatch(d.source(p))
		if m == nil || seen[m[1]] || p.kind == item && len(m[1]) > 1 {
			continue
		}
		seen[m[1]] = true
		says := strings.TrimRight(oneLine(strings.NewReplacer("`", "", "*", "").Replace(m[2])), ".")
		if len(says) > maxOption {
			says = says[:strings.LastIndexByte(says[:maxOption], ' ')+1] + "…"
		}
		out = append(out, Field{m[1], quoted(says)})
	}
	return out
}

// quoted is s as a value in YAML's braces.
func quoted(s string) string {
	if s == "" || strings.ContainsAny(s, ",{}[]:#&*!|>'\"%@`\\") || strings.HasPrefix(s, "-") || strings.HasPrefix(s, "?") || plainScalars[strings.ToLower(s)] || isDigit(s[0]) || s[0] == '.' || s[0] == '+' {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
	}
	return s
}

// plainScalars are words that YAML reads as something else than text.
var plainScalars = set("yes no on off true false null ~ y n")

func (d *document) lineAfter(at int) int {
	return d.plan.File.LineSpan(d.plan.File.Pos(at).Line).End
}

// oneLine is s with its blanks and line ends as single blanks.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
