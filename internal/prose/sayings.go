package prose

import "slices"

// everything takes "once all of the above is done": every task before.
func (s *sentence) everything(c context, j int) bool {
	k := j + 1
	w, next := s.word(k), s.word(k+1)
	if w == "all" && (next == "of" || next == "the") {
		k++
		for s.word(k) == "of" || s.word(k) == "the" {
			k++
		}
		next = s.word(k)
		k--
	}
	all := w == "all" && (next == "above" || (elsewhere.has(next) || next == "preceding") && next != "the" && (s.word(k+2) == "tasks" || s.word(k+2) == "steps" || s.word(k+2) == "items") || next == "others") ||
		w == "everything" && (next == "above" || next == "else")
	if !all || s.subject(c.start) >= 0 {
		return false
	}
	for _, x := range s.names.tasks {
		if x.rank >= s.me.rank {
			break
		}
		s.edge(-1, token{nodes: []*node{x}}, s.spanOf(stretch{j, k + 2}), false)
	}
	return true
}

// wanted takes "I want the second factor to have been on for a month".
func (s *sentence) wanted(j int) {
	if w := s.word(j); w != "want" && w != "wants" && w != "expect" || s.negated(j, false) || s.hedged(j) {
		return
	}
	end := s.nounEnd(j + 2)
	if s.at(j + 2).title {
		end = j + 3
	}
	if definites.has(s.word(j+1)) && s.word(end) == "to" && (s.word(end+1) == "have" || s.word(end+1) == "be" && completion.has(s.word(end+2))) {
		s.needs(-1, stretch{j + 1, end})
	}
}

// lacking takes "as long as the runners are not online", where that is said to be in the way.
func (s *sentence) lacking(j int) {
	if s.word(j) != "while" && (s.word(j) != "as" || s.word(j-1) != "long") {
		return
	}
	k := j + 1
	for k < j+8 && !slices.Contains([]string{"is", "are", "has", "have"}, s.word(k)) {
		k++
	}
	switch w := s.word(k + 1); {
	case w == "missing", w == "open", w == "pending", w == "unfinished", w == "incomplete", w == "down",
		w == "not" && (completion.has(s.word(k+2)) || thoroughly.has(s.word(k+2)) || s.word(k+2) == "been" || s.word(k+2) == "there" || s.word(k+2) == "yet" || s.word(k+2) == "online"):
	default:
		return
	}
	for _, t := range s.toks {
		switch t.word {
		case "no", "not", "cannot", "nothing", "never", "useless", "pointless", "break", "breaks", "fail", "fails", "wait", "waits":
			if t.span.Start < s.toks[j].span.Start || t.span.Start > s.toks[k+1].span.End {
				if x := s.resolveWith(stretch{j + 1, k}, stretch{min(k+2, len(s.toks)), min(k+4, len(s.toks))}); x != nil {
					s.edge(-1, token{nodes: []*node{x}}, s.spanOf(stretch{j + 1, k}), false)
				}
				return
			}
		}
	}
}

// doFirst takes "so do those first", of what the sentence spoke of last.
func (s *sentence) doFirst(j int) {
	if s.word(j+2) != "first" || s.negated(j, false) || s.hedged(j) {
		return
	}
	at := j + 1
	switch s.word(j) {
	case "do", "finish", "run":
	case "those", "these", "they", "it":
		if w := s.word(j + 1); w != "come" && w != "comes" && w != "go" && w != "goes" {
			return
		}
		at = j
	default:
		return
	}
	switch s.word(at) {
	case "those", "these", "them", "it", "that", "they":
		if np, _ := s.antecedent(at); np.to > 0 {
			if w := s.word(np.from); w == "a" || w == "an" {
				np.from++
			}
			s.needs(-1, np)
		}
	}
}

// sure takes "make sure the mirror is in place".
func (s *sentence) sure(j int) {
	if s.word(j) != "sure" || s.word(j-1) != "make" && s.word(j-1) != "be" || s.negated(j, false) || s.hedged(j) {
		return
	}
	k := j + 1
	if s.word(k) == "that" {
		k++
	}
	end := s.nounEnd(k + 1)
	if w := s.word(end); !definites.has(s.word(k)) || w != "is" && w != "are" && w != "has" && w != "have" {
		return
	}
	for end++; aux.has(s.word(end)) || adverb(s.word(end)); end++ {
	}
	if w := s.word(end); completion.has(w) || w == "on" || w == "active" || w == "set" {
		s.needs(-1, stretch{k, end})
	}
}

// answered takes "must not begin until she has answered", in a sentence that names one decision.
func (s *sentence) answered() {
	at := -1
	for i := range s.toks {
		if t := s.at(i); t.mention() {
			if at >= 0 || !t.nodes[0].decision || t.any {
				return
			}
			at = i
		}
	}
	if at < 0 || s.hedged(len(s.toks)) {
		return
	}
	for j := range s.toks {
		switch s.word(j) {
		case "until", "before", "unless":
			if !s.denied(j) && !s.held(j) {
				continue
			}
		case "once", "after":
			if s.denied(j) {
				continue
			}
		default:
			continue
		}
		for k := s.clauseEnd(j+1) - 1; k > j; k-- {
			if answering.has(stem(s.word(k))) {
				s.edge(-1, s.at(at), s.at(at).span, true)
				return
			}
		}
	}
}

// answering are stems of verbs that settle a question.
var answering = stems(`answer decide settle resolve choose rule agree reply clear clarify`)

// statesBehind takes the further parts of "the scale set has to be up, cache warm".
func (s *sentence) statesBehind(end int) {
	if s.word(end) != "," {
		return
	}
	for _, part := range s.parts(end+1, true) {
		if part.to > part.from+3 || part.to == part.from+1 || s.clausal(part.from, part.to) {
			return
		}
		for i := part.from; i < part.to; i++ {
			if w := s.word(i); !isWord(w) || isPreposition(w) || negations.has(w) || s.at(i).mention() {
				return
			}
		}
		s.needs(-1, part)
	}
}

// gone takes "by then no guest may be there any more".
func (s *sentence) gone(j int) {
	if s.word(j) != "no" || s.hedged(j) {
		return
	}
	part := stretch{j, s.clauseEnd(j)}
	must := false
	for i := part.from; i < part.to; i++ {
		must = must || s.word(i) == "may" || s.word(i) == "must"
	}
	if must && s.nevermore(part) {
		s.needs(-1, part)
	}
}

// byThen takes "the access points hang by then".
func (s *sentence) byThen(j int) {
	start := s.clause(j)
	if s.word(j) != "by" || s.word(j+1) != "then" || s.negated(j, false) || s.hedged(j) || !definites.has(s.word(start)) || j < start+3 {
		return
	}
	s.needs(-1, stretch{start, j})
}
