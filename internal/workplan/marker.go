package workplan

import (
	"bytes"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

const closingMarker = "<!-- /wpctl:findings -->"

// stepsDigits is how much of the steps' digest the opening marker shows.
const stepsDigits = 12

func openingMarker(id, steps string) string {
	return "<!-- wpctl:findings " + id + " steps=" + steps[:min(len(steps), stepsDigits)] + " -->"
}

// readMarker takes an opening marker apart.
func readMarker(s string) (id, steps string, ok bool) {
	s, ok = strings.CutPrefix(s, "<!-- wpctl:findings ")
	s, ok2 := strings.CutSuffix(s, " -->")
	id, steps, ok3 := strings.Cut(s, " steps=")
	hex := strings.Trim(steps, "0123456789abcdef") == ""
	return id, steps, ok && ok2 && ok3 && isID(id) && hex
}

// readFindings pairs the markers of findings blocks.
func (p *planParser) readFindings(o *outline) {
	plan := p.plan
	plan.broken = map[string]string{}
	var open *FindingsBlock
	var opening mark
	lost := false // an opening marker could not be read: its end is no news
	seen := map[string]*FindingsBlock{}
	for _, m := range o.marks {
		if open != nil && m.block != nil {
			p.report(m.block.span.Start, 0, diag.Warning, "block-in-findings", "move it out: wpctl rewrites what stands between the markers", "a %s block stands within the findings", m.block.kind)
		}
		if m.kind != htmlMark {
			continue
		}
		line := string(bytes.TrimRight(p.file.Src[m.span.Start:m.span.End], " \t\r\n"))
		id, steps, ok := readMarker(line)
		switch {
		case !ok && line != closingMarker:
			p.brokenMarker(m, "findings-marker", "restore it, or remove the whole block", "this marker of findings was changed by hand")
			lost = true
		case ok && open != nil:
			p.brokenMarker(opening, "unclosed-findings", "end them with a line "+closingMarker, "these findings are not closed")
			open = &FindingsBlock{ID: id, Steps: steps}
			opening = m
		case ok:
			open, opening = &FindingsBlock{ID: id, Steps: steps}, m
		case open == nil && lost:
			lost = false
		case open == nil:
			p.brokenMarker(m, "findings-marker", "remove it", "this marker ends findings that never began")
		case m.in != opening.in:
			p.brokenMarker(opening, "unclosed-findings", "put both markers into the same list item or quote", "these findings are not closed where they began")
			open = nil
		default:
			p.finish(open, opening, m)
			p.own(open, seen)
			open = nil
		}
	}
	if open != nil {
		p.brokenMarker(opening, "unclosed-findings", "end them with a line "+closingMarker, "these findings are not closed")
	}
}

func (p *planParser) brokenMarker(m mark, code, hint, message string) {
	p.report(m.span.Start, len(bytes.TrimRight(p.file.Src[m.span.Start:m.span.End], "\r\n")), diag.Error, code, hint, "%s", message)
	if p.plan.broken[""] == "" {
		p.plan.broken[""] = p.file.Pos(m.span.Start).String() + ": " + message
	}
}

// finish fills in what stands between the markers.
func (p *planParser) finish(f *FindingsBlock, opening, closing mark) {
	src := p.file.Src
	f.Span = text.Span{Start: opening.span.Start, End: closing.span.End}
	line := p.file.LineSpan(p.file.Pos(f.Span.Start).Line)
	f.prefix = blankPrefix(src[line.Start:f.Span.Start])
	f.eol = lineEnding(src[line.Start:line.End])
	for at := line.End; at < closing.start; {
		l := firstLine(src[at:])
		at += len(l)
		bare := strings.TrimRight(string(l), "\r\n")
		if s, ok := strings.CutPrefix(bare, f.prefix); ok {
			bare = s
		} else {
			bare = strings.TrimPrefix(bare, strings.TrimRight(f.prefix, " \t"))
		}
		f.lines = append(f.lines, bare)
	}
	f.Text = strings.Join(f.lines, "\n")
	f.Date, f.Cluster = readSummary(f.lines)
	f.records = readRecords(f.lines)
	f.Values = make(map[string]string, len(f.records))
	for name, rs := range f.records {
		f.Values[name] = rs[len(rs)-1].value
	}
}

// own hands a block to its task or to the plan.
func (p *planParser) own(f *FindingsBlock, seen map[string]*FindingsBlock) {
	plan := p.plan
	plan.AllFindings = append(plan.AllFindings, f)
	if first := seen[f.ID]; first != nil {
		d := p.report(f.Span.Start, 0, diag.Error, "duplicate-findings", "remove one of them", "%s has findings twice", f.ID)
		d.Related = append(d.Related, diag.Related{Pos: p.file.Pos(first.Span.Start), Message: "the other findings"})
		plan.broken[f.ID] = p.file.Pos(f.Span.Start).String() + ": " + f.ID + " has findings twice"
		return
	}
	seen[f.ID] = f
	if f.ID == plan.ID.Text {
		plan.Findings = f
		return
	}
	if t := plan.byID[f.ID]; t != nil {
		t.Findings = f
		return
	}
	p.report(f.Span.Start, 0, diag.Warning, "findings-without-task", "remove them, or correct the id", "no task of this plan has the id %s", f.ID)
}
