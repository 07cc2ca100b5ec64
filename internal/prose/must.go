package prose

// mustBe takes "the mirror must answer before the first sync", with must at j.
func (s *sentence) mustBe(j int) {
	k := j + 1
	switch s.word(j) {
	case "must":
	case "should": // must be there, and the other one should be warm
		if !s.owed {
			return
		}
	case "has", "have", "needs", "need":
		if s.word(j+1) != "to" {
			return
		}
		k++
	default:
		return
	}
	if definites.has(s.word(j + 1)) {
		if end := s.nounEnd(j + 2); s.word(end) == "be" && !s.hedged(j) && !s.negated(j, false) && !s.at(len(s.toks)-1).is("?") {
			s.needs(-1, stretch{j + 1, end})
		}
		return
	}
	start := s.clause(j)
	if s.word(j-1) == "there" && s.word(k) == "be" && s.phrase(j-2).role == nothing { // there has to be a mirror
		if end := s.nounEnd(k + 1); end > k+2 && !s.hedged(j) && !s.negated(j, false) {
			if x := s.resolve(stretch{k + 2, end}); x != nil {
				s.edge(s.subject(j), token{nodes: []*node{x}}, s.spanOf(stretch{k + 1, end}), false)
			}
		}
		return
	}
	for start < j && (startOK.has(s.word(start)) || s.word(start) == "obviously") && !definites.has(s.word(start)) {
		start++
	}
	if start == j || s.word(j+1) == "not" || lasting.has(s.word(k)) || s.hedged(j) || s.negated(j, false) {
		return
	}
	for i := start; i < j; i++ {
		if s.at(i).mention() {
			return
		}
	}
	opened := bounds.has(s.word(start)) // before the database is stopped the archive must be there
	if w := s.word(start + 1); w != "which" && w != "whom" {
		start = s.noun(start, j)
	}
	part := stretch{start, j}
	end := s.clauseEnd(k)
	x := s.resolve(part)
	if pronouns.has(s.word(start)) || s.word(start) == "which" || s.word(start) == "that" && start > 0 {
		if np, ok := s.antecedent(start); ok {
			x = s.resolveWith(np, stretch{k, end})
		}
	}
	if y := s.reachedBy(part, k, end); y != nil {
		x = y
	}
	if x == nil {
		return
	}
	ok := s.word(end+1) == "otherwise" || s.word(end+1) == "else"
	for i := k; i < end; i++ {
		w := s.word(i)
		if w == "every" || w == "always" || w == "daily" || w == "weekly" || w == "times" {
			return
		}
		ok = ok || opened && w == "been" || w == "exist" || w == "running" && aux.has(s.word(i-1)) || completion.has(w) && (aux.has(s.word(i-1)) || thoroughly.has(s.word(i-1))) || w == "by" && s.word(i+1) == "then" || w == "beforehand" || w == "already" || w == "first" || w == "before" || w == "otherwise" ||
			w == "for" && (s.word(i+1) == "that" || s.word(i+1) == "this") && i+2 == end || s.topics.get(stem(w)).title&bitOf(x) != 0
	}
	if ok || s.word(j) == "should" {
		s.owed = true
		s.statesBehind(end)
		subject := s.subject(j)
		s.edge(subject, token{nodes: []*node{x}}, s.spanOf(part), false)
	}
}

// lasting are verbs of what has to go on being so.
var lasting = set(`stay remain keep continue`)

// required takes "the key pair is needed for this", with needed at j.
func (s *sentence) required(j int) {
	if w := s.word(j); w != "needed" && w != "required" && w != "necessary" || s.word(j-1) != "is" && s.word(j-1) != "are" {
		return
	}
	switch w := s.word(j + 1); {
	case w == "first", w == "here", w == "before", w == "beforehand", !isWord(w) && w != "(":
	case (w == "for" || w == "by" || w == "in") && (s.word(j+2) == "this" || s.word(j+2) == "that" || s.word(j+2) == "it" || s.word(j+2) == "then"):
	default:
		return
	}
	start := s.clause(j - 1)
	for start < j-1 && startOK.has(s.word(start)) && !definites.has(s.word(start)) {
		start++
	}
	if start = s.noun(start, j-1); start < j-1 && !s.hedged(j) && !s.negated(j, false) {
		s.needs(-1, stretch{start, j - 1})
	}
}

// noun returns where the noun begins that ends at end, behind what a preposition at from puts before it: for the tests the
// lamp is needed.
func (s *sentence) noun(from, end int) int {
	if !isPreposition(s.word(from)) && !bounds.has(s.word(from)) {
		return from
	}
	for i := end - 1; i > from; i-- {
		if definites.has(s.word(i)) {
			return i
		}
	}
	return from
}

// waited takes "is needed for the cutover" and "must be done before the cutover", said of what the section is about.
func (s *sentence) waited(c context, j int) {
	switch c.role {
	case waiter:
	case before:
		must := false
		for i := s.clause(c.start); i < c.start; i++ {
			must = must || s.word(i) == "must" || (s.word(i) == "has" || s.word(i) == "have") && s.word(i+1) == "to"
		}
		if !must {
			return
		}
	default:
		return
	}
	if s.negated(c.start, false) || s.hedged(c.start) || s.supposed(c) || !definites.has(s.word(j+1)) && !s.at(j+1).title || s.word(j+1) == "that" || s.word(j+1) == "those" {
		return
	}
	// What waits has to be the whole of what follows, and what it waits for the task itself.
	end := s.nounEnd(j + 2)
	if s.at(j + 1).title {
		end = j + 2
	} else if s.at(j + 2).title {
		end = j + 3
	}
	if s.subject(c.start) >= 0 || !s.itself(c.start) {
		return
	}
	x := s.later(stretch{j + 1, end})
	if x != nil {
		s.add(x, s.me, s.spanOf(stretch{j + 1, end}), false)
	}
}

// itself tells whether the clause before i speaks of the task: this, it, or nothing at all.
func (s *sentence) itself(i int) bool {
	start := s.clause(i)
	for start < i && startOK.has(s.word(start)) && !owners.has(s.word(start)) {
		start++
	}
	return start == i || s.word(start) == "this" || s.word(start) == "it" || aux.has(s.word(start)) || participle(s.word(start))
}

// later returns the one task behind whose title has the stems of a stretch, where no title before it has.
func (s *sentence) later(part stretch) *node {
	subject, _, named, ok := s.stems(part)
	if named != nil {
		return named
	}
	if !ok || len(subject) == 0 {
		return nil
	}
	scores := s.topics.score(subject)
	top := -1
	for r := range min(len(s.topics.tasks), maxTopics) {
		switch n := scores[r].title; {
		case n == 0:
		case top >= 0 || r <= s.me.rank:
			return nil
		default:
			top = r
		}
	}
	if top < 0 {
		return nil
	}
	return s.topics.tasks[top]
}
