package prose

import (
	"math/bits"
	"slices"
	"strings"
)

// introducedBy returns the one task before that speaks of the noun as of something new.
// many tells that several are spoken of, which one alert is not.
func (s *sentence) introducedBy(head string, stems []string, many bool) *node {
	o := s.topics.brought(head)
	r, ok := one(o.intro & (earlier(s.me) | bitOf(s.me)))
	if !ok || r >= s.me.rank || o.title&(earlier(s.me)|bitOf(s.me)) != 0 || s.topics.outside(head) {
		return nil
	}
	if x := s.topics.tasks[r]; s.allOf(stems, x) && (!many || o.many&bitOf(x) != 0) {
		return x
	}
	return nil
}

// ledBy returns the earlier task that begins with a noun that no other task begins with.
func (s *sentence) ledBy(head string) *node {
	o := s.topics.get(head)
	r, ok := one(o.lead &^ bitOf(s.me))
	if !ok || o.first&(1<<r) == 0 || r >= s.me.rank || o.title != 0 || s.topics.outside(head) {
		return nil
	}
	if o = s.topics.brought(head); o.intro != 0 && bits.TrailingZeros64(o.intro) != r {
		return nil
	}
	return s.topics.tasks[r]
}

// allOf tells whether a task speaks of all of some stems: the internal repository is not the public one.
func (s *sentence) allOf(stems []string, x *node) bool {
	for _, w := range stems {
		o := s.topics.brought(w)
		if (o.title|o.lead|o.intro)&bitOf(x) == 0 {
			return false
		}
	}
	return true
}

// noneOf is a weaker allOf: no word tells of other tasks, and not of this one.
func (s *sentence) noneOf(stems []string, x *node) bool {
	for _, w := range stems {
		o := s.topics.brought(w)
		if is := o.title | o.lead | o.intro; is&bitOf(x) == 0 && is&^bitOf(s.me) != 0 {
			return false
		}
	}
	return true
}

// sole tells whether one of some stems is in the title of no other task.
func (s *sentence) sole(stems []string, x *node) bool {
	for _, w := range stems {
		if s.topics.get(w).title == bitOf(x) && !s.topics.outside(w) {
			return true
		}
	}
	return false
}

// pairOf returns the one earlier task of which both a verb and a noun tell.
func (s *sentence) pairOf(verb string, nouns []string) *node {
	v := s.topics.get(verb)
	var found *node
	for _, x := range s.names.tasks {
		if x.rank >= min(s.me.rank, maxTopics) {
			break
		}
		bit := bitOf(x)
		title, others := 0, 0
		for _, n := range nouns {
			switch o := s.topics.get(n); {
			case o.title&bit != 0 && (v.lead&bit != 0 || !s.topics.outside(n)):
				title++
			case (o.lead|o.intro)&bit != 0 && !s.topics.outside(n):
				others++
			}
		}
		switch {
		case v.title&bit != 0 && (v.title == bit || title+others > 0), v.lead&bit != 0 && title+others > 0, title > 0 && creators.has(verb):
			if found != nil {
				return nil
			}
			found = x
		}
	}
	return found
}

// madeBy returns the verb of "we just created" and of "that was set up", which begin at i.
func (s *sentence) madeBy(i int) string {
	j := i
	if w := s.word(j); w == "that" || w == "which" {
		j++
	}
	who := s.word(j)
	switch {
	case who == "we" || who == "you" || who == "i":
		j++
		for aux.has(s.word(j)) || s.word(j) == "just" {
			j++
		}
		w := s.word(j)
		if _, strong := roots[w]; makes(w) && (irregular.has(w) || strings.HasSuffix(w, "ed")) || strong && (creators.has(stem(w)) || acquiring.has(stem(w))) {
			return stem(w)
		}
	case j > i && (who == "was" || who == "were" || who == "has" || who == "have"):
		for aux.has(s.word(j)) || s.word(j) == "just" {
			j++
		}
		if w := s.word(j); participle(w) {
			return stem(w)
		}
	case s.word(i) == "as" && participle(s.word(i+1)) && !said.has(s.word(i+1)):
		return stem(s.word(i + 1))
	}
	return ""
}

