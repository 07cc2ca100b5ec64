package workplan

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText bounds what one text from outside takes in the findings, in characters.
const maxText = 300

// flatten makes one line of s: line endings and other control characters become a blank, terminal escapes
// and characters that cannot be seen go, runs of blanks become one, and what is longer than maxText is cut.
func flatten(s string) string { return bound(oneLine(s)) }

// bound cuts s to maxText characters.
func bound(s string) string {
	if len(s) <= maxText {
		return s
	}
	n := 0
	for i := range s {
		if n == maxText-1 {
			rest := s[i:]
			if utf8.RuneCountInString(rest) > 1 {
				return strings.TrimRight(s[:i], " ") + "…"
			}
			return s
		}
		n++
	}
	return s
}

// oneLine is flatten without the cut.
func oneLine(s string) string {
	if isPlainLine(s) {
		return s
	}
	var out strings.Builder
	blank := true // no blanks at the beginning
	for i := 0; i < len(s); {
		if n := terminalEscape(s[i:]); n > 0 {
			i += n
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		switch {
		case r == '\u200c' || r == '\u200d': // joiners: letters and emoji need them
		case unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs):
			continue // bidi controls, zero-width characters, tags
		case unicode.IsControl(r) || unicode.IsSpace(r) || r == '\u2028' || r == '\u2029':
			r = ' '
		}
		if r == ' ' {
			if !blank {
				out.WriteByte(' ')
			}
			blank = true
			continue
		}
		blank = false
		out.WriteRune(r)
	}
	return strings.TrimRight(out.String(), " ")
}

// isPlainLine tells whether s is printable ASCII with single blanks between its words.
func isPlainLine(s string) bool {
	blank := true
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && blank {
			return false
		}
		blank = c == ' '
	}
	return !blank || s == ""
}

// terminalEscape returns the length of the escape sequence that s begins with; 0 where there is none.
func terminalEscape(s string) int {
	if s[0] != 0x1b || len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '[': // control sequence: up to a letter
		for i := 2; i < len(s); i++ {
			if c := s[i]; c >= 0x40 && c <= 0x7e {
				return i + 1
			} else if c < 0x20 || c > 0x3f {
				return i
			}
		}
		return len(s)
	case ']', 'P', 'X', '^', '_': // a string: up to BEL or ESC \
		for i := 2; i < len(s); i++ {
			if s[i] == 0x07 {
				return i + 1
			}
			if s[i] == 0x1b {
				if i+1 < len(s) && s[i+1] == '\\' {
					return i + 2
				}
				return i
			}
			if s[i] == '\n' || s[i] == '\r' {
				return i
			}
		}
		return len(s)
	}
	return 2
}
