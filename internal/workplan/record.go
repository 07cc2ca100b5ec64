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
func (r Record) render(olds []oldRecord, oldDate string) string {
	s := "- " + prose(r.Name) + ": " + code(r.Value)
	if len(olds) == 0 {
		return s
	}
	switch old, now := olds[0], flatten(r.Value); {
	case old.value != now && oldDate != "":
		s += fmt.Sprintf(" (was %s until %s)", code(old.value), oldDate)
	case old.value == now && old.until != "":
		s += fmt.Sprintf(" (was %s until %s)", code(old.was), old.until)
	}
	return s
}

// readRecords finds the recorded values in the lines of a block that is there.
// Several steps may record under one name: the values stand in the order of their lines.
func readRecords(lines []string) map[string][]oldRecord {
	records := map[string][]oldRecord{}
	for _, line := range lines {
		rest, ok := strings.CutPrefix(line, "- ")
		name, rest, found := strings.Cut(rest, ": `")
		name = strings.ReplaceAll(name, "\\", "")
		if !ok || !found || !isName(name) {
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
		records[name] = append(records[name], r)
	}
	return records
}

// readSummary returns the day and the cluster of a block's first line.
func readSummary(lines []string) (day, cluster string) {
	for _, line := range lines {
		rest, ok := strings.CutPrefix(line, "**Findings (")
		day, rest, found := strings.Cut(rest, ")")
		if !ok || !found {
			continue
		}
		if !IsDay(day) {
			day = ""
		}
		if _, rest, ok := strings.Cut(rest, ", cluster `"); ok {
			cluster, _, _ = readCode("`" + rest)
		}
		return day, cluster
	}
	return "", ""
}
