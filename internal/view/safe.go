package view

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// Safe makes text from outside fit for a terminal, on one line; see safe.Line.
func Safe(s string) string { return safe.Line(s) }

// cells returns the number of columns that s takes.
func cells(s string) int {
	if safe.Plain(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// pad fills s up with blanks to width columns.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-cells(s)))
}

// wrap breaks s into lines of at most width columns, at blanks, and within words that are wider than a line;
// 0 is no limit.
func wrap(s string, width int) []string {
	if width <= 0 || cells(s) <= width {
		return []string{s}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case cells(line)+1+cells(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
		for cells(line) > width {
			head := ansi.Truncate(line, width, "")
			if head == "" {
				break // a rune wider than the line
			}
			lines, line = append(lines, head), line[len(head):]
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
