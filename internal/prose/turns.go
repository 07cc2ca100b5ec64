package prose

import "slices"

// subjectFirst takes "T02 must be done first", "make sure that T02 is done", "when T02 is through" and "with T02 done".
func (s *sentence) subjectFirst(i int) bool {
	t := s.at(i)
	j, must, first := i+1, false, false
	for aux.has(s.word(j)) {
		w := s.word(j)
		must = must || w == "must" || w == "has" || w == "have" || w == "needs" || w == "need" || w == "should" || w == "shall"
		first = first || w == "first"
		j++
	}
	ending := s.word(j+1) == "" || s.boundary(j+1) || !isWord(s.word(j+1)) || s.word(j+1) == "first" || s.word(j+1) == "before" || s.word(j+1) == "for" ||
		thoroughly.has(s.word(j+1)) || s.word(j+1) == "to" && (s.word(j+2) == "completion" || s.word(j+3) == "end")
	done := completion.has(s.word(j)) || s.word(j) == "in" && s.word(j+1) == "place"
	begin := s.word(i - 1)
	k := i - 1
	for fillers.has(s.word(k)) {
		k--
	}
	ensured := false
	switch s.word(k) {
	case "sure", "ensure", "confirm", "check", "verify", "ensured":
		ensured = done
	case "when", "with", "if":
		ensured = done && (s.word(k) != "if" || s.word(k-1) == "only")
	}
	begins := s.subject(i+1) == i
	comes := s.word(i+1) == "comes" && s.word(i+2) == "first" || s.word(i+1) == "come" && s.word(i+2) == "first" || s.word(i+1) == "goes" && s.word(i+2) == "first"
	ending = ending || done && s.word(j-1) == "have"
	for k := j; k < len(s.toks) && k < j+4 && !s.boundary(k); k++ {
		first = first || s.word(k) == "first"
		if s.word(k) == "before" {
			if s.waitsElsewhere(k) {
				return false // the words behind it say what for
			}
			first = true
		}
	}
	switch {
	case begins && i == 0 && s.word(1) == "first" && (len(s.toks) == 2 || len(s.toks) == 3 && !isWord(s.word(2))): // T02 + T03 first
	case ensured, comes, begins && must && done && ending && !s.waitsElsewhere(i), begins && done && first, first && begin == "do" || first && begin == "finish" || first && begin == "run" && s.word(i+1) == "first":
	default:
		return false
	}
	if !s.negated(i, false) && !s.hedged(i) && !s.anymore(i) {
		subject := -1
		if m := s.main(k, i); m >= 0 && ensured {
			subject = m
		} else if j := s.subject(k); j >= 0 && j != i {
			subject = j
		}
		s.edge(subject, t, t.span, true)
	}
	return true
}

// thoroughly are words that go with done.
var thoroughly = set(`fully completely successfully entirely properly everywhere`)

// settled takes "the board has to settle D-01 before this goes on".
func (s *sentence) settled(i int) bool {
	if t := s.at(i); !t.nodes[0].decision || t.any || !settling.has(s.word(i-1)) || s.word(i-2) != "to" && s.word(i-2) != "must" {
		return false
	}
	if s.word(i+1) != "first" && s.word(i+1) != "before" || s.negated(i, false) {
		return false
	}
	for j := s.clause(i); j < i; j++ {
		if hedges.has(s.word(j)) {
			return false
		}
	}
	s.edge(-1, s.at(i), s.at(i).span, true)
	return true
}

// settling are verbs that bring a decision about.
var settling = set(`settle decide resolve answer take make close`)

// missing takes "no use to sail while T02 is not done" and "do not sail as long as the map (T02) is missing".
func (s *sentence) missing(i int) bool {
	j := i + 1
	if s.word(j) == ")" {
		j++
	}
	if !slices.Contains([]string{"is", "are", "has", "have"}, s.word(j)) {
		return false
	}
	switch w := s.word(j + 1); {
	case w == "missing", w == "open", w == "pending", w == "unfinished", w == "incomplete", w == "not" && (completion.has(s.word(j+2)) || s.word(j+2) == "been" && completion.has(s.word(j+3)) || s.word(j+2) == "there"):
	default:
		return false
	}
	for k := i - 1; k >= 0 && k > i-9; k-- {
		if s.word(k) != "while" && (s.word(k) != "as" || s.word(k+1) != "long") {
			continue
		}
		no := false
		for b := range k {
			no = no || negations.has(s.word(b)) || s.word(b) == "pointless" || s.word(b) == "useless"
			if s.at(b).mention() || s.word(b) == "problem" || s.word(b) == "matter" {
				return false
			}
		}
		if !no || s.hedged(i) || s.at(i).any {
			return false
		}
		s.edge(-1, s.at(i), s.at(i).span, true)
		return true
	}
	return false
}

