package prose

// carriedOn takes the second of "needs T01 (the list) and T02 (the token)".
func (s *sentence) carriedOn(i int) bool {
	j, seen := i-1, false
	for j >= 0 && (s.word(j) == "," || s.word(j) == "and" || s.word(j) == "+" || s.word(j) == "plus" || fillers.has(s.word(j))) {
		seen = seen || !fillers.has(s.word(j))
		j--
	}
	if !seen {
		return false
	}
	if s.word(j) == ")" {
		for j > 0 && s.word(j) != "(" {
			j--
		}
		j--
	}
	if j < 0 || !s.at(j).mention() || s.found[j] != needed {
		return false
	}
	s.found[i] = needed
	c := s.left(j)
	for c.role == nothing && j > 0 {
		j--
		if s.at(j).mention() {
			c = s.left(j)
		}
	}
	if c.role == nothing || s.negated(c.start, c.flips) || s.hedged(c.start) || s.anymore(i) || s.sentenceVerb(i) {
		return true
	}
	s.edge(s.subject(c.start), s.at(i), s.at(i).span, true)
	return true
}

// sentenceVerb tells whether the mention at i has a verb of its own behind it.
func (s *sentence) sentenceVerb(i int) bool {
	w := s.word(i + 1)
	return aux.has(w) && w != "to" && w != "first" && w != "already"
}

// within takes "after the switch-over in T02", "from the list of T02" and "until the report (T02) is right": a need with a
// noun between.
func (s *sentence) within(i int) bool {
	switch s.word(i - 1) {
	case "in", "of", "by":
	case "(":
		if s.word(i+1) != ")" {
			return false
		}
	case ",": // you need the laptop, T02
		if after := s.word(i + 1); after != "" && after != ")" && after != "." || s.phrase(i-4).role != needed && s.phrase(i-5).role != needed {
			return false
		}
	default:
		return false
	}
	noun := s.word(i - 2)
	if noun == "scope" || noun == "part" || said.has(noun) || facets.has(noun) || s.at(i).title {
		return false
	}
	far := 6
	if s.word(i-1) == "(" {
		far = 9
	}
	for j := i - 2; j > 0 && j > i-far && isWord(s.word(j)) && !s.boundary(j); j-- {
		c := s.phrase(j - 1)
		if s.word(j-1) == "against" && s.word(i-1) == "(" {
			c = context{role: origin, start: j - 1}
		}
		bare := s.word(i-1) == "(" && (c.role == before || c.role == needed && (s.word(c.start) == "until" || s.word(c.start) == "without"))
		if c.role == nothing || !comparisons.has(s.word(j)) && !bare {
			continue
		}
		negated := s.negated(c.start, c.flips)
		switch {
		case c.role == before && (!negated || s.held(c.start)), c.role != before && negated, c.role == aside, c.role == waiter,
			s.hedged(c.start), s.anymore(i) && c.role != before, s.word(c.start) == "without" && !s.impossible(c.start, i), s.supposed(c), c.role == origin && s.compared(c.start):
			return false
		}
		subject := s.subject(c.start)
		if m := s.main(c.start, i); m >= 0 {
			subject = m
		}
		s.edge(subject, s.at(i), s.at(i).span, false)
		return true
	}
	return false
}

// belonging takes "T02's bucket", "the bucket of T02", "the T02 bucket" and "the bucket (T02)".
func (s *sentence) belonging(i int) bool {
	t, c := s.at(i), s.clause(i)
	if t.title {
		return false
	}
	ok := false
	switch {
	case t.poss:
		ok = i > c && !facets.has(s.word(i+1)) && isWord(s.word(i+1)) && !(i == c+1 && startOK.has(s.word(c)))
		if s.word(i-1) == "for" || s.word(i-1) == "to" && s.word(i-2) != "back" {
			return false
		}
	case s.word(i-1) == "the" && artefacts.has(s.word(i+1)):
		ok = i-1 > c
	case s.word(i-1) == "of" && (facets.has(s.word(i-2)) || s.word(i-2) == "part" || s.word(i-2) == "scope"):
		return false
	case s.word(i-1) == "of" && (outcomes.has(s.word(i-2)) || artefacts.has(s.word(i-2))):
		ok = true
	case s.word(i-1) == "of":
		ok = s.uses(c, i) || s.wants(i) || s.listed(i) || makes(s.word(i+1)) && participle(s.word(i+1))
	case s.word(i-1) == "(" && (s.word(i+1) == ")" || s.word(i+1) == ",") && i > 1:
		outer := s.clause(i - 1)
		ok = t.nodes[0].decision || (s.uses(outer, i) || s.imperative() || s.must(i+2)) && s.definite(i-1)
	}
	if !ok || stays.has(s.word(i+1)) {
		return false
	}
	if !s.negated(i, false) && !s.negated(max(i-1, 0), false) && !s.hedged(i) && !s.anymore(i) && !s.compared(i) {
		s.edge(s.subject(i), t, t.span, t.nodes[0].decision)
		s.found[i] = origin
	}
	return true
}

