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

// code puts s, flattened, into a code span from which nothing in s can break out.
func code(s string) string {
	s = flatten(s)
	if s == "" {
		return "` `"
	}
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	fence := strings.Repeat("`", longest+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// readCode returns what a code span says that code has written, and the rest of s.
func readCode(s string) (says, rest string, ok bool) {
	n := len(s) - len(strings.TrimLeft(s, "`"))
	if n == 0 {
		return "", "", false
	}
	fence := s[:n]
	for i := n; ; {
		j := strings.Index(s[i:], fence)
		if j < 0 {
			return "", "", false
		}
		end := i + j
		size := len(s[end:]) - len(strings.TrimLeft(s[end:], "`"))
		if size != n {
			i = end + size
			continue
		}
		says = s[n:end]
		if strings.HasPrefix(says, " `") || strings.HasSuffix(says, "` ") {
			says = strings.TrimSuffix(strings.TrimPrefix(says, " "), " ")
		}
		if says == " " {
			says = ""
		}
		return says, s[end+n:], true
	}
}

// prose escapes s, flattened, so that markdown shows it as it is.
// What stands between two backticks becomes a code span, and so do words of which readers make links.
func prose(s string) string {
	parts := strings.Split(flatten(s), "`")
	if len(parts)%2 == 0 { // a backtick without its partner
		last := len(parts) - 1
		parts[last-1] += "\x00" + parts[last]
		parts = parts[:last]
	}
	var out strings.Builder
	for i, part := range parts {
		switch {
		case i%2 == 0:
			words(&out, part)
		case part == "":
			out.WriteString("\\`\\`")
		default:
			out.WriteString(code(part))
		}
	}
	return startOfLine(out.String())
}

// words escapes plain text word by word. A NUL in it stands for a backtick.
func words(out *strings.Builder, s string) {
	for i, word := range strings.Split(s, " ") {
		if i > 0 {
			out.WriteByte(' ')
		}
		if isLink(word) {
			lead, core, tail := trimPunctuation(strings.ReplaceAll(word, "\x00", "`"))
			escape(out, lead)
			out.WriteString(code(core))
			escape(out, tail)
			continue
		}
		escape(out, word)
	}
}

// isLink tells whether readers such as GitHub or Gitea make a link or a mention of word.
func isLink(word string) bool {
	for i := range len(word) {
		before, after := strings.ToLower(word[max(0, i-6):i]), word[i+1:]
		switch word[i] {
		case '@':
			if after != "" && isAlnum(after[0]) {
				return true
			}
		case '#':
			if after != "" && isDigit(after[0]) {
				return true
			}
		case '.':
			if strings.HasSuffix(before, "www") {
				return true
			}
		case ':':
			if strings.HasPrefix(after, "//") || before == "mailto" || strings.HasSuffix(before, "xmpp") {
				return true
			}
		}
	}
	return false
}

// trimPunctuation splits the punctuation around a word off that people write around links.
func trimPunctuation(word string) (lead, core, tail string) {
	core = strings.TrimLeft(word, "(\"'")
	lead = word[:len(word)-len(core)]
	word = core
	core = strings.TrimRight(word, ".,;:!?)\"'")
	if core == "" {
		return lead, word, ""
	}
	return lead, core, word[len(core):]
}

// special are the characters that mean something within a line of markdown.
const special = "\\`*[]<>&~|$"

func escape(out *strings.Builder, s string) {
	for i := range len(s) {
		switch c := s[i]; {
		case c == 0:
			out.WriteString("\\`")
			continue
		case strings.IndexByte(special, c) >= 0:
			out.WriteByte('\\')
		case c == '_' && (i == 0 || i == len(s)-1 || !isAlnum(s[i-1]) || !isAlnum(s[i+1])):
			out.WriteByte('\\') // within a word it is just an underscore
		}
		out.WriteByte(s[i])
	}
}

func isAlnum(c byte) bool { return isLetter(c) || isDigit(c) }

// startOfLine escapes what means something only at the beginning of a line: headings, lists, quotes, rules, fences.
func startOfLine(s string) string {
	if s == "" {
		return s
	}
	if strings.IndexByte("#+-=:", s[0]) >= 0 {
		return "\\" + s
	}
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i > 0 && i < len(s) && (s[i] == '.' || s[i] == ')') {
		return s[:i] + "\\" + s[i:]
	}
	return s
}
