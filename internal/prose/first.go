package prose

import (
	"slices"
	"strings"
)

// clauses takes the clauses of a sentence that say what has to be there first.
func (s *sentence) clauses() {
	for j := range s.toks {
		if s.at(j).mention() {
			continue
		}
		c, ok := s.opensNeed(j)
		if !ok {
			s.waited(c, j)
			s.mustBe(j)
			s.required(j)
			s.wanted(j)
			s.lacking(j)
			s.doFirst(j)
			s.sure(j)
			s.gone(j)
			s.byThen(j)
			continue
		}
		if s.everything(c, j) {
			continue
		}
		for _, part := range s.parts(j+1, false) {
			if c.role != before && s.past(j, part.to) || s.fails(part) {
				continue
			}
			if c.known && numerals.has(s.word(part.from)) {
				if x := s.titleOf(part.from, s.nounEnd(part.from+1)); x != nil {
					s.edge(s.subject(c.start), token{nodes: []*node{x}}, s.spanOf(part), false)
				}
			}
			if c.known && !definites.has(s.word(part.from)) || c.doubt && !s.reached(part) {
				continue
			}
			if !s.standsFor(c, part) {
				s.needs(c.start, part)
			}
		}
	}
}

var (
	// times begin a clause of what comes first.
	times = set(`as after once until till when provided that upon soon moment minute instant`)
	// definites stand before what is known already.
	definites = set(`the our their its that those these both all every each his her your`)
	// elsewhere makes of a noun another one than that of this plan.
	elsewhere = set(`last previous existing current present usual other another similar earlier original recent former own a an any some such no`)
	// stays wait for an end.
	stays = set(`stay stays remain remains wait waits hold holds keep keeps postpone postponed pause paused blocked pending impossible pointless useless`)
)

// opensNeed tells whether the words that end at j say that what follows has to come first.
func (s *sentence) opensNeed(j int) (context, bool) {
	c := s.phrase(j)
	if c.role == nothing {
		switch s.word(j) {
		case "when":
			c = context{role: needed, start: j}
		case "with":
			c = context{role: needed, start: j}
		case "that", "if":
			if w := s.word(j - 1); w == "enough" || w == "suffices" || w == "sufficient" {
				c = context{role: needed, start: j - 1}
			}
		}
	}
	if c.role != needed && c.role != before || s.word(c.start-1) == "or" || s.word(j+1) == "or" {
		return c, false
	}
	k := j + 1
	for fillers.has(s.word(k)) && !definites.has(s.word(k)) {
		k++
	}
	first := k
	for fillers.has(s.word(k)) {
		k++
	}
	if t := s.at(k); t.mention() && !t.title || s.at(first).mention() && !s.at(first).title || s.word(first) == "to" {
		return c, false
	}
	if c.role == before && !s.negated(c.start, false) || c.role == before && s.held(c.start) {
		return c, false
	}
	if c.role == needed && s.negated(c.start, c.flips) || s.hedged(c.start) || s.supposed(c) || s.anymore(j) && c.role != before {
		return c, false
	}
	w := s.word(j)
	switch {
	case w == "with":
		return c, s.withDone(j)
	case w == "when":
		c.doubt = s.word(j-1) != "only" && s.word(j-1) != "first" && !beginning.has(s.word(j-1)) && !begun.has(s.word(j-1)) && !s.perfect(j)
	case w == "without":
		return c, s.denied(c.start) || s.impossible(c.start, j)
	case w == "until" || w == "till":
		waits := c.start < j
		for i := range c.start {
			waits = waits || stays.has(s.word(i)) || negations.has(s.word(i))
		}
		if !waits {
			return c, false
		}
	case times.has(w), c.role == before, w == "if" && s.word(j-1) == "only":
	default:
		if !definites.has(s.word(first)) && !s.at(first).upper && s.word(first) != "a" && s.word(first) != "an" {
			c.known = true
			return c, bareNeeds.has(w)
		}
	}
	return c, true
}

// bareNeeds are cues behind which a noun alone can be something that was there before.
var bareNeeds = set(`need needs needing require requires requiring relies rely assumes assume`)

// begun are participles of verbs that begin something: to be started when the tags are there.
var begun = set(`started begun merged sent switched removed deleted closed enabled activated opened built`)

// past tells whether the clause before j, or the words up to end, tell of what was.
func (s *sentence) past(j, end int) bool {
	if s.word(j) == "that" || s.word(j-1) == "only" || s.word(j-1) == "first" || s.word(j-1) == "not" {
		return false
	}
	for i := s.clause(j); i < end; i++ {
		if w := s.word(i); w == "was" || w == "were" || w == "had" && s.word(i-1) != "has" && s.word(i-1) != "have" || w == "did" {
			return true
		}
	}
	return false
}

// perfect tells whether the clause behind j speaks of what is reached: the boats have left, the boats are ready.
func (s *sentence) perfect(j int) bool {
	for i := j + 1; i < len(s.toks) && i < j+9; i++ {
		switch w := s.word(i); {
		case w == "," || w == ".":
			return false
		case w == "has" || w == "have":
			return i > j+1 && s.word(i+1) != "to" && s.word(i+1) != "a" && s.word(i+1) != "the"
		case w == "is" || w == "are":
			for aux.has(s.word(i+1)) || s.word(i+1) == "all" || adverb(s.word(i+1)) {
				i++
			}
			return completion.has(s.word(i+1)) || thoroughly.has(s.word(i+1))
		}
	}
	return false
}

