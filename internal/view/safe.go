package view

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// csi matches the escape sequences that programs colour their output with.
var csi = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\x1b\[[0-9:;<=>?]{0,32}[ -/]{0,4}[@-~]`) })

// Safe makes text from outside fit for a terminal, on one line: colours are taken out, line ends and tabs become
// blanks, and other control characters and those that reorder or hide text are shown by their number.
// Safe of a safe text is the same text.
func Safe(s string) string {
	if plain(s) {
		return s
	}
	s = strings.TrimSpace(csi().ReplaceAllString(s, ""))
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var b strings.Builder
	for _, r := range s {
		if r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029' || r == '\u0085' {
			r = ' '
		}
		b.WriteString(visible(r))
	}
	return b.String()
}

// visible returns r, or its number where r is not something to be seen.
func visible(r rune) string {
	switch {
	case r < ' ' || r == 0x7f:
		return fmt.Sprintf(`\x%02x`, r)
	case hidden(r):
		return fmt.Sprintf(`\u%04x`, r)
	}
	return string(r)
}

// plain tells whether s is printable ASCII.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// hidden tells whether r shows nothing itself and changes how others look; the joiners, which scripts and emoji
// need, are not among them.
func hidden(r rune) bool {
	switch {
	case r == '\u200c' || r == '\u200d':
		return false
	case r >= 0x80 && r < 0xa0, r == '\u115f', r == '\u1160', r == '\u3164', r == '\uffa0':
		return true
	}
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r)
}

// cells returns the number of columns that s takes.
func cells(s string) int {
	if plain(s) {
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
