package prose

import "strings"

// thing works out what the sentence says of what stands at i. scope is what a label says of it.
func (s *german) thing(i int, scope role) {
	if s.weighs(i) || s.points(i) {
		return
	}
	prep, at := s.prep(i)
	if s.bound(i, prep) || s.premise(i, prep) || s.no(s.clauses[i]) && prep != "vor" && prep != "ohne" {
		return
	}
	c := s.clauses[i]
	switch prep {
	case "nach":
		if s.timely(i, at) && !s.in(c, germanMoved) {
			s.first(i)
		}
	case "vor":
		switch {
		case s.no(stretch{c.from, at}) && !s.in(c, germanWaits):
			s.first(i)
		case s.in(c, germanMust) && !s.no(c):
			s.second(i)
		}
	case "ohne":
		before, behind := s.other(i)
		if s.no(stretch{c.from, at}) || s.no(stretch{i + 1, c.to}) || before.from == before.to && s.no(behind) {
			s.first(i)
		}
	case "aus", "gemäß":
		if !germanPeople.has(s.word(at-1)) && !s.in(c, germanMoved) && (!s.at(i).noun || isGermanWork(s.says(i))) {
			s.first(i)
		}
	case "auf":
		if s.in(c, germanWaits) || s.in(c, germanBuilds) || (s.in(c, set(`baut setzt bauen setzen`)) && s.word(c.to-1) == "auf") {
			s.first(i)
		}
	case "an":
		if s.in(c, set(`schließt schließen`)) && s.word(c.to-1) == "an" || s.word(i+1) == "anschließend" {
			s.first(i)
		}
	case "von", "durch":
		s.by(i, at)
	case "für", "in", "bei":
		switch {
		case s.in(c, germanNeeded) && s.in(c, germanAux) && s.bare(c, i) < 0, prep == "für" && (germanNeeded.has(s.word(at-1)) || germanBefore.has(s.word(at-1))):
			s.second(i)
		case prep == "in" && (germanMakes(s.word(i+1)) || s.relative(i) && s.made(stretch{i, c.to})):
			s.first(i)
		}
	case "":
		if !s.named(i) && scope != nothing {
			s.labelled(i, scope)
		}
	}
}

// labelled takes what stands behind "Voraussetzungen:", or in a list below it.
func (s *german) labelled(i int, scope role) {
	if scope == needed {
		s.first(i)
	} else {
		s.second(i)
	}
}

// timely tells whether "nach" at is about time: an id always is, a noun where that is said, or where it begins the clause.
func (s *german) timely(i, at int) bool {
	c := s.clauses[i]
	return !s.at(i).noun || germanLate.has(s.word(at-1)) || s.in(stretch{c.from, at}, germanLate) || at == c.from
}

// by takes "hängt von T02 ab", "blockiert durch T02", "die Liste von T02" and "von T02 angelegt".
func (s *german) by(i, at int) {
	c := s.clauses[i]
	switch {
	case s.in(c, germanHangs), s.in(c, germanStops), s.word(at-1) == "basis", s.word(at-1) == "grundlage", s.made(stretch{i + 1, c.to}):
		s.first(i)
	case s.in(c, germanNeeded) && s.in(c, germanAux) && s.bare(c, i) < 0:
		s.second(i)
	case !s.at(i).noun && s.at(at-1).upper && isGermanThing(s.word(at-1)):
		s.first(i)
	}
}

// bare returns another id in a stretch that has no preposition; -1 where there is none.
func (s *german) bare(part stretch, but int) int {
	for j := max(0, part.from); j < part.to; j++ {
		if t := s.at(j); j != but && t.mention() && !t.noun {
			if p, _ := s.prep(j); p == "" {
				return j
			}
		}
	}
	return -1
}

// relative tells whether the clause of i says something of a noun before it: das Bucket, das in T02 angelegt wurde.
func (s *german) relative(i int) bool {
	c := s.clauses[i]
	switch s.word(c.from) {
	case "der", "die", "das", "den", "dem", "welche", "welcher", "welches", "welchen":
		return c.from > 0 && s.word(c.from-1) == ","
	}
	return false
}

