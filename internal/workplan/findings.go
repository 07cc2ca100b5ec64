package workplan

import (
	"fmt"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// Level says how much of the findings is written.
type Level string

// The levels. The zero Level is Full.
const (
	Full    Level = "full"
	Summary Level = "summary" // the first line only
	None    Level = "none"    // nothing is written, and what is there stays
)

// Findings is what a run says of a task, or of the plan's own steps.
// It is rendered as it is: it holds stable facts, and secrets have been taken out.
type Findings struct {
	Level   Level
	Date    string        // ISO day of the run; the block keeps the day on which it first said the same
	Outcome check.Outcome // of the task
	Steps   string        // the Digest of the steps

	// The counts of the first line. Total is the number of checks that count for the outcome; see Tally.
	Passed, Total                               int
	Unknown, Waiting, Deferred, Waived, Skipped int

	Cluster string // "" where no step looked at a cluster
	Lines   []Line
	Records []Record
}

// Line is one check of the findings.
type Line struct {
	Outcome  check.Outcome
	Name     string
	Text     string   // what was seen; what stands between backticks becomes code
	Why      []string // the likely causes
	Note     string   // the author's remark
	Held     string   // the ISO day on which it held, of `once`; "" for none
	Claimed  bool     // a person says so, and nothing proves it
	Advisory bool     // a failure does not fail the task
}

// Record is a recorded value.
type Record struct{ Name, Value string }

// Tally sets the counts from the lines: all but deferred, waived, skipped and advisory ones count for the outcome.
func (f *Findings) Tally() {
	f.Passed, f.Total, f.Unknown, f.Waiting, f.Deferred, f.Waived, f.Skipped = 0, 0, 0, 0, 0, 0, 0
	for _, l := range f.Lines {
		switch l.Outcome {
		case check.Deferred:
			f.Deferred++
			continue
		case check.Waived:
			f.Waived++
			continue
		case check.Skipped:
			f.Skipped++
			continue
		}
		if l.Advisory {
			continue
		}
		f.Total++
		switch l.Outcome {
		case check.Passed:
			f.Passed++
		case check.Unknown:
			f.Unknown++
		case check.Awaiting:
			f.Waiting++
		}
	}
}

// glyphs begin the lines of the findings.
var glyphs = map[check.Outcome]string{
	check.Passed: "✅", check.Failed: "❌", check.Unknown: "❓", check.Awaiting: "⏳",
	check.Skipped: "⏭", check.Deferred: "⏸", check.Waived: "⚠️",
	check.Unverified: "❓", check.Blocked: "⛔",
}

// render returns the lines between the markers. What a recorded value was before comes from old.
func (f *Findings) render(date string, old map[string]oldRecord, oldDate string) []string {
	lines := []string{f.summary(date)}
	if f.Level == Summary {
		return append(lines, "")
	}
	var list []string
	for _, l := range f.Lines {
		list = append(list, l.render()...)
	}
	for _, r := range f.Records {
		list = append(list, r.render(old[r.Name], oldDate))
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

// oldRecord is a recorded value of the block that is there.
type oldRecord struct {
	value string
	was   string // what it was before, as rendered
	until string
}

// render returns the record's line. A value that has changed says what it was, for as long as it stays the same.
func (r Record) render(old oldRecord, oldDate string) string {
	s := "- " + prose(r.Name) + ": " + code(r.Value)
	switch now := flatten(r.Value); {
	case old == oldRecord{}:
	case old.value != now && oldDate != "":
		s += fmt.Sprintf(" (was %s until %s)", code(old.value), oldDate)
	case old.value == now && old.until != "":
		s += fmt.Sprintf(" (was %s until %s)", code(old.was), old.until)
	}
	return s
}

// readRecords finds the recorded values in the lines of a block that is there.
func readRecords(lines []string) map[string]oldRecord {
	records := map[string]oldRecord{}
	for _, line := range lines {
		rest, ok := strings.CutPrefix(line, "- ")
		name, rest, found := strings.Cut(rest, ": `")
		if !ok || !found || name == "" || strings.ContainsAny(name, "` ") {
			continue
		}
		value, rest, ok := readCode("`" + rest)
		if !ok {
			continue
		}
		r := oldRecord{value: value}
		if was, ok := strings.CutPrefix(rest, " (was "); ok {
			if says, rest, ok := readCode(was); ok {
				day, end, _ := strings.Cut(strings.TrimPrefix(rest, " until "), ")")
				if end == "" && IsDay(day) {
					r.was, r.until = says, day
				}
			}
		}
		records[name] = r
	}
	return records
}

// readSummary returns the day of a block's first line.
func readSummary(lines []string) string {
	for _, line := range lines {
		rest, ok := strings.CutPrefix(line, "**Findings (")
		if day, _, found := strings.Cut(rest, ")"); ok && found && IsDay(day) {
			return day
		}
	}
	return ""
}
