package prose

import (
	"math/bits"
	"strings"
)

// titledBy is titleOf, where the words before the noun do something with it.
func (s *sentence) titledBy(i, end int) *node {
	if s.word(i) == "its" || s.word(i) == "their" || !s.handles(i) {
		return nil
	}
	return s.titleOf(i, end)
}

// titleOf returns the one earlier task that has the noun from i to end in its title.
func (s *sentence) titleOf(i, end int) *node {
	for j := i + 1; j < end; j++ {
		if w := s.word(j); s.at(j).mention() || s.at(j).code && j == end-1 || elsewhere.has(w) || negations.has(w) || w == "old" {
			return nil
		}
	}
	stems := s.nouns(i+1, end)
	if len(stems) == 0 || s.word(end) == "of" {
		return nil
	}
	head := len(stems) - 1
	titles := s.topics.get(stems[head]).title
	if s.titled {
		titles &^= bitOf(s.me)
	}
	titles = s.exact(titles&(earlier(s.me)|bitOf(s.me)), s.word(end-1))
	r, ok := one(titles)
	if !ok && titles&bitOf(s.me) == 0 && titles != 0 {
		r = s.last(min(s.me.rank, maxTopics), func(r int) bool { return titles&(1<<r) != 0 })
		ok = r >= 0
	}
	if !ok || r >= s.me.rank {
		return nil
	}
	x, more := s.topics.tasks[r], false
	if s.topics.get(stems[head]).tail&bitOf(x) != 0 {
		return nil // timeouts in the gateway bring no gateway
	}
	for _, w := range stems[:head] {
		o := s.topics.brought(w)
		more = more || o.title == bitOf(x)
		if (o.title|o.lead|o.intro)&bitOf(x) == 0 && o.title|o.lead != 0 {
			return nil // the internal repository is not the public one
		}
	}
	if !more && s.topics.outside(stems[head]) && len(titleWords(x.title)) > 1 || !heads(x, stems[head], strings.HasSuffix(s.word(end-1), "s") && !numerals.has(s.word(i))) {
		return nil
	}
	return x
}

// exact leaves of several tasks those whose titles have a word as it stands, and not only its stem.
func (s *sentence) exact(titles uint64, word string) uint64 {
	if _, ok := one(titles); ok {
		return titles
	}
	var out uint64
	for b := titles; b != 0; b &= b - 1 {
		x := s.topics.tasks[bits.TrailingZeros64(b)]
		for w := range words(x.title) {
			if low := plainWord(w); strings.TrimSuffix(low, "s") == strings.TrimSuffix(word, "s") {
				out |= bitOf(x)
			}
		}
	}
	return out
}

// heads tells whether a noun of a task's title has a stem and no further noun behind it: the target schema is no target.
func heads(x *node, head string, many bool) bool {
	title := x.title
	last, plural := "", false
	for w := range words(title) {
		low := plainWord(w)
		if last == head && (blank.has(low) || isPreposition(low) || particles.has(low)) {
			break
		}
		last, plural = stem(low), strings.HasSuffix(low, "s")
	}
	return last == head && (plural || !many)
}

// handles tells whether the words before i do something with what follows, beyond doubt.
func (s *sentence) handles(i int) bool {
	switch w := s.word(i - 1); w {
	case "from", "into", "onto", "via", "through", "inside", "within", "over", "behind", "below", "per":
		return true
	case "of":
		return !persons.has(s.word(i-2)) && (s.word(i-2) == "part" || s.acts(i-1))
	case "in", "on", "to", "with", "against", "by":
		return !persons.has(s.word(i-2)) && s.word(i-2) != "decided" && s.acts(i-1)
	default:
		if isPreposition(w) {
			return false
		}
		if len(w) > 4 && (w[len(w)-1] == 's' || strings.HasSuffix(w, "ed")) && s.thirdPerson(i-1) {
			return true // it meets the requirements
		}
		return (imperatives.has(w) || users.has(w) || calling.has(w) || runs.has(w) || creators.has(stem(w))) && (!mending.has(stem(w)) || turning.has(w))
	}
}

// thirdPerson tells whether the word at i can only be a verb, with a subject before it.
func (s *sentence) thirdPerson(i int) bool {
	w, before := s.word(i), s.word(i-1)
	return isWord(before) && !definites.has(before) && before != "a" && before != "an" && !mending.has(stem(w)) && !aux.has(w) && !during.has(w) && !endsCue(w) && !idly.has(w) && !blank.has(w)
}

// acts tells whether somebody does something in the clause before i, or the clause is none: tables in the warehouse.
func (s *sentence) acts(i int) bool {
	verb, said := false, false
	for j := s.clause(i); j < i; j++ {
		w := s.word(j)
		switch {
		case anybody.has(w) && w != "we" && w != "you" && w != "they" && w != "i", idly.has(w), w == "about":
			return false
		case imperatives.has(w), users.has(w), calling.has(w), runs.has(w), creators.has(stem(w)), irregular.has(w), strings.HasSuffix(w, "ed") && len(w) > 4:
			verb = true
		case auxiliary.has(w) || w == "be":
			said = true
		}
	}
	if verb || said {
		return verb
	}
	// Of a clause without a verb before it the noun may be part of what the clause is about: numbers on the disks come from there.
	end := s.nounEnd(i + 2)
	return !isWord(s.word(end)) || isPreposition(s.word(end)) || places.has(s.word(end)) || s.word(end) == "and" || s.word(end) == "into"
}

// persons are people, who have nothing of what they belong to.
var persons = set(`user users people customer customers vendor vendors member members reader readers author authors admin admins owner owners team teams colleague colleagues maintainer maintainers
	alerts alert problem problems page pages name names price cost costs future history fate question questions complaint complaints`)

// turning are verbs that make something else of what follows.
var turning = set(`turn turns convert converts merge merges extend extends split splits`)
