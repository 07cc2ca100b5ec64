package prose

import "slices"

// pronouns stand for what was spoken of last.
var pronouns = set(`it they those these them both`)

// antecedent returns the last noun with an article before i that can be a task's.
func (s *sentence) antecedent(i int) (stretch, bool) {
	for j := i - 1; j >= 0; j-- {
		if s.at(j).title {
			return stretch{j, j + 1}, true
		}
		if !definites.has(s.word(j)) && s.word(j) != "a" && s.word(j) != "an" {
			continue
		}
		end := min(s.nounEnd(j+1), i)
		for k := j + 1; k < end; k++ {
			if isWord(s.word(k)) && !blank.has(s.word(k)) {
				return stretch{j, end}, s.word(j) != "a" && s.word(j) != "an"
			}
		}
	}
	return stretch{}, false
}

// standsFor takes "once it has been switched", where it is what was spoken of before; it tells whether the part begins so.
func (s *sentence) standsFor(c context, part stretch) bool {
	if !pronouns.has(s.word(part.from)) {
		return false
	}
	if next := s.word(part.from + 1); !aux.has(next) && !completion.has(next) && !isVerb(next) {
		return true
	}
	np, ok := s.antecedent(c.start)
	if ok {
		if np.from == s.clause(c.start) { // the boats float once they are built
			return true
		}
		x := s.resolveWith(np, part)
		if x != nil {
			s.edge(-1, token{nodes: []*node{x}}, s.spanOf(part), false)
		}
		return true
	}
	if np.to > 0 { // from a namespace once it has been strict
		x := s.resolveWith(stretch{np.from + 1, np.to}, part)
		if x != nil && slices.ContainsFunc(s.nouns(part.from, part.to), func(w string) bool { return s.topics.get(w).title&bitOf(x) != 0 }) {
			s.edge(-1, token{nodes: []*node{x}}, s.spanOf(part), false)
			return true
		}
	}
	if t := s.before; t != nil && !t.any {
		s.edge(-1, *t, s.spanOf(part), true)
	}
	return true
}

// single returns the one mention of a sentence, where it is spoken of as something to have.
func (s *sentence) single() *token {
	at := -1
	for i := range s.toks {
		if s.at(i).mention() {
			if at >= 0 {
				return nil
			}
			at = i
		}
	}
	if at < 0 || s.left(at).role != origin || s.negated(at, false) || s.hedged(at) {
		return nil
	}
	return &s.toks[at]
}
