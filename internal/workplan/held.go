package workplan

import (
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// HeldOn returns the day on which the findings say that the step of that name held, for steps with `once`, and the
// lines that say so. It is what somebody's run wrote, or what anybody typed: nothing here proves it.
// Where no line says so, or more than one does, the day is "".
func (f *FindingsBlock) HeldOn(name string) (day string, lines []string) {
	if f == nil {
		return "", nil
	}
	start := "- " + glyphs[check.Passed] + " " + prose(name) + ": held on "
	for i, line := range f.lines {
		rest, ok := strings.CutPrefix(line, start)
		if !ok || len(rest) < len("2006-01-02") || !IsDay(rest[:len("2006-01-02")]) {
			continue
		}
		if day != "" {
			return "", nil
		}
		end := i + 1
		for end < len(f.lines) && strings.HasPrefix(f.lines[end], "  - ") {
			end++
		}
		day, lines = rest[:len("2006-01-02")], f.lines[i:end]
	}
	return day, lines
}
