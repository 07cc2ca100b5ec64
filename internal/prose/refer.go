package prose

import "slices"

// refer reads what a passage says of other tasks without their ids: "once the mirror answers", in a section behind the
// one that is called "Set up an image mirror".
func (g *grammar) refer(p *passage) {
	me := g.names.byTask[p.owner]
	if p.kind == cell && p.at == 0 && labelOf(p.column()) == nothing {
		return
	}
	g.here = p
	if p.kind == heading {
		g.entitles(p, me)
		return
	}
	label, from := g.label(p)
	scope := g.inherited(p)
	toks := g.names.tokens(p.span)
	var last *token // the one task that the sentence before spoke of
	listed := false // the sentence before was of a list of needs that goes on
	for n, part := range sentences(toks) {
		if len(part) > maxSentence || part[len(part)-1].is("?") || g.speaksGerman(part) {
			continue
		}
		s := &sentence{grammar: g, toks: part, passage: p, me: me, found: make([]role, len(part)), before: last}
		last = s.single()
		in := scope
		if label != nothing && part[len(part)-1].span.End > from {
			in = label
		}
		at := from
		if in != needed && n > 0 {
			if in, at = s.labelled(); in == nothing {
				in = scope
			}
		}
		if listed = in == needed && (n == 0 || label == nothing || at != from || listed); listed {
			s.listedNeeds(at)
			listed = part[len(part)-1].is(";")
		}
		listed = listed || label == needed && part[len(part)-1].span.End <= from // the label alone
		decides, lists, denies := s.marks()
		if denies {
			s.denies()
		}
		if decides {
			s.answered()
		}
		s.states()
		if lists {
			s.rollCall()
		}
		s.clauses()
		s.takes()
	}
}

// marks tells whether a sentence names a decision, has a colon, and says no: what it cannot say is not looked for.
func (s *sentence) marks() (decides, lists, denies bool) {
	for i := range s.toks {
		switch t := &s.toks[i]; {
		case len(t.nodes) > 0:
			decides = decides || t.nodes[0].decision
		case t.word == ":":
			lists = true
		default:
			denies = denies || negations.has(t.word) || apart.has(t.word)
		}
	}
	return decides, lists, denies
}

// listedNeeds takes what stands behind "Preconditions:" or below it.
func (s *sentence) listedNeeds(from int) {
	start := 0
	for start < len(s.toks) && s.at(start).span.Start < from {
		start++
	}
	for s.word(start) == ":" || s.word(start) == "—" || s.word(start) == "–" {
		start++
	}
	for _, part := range s.parts(start, true) {
		s.needs(-1, part)
	}
	if s.passage.kind == cell && start < len(s.toks) {
		s.besideNeed(stretch{start, len(s.toks)})
	}
}

// text is the text of a passage.
func (g *grammar) text(p *passage) string { return g.names.whole()[p.span.Start:p.span.End] }

// besideNeed takes "gateway up" in a column of what has to hold, where the cell before it says whose gateway.
func (s *sentence) besideNeed(part stretch) {
	p := s.passage
	if p.at == 0 || int(p.at) > len(p.cells())-1 || negations.has(s.word(part.from)) || s.resolve(part) != nil || part.to > part.from+4 {
		return
	}
	var own, beside []string
	for w := range words(s.text(p)) {
		own = append(own, stem(plainWord(w)))
	}
	for w := range words(s.text(p.cells()[p.at-1])) {
		if low := plainWord(w); !blank.has(low) {
			beside = append(beside, stem(low))
		}
	}
	if !slices.ContainsFunc(own, func(w string) bool { return slices.Contains(beside, w) }) {
		return
	}
	if x, ok := s.best(beside, beside, s.me, false); ok && x != nil {
		s.edge(-1, token{nodes: []*node{x}}, s.spanOf(part), false)
	}
}

// anybody are words that speak of people and things without saying which.
var anybody = set(`everyone everybody anyone anybody someone somebody nobody everything something nothing we you i they she he people`)

// needs notes that the task needs what a stretch speaks of.
func (s *sentence) needs(cue int, part stretch) {
	var x *node
	if anybody.has(s.word(part.from)) {
		return
	}
	for i := part.from; i < part.to && !aux.has(s.word(i)) && !s.nevermore(part); i++ {
		if s.word(i) == "old" {
			return
		}
	}
	if w := s.word(part.from); w == "a" || w == "an" {
		end := s.nounEnd(part.from + 1)
		if x = s.worked(part.from, end); x == nil && (cue < 0 || s.word(end) == "that" || s.word(end) == "which") {
			x = s.titleOf(part.from, end)
		}
	} else {
		x = s.resolve(part)
		if _, _, _, ok := s.stems(part); !ok {
			return
		}
		if y := s.reachedBy(part, part.from+1, part.to); y != nil {
			x = y
		}
	}
	if x == nil || cue >= 0 && !times.has(s.word(part.from-1)) && bareNeeds.has(s.word(cue)) && !s.clausal(part.from, part.to) && mends(x) {
		return
	}
	subject := -1
	if cue >= 0 {
		subject = s.subject(cue)
		if m := s.main(cue, part.from); m >= 0 {
			subject = m
		}
	}
	t := token{nodes: []*node{x}}
	s.edge(subject, t, s.spanOf(part), false)
}

// labelled returns what a label in front of a sentence makes of it, and where that begins: "Conditions: …".
func (s *sentence) labelled() (role, int) {
	for i := 1; i < 4 && i < len(s.toks); i++ {
		if s.word(i) != ":" {
			continue
		}
		r := labelOf(plainWords(s.names.whole()[s.toks[0].span.Start:s.toks[i].span.Start]))
		if r != needed {
			return nothing, 0
		}
		return r, s.toks[i].span.Start
	}
	return nothing, 0
}

// entitles reads the title of a task: "Logs on the storage node".
func (g *grammar) entitles(p *passage, me *node) {
	titles := g.names.titles
	g.names.titles = nil // or it would be nothing but its own name
	toks := g.names.tokens(p.span)
	g.names.titles = titles
	s := &sentence{grammar: g, toks: toks, passage: p, me: me, found: make([]role, len(toks)), titled: true}
	if len(toks) > 0 && len(toks) < maxSentence {
		s.takes()
	}
}
