package prose

import (
	"math/bits"
	"slices"
	"strings"
)

// takes finds what a sentence takes from another task by what it is: "push to the mirror", "the list we made".
func (s *sentence) takes() {
	for i := range s.toks {
		switch t := s.at(i); {
		case t.title && len(t.nodes) == 1:
			s.takesTitle(i)
		case i > 0 && t.upper && !t.mention():
			s.takesName(i)
		}
		if !definites[s.word(i)] || s.word(i) == "all" || s.word(i) == "both" || s.word(i) == "each" {
			continue
		}
		end := s.nounEnd(i + 1)
		if end == i+1 || !s.tells(i+1, end+3) {
			continue
		}
		if x := s.taken(i, end); x != nil {
			s.use(i, end, x)
		} else if x := s.acquired(i, end); x != nil {
			s.faint = true
			s.use(i, end, x)
			s.faint = false
		}
	}
}

// tells tells whether a word from i to end may tell of a task before.
func (s *sentence) tells(i, end int) bool {
	for ; i < end && i < len(s.toks); i++ {
		t := &s.toks[i]
		if t.title || t.word != "" && isWord(t.word) && s.hints.tells(t.word, s.me) {
			return true
		}
	}
	return false
}

// takesTitle takes "each system in the asset register", where that is a task's whole title.
func (s *sentence) takesTitle(i int) {
	j := i
	if definites[s.word(i-1)] {
		j--
	}
	x := s.at(i).nodes[0]
	switch w := s.word(j - 1); {
	case s.fromHere(j), (w == "on" || w == "in" || w == "to") && x.task != nil && !mends(x):
		s.use(j, i+1, x)
	}
}

// takesName takes "load it into Varnish": a name that only one title has.
func (s *sentence) takesName(i int) {
	switch s.word(i - 1) {
	case "into", "onto", "against", "via", "through", "from", "in", "on":
	default:
		return
	}
	st := stem(plainWord(s.word(i)))
	o := s.topics.get(st)
	if s.at(i+1).upper || s.at(i+1).code || blank[s.word(i)] || s.topics.outside(st) {
		return
	}
	if r, ok := one(o.title); ok && r < s.me.rank {
		if x := s.topics.tasks[r]; !mends(x) {
			s.use(i, i+1, x)
		}
		return
	}
	first := bits.TrailingZeros64(o.named)
	if o.title == 0 && first < s.me.rank && bits.TrailingZeros64(o.lead) >= first && first < maxTopics {
		s.use(i, i+1, s.topics.tasks[first])
	}
}

// nounEnd returns where a noun with its adjectives ends that begins at i.
func (s *sentence) nounEnd(i int) int {
	j := i
	for j < i+5 && (isWord(s.word(j)) || s.at(j).code) {
		w := s.word(j)
		if aux[w] || isPreposition(w) || startOK[w] || definites[w] || w == "and" || w == "or" || w == "as" || w == "into" || isVerb(w) || owners[w] || cues()[w] != nil {
			break
		}
		j++
		if s.at(j - 1).poss {
			break
		}
	}
	return j
}

// use notes that the task uses what the words from i to end speak of, unless the sentence says otherwise.
func (s *sentence) use(i, end int, x *node) {
	if s.negated(i, false) || s.hedged(i) || s.anymore(end-1) || s.compared(i) && !side[s.word(0)] || s.imagined(end-1) {
		return
	}
	for j := s.clause(i); j < i; j++ {
		if w := s.word(j); w == "who" || w == "whoever" || w == "anyone" || w == "whom" {
			return
		}
	}
	if c := s.left(i); c.role == before || c.role == waiter || c.role == aside && (s.word(i-1) != "using" && s.word(i-1) != "via" || s.word(end) == "as") {
		return
	}
	s.edge(s.subject(i), token{nodes: []*node{x}}, s.spanOf(stretch{i, end}), false)
}

// side are verbs that put two things side by side: both are needed for that.
var side = set(`compare`)

// taken returns the task that "the bucket we just created" and "from the survey" come from, between i and end.
func (s *sentence) taken(i, end int) *node {
	var stems, title []string
	for j := i + 1; j < end; j++ {
		w := s.word(j)
		if s.at(j).mention() || s.at(j).code || elsewhere[w] || negations[w] || w == "old" {
			return nil
		}
		if !isWord(w) || blank[w] {
			continue
		}
		st := stem(plainWord(w))
		stems = append(stems, st)
		if s.topics.get(st).title != 0 {
			title = append(title, st)
		}
	}
	if len(stems) == 0 || s.at(end).code {
		return nil
	}
	head := stems[len(stems)-1]
	if x := s.worked(i, end); x != nil {
		return x
	}
	if finished[s.word(i+1)] && len(title) > 0 {
		if x, ok := s.best(title, title, s.me, false); ok && x != nil && s.topics.get(head).title == bitOf(x) {
			return x
		}
	}
	// the bucket we just created, the mirror that was set up
	if verb := s.madeBy(end); verb != "" {
		if x := s.pairOf(verb, stems); x != nil {
			return x
		}
	}
	if len(stems) > 1 {
		if x := s.introducedBy(head, stems); x != nil && s.word(end) != "of" && s.word(end) != "for" && s.word(end) != "in" {
			return x
		}
	}
	if !s.fromHere(i) {
		return nil
	}
	if slices.Contains(title, head) || len(title) > 1 {
		if x, ok := s.best(stems, stems, s.me, false); ok && x != nil && s.sole(title, x) && !mends(x) && s.allOf(stems, x) {
			return x
		}
		return nil
	}
	if x := s.introducedBy(head, stems); x != nil {
		return x
	}
	if x := s.ledBy(head); x != nil && s.allOf(stems, x) {
		return x
	}
	return nil
}

