// Package safe makes text from outside fit for one line of a terminal, a log or a report.
package safe

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// csi matches the escape sequences that programs colour their output with.
var csi = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\x1b\[[0-9:;<=>?]{0,32}[ -/]{0,4}[@-~]`) })

// Line puts text on one line: colours are taken out, line ends and tabs become blanks, and other control characters and
// those that reorder or hide text are shown by their number, and no command to a runner of jobs is left (see NoCommand).
// Line of a safe text is the same text.
func Line(s string) string {
	if Plain(s) {
		return NoCommand(s)
	}
	s = strings.TrimSpace(Uncoloured(s))
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var b strings.Builder
	for _, r := range s {
		if r == '\n' || r == '\r' || r == '\t' || r == '\u2028' || r == '\u2029' || r == '\u0085' {
			r = ' '
		}
		b.WriteString(Visible(r))
	}
	return NoCommand(b.String())
}

// commands begin, anywhere in a line of a job's output, what a runner does: ##[group], ##vso[task.complete].
// Azure's and GitHub's runners look for them: https://github.com/actions/runner, src/Runner.Common/ActionCommand.cs.
var commands = strings.NewReplacer("##[", "## [", "##vso[", "## vso[")

// NoCommand breaks what a runner would take for a command wherever it stands in a line. That "::" begins one at the
// start of a line is for those to mend who know where a line starts.
func NoCommand(s string) string {
	if !strings.Contains(s, "##") {
		return s
	}
	return commands.Replace(s)
}

// Uncoloured takes the escape sequences of colours out.
func Uncoloured(s string) string { return csi().ReplaceAllString(s, "") }

// Visible returns r, or its number where r is not something to be seen.
func Visible(r rune) string {
	switch {
	case r < ' ' || r == 0x7f:
		return fmt.Sprintf(`\x%02x`, r)
	case hidden(r):
		return fmt.Sprintf(`\u%04x`, r)
	}
	return string(r)
}

// Plain tells whether s is printable ASCII.
func Plain(s string) bool {
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
	return unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) || unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// Cut bounds a text to so many letters: where it has more, the last of them is an ellipsis.
func Cut(s string, most int) string {
	n, end := 0, 0
	for i := range s {
		if n++; n == most {
			end = i
		}
		if n > most {
			return s[:end] + "…"
		}
	}
	return s
}
