package view

import (
	"fmt"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// endedLines returns the lines of the tasks that ended since it was last called. Tasks that were not looked at for
// one and the same reason share a line.
func (l *Live) endedLines() []string {
	s, width := l.o.style(), l.room()
	var out []string
	for i := 0; i < len(l.ended); {
		n := alike(l.ended[i:])
		if n > 1 {
			out = append(out, l.together(s, l.ended[i:i+n], width)...)
		} else {
			out = append(out, l.one(s, l.ended[i], width)...)
		}
		i += n
	}
	l.ended = nil
	return out
}

// alike returns how many tasks at the head of ended were not looked at, for the same reason; at least 1.
func alike(ended []endedTask) int {
	first, n := ended[0], 1
	if !idle(first) {
		return 1
	}
	for n < len(ended) && idle(ended[n]) && ended[n].Outcome == first.Outcome && ended[n].Text == first.Text {
		n++
	}
	return n
}

// idle tells whether nothing of a task was looked at.
func idle(t endedTask) bool {
	return counted(t.taskNow.ended) == 0 && (t.Outcome == check.Blocked || t.Outcome == check.Unverified || t.Outcome == check.Skipped)
}

// together is one entry for tasks that are alike: the last few of many are counted only.
func (l *Live) together(s style, ended []endedTask, width int) []string {
	var ids []string
	for i, t := range ended {
		if i == 8 && len(ended) > 9 {
			ids = append(ids, fmt.Sprintf("and %d more", len(ended)-i))
			break
		}
		ids = append(ids, l.o.short(t.Task))
	}
	head := s.glyph(ended[0].Outcome) + " "
	text := strings.Join(ids, ", ") + "  " + join(": ", string(ended[0].Outcome), ended[0].Text)
	return hanging(s, head, s.glyphs()+1, text, dim, width)
}

// one is the entry of one task: its line and, unless it passed, what its steps found.
func (l *Live) one(s style, t endedTask, width int) []string {
	id := pad(s.fit(l.o.short(t.Task), l.ids), l.ids)
	head := s.glyph(t.Outcome) + " " + s.bold(id) + "  "
	used := s.glyphs() + 1 + l.ids + 2
	said := l.said(t)
	title := Safe(t.title)
	if width > 0 {
		title = s.fit(title, max(width-used-2-cells(said), 12))
	}
	out := []string{s.fit(head+title+"  "+s.dim(said), width)}
	for _, f := range t.findings {
		text := join(": ", f.name, f.text)
		out = append(out, hanging(s, strings.Repeat(" ", used)+s.glyph(f.outcome)+" ", used+s.glyphs()+1, text, "", width)...)
	}
	return out
}

// said is what follows a task's title: how many checks passed in what time, or why there were none.
func (l *Live) said(t endedTask) string {
	n := counted(t.taskNow.ended)
	switch {
	case t.Outcome == check.Passed && n > 0:
		return passedOf(t.taskNow.ended, check.Passed) + ", " + took(t.Elapsed)
	case t.Outcome == check.Failed && n > 0:
		return "failed, " + passedOf(t.taskNow.ended, check.Failed) + ", " + took(t.Elapsed)
	case len(t.findings) > 0:
		return string(t.Outcome) + ", " + took(t.Elapsed)
	}
	return join(": ", string(t.Outcome), t.Text)
}
