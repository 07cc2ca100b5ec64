package workplan

import (
	"strings"
)

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
const special = "\\`*[]<~|$"

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
		case c == '&' && i < len(s)-1 && (s[i+1] == '#' || isLetter(s[i+1])):
			out.WriteByte('\\') // else it begins no entity
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
	if strings.IndexByte("#+-=:>", s[0]) >= 0 {
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
