package prose

var (
	// apart are words that say of tasks that they have nothing to do with each other.
	apart = set(`independent independently unrelated parallel regardless irrespective isolation`)
	// bindings are words of needs, which a negation turns around.
	bindings = set(`need needs needed require requires required requirement depend depends dependent dependency wait waits waiting block blocks blocked blocker blocking
		concern concerns care cares matter matters relevant involved necessary relation related do touch touches prerequisite precondition condition`)
	// bounds are words behind which a negation says what comes first.
	bounds = set(`before until till unless without after once prior`)
)

// denies notes tasks that the sentence says are not needed.
func (s *sentence) denies() {
	for j := range s.toks {
		w := s.word(j)
		if !negations.has(w) && !apart.has(w) {
			continue
		}
		from, to := s.clause(j), s.clauseEnd(j)
		bound, binds := false, apart.has(w)
		for i := from; i < to; i++ {
			bound = bound || bounds.has(s.word(i))
			binds = binds || bindings.has(s.word(i))
		}
		if bound || !binds {
			continue
		}
		for i := from; i < to; i++ {
			t := s.at(i)
			for _, x := range t.nodes {
				s.deny(x)
			}
			if t.mention() || !isWord(t.word) || blank.has(t.word) {
				continue
			}
			if r, ok := one(s.topics.get(stem(plainWord(t.word))).title); ok {
				s.deny(s.topics.tasks[r])
			}
		}
	}
}

func (s *sentence) deny(x *node) { s.grammar.denied[[2]string{s.me.id, x.id}] = true }