// waitsElsewhere tells whether another task is named behind the mention at i, whose turn it then is.
func (s *sentence) waitsElsewhere(i int) bool {
	for j := i + 1; j < len(s.toks); j++ {
		if s.at(j).mention() {
			return true
		}
	}
	return false
}

// forLater takes "for T05's values", "note it for T05" and "so that T05 can start", said in an earlier task.
func (s *sentence) forLater(i int) {
	t := s.at(i)
	if s.me == nil || s.hedged(i) || s.anymore(i) || s.negated(i, false) {
		return
	}
	first := s.word(s.clause(i))
	switch {
	case s.word(i-1) == "for" && t.poss && !facets.has(s.word(i+1)),
		s.word(i-1) == "for" && recorders.has(first),
		s.word(i-1) == "so" && (s.word(i+1) == "can" || s.word(i+1) == "has" || s.word(i+1) == "gets"),
		s.word(i-1) == "that" && s.word(i-2) == "so" && (s.word(i+1) == "can" || s.word(i+1) == "has"),
		(s.word(i-1) == "lets" || s.word(i-1) == "allows") && s.me != nil:
		s.firstIs(-1, t)
	}
}

// anaphor takes a "this" that stands for the task itself: T05 uses this, T02 blocks this.
func (s *sentence) anaphor(i int) {
	c := s.left(i)
	switch c.role {
	case needed, origin, before:
		j := s.subject(c.start)
		if m := s.main(c.start, i); m >= 0 {
			j = m
		}
		if j >= 0 && (s.negated(c.start, c.flips) == c.wants) && !s.hedged(c.start) && !s.at(j).any {
			if c.role == before && s.held(c.start) {
				return
			}
			s.firstIs(-1, s.at(j))
			return
		}
		if c.role == before && j >= 0 && !s.negated(c.start, false) && !s.hedged(c.start) {
			s.edge(-1, s.at(j), s.at(j).span, true)
		}
	case waiter:
		if j := s.subject(c.start); j >= 0 && !s.negated(c.start, false) && !s.hedged(c.start) && !s.at(j).any {
			s.edge(-1, s.at(j), s.at(j).span, true)
		}
	case nothing:
		s.object(i)
	}
}

// stuck takes "T05 cannot start without the token", said where the token is made.
func (s *sentence) stuck(i int) {
	j := i + 1
	denied := false
	for aux.has(s.word(j)) || negations.has(s.word(j)) {
		denied = denied || negations.has(s.word(j))
		j++
	}
	if !denied || !beginning.has(s.word(j)) || s.word(j+1) != "without" || !comparisons.has(s.word(j+2)) || s.waitsElsewhere(i) || s.hedged(i) || s.at(i).any || s.subject(i+1) != i {
		return
	}
	s.firstIs(-1, s.at(i))
}

// object takes the "this" of "T05 uses this", and the "it" of "Record the name: T06 drops it".
func (s *sentence) object(i int) {
	verb := s.word(i - 1)
	j := s.subject(i - 1)
	if j < 0 || s.at(j).any || s.at(j).poss || s.negated(i, false) || s.hedged(i) {
		return
	}
	for k := j + 1; k < i-1; k++ {
		if !aux.has(s.word(k)) {
			return
		}
	}
	if users.has(verb) || removers.has(verb) && recorders.has(s.word(0)) {
		s.firstIs(-1, s.at(j))
	}
}

// fronted takes "Once we have this, T05 can start", where the clause of time names no task.
func (s *sentence) fronted() {
	if s.me == nil || s.word(0) != "once" && s.word(0) != "after" && s.word(0) != "when" && s.word(0) != "as" && s.word(0) != "with" {
		return
	}
	ours := false
	for i := 1; i+2 < len(s.toks); i++ {
		w := s.word(i)
		ours = ours || anaphors.has(w) || w == "we" || w == "they"
		switch {
		case s.at(i).mention(), negations.has(w), hedges.has(w):
			return
		case w != ",":
			continue
		}
		if t := s.at(i + 1); ours && t.mention() && !t.any && (s.word(i+2) == "can" || s.word(i+2) == "may" || s.word(i+2) == "will") && beginning.has(s.word(i+3)) {
			s.firstIs(-1, t)
		}
		return
	}
}
