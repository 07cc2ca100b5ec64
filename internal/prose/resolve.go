package prose

import (
	"cmp"
	"slices"
	"strings"
)

// resolve returns the earlier task that a stretch speaks of; nil where that is none, or not clear.
func (s *sentence) resolve(part stretch) *node {
	subject, all, named, ok := s.stems(part)
	switch {
	case !ok:
		return nil
	case len(all) == 0:
		return named
	}
	if named != nil && !slices.ContainsFunc(subject, func(w string) bool { return s.topics.get(w).title != 0 }) {
		return named
	}
	if x, clear := s.best(subject, all, s.me, false); clear {
		if x != nil && s.word(part.from) == "all" && len(subject) == 1 && !heads(x, subject[0], true) && s.topics.get(subject[0]).title&bitOf(x) != 0 {
			return nil // all branches are more than the branch of one title
		}
		return x
	}
	if len(subject) == 1 && s.at(part.from).upper && !s.at(part.from).code {
		if x, clear := s.best(subject, all, s.me, true); clear {
			return x
		}
	}
	if named != nil {
		return named
	}
	if x := s.compoundOf(part.from, s.nounEnd(part.from+1)); x != nil {
		return x
	}
	if len(all) == len(subject) || len(subject) == 0 && s.clausal(part.from, part.to) && !pronouns.has(s.word(part.from)) || len(subject) > 0 && s.broken(part) != "of" {
		return nil
	}
	x, _ := s.best(all, all, s.me, false)
	if x != nil && len(subject) > 0 && !slices.ContainsFunc(all, func(w string) bool { return s.topics.get(w).title&bitOf(x) != 0 }) {
		return nil
	}
	return x
}

// broken returns the word behind the first noun of a stretch: the activation of the policy.
func (s *sentence) broken(part stretch) string {
	seen := false
	for i := part.from; i < part.to; i++ {
		w := s.word(i)
		if seen && (aux.has(w) || isPreposition(w) || isVerb(w)) {
			return w
		}
		seen = seen || isWord(w) && !blank.has(w)
	}
	return ""
}

// stems returns the stems of a stretch: of its subject, and of all; the task whose whole title stands in it; and whether
// it can speak of a task of this plan.
func (s *sentence) stems(part stretch) (subject, all []string, named *node, ok bool) {
	main := true
	if s.word(part.from) == "no" && s.nevermore(part) {
		part.from++
	}
	for i := part.from; i < part.to; i++ {
		w := s.word(i)
		t := s.at(i)
		if t.title && len(t.nodes) == 1 {
			if main {
				return nil, nil, t.nodes[0], true
			}
			named = t.nodes[0]
			continue
		}
		if negations.has(w) && s.trouble(i+1) {
			break
		}
		if t.mention() || negations.has(w) && (main || aux.has(s.word(i-1))) || elsewhere.has(w) && main && (w != "last" || !s.over(part)) {
			return nil, nil, nil, false
		}
		if i > part.from && main && len(subject) > 0 && isWord(w) && !isPreposition(w) && (w[len(w)-1] == 's' || strings.HasSuffix(w, "ed")) && (definites.has(s.word(i+1)) || s.word(i+1) == "a" || s.word(i+1) == "an") {
			main = false // no chart uses a removed version
		}
		if i > part.from && auxiliary.has(w) && !pronouns.has(s.word(part.from)) {
			main = false // three teams have worked with it
		}
		if i > part.from && (aux.has(w) || isPreposition(w) || isVerb(w)) && len(subject) > 0 {
			main = false
		}
		if !isWord(w) || blank.has(w) {
			continue
		}
		st := stem(plainWord(w))
		all = append(all, st)
		if main {
			subject = append(subject, st)
		}
	}
	return subject, all, named, true
}

// best returns the earlier task that stems fit best, and whether that is clear, or clear that it is none. more breaks a
// tie; of a name the first task that brings it up will do.
func (g *grammar) best(stems, more []string, me *node, name bool) (*node, bool) {
	t := g.topics
	scores, wide := t.score(stems), t.score(more)
	less := func(a, b int) int {
		return cmp.Or(int(scores[a].title)-int(scores[b].title), int(wide[a].title)-int(wide[b].title), int(wide[a].lead)-int(wide[b].lead))
	}
	top, tied, many := -1, false, 0
	for r := range min(me.rank, maxTopics) {
		if scores[r].title > 0 {
			many++
		}
		switch {
		case scores[r].title == 0:
		case top < 0 || less(r, top) > 0:
			top, tied = r, false
		case less(r, top) == 0:
			tied = true
		}
	}
	if top < 0 {
		return g.led(stems, scores, int(wide[min(me.rank, maxTopics-1)].title), me, name)
	}
	if tied {
		first := top
		top = g.last(min(me.rank, maxTopics), func(r int) bool { return scores[r].title > 0 && less(r, first) == 0 })
		if top < 0 {
			return nil, false
		}
	}
	if many > 1 && !slices.ContainsFunc(stems, func(w string) bool { o := t.get(w); return o.title&^o.tail&(1<<top) != 0 }) {
		return nil, false
	}
	for r := me.rank; r < min(len(t.tasks), maxTopics); r++ {
		if scores[r].title > scores[top].title || r == me.rank && scores[r].title >= scores[top].title && less(r, top) >= 0 {
			return nil, true
		}
	}
	return t.tasks[top], true
}

