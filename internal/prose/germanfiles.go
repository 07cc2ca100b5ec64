package prose

// makesInGerman tells whether a sentence in German makes the file that it names at i: nach `pki/root.pem` einchecken.
func (s *sentence) makesInGerman(i int) bool {
	if !s.speaksGermanOrTerse() {
		return false
	}
	g := &german{sentence: s}
	g.limits()
	c := g.clauses[i]
	w := s.word(i - 1)
	if w == "aus" || w == "von" || w == "mit" || g.no(c) || g.weighs(i) {
		return false
	}
	return g.in(c, germanMaking) || w == "als" && g.in(c, set(`liegt steht`))
}

// silentInGerman tells whether a sentence in German only points at what it names at i, or says no.
func (s *sentence) silentInGerman(i int) bool {
	if !s.speaksGerman(s.toks) {
		return false
	}
	g := &german{sentence: s}
	g.limits()
	return g.no(g.clauses[i]) || g.weighs(i) || g.points(i)
}

// speaksGermanOrTerse is speaksGerman, also of a few words that could be of any language.
func (s *sentence) speaksGermanOrTerse() bool {
	if !s.german {
		return false
	}
	for i := range s.toks {
		if englishWords.has(s.word(i)) {
			return s.speaksGerman(s.toks)
		}
	}
	return true
}
