package workplan

import (
	"fmt"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// glyphs begin the lines of the findings.
var glyphs = map[check.Outcome]string{
	check.Passed: "✅", check.Failed: "❌", check.Unknown: "❓", check.Awaiting: "⏳",
	check.Skipped: "⏭", check.Deferred: "⏸", check.Waived: "⚠️",
	check.Unverified: "❓", check.Blocked: "⛔",
}

// render returns the lines between the markers. What a recorded value was before comes from old.
func (f *Findings) render(date string, old map[string][]oldRecord, oldDate string) []string {
	lines := []string{f.summary(date)}
	if f.Level == Summary {
		return append(lines, "")
	}
	var list []string
	for _, l := range f.Lines {
		list = append(list, l.render()...)
	}
	count := map[string]int{}
	for _, r := range f.Records {
		olds := old[r.Name]
		list = append(list, r.render(olds[min(count[r.Name], len(olds)):], oldDate))
		count[r.Name]++
	}
	if len(list) > 0 {
		lines = append(append(lines, ""), list...)
	}
	return append(lines, "")
}

func (f *Findings) summary(date string) string {
	var s strings.Builder
	fmt.Fprintf(&s, "**Findings (%s):** %s", prose(date), prose(string(f.Outcome)))
	if f.Total > 0 {
		checks := "checks"
		if f.Total == 1 {
			checks = "check"
		}
		fmt.Fprintf(&s, ", %d of %d %s", f.Passed, f.Total, checks)
	}
	for _, c := range []struct {
		n    int
		word string
	}{{f.Unknown, "unknown"}, {f.Waiting, "waiting"}, {f.Deferred, "deferred"}, {f.Waived, "waived"}, {f.Skipped, "skipped"}} {
		if c.n > 0 && !(c.word == string(f.Outcome) && c.n == f.Total) {
			fmt.Fprintf(&s, ", %d %s", c.n, c.word)
		}
	}
	if f.Cluster != "" {
		s.WriteString(", cluster " + code(f.Cluster))
	}
	return s.String() + "."
}

func (l Line) render() []string {
	if len(l.Kept) > 0 {
		return l.Kept
	}
	glyph := glyphs[l.Outcome]
	if glyph == "" {
		glyph = "❓"
	}
	s := "- " + glyph
	var says []string
	if name := prose(l.Name); name != "" {
		s += " " + name
	}
	switch {
	case l.Held != "" && l.Claimed:
		says = append(says, "claimed to have held on "+prose(l.Held))
	case l.Held != "":
		says = append(says, "held on "+prose(l.Held))
	case l.Claimed:
		says = append(says, "claimed")
	}
	if text := prose(l.Text); text != "" {
		says = append(says, text)
	}
	if len(says) > 0 {
		s += ": " + strings.Join(says, ", ")
	}
	if l.Advisory {
		s += " (advisory)"
	}
	if note := prose(l.Note); note != "" {
		s += " — " + note
	}
	lines := []string{s}
	for _, why := range l.Why {
		if text := prose(why); text != "" {
			lines = append(lines, "  - "+text)
		}
	}
	return lines
}