// allOf tells whether a task speaks of all of some stems: the internal repository is not the public one.
func (s *sentence) allOf(stems []string, x *node) bool {
	for _, w := range stems {
		if o := s.topics.brought(w); (o.title|o.lead|o.intro)&bitOf(x) == 0 {
			return false
		}
	}
	return true
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
		if w := s.word(j); isWord(w) && !blank[w] && !s.at(j).mention() {
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
	_, title := alias(x.task.Title)
	for w := range words(title) {
		if acquiring[stem(plainWord(w))] {
			return x
		}
		return nil
	}
	return nil
}

// acquiring are stems of verbs that get something that was not there.
var acquiring = stems(`order buy rent get procure acquire build install set create provision stand bring bootstrap launch deploy register open make prepare`)

// worked returns the task of "the replicated claims" and "the released role".
func (s *sentence) worked(i, end int) *node {
	w := s.word(i + 1)
	if end < i+3 || len(w) < 4 || !irregular[w] && w[len(w)-2:] != "ed" {
		return nil
	}
	verb := stem(w)
	var nouns []string
	for j := i + 2; j < end; j++ {
		if isWord(s.word(j)) && !blank[s.word(j)] {
			nouns = append(nouns, stem(plainWord(s.word(j))))
		}
	}
	if x := s.pairOf(verb, nouns); x != nil && (s.put(i) || s.topics.get(verb).title&bitOf(x) != 0) {
		return x
	}
	return nil
}

// mends tells whether a task's title begins with a verb that does something with what was there before: what it speaks of
// did not come from it.
func mends(x *node) bool {
	_, title := alias(x.task.Title)
	for w := range words(title) {
		return mending[stem(plainWord(w))]
	}
	return false
}

// mending are stems of such verbs.
var mending = stems(`update upgrade move migrate replace remove delete drop retire decommission clean fix repair test check verify review tell inform notify announce describe lower
	raise rename tighten harden patch monitor watch audit restart switch stop disable shut turn freeze close cancel return give reduce grow resize scale rotate renew talk ask discuss
	limit protect secure split merge convert rewrite refactor tune optimise improve speed alert page restore mount hang label tag debug investigate extend change adapt adjust end`)

// finished say of what follows that it was made before.
var finished = set(`finished completed`)

// sole tells whether one of some stems is in the title of no other task.
func (s *sentence) sole(stems []string, x *node) bool {
	for _, w := range stems {
		if s.topics.get(w).title == bitOf(x) && !s.topics.outside(w) {
			return true
		}
	}
	return false
}

// introducedBy returns the one task before that speaks of the noun as of something new.
func (s *sentence) introducedBy(head string, stems []string) *node {
	o := s.topics.brought(head)
	r, ok := one(o.intro)
	if !ok || r >= s.me.rank || o.title != 0 || s.topics.outside(head) {
		return nil
	}
	if x := s.topics.tasks[r]; s.allOf(stems, x) {
		return x
	}
	return nil
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
		case v.title&bit != 0 && (v.title == bit || title+others > 0), v.lead&bit != 0 && title+others > 0, title > 0 && creators[verb]:
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
		for aux[s.word(j)] || s.word(j) == "just" {
			j++
		}
		w := s.word(j)
		if _, strong := roots[w]; makes(w) && (irregular[w] || strings.HasSuffix(w, "ed")) || strong && (creators[stem(w)] || acquiring[stem(w)]) {
			return stem(w)
		}
	case j > i && (who == "was" || who == "were" || who == "has" || who == "have"):
		for aux[s.word(j)] || s.word(j) == "just" {
			j++
		}
		if w := s.word(j); participle(w) {
			return stem(w)
		}
	case s.word(i) == "as" && participle(s.word(i+1)) && !said[s.word(i+1)]:
		return stem(s.word(i + 1))
	}
	return ""
}

// put tells whether something is done with, from or into what begins at i.
func (s *sentence) put(i int) bool {
	w := s.word(i - 1)
	return w == "from" || w == "with" || w == "into" || w == "onto" || w == "against" || w == "on" || w == "to" || w == "via" || w == "using" || w == "through" || w == "in" || w == "of" || w == "per" || w == "for" ||
		imperatives[w] || users[w] || runs[w]
}

// runs are verbs that carry something out.
var runs = set(`run runs execute try replay repeat test launch enable activate start boot open follow roll call promote schedule`)

// results are what comes out of a task.
var results = set(`outcome outcomes result results output outputs findings`)

// calling are further verbs that use what follows.
var calling = set(`call calls query invoke invokes attach connect connects`)

// during are lengths of time.
var during = set(`day days week weeks month months night nights hours`)

// fromHere tells whether the words before i take something from there, or put something to use.
func (s *sentence) fromHere(i int) bool {
	switch w := s.word(i - 1); w {
	case "of":
		if during[s.word(i-2)] || results[s.word(i-2)] {
			return true
		}
		if !definites[s.word(i-3)] && !definites[s.word(i-4)] || facets[s.word(i-2)] || s.word(i-2) == "part" || s.word(i-2) == "scope" {
			return false
		}
		return s.uses(s.clause(i), i) || s.wants(i)
	case "from":
		return true
	case "against", "into", "onto", "via", "using":
		return true
	case "with":
		return true
	case "in", "on", "by":
		if w != "by" {
			for j := s.clause(i); j < i-1; j++ {
				if q := s.word(j); q == "each" || q == "every" || q == "all" {
					return true
				}
			}
		}
		p := s.word(i - 2)
		return (participle(p) || len(p) > 4 && p[len(p)-2:] == "ed") && !placed[p] && !said[p] || s.word(i) == "our" && s.word(i-1) == "on"
	default:
		return users[w] || calling[w] || s.phrase(i-1).role == origin
	}
}
