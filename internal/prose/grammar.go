package prose

import (
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// grammar reads edges out of passages.
type grammar struct {
	plan    *workplan.Plan
	names   *names
	topics  *topics
	hints   *hints
	sieve   *sieve
	leads   map[*passage]role
	edges   []*Edge
	known   map[[2]string]*Edge
	leadsTo map[string][]string // the needs that are known so far, of the first maxTopics tasks
	denied  map[[2]string]bool  // what the text says is no need
	faint   bool                // what is found counts only where nothing else leads there
	german  bool                // there may be sentences in German
	soft    bool                // tasks are known by what they are about, and not by their ids
	here    *passage            // that is being read
	about   map[*passage]*node  // the decision that a passage begins
}

// maxSentence bounds how long a sentence can be, in words: longer ones are none.
const maxSentence = 400

// read reads one passage.
func (g *grammar) read(p *passage) {
	if p.kind == cell && p.at == 0 || !g.sieve.lets(p.span) {
		return
	}
	g.here = p
	label, from := g.label(p)
	scope := g.inherited(p) // before the tokens: they share their memory
	toks, later := g.names.near(p.span, g.sieve.until(p.span), g.sieve.places[g.sieve.next])
	me := g.names.byTask[p.owner]
	toks = g.relative(toks, me)
	any := false
	for i := range toks {
		any = any || len(toks[i].nodes) > 0
		p.speaks = p.speaks || any || toks[i].word == "above" || toks[i].word == "everything"
	}
	if !any {
		return
	}
	ended := later // the sentence that a label begins: what follows is not of it anymore
	var above []token
	for _, part := range sentences(toks) {
		prior := above
		above = part
		later := ended
		ended = ended || !part[len(part)-1].is(";")
		if !slices.ContainsFunc(part, token.mention) || g.speaksGerman(part) {
			continue
		}
		s := &sentence{grammar: g, toks: part, passage: p, me: me, found: make([]role, len(part)), prior: prior}
		if me == nil && p.kind == cell {
			if row := s.row(); len(row) == 1 {
				s.me = row[0]
			}
		}
		if s.word(len(part)-1) == "?" || len(part) > maxSentence {
			continue
		}
		for i := range part {
			t := &part[i]
			switch {
			case t.mention():
				in := scope
				if label != nothing && t.span.Start >= from {
					in = label
				}
				s.mention(i, in, later)
			case me != nil && anaphors.has(t.word):
				s.anaphor(i)
			}
		}
		s.fronted()
	}
}

// relative makes mentions of "the previous step" and "the next task".
func (g *grammar) relative(toks []token, me *node) []token {
	if me == nil {
		return toks
	}
	for i := 0; i+1 < len(toks); i++ {
		noun := toks[i+1].word
		if noun != "task" && g.names.nouns[noun] == nil || toks[i].mention() {
			continue
		}
		by := 0
		switch toks[i].word {
		case "previous", "preceding", "prior":
			by = -1
		case "next":
			by = 1
		default:
			continue
		}
		for _, t := range g.names.tasks {
			if t.rank == me.rank+by {
				toks[i+1].nodes, toks[i+1].word = []*node{t}, ""
				toks = slices.Delete(toks, i, i+1)
				break
			}
		}
	}
	return toks
}

// mention works out what the mention at i means for whom. scope is what a label or lead says of it; later: the label stands
// in an earlier sentence.
func (s *sentence) mention(i int, scope role, later bool) {
	t := s.at(i)
	if t.any || t.quote {
		return
	}
	c := s.left(i)
	switch c.role {
	case aside:
		if s.unless(i, c.start) {
			return
		}
		if scope != needed || s.word(i-1) != "by" || s.word(i-2) != "tracked" {
			return
		}
	case needed, origin:
		s.comesFirst(i, c)
		s.found[i] = c.role
		return
	case before:
		if s.negated(c.start, false) {
			s.comesFirst(i, c)
			return
		}
		s.waits(i, c.start)
		return
	case waiter:
		s.waits(i, c.start)
		return
	}
	if s.me != nil {
		s.stuck(i)
	}
	if s.settled(i) || s.missing(i) || s.carriedOn(i) || s.scoped(i, scope, later) || s.within(i) || s.supplied(i) || s.belonging(i) || s.relative(i) || s.subjectFirst(i) {
		return
	}
	s.deliveredBy(i)
	s.forLater(i)
}

// deliveredBy takes "the opening must be there before we go; this is done in X-WP-0007".
func (s *sentence) deliveredBy(i int) {
	t := s.at(i)
	if w := s.word(i - 1); !t.nodes[0].foreign || s.me == nil || w != "in" && w != "by" && w != "with" || s.negated(i, false) || s.hedged(i) || s.anymore(i) {
		return
	}
	start := s.clause(i)
	if w := s.word(start); w != "this" && w != "that" && w != "it" && w != "which" && w != "these" {
		return
	}
	done := false
	for j := range i {
		done = done || participle(s.word(j)) || said.has(s.word(j))
	}
	prior := s.prior
	if start > 0 {
		prior = s.toks[:start]
	}
	b := &sentence{grammar: s.grammar, toks: prior, passage: s.passage, me: s.me}
	for j := range b.toks {
		if w := b.word(j); done && (w == "must" || (w == "has" || w == "have" || w == "needs") && b.word(j+1) == "to" || bareNeeds.has(w)) && !b.negated(j, false) && b.word(j+1) != "not" && !b.hedged(j) {
			s.edge(-1, t, t.span, true)
			return
		}
	}
}

// comesFirst takes "after T02" and "the token from T02".
func (s *sentence) comesFirst(i int, c context) {
	t := s.at(i)
	switch {
	case c.role == before && s.held(c.start):
	case c.role != before && s.negated(c.start, c.flips):
	case s.hedged(c.start) || s.anymore(i) && c.role != before:
	case s.supposed(c):
	case c.role == origin && (s.compared(c.start) || s.imagined(i)):
	case t.poss && facets.has(s.word(i+1)):
	case t.title && c.role == origin:
	case t.poss && s.word(c.start) == "follows":
	case s.word(c.start) == "until" && (s.word(c.start-1) == "time" || during.has(s.word(c.start-1))): // use the time until T02
	case c.role == needed && s.word(c.start-1) == "or": // before or after T02
	case s.word(c.start) == "the" && slices.Contains(past, s.word(i+1)): // the moment T02 was merged, something broke
	case c.from && (t.to || s.word(i+1) == "to" || s.word(i+1) == "onwards" || s.word(i+1) == "on"):
	case s.word(c.start) == "without" && !s.denied(c.start) && !s.impossible(c.start, i):
	default:
		subject := s.subject(c.start)
		if m := s.main(c.start, i); m >= 0 {
			subject = m
		}
		s.edge(subject, t, t.span, c.role == needed || c.role == before)
	}
}

// imagined tells whether the words behind the mention at i only think something out: with the limit of T02 that would be 5.
func (s *sentence) imagined(i int) bool {
	for j := i + 1; j < i+4; j++ {
		if s.word(j) == "would" && s.word(j+1) != "not" {
			return true
		}
	}
	return false
}

// past are verbs that tell of what was.
var past = []string{"was", "were", "had", "went", "ended", "finished", "started", "did", "got"}

// held tells whether the clause speaks of waiting before i, so that what it denies is the waiting.
func (s *sentence) held(i int) bool {
	for j := s.clause(i); j < i; j++ {
		if hold.has(s.word(j)) {
			return true
		}
	}
	return false
}

// denied tells whether the clause says no before i, or right before it.
func (s *sentence) denied(i int) bool {
	for j := s.clause(i); j < i; j++ {
		if negations.has(s.word(j)) {
			return true
		}
	}
	return negations.has(s.word(i - 1))
}

// impossible tells whether a sentence that begins with what is without goes on with a no: without T02 we cannot start.
func (s *sentence) impossible(cue, i int) bool {
	if s.reckless(i) {
		return true
	}
	if cue > 0 && s.word(cue-1) != "and" || s.word(0) != "without" {
		return false
	}
	for j := i + 1; j < len(s.toks); j++ {
		switch w := s.word(j); {
		case s.at(j).mention() && s.word(j-1) != "(":
			return false
		case w == "cannot", w == "nothing" && s.word(j+1) != "changes", w == "impossible", w == "pointless",
			w == "not" && (aux.has(s.word(j-1)) || s.word(j-1) == "do") && s.word(j+1) != "matter" && s.word(j+1) != "depend" && s.word(j+1) != "need":
			return true
		}
	}
	return false
}

// reckless takes "doing this without the alert would be reckless".
func (s *sentence) reckless(i int) bool {
	for j := i + 1; j < len(s.toks) && !s.boundary(j); j++ {
		if w := s.word(j); w == "would" || w == "is" || w == "makes" {
			return s.senseless(j + 1)
		}
	}
	return false
}

// unless takes "it stays pending unless T02 is done" and "does not start unless T02 is through".
func (s *sentence) unless(i, cue int) bool {
	if s.word(cue) != "unless" || s.hedged(cue) || s.at(i).any {
		return false
	}
	j := i + 1
	for aux.has(s.word(j)) {
		j++
	}
	if !completion.has(s.word(j)) {
		return false
	}
	waits := false
	for k := range cue {
		switch s.word(k) {
		case "stays", "stay", "remains", "remain", "fails", "fail", "hangs", "blocked", "waits", "pending", "refuses", "useless", "impossible", "not", "cannot", "nothing", "never":
			waits = true
		case "skip", "skipped", "drop", "cancel":
			return false
		}
	}
	if !waits {
		return false
	}
	s.edge(s.subject(cue), s.at(i), s.at(i).span, true)
	return true
}

// edge notes that the mention at subject, or else the task of the section, needs what t mentions.
func (s *sentence) edge(subject int, t token, span text.Span, strong bool) {
	from := []*node{s.me}
	if subject >= 0 {
		from = s.at(subject).nodes
	}
	for _, f := range from {
		for _, to := range t.nodes {
			s.add(f, to, span, strong)
		}
	}
}

// waits takes "blocks T05", said of the subject or of the task itself.
func (s *sentence) waits(i, cue int) {
	if s.negated(cue, false) || s.hedged(cue) || s.anymore(i) || s.supposed(context{start: cue}) || s.at(i).poss && facets.has(s.word(i+1)) {
		return
	}
	s.firstIs(s.subject(cue), s.at(i))
}

// firstIs notes that what t mentions needs the mention at subject, or else the task of the section. A decision that
// stands in that section is part of the task.
func (s *sentence) firstIs(subject int, t token) {
	firsts := []*node{s.me}
	if x := s.about[s.passage]; x != nil {
		firsts = []*node{x}
	}
	if subject >= 0 {
		firsts = s.at(subject).nodes
		if len(firsts) == 1 && firsts[0].decision && s.me != nil && firsts[0].in == s.me.task && s.passage.kind == item {
			firsts = append([]*node{s.me}, firsts...)
		}
	}
	for _, f := range t.nodes {
		for _, to := range firsts {
			s.add(f, to, t.span, true)
		}
	}
}

// add notes an edge, if it leads from a task to an earlier task, a decision, or another plan.
func (g *grammar) add(from, to *node, span text.Span, strong bool) {
	switch {
	case from == nil || to == nil || from == to || from.task == nil:
		return
	case to.foreign && !strong:
		return
	case to.task != nil && to.rank >= from.rank:
		return
	case to.decision && to.in != nil && to.in == from.task && !strong:
		return
	}
	key := [2]string{from.id, to.id}
	if e := g.known[key]; e != nil {
		if e.Span.Start == span.Start {
			return
		}
		e.also = append(e.also, evidence{g.here, span})
		return
	}
	e := &Edge{From: from.id, To: to.id, Span: span, passage: g.here, from: from, to: to, soft: g.soft, faint: g.faint}
	g.known[key] = e
	if to.task != nil && from.rank < maxTopics {
		g.leadsTo[from.id] = append(g.leadsTo[from.id], to.id)
	}
	g.edges = append(g.edges, e)
}
