package prose

import (
	"slices"
	"strings"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// sieve finds out in one pass over the file where something may be mentioned: most passages mention nothing.
type sieve struct {
	last   [256]bool       // letters that stand before the number of an id
	nouns  map[uint32]bool // words before a number: step 3
	pairs  map[uint32]bool // two words: the last ones of a title, previous task
	words  map[uint32]bool // ids without a number
	maybe  [32]uint64      // a cheap look at pairs and words before the maps
	hints  *hints          // also counts in whose sections their words stand
	dotted []int           // where what may be the name of a file has a dot or the like
	places []int           // where something may be mentioned
	next   int             // the first of places that is not behind what was asked for last
}

func newSieve(n *names, h *hints) *sieve {
	s := &sieve{hints: h, nouns: map[uint32]bool{}, pairs: map[uint32]bool{}, words: map[uint32]bool{}}
	for name, x := range n.byWord {
		i := strings.LastIndexFunc(name, notDigit) + 1
		if letters := strings.TrimRight(name[:i], "-_"); letters != "" && i < len(name) {
			c := letters[len(letters)-1]
			s.last[c|0x20], s.last[c&^0x20] = true, true
			continue
		}
		for _, w := range strings.FieldsFunc(x.short, func(r rune) bool { return r > 0x7f || kinds[byte(r)] != letter }) {
			s.know(s.words, hash(0, w))
		}
	}
	if n.family != "" {
		s.last[n.family[len(n.family)-1]] = true
	}
	for noun := range n.nouns {
		s.know(s.nouns, hash(0, noun))
		s.know(s.nouns, hash(0, noun+"s"))
	}
	s.know(s.words, hash(0, "above"))
	s.know(s.words, hash(0, "everything"))
	for _, h := range neighbours() {
		s.know(s.pairs, h)
	}
	for _, t := range n.titles {
		if k := len(t.words); k >= 2 {
			s.know(s.pairs, pair(hash(0, t.words[k-2]), hash(0, t.words[k-1])))
		}
	}
	s.scan(n)
	return s
}

// neighbours are what speaks of the task before and the one behind.
var neighbours = sync.OnceValue(func() []uint32 {
	var out []uint32
	for _, noun := range []string{"task", "step", "item", "action", "phase", "milestone", "stage"} {
		for _, w := range []string{"previous", "preceding", "prior", "next"} {
			out = append(out, pair(hash(0, w), hash(0, noun)))
		}
	}
	return out
})

func notDigit(r rune) bool { return r < '0' || r > '9' }

func (s *sieve) know(m map[uint32]bool, h uint32) {
	m[h] = true
	s.maybe[h>>6&31] |= 1 << (h & 63)
}

func (s *sieve) known(m map[uint32]bool, h uint32) bool {
	return s.maybe[h>>6&31]>>(h&63)&1 == 1 && m[h]
}

const (
	other = iota
	letter
	digit
)

// kinds are what bytes are to the sieve; those beyond ASCII are letters.
var kinds = func() (k [256]byte) {
	for c := range 256 {
		switch b := byte(c); {
		case isLetter(b) || b >= 0x80:
			k[c] = letter
		case isDigit(b):
			k[c] = digit
		}
	}
	return k
}()

func hash(h uint32, w string) uint32 {
	for i := range len(w) {
		h = step(h, w[i])
	}
	return h
}

func step(h uint32, c byte) uint32 { return (h ^ uint32(c|0x20)) * 16777619 }
func pair(a, b uint32) uint32      { return a*31 + b }

// scan notes the places of what may be a mention.
func (s *sieve) scan(n *names) {
	src := n.plan.File.Src
	var h, before uint32 // of the word that is being read, and of the one before
	in, numbered, tick := false, false, false
	start := 0 // of the word
	sections := n.tasks
	var bit uint64
	for i := 0; i < len(src); i++ {
		c := src[i]
		switch kinds[c] {
		case letter:
			if !in {
				in, h, start = true, 0, i
			}
			h = step(h, c)
			for i+1 < len(src) && kinds[src[i+1]] == letter {
				i++
				h = step(h, src[i])
			}
			continue
		case digit:
			if i > 0 && (s.last[src[i-1]] || i > 1 && (src[i-1] == '-' || src[i-1] == '_') && s.last[src[i-2]] || src[i-1] == ' ' && numbered) {
				s.places = append(s.places, i)
			}
			if in { // words with digits in them count with what stands before
				h = step(h, c)
				continue
			}
		default:
			switch c {
			case '\n':
				tick = false
				if len(sections) > 0 && i >= sections[0].task.Section.Start {
					bit = bitOf(sections[0])
					if i >= sections[0].task.Section.End {
						sections, bit = sections[1:], 0
					}
				}
			case '`':
				tick = !tick
			case '.', '/', '_', '-':
				if (tick || c == '.') && i > 0 && i+1 < len(src) && src[i+1] > ' ' && src[i-1] > ' ' {
					s.dotted = append(s.dotted, i)
				}
			}
		}
		if in {
			in = false
			s.word(h, before, i-1)
			if bit != 0 && i > start+1 {
				s.hints.count(src[start:i], bit)
			}
			before = h
			numbered = s.known(s.nouns, h)
		}
	}
	if in {
		s.word(h, before, len(src)-1)
	}
}

// word notes a word that may be part of a mention.
func (s *sieve) word(h, before uint32, at int) {
	if s.known(s.pairs, pair(before, h)) || s.known(s.words, h) {
		s.places = append(s.places, at)
	}
}

// names tells whether a span of the file may hold the name of a file.
func (s *sieve) names(span text.Span) bool {
	i, _ := slices.BinarySearch(s.dotted, span.Start)
	return i < len(s.dotted) && s.dotted[i] < span.End
}

// lets tells whether a span of the file may mention something. Spans are asked for in their order.
func (s *sieve) lets(span text.Span) bool {
	for s.next < len(s.places) && s.places[s.next] < span.Start {
		s.next++
	}
	return s.next < len(s.places) && s.places[s.next] < span.End
}

// until returns the last place in a span that lets has let through.
func (s *sieve) until(span text.Span) int {
	i := s.next
	for i+1 < len(s.places) && s.places[i+1] < span.End {
		i++
	}
	return s.places[i]
}

// holds is lets for a span out of order.
func (s *sieve) holds(span text.Span) bool {
	i, _ := slices.BinarySearch(s.places, span.Start)
	return i < len(s.places) && s.places[i] < span.End
}