// listed tells whether "the rules of T03" goes on with a list in which something comes from a task already.
func (s *sentence) listed(i int) bool {
	if s.word(i-3) != "the" && s.word(i-4) != "the" {
		return false
	}
	for j := range i {
		if s.found[j] == origin {
			return true
		}
	}
	return false
}

// must tells whether the words from i on say that something has to be: it must exist.
func (s *sentence) must(i int) bool {
	switch s.word(i) {
	case "must":
		return s.word(i+1) != "not"
	case "has", "have", "need", "needs":
		return s.word(i+1) == "to"
	}
	return false
}

// imperatives are verbs that put something to use.
var imperatives = set(`use uses apply applies deploy deploys mount mounts take takes read reads load loads push pull install copy put
	configure point connect restore create add feed import bind attach label store fill extend reuse join wire plug call calls replace lift resume continue extend route ship publish upload sign send convert distribute promote mirror package scan merge`)

func (s *sentence) uses(from, to int) bool {
	for j := from; j < to; j++ {
		if imperatives.has(s.word(j)) {
			return true
		}
	}
	return false
}

// wants tells whether the sentence says before i that something is needed or used.
func (s *sentence) wants(i int) bool {
	for j := range i {
		if users.has(s.word(j)) {
			return true
		}
	}
	return false
}

// idle are first words of sentences that put nothing to use, or are no verbs.
var idle = set(`accept ignore leave avoid forget describe document mention explain see skip remember discuss review close is was are were does do did has
	have can will may must should after before in on at with without for from by of to during all both not only even some any no when while if as once
	until since because like unlike besides despite this that these those there here and but or so then also mind beware watch`)

// imperative tells whether the sentence begins as one that says what to do with something: "Plug the keys in".
func (s *sentence) imperative() bool {
	return s.at(0).upper && !idle.has(s.word(0)) && (comparisons.has(s.word(1)) || s.word(1) == "all" || s.word(1) == "one")
}

// definite tells whether a noun with an article ends before i.
func (s *sentence) definite(i int) bool {
	for j := i - 1; j >= 0 && j > i-6; j-- {
		if comparisons.has(s.word(j)) && s.word(j) != "a" && s.word(j) != "an" || s.at(j).code && j == i-1 {
			return true
		}
	}
	return false
}

// supplied takes "image: T02", and "addresses: T02, gateway: T03".
func (s *sentence) supplied(i int) bool {
	if s.passage.kind != item || !s.supplies(i) {
		return false
	}
	pairs := 0
	for j := range s.toks {
		if s.supplies(j) {
			pairs++
		}
	}
	if pairs < 2 && !artefacts.has(s.word(i-2)) || s.hedged(i) {
		return false
	}
	s.edge(-1, s.at(i), s.at(i).span, false)
	return true
}

// supplies tells whether a noun and a colon stand before the mention at i, and nothing more is said of it.
func (s *sentence) supplies(i int) bool {
	w := s.word(i - 2)
	after := s.word(i + 1)
	return s.at(i).mention() && !s.at(i).title && !s.at(i).poss && s.word(i-1) == ":" && isWord(w) && !pointers.has(w) && !facets.has(w) && !negations.has(w) &&
		(i+1 == len(s.toks) || after == "," || after == "." || after == ";")
}

// pointers stand before a colon and only point.
var pointers = set(`see also related cf compare note parallel next parent epic later done status similar like duplicate scope follow-up followup reference
	references reviewers reviewer links link mentioned was now todo optional unlike superseded supersedes replaces order sequence`)

// relative takes "the bucket that T02 makes" and "the list that T05 works through".
func (s *sentence) relative(i int) bool {
	t := s.at(i)
	before := s.word(i - 1)
	bound := (before == "that" || before == "which" || before == "what" || before == "whom") && i > 1
	bound = bound || before == "whatever" || before == "everything" || before == "anything"
	if !bound && !(s.word(i-3) == "the" || s.word(i-2) == "the") || t.title || t.poss {
		return false
	}
	if !bound && (!isWord(before) || endsCue(before) || isPreposition(before) || comparisons.has(before) || startOK.has(before) || aux.has(before)) && before != "`code`" {
		return false
	}
	j := i + 1
	for aux.has(s.word(j)) && s.word(j) != "needs" && s.word(j) != "need" && s.word(j) != "is" && s.word(j) != "was" {
		j++
	}
	verb := s.word(j)
	if s.negated(i, false) || s.hedged(i) || s.anymore(i) {
		return false
	}
	switch {
	case makes(verb) && !users.has(verb):
		s.edge(s.subject(i-1), t, t.span, false)
		return true
	case bound && s.me != nil && (users.has(verb) || users.has(verb+"s") || verb == "works" && (s.word(j+1) == "through" || s.word(j+1) == "with" || s.word(j+1) == "from") || s.phrase(j+1).role == needed):
		s.firstIs(-1, t)
		return true
	}
	return false
}
