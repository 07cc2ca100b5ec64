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
		if _, strong := roots()[w]; makes(w) && (irregular.has(w) || strings.HasSuffix(w, "ed")) || strong && (creators.has(stem(w)) || acquiring.has(stem(w))) {
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
