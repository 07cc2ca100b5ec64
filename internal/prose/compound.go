package prose

import (
	"math/bits"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// compounds knows which tasks speak of things with a name of two words: the call graph, node 8. One word is often said of
// many things, and two hardly ever.
type compounds struct {
	titles map[uint64]uint64 // names in titles, by the stems of both words, with their tasks as bits
	table  [compoundsSize]compound
	used   []uint16 // places in the table that are taken
}

// compound is a pair of words, by their first letters, with where it stands.
type compound struct {
	key     uint32
	at      int32  // where it stands first in a task, or anywhere
	said    uint64 // the tasks that have it, as bits
	outside bool   // above all tasks: it was there before any of them
}

const (
	compoundsSize = 1 << 13
	compoundsMost = compoundsSize * 3 / 4
)

var compoundsPool = sync.Pool{New: func() any { return new(compounds) }}

// compounds reads all that a plan says, once.
func (t *topics) compounds() *compounds {
	if t.pairs != nil {
		return t.pairs
	}
	c := compoundsPool.Get().(*compounds) //nolint:forcetypeassert // nothing else is put there
	t.pairs = c
	for _, i := range c.used {
		c.table[i] = compound{}
	}
	c.used, c.titles = c.used[:0], map[uint64]uint64{}
	for _, x := range t.document.names.tasks {
		last := ""
		for w := range words(x.title) {
			s := stem(plainWord(w))
			c.titles[twoWords(last, s)] |= bitOf(x)
			last = s
		}
	}
	for _, p := range t.passages {
		x := t.document.names.byTask[p.owner]
		if p.kind == heading || p.owner != nil && x == nil {
			continue
		}
		c.read(t.plan.File.Src, p.span, x)
	}
	return c
}

// read notes the pairs of words in a span: with a blank, or a mark of code or print, between.
func (c *compounds) read(src []byte, span text.Span, x *node) {
	var before uint32
	lastEnd, last := -1, 0
	for i := span.Start; i < span.End; i++ {
		if kinds[src[i]] == other {
			continue
		}
		j := wordEnd(src, i, span.End)
		k := key(src[i:j])
		if lastEnd >= 0 && i-lastEnd <= 2 && joined(src[lastEnd:i]) {
			c.note(before*31+k, last, x)
		}
		before, last, lastEnd = k, i, j
		i = j - 1
	}
}

// wordEnd returns where the word ends that begins at i; a dash joins.
func wordEnd(src []byte, i, end int) int {
	for i++; i < end && (kinds[src[i]] != other || src[i] == '-' && i+1 < end && kinds[src[i+1]] != other); i++ {
	}
	return i
}

// joined tells whether nothing but blanks and marks of print is between two words.
func joined(between []byte) bool {
	for _, b := range between {
		switch b {
		case ' ', '\n', '*', '_', '`':
		default:
			return false
		}
	}
	return true
}

// note notes a pair at a place, in the section of x or above all tasks.
func (c *compounds) note(k uint32, at int, x *node) {
	i := c.slot(k)
	o := &c.table[i]
	if o.key == 0 {
		if len(c.used) >= compoundsMost {
			return
		}
		c.used = append(c.used, uint16(i)) //nolint:gosec // below the size of the table
		o.key, o.at = k, int32(at)         //nolint:gosec // a file is not that long
	}
	switch {
	case x == nil:
		o.outside = o.outside || o.said == 0
	case o.said == 0:
		o.at = int32(at) //nolint:gosec // a file is not that long
		fallthrough
	default:
		o.said |= bitOf(x)
	}
}

// slot returns the place of a pair in the table: its own, or the free one where it would be.
func (c *compounds) slot(k uint32) uint32 {
	i := k >> 19
	for c.table[i].key != 0 && c.table[i].key != k {
		i = (i + 1) & (compoundsSize - 1)
	}
	return i
}

// twoWords is a number for two stems.
func twoWords(a, b string) uint64 { return uint64(hash(0, a))<<32 | uint64(hash(0, b)) }

// broughtUp tells whether the pair of words at a place is spoken of as something new: behind "a" or "new", or where a clause
// begins; and whether their stems are a and b.
func (t *topics) broughtUp(at int, a, b string) bool {
	src := t.plan.File.Src
	start := at
	for start > 0 && at-start < maxLead && !clauseMark(src, start-1) {
		start--
	}
	fresh, begins := true, true
	for i := start; i < at; i++ {
		if kinds[src[i]] == other {
			continue
		}
		j := wordEnd(src, i, at)
		switch low := plainWord(string(src[i:j])); {
		case low == "a" || low == "an" || low == "new" || low == "one" || low == "own" || numerals.has(low):
			fresh = true
		case begins && creators.has(stem(low)):
			fresh = true
		case blank.has(low) || isPreposition(low) || definites.has(low):
			fresh = fresh && definites.has(low) && begins
		default:
			begins = false
		}
		i = j - 1
	}
	end := wordEnd(src, at, len(src))
	next := end
	for next < len(src) && kinds[src[next]] == other {
		next++
	}
	if next == len(src) {
		return false
	}
	return fresh && stem(plainWord(string(src[at:end]))) == a && stem(plainWord(string(src[next:wordEnd(src, next, len(src))]))) == b
}

// clauseMark tells whether a clause or a line of its own ends at i.
func clauseMark(src []byte, i int) bool {
	switch src[i] {
	case '.', ';', ':', ',', '(', ')', '|', '!', '?':
		return true
	case '\n':
		return i == 0 || src[i-1] == '\n' || i+1 < len(src) && (src[i+1] == '-' || src[i+1] == '*' || src[i+1] == '+' || src[i+1] == '#')
	}
	return false
}

// compoundOf returns the earlier task that a name of two words between i and end comes from; nil where there is none, or
// several could be meant.
func (s *sentence) compoundOf(i, end int) *node {
	var found *node
	for j := i; j+1 < end; j++ {
		a, b := s.word(j), s.word(j+1)
		if s.at(j).mention() || s.at(j+1).mention() || s.at(j).code || s.at(j+1).code || !isWord(a) || !isWord(b) || elsewhere.has(a) && (a != "own" || !definites.has(s.word(j-1))) {
			return nil
		}
		if blank.has(a) || blank.has(b) || a == "old" {
			continue
		}
		x := s.bringsUp(a, b)
		if x == nil || found != nil && found != x {
			continue
		}
		found = x
	}
	return found
}

// bringsUp returns the earlier task that has a name in its title, or brings it up before all others.
func (s *sentence) bringsUp(first, second string) *node {
	c := s.topics.compounds()
	a, b := stem(plainWord(first)), stem(plainWord(second))
	o := c.table[c.slot(key([]byte(first))*31+key([]byte(second)))]
	titles := c.titles[twoWords(a, b)]
	if o.key != 0 && o.outside || titles&bitOf(s.me) != 0 {
		return nil
	}
	if titles != 0 {
		if r, ok := one(titles); ok && r < s.me.rank && !mends(s.topics.tasks[r]) {
			return s.topics.tasks[r]
		}
		return nil
	}
	r := bits.TrailingZeros64(o.said)
	if o.key == 0 || r >= s.me.rank || !s.topics.broughtUp(int(o.at), a, b) {
		return nil
	}
	return s.topics.tasks[r]
}

// works tells whether the words before the noun at i do something with it, or with what is in it.
func (s *sentence) works(i int) bool {
	if end := s.nounEnd(i + 1); s.word(end) == "serves" || s.word(end) == "provides" || s.word(end) == "becomes" {
		return true
	} else if auxiliary.has(s.word(end)) && !isPreposition(s.word(i-1)) && !places.has(s.word(i-1)) {
		return false // it is what the clause is about
	}
	switch w := s.word(i - 1); w {
	case "from", "with", "into", "onto", "against", "on", "in", "to", "via", "through", "inside", "within", "at", "over", "per", "by", "using":
		return !said.has(s.word(i - 2))
	case "of":
		return !facets.has(s.word(i-2)) && isWord(s.word(i-2))
	case "and":
		return false
	default:
		return i > 0 && isWord(w) && !isPreposition(w) && !aux.has(w) && !idle.has(w) && !startOK.has(w) && !endsCue(w) && !pronouns.has(w) && !definites.has(w) && !bounds.has(w) && !idly.has(w)
	}
}

// idly are verbs that only speak of what follows.
var idly = set(`explain explains tell tells discuss discusses describe describes mention mentions know knows what which whether whose who how why call calls called see ask about around beside behind
	outside despite touch touches affect affects concern concerns change changes excluding including`)
