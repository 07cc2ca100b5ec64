package prose

// sequence takes "T01 first, then T02 and T03 in parallel, then T04", said above the tasks.
func (g *grammar) sequence(p *passage) {
	if p.owner != nil || p.kind == heading || p.kind == cell || !g.sieve.holds(p.span) {
		return
	}
	g.here = p
	var last *token
	first := false // the sentence before said no more than what comes first
	for _, part := range sentences(g.names.tokens(p.span)) {
		s := &sentence{grammar: g, toks: part, passage: p, found: make([]role, len(part))}
		if s.hedged(len(part)) || s.denied(len(part)) || part[len(part)-1].is("?") || s.past(0, len(part)) {
			last = nil
			continue
		}
		link := first
		first = false
		for i := range part {
			t := &part[i]
			switch {
			case t.mention():
				if t.any || t.title || s.left(i).role != nothing {
					last = nil
					continue
				}
				if last != nil && (link || s.concludes(i)) {
					s.follow(*last, *t)
				}
				last, link = t, false
				first = s.word(i+1) == "first" && !isWord(s.word(i+2)) || (s.word(i+1) == "comes" || s.word(i+1) == "goes") && s.word(i+2) == "first" && !isWord(s.word(i+3))
			case onwards.has(t.word), t.word == "followed" && s.word(i+1) == "by", t.word == "after" && s.word(i+1) == "that":
				link = true
			case aux.has(t.word):
				link = false
			}
		}
	}
}

// onwards are words between what comes first and what comes then.
var onwards = set(`then afterwards thereafter finally subsequently lastly`)

// concludes tells whether the words behind the mention at i say that it comes after what was named before.
func (s *sentence) concludes(i int) bool {
	for j := i + 1; j < i+4; j++ {
		switch w := s.word(j); {
		case w == "joins" || w == "join":
			return s.word(j+1) == "them" || s.word(j+1) == "both"
		case w == "comes" || w == "come" || w == "follows" || w == "follow":
			return s.word(j+1) == "after" && s.word(j+2) == "that" || s.word(j+1) == "then" || s.word(j+1) == "afterwards" || s.word(j) == "follows" && !isWord(s.word(j+1))
		}
	}
	return false
}

// follow notes that each of some tasks needs each of those before.
func (s *sentence) follow(first, then token) {
	for _, f := range then.nodes {
		for _, to := range first.nodes {
			s.add(f, to, then.span, true)
		}
	}
}
