package view

import (
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// endedLines returns the lines of the tasks that ended since it was last called. Tasks that were not looked at for
// one and the same reason share a line.
func (l *Live) endedLines() []string {
	s, width := l.o.style(), l.room()
	var out []string
	for len(l.ended) > 0 {
		same := l.alike()
		if len(same) > 1 {
			out = append(out, l.together(s, same, width)...)
		} else {
			out = append(out, l.one(s, same[0], width)...)
		}
	}
	return out
}

// alike takes the first of the tasks that ended, with all of them that were not looked at for the same reason.
func (l *Live) alike() []endedTask {
	first := l.ended[0]
	var same, rest []endedTask
	for i, t := range l.ended {
		switch {
		case i == 0, idle(first) && idle(t) && t.Outcome == first.Outcome && (t.Text == first.Text || t.Cause == first.Cause && t.Cause != ""):
			same = append(same, t)
		default:
			rest = append(rest, t)
		}
	}
	l.ended = rest
	slices.SortStableFunc(same, func(a, b endedTask) int { return l.progress.place[a.Task] - l.progress.place[b.Task] })
	return same
}

// idle tells whether nothing of a task was looked at.
func idle(t endedTask) bool {
	return counted(t.taskNow.ended) == 0 && (t.Outcome == check.Blocked || t.Outcome == check.Unverified || t.Outcome == check.Skipped)
}

// together is one entry for tasks that are alike: the last few of many are counted only.
func (l *Live) together(s style, ended []endedTask, width int) []string {
	var ids []string
	why := join(": ", string(ended[0].Outcome), ended[0].Text)
	for _, t := range ended {
		ids = append(ids, l.o.short(t.Task))
		if t.Text != ended[0].Text {
			why = string(t.Outcome) + " by " + l.o.short(t.Cause)
		}
	}
	head := s.glyph(ended[0].Outcome) + " "
	return hanging(s, head, s.glyphs()+1, few(ids, 8)+"  "+why, dim, width)
}

// few names the first of many, and counts the rest.
func few(names []string, most int) string {
	if len(names) > most+1 {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}

// one is the entry of one task: its line and, unless it passed, what its steps found.
func (l *Live) one(s style, t endedTask, width int) []string {
	id := pad(s.fit(l.o.short(t.Task), l.ids), l.ids)
	head := s.glyph(t.Outcome) + " " + s.bold(id) + "  "
	used := s.glyphs() + 1 + l.ids + 2
	title := Safe(t.title)
	said, more := l.said(t), ""
	words := said[0]
	if width > 0 {
		if width-used-2-cells(words) < min(cells(title), 20) {
			words, more = said[1], said[2]
		}
		title = s.fit(title, max(width-used-2-cells(words), 12))
	}
	out := []string{s.fit(head+title+"  "+s.dim(words), width)}
	if more != "" {
		out = append(out, hanging(s, strings.Repeat(" ", used), used, more, dim, width)...)
	}
	for _, f := range t.findings {
		text := join(": ", f.name, f.text)
		out = append(out, hanging(s, strings.Repeat(" ", used)+s.glyph(f.outcome)+" ", used+s.glyphs()+1, text, "", width)...)
	}
	return out
}

// said is what follows a task's title: how many checks passed in what time, or why there were none; then the same in
// few words, for where there is little room, and what of it gets a line of its own there.
func (l *Live) said(t endedTask) [3]string {
	n, passed, time := counted(t.taskNow.ended), passedOf(t.taskNow.ended, t.Outcome), took(t.Elapsed)
	outcome := string(t.Outcome)
	switch {
	case t.Outcome == check.Passed && n > 0:
		return [3]string{passed + ", " + time, time}
	case t.Outcome == check.Failed && n > 0:
		return [3]string{"failed, " + passed + ", " + time, "failed, " + time}
	case len(t.findings) > 0:
		return [3]string{outcome + ", " + time, outcome + ", " + time}
	}
	return [3]string{join(": ", outcome, t.Text), outcome, Safe(t.Text)}
}