// bound takes clauses of time: sobald T02 fertig ist, erst wenn das Bundle verteilt ist, nicht bevor T02 durch ist.
func (s *german) bound(i int, prep string) bool {
	c := s.clauses[i]
	k := c.from
	for k < i && (germanLate.has(s.word(k)) || s.word(k) == "und" || s.word(k) == "nur" || s.word(k) == "auch" || germanNo.has(s.word(k)) || s.word(k) == "immer" || s.word(k) == "dann") {
		k++
	}
	before, behind := s.other(i)
	main := before
	if before.from == before.to {
		main = behind
	}
	rest := stretch{k + 1, c.to}
	fails := s.no(rest) || s.in(rest, germanFailing)
	lead := stretch{c.from, k}
	ok := false
	switch s.word(k) {
	case "sobald", "nachdem":
		ok = !fails
	case "wenn":
		late := s.in(before, set(`erst frühestens`)) || s.in(lead, set(`erst nur frühestens`))
		ok = !fails && (late || !s.at(i).noun && s.in(stretch{i, c.to}, germanDone))
	case "bevor", "ehe":
		switch {
		case prep != "" || s.in(rest, germanFailing):
		case s.no(lead) || s.no(main) || s.in(main, germanLate) && !s.in(main, germanFirst):
			ok = true
		case s.in(main, germanMust) && !s.no(rest) && !s.at(i).noun:
			s.firstIs(s.bare(main, -1), s.at(i))
		}
	case "bis":
		if before.from == before.to {
			return false
		}
		prep = "" // the word itself
		ok = !fails && !s.no(behind) && (s.in(before, germanWaits) || s.in(before, germanStops) || s.no(before)) && !(s.no(before) && s.in(before, germanWaits))
	case "solange":
		ok = s.no(rest) && s.in(rest, germanDone) && s.no(main)
	default:
		return false
	}
	if ok && prep == "" {
		s.edgeFrom(i, main)
	}
	return true
}

// premise takes "Voraussetzung ist, dass T02 …", "T02 ist Voraussetzung" and "setzt T02 voraus".
func (s *german) premise(i int, prep string) bool {
	c := s.clauses[i]
	for v := range s.toks {
		if !germanBefore.has(s.word(v)) {
			continue
		}
		w := s.word(v + 1)
		switch {
		case s.no(stretch{s.clauses[v].from, v + 2}) || s.in(s.clauses[v], germanHedges):
			return true
		case i < v:
			if prep == "" && s.in(c, germanAux) && s.clauses[v] == c && s.bare(stretch{i + 1, c.to}, i) < 0 && w != "für" {
				s.first(i)
				return true
			}
		case prep == "für" || w == "für" && s.forPremise(v, i) < 0:
			return false
		case w == "für":
			s.edge(s.forPremise(v, i), s.at(i), s.at(i).span, true)
			return true
		case (w == "ist" || w == "sind" || w == "bleibt" || w == "dafür" || w == "hierfür" || w == ":" || w == "—" || w == "–") && v < 4 && s.word(i-1) != "nicht":
			if s.me != nil {
				s.edge(-1, s.at(i), s.at(i).span, true)
			}
			return true
		}
	}
	before, _ := s.other(i)
	if prep == "" && !s.no(c) && (s.in(c, set(`voraus`)) && s.in(stretch{c.from, i}, set(`setzt setzen`)) || s.in(c, set(`voraussetzt voraussetzen`)) ||
		s.word(c.from) == "dass" && s.word(before.to-1) == "voraus" && !s.no(before)) {
		s.edgeFrom(i, before)
		return true
	}
	return false
}

// forPremise returns the id between v and i for which something is a premise: Voraussetzung für T05 ist T02.
func (s *german) forPremise(v, i int) int {
	for j := v + 1; j < i; j++ {
		if p, _ := s.prep(j); s.at(j).mention() && p == "für" && s.word(j+1) == "ist" {
			return j
		}
	}
	return -1
}

// named takes what stands without a preposition: braucht T02, T02 wird benötigt, blockiert T05, T02 muss fertig sein.
func (s *german) named(i int) bool {
	c := s.clauses[i]
	verb := -1
	for j := c.from; j < i; j++ {
		if germanNeeds.has(s.word(j)) || germanStops.has(s.word(j)) || germanOpens.has(s.word(j)) {
			verb = j
		}
	}
	passive := s.in(c, germanAux)
	begins := s.begins(i)
	_, behind := s.other(i)
	then := behind.from < behind.to && (s.word(behind.from) == "bevor" || s.word(behind.from) == "ehe") && s.bare(behind, -1) >= 0
	switch {
	case verb >= 0 && (germanStops.has(s.word(verb)) || germanOpens.has(s.word(verb))):
		if !passive {
			s.second(i)
		}
	case s.in(c, germanNeeded) && passive:
		who := s.forWhom(i)
		if t := s.at(i); who >= 0 {
			s.edge(who, t, t.span, true)
		} else {
			s.first(i)
		}
	case verb >= 0 && !passive && s.plain(verb+1, i):
		if who := s.forWhom(i); who >= 0 {
			s.edge(who, s.at(i), s.at(i).span, true)
		} else {
			s.first(i)
		}
	case begins && s.in(stretch{i + 1, i + 2}, germanNeeds) && germanThis.has(s.word(i+2)) && s.alone(i+2) && !s.at(i).noun:
		s.second(i)
	case begins && germanStops.has(s.word(i+1)) && (germanThis.has(s.word(i+2)) || s.word(i+2) == "uns") && s.alone(i+2):
		s.first(i)
	case begins && germanMust.has(s.word(i+1)) && !then && !s.in(c, germanThen) && (s.in(c, germanDone) && (s.word(c.to-1) == "sein" || s.word(c.to-1) == "haben") || s.in(c, germanFirst)):
		s.first(i)
	case !s.at(i).noun && s.in(stretch{c.from, i}, germanThen) && s.in(stretch{c.from, i}, germanBegins) && germanThen.has(s.word(c.from)):
		s.firstIs(-1, s.at(i))
	default:
		return s.cued(i)
	}
	return true
}

