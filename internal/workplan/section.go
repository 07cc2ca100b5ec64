package workplan

import (
	"bytes"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// place is where something can be inserted: behind the section's last line, within its list item or quote.
type place struct {
	at     int    // an offset at the beginning of a line, or the end of the file
	prefix string // what each line needs in front
	eol    string
	ok     bool
}

// readSections gives each task its title, section and steps; what is left of the steps is the plan's own.
func (p *planParser) readSections(o *outline) {
	p.plan.titleFromHeading(o)
	headings := headingsAbove(o)
	owner := make([]*Task, len(o.marks))
	for i, t := range p.plan.Tasks {
		m := t.block.mark
		heading := headings[m]
		t.first = m
		if heading >= 0 {
			t.Title = title(o.marks[heading].title, t)
			if i == 0 || p.plan.Tasks[i-1].block.mark < heading { // else it is the second under its heading
				t.first = heading
			}
		}
		t.last = p.sectionEnd(o, headings, m, heading)
		t.Section = text.Span{Start: o.marks[t.first].start, End: o.offset(t.last)}
		t.end = o.endOfSection(t.block, m, t.last)
		for j := t.first; j < t.last; j++ {
			owner[j] = t
		}
	}
	p.assignSteps(o, headings, owner)
}

// headingsAbove returns for each of our blocks the index of the nearest heading above it,
// of those that stand in a list item or quote that holds the block; -1 where there is none.
func headingsAbove(o *outline) map[int]int {
	above := map[int]int{}
	last := map[*container]int{}
	for i, m := range o.marks {
		switch m.kind {
		case headingMark:
			last[m.in] = i
		case fenceMark:
			nearest := -1
			for c := m.in; ; c = c.parent {
				if h, ok := last[c]; ok {
					nearest = max(nearest, h)
				}
				if c == nil {
					break
				}
			}
			above[i] = nearest
		}
	}
	return above
}

// sectionEnd returns the index after the last mark of the section that holds mark m and begins with a heading, or none (-1).
func (p *planParser) sectionEnd(o *outline, headings map[int]int, m, heading int) int {
	in := o.marks[m].in
	level := 6
	if heading >= 0 {
		level = o.marks[heading].level
	}
	end := len(o.marks)
	if in != nil {
		end = in.last
	}
	for i := m + 1; i < end; i++ {
		next := o.marks[i]
		switch {
		case next.kind == headingMark && next.level <= level && next.in.holds(in):
			return i
		case next.kind == fenceMark && next.block.kind == taskBlock:
			return o.beginning(i, headings[i], m, in)
		}
	}
	return end
}

// beginning returns the mark with which the task block at mark i begins, as seen from mark m in a container:
// its heading, if that stands below m; and the whole list or quote that holds it, if m is not in it.
func (o *outline) beginning(i, heading, m int, in *container) int {
	if heading > m {
		i = heading
	}
	first := i
	for c := o.marks[i].in; c != nil && !c.holds(in); c = c.parent {
		first = c.first
	}
	return max(first, m+1)
}

// offset returns the offset of a mark's first line; of the one after the last, the end of the file.
func (o *outline) offset(i int) int {
	if i < len(o.marks) {
		return o.marks[i].start
	}
	return len(o.file.Src)
}

// endOfSection returns the place behind the last line of what block b at mark m begins and mark last ends,
// before a thematic break and blank lines.
func (o *outline) endOfSection(b *block, m, last int) place {
	at := o.offset(last)
	least := o.lineAfter(b.span.End)
	for i := last - 1; ; i-- {
		at = o.trimBlank(at, least)
		if i <= m || o.marks[i].kind != breakMark || o.lineAfter(o.marks[i].start) != at || o.marks[i].in != b.in || at <= least {
			break
		}
		at = o.marks[i].start
	}
	return place{at: max(at, least), prefix: b.prefix, eol: b.eol, ok: true}
}

// lineAfter returns the offset of the line after the one that holds an offset.
func (o *outline) lineAfter(at int) int {
	return o.file.LineSpan(o.file.Pos(at).Line).End
}

// trimBlank moves a line's offset up over blank lines, those of quotes included, not beyond least.
func (o *outline) trimBlank(at, least int) int {
	src := o.file.Src
	for at > least {
		line := bytes.LastIndexByte(src[least:at-1], '\n') + 1 + least
		if len(bytes.Trim(src[line:at], " \t>\r\n")) > 0 {
			break
		}
		at = line
	}
	return at
}

// assignSteps hands the verify blocks to the tasks in whose sections they stand.
func (p *planParser) assignSteps(o *outline, headings map[int]int, owner []*Task) {
	var last *block
	for _, b := range p.plan.blocks {
		switch t := owner[b.mark]; {
		case len(b.steps) == 0:
		case t != nil:
			for _, s := range b.steps {
				s.task = t
			}
			t.Steps = append(t.Steps, b.steps...)
		default:
			p.plan.Steps = append(p.plan.Steps, b.steps...)
			last = b
		}
	}
	if last != nil {
		p.plan.end = o.endOfSection(last, last.mark, p.sectionEnd(o, headings, last.mark, headings[last.mark]))
	}
}

// titleFromHeading takes the plan's title from its first heading of level 1 where the front matter has none.
func (p *Plan) titleFromHeading(o *outline) {
	if p.Title.Text != "" {
		return
	}
	for _, m := range o.marks {
		if m.kind == headingMark && m.level == 1 {
			p.Title.Text = m.title
			return
		}
	}
}
