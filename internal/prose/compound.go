package prose

import "math/bits"

// compounds knows which tasks speak of things with a name of two words, by the stems of both: the call graph, node 8.
// One word is often said of many things, and two hardly ever.
type compounds map[uint64]compound

// compound is where such a name stands, as bits of tasks.
type compound struct {
	title, said uint64
	made        uint64 // where it is spoken of as something new, or as what is done something with first
	outside     bool   // above all tasks: it was there before any of them
}

// compounds reads all that a plan says, once.
func (t *topics) compounds() compounds {
	if t.pairs != nil {
		return t.pairs
	}
	t.pairs = compounds{}
	for _, x := range t.document.names.tasks {
		title := x.title
		t.pairs.read(title, func(c *compound, _ bool) { c.title |= bitOf(x) })
	}
	t.pairs.read(t.plan.Title.Text, func(c *compound, _ bool) { c.outside = true })
	for _, p := range t.passages {
		says := t.document.names.whole()[p.span.Start:p.span.End]
		x := t.document.names.byTask[p.owner]
		switch {
		case p.owner == nil && p.kind != heading:
			t.pairs.read(says, func(c *compound, _ bool) { c.outside = c.outside || c.said == 0 })
		case x != nil && p.kind != heading:
			t.pairs.read(says, func(c *compound, fresh bool) {
				c.said |= bitOf(x)
				if fresh {
					c.made |= bitOf(x)
				}
			})
		}
	}
	return t.pairs
}

// read goes through the names of two words in a text. It tells which are brought up there: behind "a" or "new", or where a
// clause begins.
func (c compounds) read(says string, note func(c *compound, fresh bool)) {
	last, lastEnd := "", -1
	fresh, begins := true, true
	for i := 0; i < len(says); i++ {
		switch k := kinds[says[i]]; {
		case k == other:
			switch says[i] {
			case '.', ';', ':', ',', '(', ')', '|', '!', '?':
				last, fresh, begins = "", true, true
			}
			continue
		case k == digit && last == "":
			for i+1 < len(says) && kinds[says[i+1]] != other {
				i++
			}
			continue
		}
		j := i + 1
		for j < len(says) && (kinds[says[j]] != other || says[j] == '-' && j+1 < len(says) && kinds[says[j+1]] == letter) {
			j++
		}
		low := plainWord(says[i:j])
		switch {
		case low == "a" || low == "an" || low == "new" || low == "one" || low == "own":
			last, fresh = "", true
		case creators.has(stem(low)) && begins:
			last, fresh = "", true
		case blank.has(low) || isPreposition(low) || definites.has(low):
			last = ""
			fresh = fresh && (definites.has(low) && begins)
		default:
			s := stem(low)
			if last != "" && i-lastEnd <= 2 {
				key := twoWords(last, s)
				o := c[key]
				note(&o, fresh)
				c[key] = o
			}
			last, lastEnd, begins = s, j, false
		}
		i = j - 1
	}
}

// twoWords is a number for two stems.
func twoWords(a, b string) uint64 { return uint64(hash(0, a))<<32 | uint64(hash(0, b)) }

// compoundOf returns the earlier task that a name of two words between i and end comes from; nil where there is none, or
// several could be meant.
func (s *sentence) compoundOf(i, end int) *node {
	var found *node
	for j := i; j+1 < end; j++ {
		a, b := s.word(j), s.word(j+1)
		if s.at(j).mention() || s.at(j+1).mention() || s.at(j).code || s.at(j+1).code || !isWord(a) || !isWord(b) || elsewhere.has(a) {
			return nil
		}
		if blank.has(a) || blank.has(b) || a == "old" {
			continue
		}
		x := s.bringsUp(twoWords(stem(plainWord(a)), stem(plainWord(b))))
		if x == nil || found != nil && found != x {
			continue
		}
		found = x
	}
	return found
}

// bringsUp returns the earlier task that has a name in its title, or brings it up before all others.
func (s *sentence) bringsUp(key uint64) *node {
	o, ok := s.topics.compounds()[key]
	if !ok || o.outside || o.title&bitOf(s.me) != 0 {
		return nil
	}
	if o.title != 0 {
		if r, ok := one(o.title); ok && r < s.me.rank && !mends(s.topics.tasks[r]) {
			return s.topics.tasks[r]
		}
		return nil
	}
	first := bits.TrailingZeros64(o.said)
	if first >= s.me.rank || o.made&(1<<first) == 0 {
		return nil
	}
	return s.topics.tasks[first]
}

// works tells whether the words before the noun at i do something with it, or with what is in it.
func (s *sentence) works(i int) bool {
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

// head returns where the noun begins that ends at i.
func (s *sentence) head(i int) int {
	for i > 0 && isWord(s.word(i-1)) && !isPreposition(s.word(i-1)) && !definites.has(s.word(i)) && !imperatives.has(s.word(i-1)) {
		i--
	}
	return i
}

// idly are verbs that only speak of what follows.
var idly = set(`explain explains tell tells discuss discusses describe describes mention mentions know knows what which whether whose who how why call calls called see ask asks about around beside behind
	outside despite touch touches affect affects concern concerns change changes excluding including`)