// cued takes English cues in a sentence that is in German: blocked by T02.
func (s *german) cued(i int) bool {
	switch l := s.left(i); l.role {
	case needed, origin:
		s.first(i)
	case waiter:
		s.second(i)
	default:
		return false
	}
	return true
}

// says is what stands at i, in small letters.
func (s *german) says(i int) string {
	t := s.at(i)
	return strings.ToLower(s.names.whole()[t.span.Start:t.span.End])
}

// alone tells whether nothing but marks and adverbs stands behind j in its clause.
func (s *german) alone(j int) bool {
	for k := j + 1; k < s.clauses[j].to; k++ {
		if s.at(k).upper || s.at(k).mention() || s.at(k).code {
			return false
		}
	}
	return true
}

// plain tells whether no noun stands from j to i.
func (s *german) plain(j, i int) bool {
	for ; j < i; j++ {
		if s.at(j).mention() && s.at(j).noun || s.at(j).upper || s.at(j).code || germanPreps[s.word(j)] != "" {
			return false
		}
	}
	return true
}

// begins tells whether what stands at i begins its clause.
func (s *german) begins(i int) bool {
	k := s.clauses[i].from
	for k < i && (startOK.has(s.word(k)) || germanFillers.has(s.word(k)) || s.word(k) == "auch" || s.word(k) == "und") {
		k++
	}
	return k == i
}

// forWhom returns the id in the clause of i for which that is needed: für T05 brauchen wir T02.
func (s *german) forWhom(i int) int {
	c := s.clauses[i]
	for j := c.from; j < c.to; j++ {
		if t := s.at(j); j != i && t.mention() && !t.noun {
			if p, _ := s.prep(j); p == "für" || p == "von" || p == "in" || p == "bei" {
				return j
			}
		}
	}
	return -1
}

// first notes that what the clause is about needs what stands at i, where it is clear what that is.
func (s *german) first(i int) {
	if who, ok := s.who(i); ok {
		s.edge(who, s.at(i), s.at(i).span, true)
	}
}

// second notes that what stands at i needs what the clause is about.
func (s *german) second(i int) {
	if who, ok := s.who(i); ok && !s.at(i).noun {
		s.firstIs(who, s.at(i))
	}
}

// edgeFrom is first, with the main clause that stands beside that of i.
func (s *german) edgeFrom(i int, main stretch) {
	if who := s.bare(main, -1); who >= 0 {
		if w := s.word(who - 1); germanFinite.has(w) || germanBegins.has(w) || s.begins(who) {
			s.edge(who, s.at(i), s.at(i).span, true)
		}
		return
	}
	if s.me != nil {
		s.edge(-1, s.at(i), s.at(i).span, true)
	}
}

// who returns the id that is the subject of the clause of i, -1 for the task itself, and whether that is clear.
func (s *german) who(i int) (int, bool) {
	c := s.clauses[i]
	for j := c.from; j < c.to; j++ {
		t := s.at(j)
		if j == i || !t.mention() || t.noun {
			continue
		}
		p, _ := s.prep(j)
		w := s.word(j - 1)
		switch {
		case p == "" && (s.begins(j) || germanFinite.has(w) || germanBegins.has(w)):
			return j, true
		case p == "in" || p == "für" || p == "bei":
			return j, j < i // behind it: what comes from here is used there
		}
	}
	if s.relative(i) && s.at(c.from-2).mention() {
		return c.from - 2, true
	}
	for j := range c.from {
		if t := s.at(j); t.mention() && !t.noun && s.begins(j) && s.clauses[j] != c {
			if p, _ := s.prep(j); p == "" && s.clauses[j].from == 0 {
				return j, s.me == nil // the sentence is about another task, or not anymore
			}
		}
	}
	return -1, s.me != nil
}