// adverb is a guess at whether a word only says how: nearly, fully.
func adverb(w string) bool { return len(w) > 4 && strings.HasSuffix(w, "ly") }

// withDone tells whether "with the mirror up" goes on behind j: a noun and that it is there.
func (s *sentence) withDone(j int) bool {
	for i := j + 2; i < len(s.toks) && i < j+9; i++ {
		w := s.word(i)
		if w == "," || aux.has(w) {
			return false
		}
		if completion.has(w) && (s.word(i+1) == "" || !isWord(s.word(i+1)) || s.word(i+1) == "place" || s.word(i+1) == "operation" || s.word(i+1) == "and") {
			return true
		}
	}
	return false
}

// reached tells whether a part says of what it speaks of what its task is there for: the history is clean.
func (s *sentence) reached(part stretch) bool {
	if s.reachedBy(part, part.from+1, part.to) != nil {
		return true
	}
	x := s.resolve(part)
	if x == nil {
		return false
	}
	verb := false
	for i := part.from; i < part.to; i++ {
		w := s.word(i)
		if verb && !aux.has(w) && !blank.has(w) {
			return s.topics.get(stem(plainWord(w))).title&bitOf(x) != 0
		}
		verb = verb || w == "is" || w == "are"
	}
	return false
}

// fails tells whether a part speaks of something that goes wrong, or comes to an end: once the disk is full.
func (s *sentence) fails(part stretch) bool {
	for i := part.from + 1; i < part.to; i++ {
		w := s.word(i)
		if failing.has(w) {
			return true
		}
		if spent.has(w) && aux.has(s.word(i-1)) {
			x := s.resolve(part)
			return x == nil || !removes(x)
		}
	}
	return false
}

// failing are words for that.
var failing = set(`broken lost fail fails failed failing crash crashes crashed break breaks dies died exceeds exceeded expire expires expired
	overflows misses missed complains complain unreachable unavailable disappears leaks hangs stuck exhausted overloaded outdated stale`)

// spent are words for that behind is and are.
var spent = set(`full late wrong down slow dead red old empty gone`)

// states takes "sender deployed, templates filled, app able to register" behind a colon: what is to be there, in bits.
func (s *sentence) states() {
	at := 0
	for at < len(s.toks) && s.word(at) != ":" {
		at++
	}
	if at == len(s.toks) {
		s.stated()
		return
	}
	if at == 0 || at > len(s.toks)-4 || s.hedged(len(s.toks)) {
		return
	}
	parts := s.parts(at+1, true)
	if len(parts) < 2 {
		return
	}
	for i, part := range parts {
		if i == len(parts)-1 && !isWord(s.word(part.to-1)) {
			part.to--
			parts[i] = part
		}
		if !s.state(part) {
			return
		}
	}
	for _, part := range parts {
		s.needs(-1, part)
	}
}

// stated takes a sentence that is nothing but a state: "Client installed by the office."
func (s *sentence) stated() {
	if len(s.toks) > 12 || s.hedged(len(s.toks)) {
		return
	}
	for _, part := range s.parts(0, true) {
		if part.to == len(s.toks) && !isWord(s.word(part.to-1)) {
			part.to--
		}
		if !s.state(part) || slices.ContainsFunc(s.toks[part.from:part.to], func(t token) bool { return auxiliary.has(t.word) }) || imperatives.has(s.word(part.from)) {
			return
		}
		s.needs(-1, part)
	}
}

// state tells whether a stretch is a noun with what it has come to, and no verb: the templates filled.
func (s *sentence) state(part stretch) bool {
	for i := part.from + 1; i < part.to; i++ {
		w := s.word(i)
		if s.at(i).mention() || negations.has(w) || failing.has(w) {
			return false
		}
		if i < part.from+4 && (completion.has(w) && w != "by" || w == "able" || w == "available" || participle(w)) {
			return i == part.to-1 || !isWord(s.word(i+1)) || isPreposition(s.word(i+1)) || s.word(i+1) == "and"
		}
	}
	return false
}

var numerals = set(`two three four five six seven eight nine ten several some`)

// rollCall takes "the whole chain: extract, transform, load": a list of the titles of earlier tasks.
func (s *sentence) rollCall() {
	at := 0
	for at < len(s.toks) && s.word(at) != ":" {
		at++
	}
	if at == len(s.toks) || s.negated(at, false) || s.hedged(len(s.toks)) {
		return
	}
	var called []*node
	var spans []stretch
	for _, part := range s.parts(at+1, true) {
		x := s.calledBy(part)
		if x != nil {
			called, spans = append(called, x), append(spans, part)
		}
	}
	if len(called) < 3 {
		return
	}
	for i, x := range called {
		s.faint = true
		s.edge(-1, token{nodes: []*node{x}}, s.spanOf(spans[i]), false)
		s.faint = false
	}
}

// calledBy returns the earlier task whose whole title is the word of a stretch: extract, for Extraction.
func (s *sentence) calledBy(part stretch) *node {
	if part.to != part.from+1 || !isWord(s.word(part.from)) {
		return nil
	}
	st := stem(plainWord(s.word(part.from)))
	r, ok := one(s.topics.get(st).title)
	if !ok || r >= s.me.rank {
		return nil
	}
	x := s.topics.tasks[r]
	if len(titleWords(x.title)) != 1 {
		return nil
	}
	return x
}
