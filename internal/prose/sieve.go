package prose

import (
	"bytes"
	"strings"
)

// sieve finds out cheaply whether a passage can mention anything: most cannot.
type sieve struct {
	last     [256]bool // letters that stand before the number of an id
	counted  bool      // "step 3" can mean a task
	relative bool      // "the previous task" stands somewhere
	titles   [][]byte  // the ends of titles that stand somewhere beside their heading
	words    [][]byte  // short ids that are words: they count in code only
}

func newSieve(n *names) *sieve {
	s := &sieve{counted: len(n.nouns) > 0}
	for _, x := range n.byWord {
		i := strings.IndexAny(x.short, "0123456789")
		if i <= 0 {
			s.words = append(s.words, []byte(x.short))
			continue
		}
		letters := strings.TrimRight(x.short[:strings.LastIndexFunc(x.short, notDigit)+1], "-_")
		if letters != "" {
			c := letters[len(letters)-1]
			s.last[c|0x20], s.last[c&^0x20] = true, true
		}
	}
	if n.family != "" {
		s.last[n.family[len(n.family)-1]] = true
	}
	src := n.plan.File.Src
	for _, w := range relatives {
		s.relative = s.relative || bytes.Contains(src, w)
	}
	n.titles = liveTitles(n, src, s)
	return s
}

func notDigit(r rune) bool { return r < '0' || r > '9' }

var relatives = [][]byte{[]byte("revious "), []byte("receding "), []byte("rior "), []byte("next ")}

// liveTitles returns the titles whose last two words stand more than once.
func liveTitles(n *names, src []byte, s *sieve) []title {
	var out []title
	for _, t := range n.titles {
		raw := t.node.task.Title
		at := strings.LastIndexByte(strings.TrimRight(raw, " "), ' ')
		if at > 0 {
			if i := strings.LastIndexByte(raw[:at], ' '); i >= 0 {
				at = i
			} else {
				at = -1
			}
		}
		tail := []byte(raw[at+1:])
		if len(tail) < 5 {
			continue
		}
		tail = tail[1:] // its first letter may be a capital here and none there
		if i := bytes.Index(src, tail); i >= 0 && bytes.Contains(src[i+1:], tail) {
			s.titles = append(s.titles, tail)
			t.tail = tail
			out = append(out, t)
		}
	}
	return out
}

// lets tells whether a text may mention something.
func (s *sieve) lets(src []byte) bool {
	for i := 1; i < len(src); i++ {
		c := src[i]
		if c < '0' || c > '9' {
			continue
		}
		switch p := src[i-1]; {
		case s.last[p]:
			return true
		case (p == '-' || p == '_') && i > 1 && s.last[src[i-2]]:
			return true
		case p == ' ' && s.counted && i > 3 && counting(src[:i-1]):
			return true
		}
	}
	if s.relative {
		for _, w := range relatives {
			if bytes.Contains(src, w) {
				return true
			}
		}
	}
	for _, t := range s.titles {
		if bytes.Contains(src, t) {
			return true
		}
	}
	for _, w := range s.words {
		if bytes.Contains(src, w) {
			return true
		}
	}
	return false
}

// counting tells whether a text ends with a noun that a number can follow.
func counting(src []byte) bool {
	src = bytes.TrimSuffix(src, []byte("s"))
	for _, noun := range [][]byte{[]byte("ask"), []byte("tep"), []byte("tem"), []byte("tion"), []byte("hase"), []byte("tone"), []byte("tage")} {
		if bytes.HasSuffix(src, noun) {
			return true
		}
	}
	return false
}