// worked returns the task of "the replicated claims" and "the released role".
func (s *sentence) worked(i, end int) *node {
	w := s.word(i + 1)
	if end < i+3 || len(w) < 4 || !irregular.has(w) && w[len(w)-2:] != "ed" {
		return nil
	}
	verb := stem(w)
	var nouns []string
	for j := i + 2; j < end; j++ {
		if isWord(s.word(j)) && !blank.has(s.word(j)) {
			nouns = append(nouns, stem(plainWord(s.word(j))))
		}
	}
	if x := s.pairOf(verb, nouns); x != nil && (s.put(i) || s.topics.get(verb).title&bitOf(x) != 0) {
		return x
	}
	return nil
}

// finished say of what follows that it was made before.
var finished = set(`finished completed`)

// acquired returns the task that gets what "on the new machine" speaks of: "Order the machine".
func (s *sentence) acquired(i, end int) *node {
	switch s.word(i - 1) {
	case "on", "to", "in", "into", "onto", "at", "from", "with", "against":
	default:
		return nil
	}
	if s.word(i+1) != "new" || s.at(end).code {
		return nil
	}
	var stems []string
	for j := i + 2; j < end; j++ {
		if w := s.word(j); isWord(w) && !blank.has(w) && !s.at(j).mention() {
			stems = append(stems, stem(plainWord(w)))
		}
	}
	if len(stems) == 0 {
		return nil
	}
	x, _ := s.best(stems, stems, s.me, false)
	if x == nil || s.topics.get(stems[len(stems)-1]).title&bitOf(x) == 0 {
		return nil
	}
	title := x.title
	for w := range words(title) {
		if acquiring.has(stem(plainWord(w))) {
			return x
		}
		return nil
	}
	return nil
}

// acquiring are stems of verbs that get something that was not there.
var acquiring = stems(`order buy rent get procure acquire build install set create provision stand bring bootstrap launch deploy register open make prepare`)

// mends tells whether a task's title begins with a verb that does something with what was there before: what it speaks of
// did not come from it.
func mends(x *node) bool {
	title := x.title
	first := ""
	for w := range words(title) {
		w = plainWord(w)
		if first != "" { // the cleaning job is a thing, and cleaning the job is not
			return !strings.HasSuffix(first, "ing") || definites.has(w) || w == "a" || w == "an" || blank.has(w)
		}
		if first = w; !mending.has(stem(first)) || plural(first) { // switches are things
			return false
		}
	}
	return first != ""
}

// mending are stems of such verbs.
var mending = stems(`update upgrade move migrate replace remove delete drop retire decommission clean fix repair test check verify review tell inform notify announce describe lower
	raise rename tighten harden patch monitor watch audit restart switch stop disable shut turn freeze close cancel return give reduce grow resize scale rotate renew talk ask discuss
	limit protect secure split merge convert rewrite refactor tune optimise improve speed alert page restore mount hang label tag debug investigate extend change adapt adjust end`)

// removes tells whether a task is there for the end of something.
func removes(x *node) bool {
	title := x.title
	for w := range words(title) {
		return removing.has(stem(plainWord(w)))
	}
	return false
}

// removing are stems of verbs for that.
var removing = stems(`remove delete drop retire decommission clean wipe purge empty switch stop disable shut turn close evict prune kill`)

// turnedUp returns the one earlier task that looks into something and speaks of a noun of which "that turned out to be in use"
// is said at i.
func (s *sentence) turnedUp(i int, nouns []string) *node {
	if w := s.word(i); w != "that" && w != "which" {
		return nil
	}
	i++
	for aux.has(s.word(i)) || s.word(i) == "we" {
		i++
	}
	switch s.word(i) {
	case "turned", "came", "turn", "come":
		if w := s.word(i + 1); w != "out" && w != "up" {
			return nil
		}
	case "found", "identified", "discovered", "detected", "listed", "reported", "flagged":
	default:
		return nil
	}
	var found *node
	for _, x := range s.names.tasks {
		if x.rank >= min(s.me.rank, maxTopics) {
			break
		}
		if !looks(x) || !slices.ContainsFunc(nouns, func(w string) bool { o := s.topics.get(w); return (o.title|o.lead)&bitOf(x) != 0 }) {
			continue
		}
		if found != nil {
			return nil
		}
		found = x
	}
	return found
}

// looks tells whether a task is there to find something out.
func looks(x *node) bool {
	title := x.title
	for w := range words(title) {
		if looking.has(stem(plainWord(w))) {
			return true
		}
	}
	return false
}

// looking are stems of words for that.
var looking = stems(`find survey audit inventory scan identify measure analyse list map check discover count review assess examine explore investigate assessment investigation stocktaking census sizing`)

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