// led is best where no title has any of the stems: the first words of the tasks have to do. own is how well the title of
// the task itself fits.
func (g *grammar) led(stems []string, scores *matches, own int, me *node, name bool) (*node, bool) {
	for _, s := range stems {
		if g.topics.outside(s) || !name && len(s) > 3 && !g.hints.rare(s) {
			return nil, false
		}
	}
	top, tied := -1, false
	for r := range min(me.rank, maxTopics) {
		switch n := scores[r].lead; {
		case n == 0:
		case top < 0 || n > scores[top].lead:
			top, tied = r, false
		case n == scores[top].lead:
			tied = true
		}
	}
	if top >= 0 && tied && !name {
		most := scores[top].lead
		top = g.last(min(me.rank, maxTopics), func(r int) bool { return scores[r].lead == most })
	}
	if top < 0 || int(scores[top].lead) <= own {
		return nil, false
	}
	return g.topics.tasks[top], true
}

// last returns the last of some tasks before a place, if it needs each of the others; -1 where it does not.
func (g *grammar) last(before int, is func(int) bool) int {
	top := before - 1
	for top >= 0 && !is(top) {
		top--
	}
	for r := range top {
		if is(r) && !reaches(g.leadsTo, g.topics.tasks[top].id, g.topics.tasks[r].id) {
			return -1
		}
	}
	return top
}

// resolveWith resolves a noun, with further words to tell which of several tasks it is about.
func (s *sentence) resolveWith(np, more stretch) *node {
	subject, _, named, ok := s.stems(np)
	if !ok || named != nil || len(subject) == 0 {
		return named
	}
	_, rest, _, _ := s.stems(more)
	x, _ := s.best(subject, slices.Concat(subject, rest), s.me, false)
	return x
}

// nevermore tells whether a stretch says that something is no longer so: no partner delivers there any more.
func (s *sentence) nevermore(part stretch) bool {
	for i := part.from + 2; i < part.to; i++ {
		if w := s.word(i); w == "anymore" || w == "any" && s.word(i+1) == "more" || w == "longer" && s.word(i-1) != "no" {
			return true
		}
	}
	return false
}

// trouble tells whether what is said to be missing is a good thing to miss: no open blockers, without errors.
func (s *sentence) trouble(i int) bool {
	for j := i; j < i+3; j++ {
		if troubles.has(s.word(j)) {
			return true
		}
	}
	return false
}

var troubles = set(`blocker blockers error errors finding findings problem problems complaint complaints complained violation violations warning warnings loss issue issues incident incidents bug bugs
	regression regressions alert alerts alarm alarms conflicts conflict difference differences surprises surprise failures failure`)

// over tells whether a stretch speaks of the last of some things that is done: when the last worker is done.
func (s *sentence) over(part stretch) bool {
	for i := part.from + 1; i < part.to; i++ {
		if w := s.word(i); w == "has" || w == "have" || (w == "is" || w == "are") && completion.has(s.word(i+1)) {
			return true
		}
	}
	return false
}

// reachedBy returns the one earlier task whose title says that what a stretch begins with is done what is said of it between i
// and end: their mailboxes must be synchronised.
func (s *sentence) reachedBy(part stretch, i, end int) *node {
	if x := s.doneBy(part); x != nil {
		return x
	}
	for ; i < end; i++ {
		if w := s.word(i - 1); w != "be" && w != "been" && w != "is" && w != "are" || aux.has(s.word(i)) || adverb(s.word(i)) {
			continue
		}
		w := s.word(i)
		if blank.has(w) || !isWord(w) || !irregular.has(w) && !strings.HasSuffix(w, "ed") {
			return nil
		}
		verb := stem(plainWord(w))
		r, ok := one(s.topics.get(verb).title)
		if !ok || r >= s.me.rank {
			if s.topics.get(verb).title != 0 || !definites.has(s.word(part.from)) {
				return nil
			}
			return s.pairOf(verb, s.nouns(part.from, min(s.nounEnd(part.from+1), part.to)))
		}
		x := s.topics.tasks[r]
		for j := part.from; j < i && !aux.has(s.word(j)); j++ {
			if isWord(s.word(j)) && !blank.has(s.word(j)) && !definites.has(s.word(j)) {
				o := s.topics.brought(stem(plainWord(s.word(j))))
				if (o.title|o.lead|o.intro)&bitOf(x) != 0 || s.hints.stands(s.word(j), x) {
					return x
				}
			}
		}
		return nil
	}
	return nil
}

// auxiliary are verbs that a clause has at most behind its subject.
var auxiliary = set(`is are was were has have had can may will must should could`)

// doneBy returns the one earlier task of whose title "previews clean up after themselves" is the verb.
func (s *sentence) doneBy(part stretch) *node {
	for i := part.from + 1; i+1 < part.to; i++ {
		if !particles.has(s.word(i+1)) || !isWord(s.word(i)) || isPreposition(s.word(i)) || negations.has(s.word(i)) {
			continue
		}
		r, ok := one(s.topics.get(stem(s.word(i) + s.word(i+1))).title)
		if !ok || r >= s.me.rank {
			continue
		}
		x := s.topics.tasks[r]
		if len(titleWords(x.title)) == 1 {
			return x
		}
		for j := part.from; j < i; j++ {
			if w := s.word(j); isWord(w) && !blank.has(w) && s.hints.stands(w, x) {
				return x
			}
		}
	}
	return nil
}
