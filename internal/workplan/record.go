package workplan

import (
	"fmt"
	"strings"
)

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
