package prose

import (
	"cmp"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// refer reads what a passage says of other tasks without their ids: "once the mirror answers", in a section behind the
// one that is called "Set up an image mirror".
func (g *grammar) refer(p *passage) {
	me := g.names.byTask[p.owner]
	if p.kind == cell && p.at == 0 {
		return
	}
	g.here = p
	label, from := g.label(p)
	scope := g.inherited(p)
	toks := g.names.tokens(p.span)
	var last *token // the one task that the sentence before spoke of
	for n, part := range sentences(toks) {
		if len(part) > maxSentence || part[len(part)-1].is("?") {
			continue
		}
		s := &sentence{grammar: g, toks: part, passage: p, me: me, found: make([]role, len(part)), before: last}
		last = s.single()
		in := scope
		if label != nothing && part[len(part)-1].span.End > from {
			in = label
		}
		if in == needed && (n == 0 || label == nothing) {
			s.listedNeeds(from)
		}
		s.denies()
		s.clauses()
		s.takes()
	}
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
}

// clauses takes the clauses of a sentence that say what has to be there first.
func (s *sentence) clauses() {
	for j := range s.toks {
		if s.at(j).mention() {
			continue
		}
		c, ok := s.opensNeed(j)
		if !ok {
			s.waited(c, j)
			s.mustBe(j)
			s.required(j)
			s.wanted(j)
			s.lacking(j)
			s.doFirst(j)
			continue
		}
		if s.everything(c, j) {
			continue
		}
		for _, part := range s.parts(j+1, false) {
			if c.role != before && s.past(j, part.to) || s.fails(part) {
				continue
			}
			if c.doubt && !s.reached(part) {
				continue
			}
			if !s.standsFor(c, part) {
				s.needs(c.start, part)
			}
		}
	}
}

// reached tells whether a part says of what it speaks of what its task is there for: the history is clean.
func (s *sentence) reached(part stretch) bool {
	x := s.resolve(part)
	if x == nil {
		return false
	}
	verb := false
	for i := part.from; i < part.to; i++ {
		w := s.word(i)
		if verb && !aux[w] && !blank[w] {
			return s.topics.get(stem(plainWord(w))).title&bitOf(x) != 0
		}
		verb = verb || w == "is" || w == "are"
	}
	return false
}

// fails tells whether a part speaks of something that goes wrong, or comes to an end: once the disk is full.
func (s *sentence) fails(part stretch) bool {
	for i := part.from + 1; i < part.to; i++ {
		if w := s.word(i); failing[w] || spent[w] && aux[s.word(i-1)] {
			return true
		}
	}
	return false
}

// failing are words for that.
var failing = set(`broken lost fail fails failed failing crash crashes crashed break breaks dies died exceeds exceeded expire expires expired
	overflows misses missed complains complain unreachable unavailable disappears leaks hangs stuck exhausted overloaded outdated stale`)

// spent are words for that behind is and are.
var spent = set(`full late wrong down slow dead red old empty gone`)

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
	if s.negated(c.start, false) || s.hedged(c.start) || s.supposed(c) || !definites[s.word(j+1)] && !s.at(j+1).title || s.word(j+1) == "that" || s.word(j+1) == "those" {
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
	for start < i && startOK[s.word(start)] && !owners[s.word(start)] {
		start++
	}
	return start == i || s.word(start) == "this" || s.word(start) == "it" || aux[s.word(start)] || participle(s.word(start))
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
	all := w == "all" && (next == "above" || (elsewhere[next] || next == "preceding") && next != "the" && (s.word(k+2) == "tasks" || s.word(k+2) == "steps" || s.word(k+2) == "items") || next == "others") ||
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
	if definites[s.word(j+1)] && s.word(end) == "to" && (s.word(end+1) == "have" || s.word(end+1) == "be" && completion[s.word(end+2)]) {
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
		w == "not" && (completion[s.word(k+2)] || thoroughly[s.word(k+2)] || s.word(k+2) == "been" || s.word(k+2) == "there" || s.word(k+2) == "yet" || s.word(k+2) == "online"):
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

// pronouns stand for what was spoken of last.
var pronouns = set(`it they those these them both`)

// antecedent returns the last noun with an article before i that can be a task's.
func (s *sentence) antecedent(i int) (stretch, bool) {
	for j := i - 1; j >= 0; j-- {
		if s.at(j).title {
			return stretch{j, j + 1}, true
		}
		if !definites[s.word(j)] && s.word(j) != "a" && s.word(j) != "an" {
			continue
		}
		end := min(s.nounEnd(j+1), i)
		for k := j + 1; k < end; k++ {
			if isWord(s.word(k)) && !blank[s.word(k)] {
				return stretch{j, end}, s.word(j) != "a" && s.word(j) != "an"
			}
		}
	}
	return stretch{}, false
}

// standsFor takes "once it has been switched", where it is what was spoken of before; it tells whether the part begins so.
func (s *sentence) standsFor(c context, part stretch) bool {
	if !pronouns[s.word(part.from)] {
		return false
	}
	if next := s.word(part.from + 1); !aux[next] && !completion[next] && !isVerb(next) {
		return true
	}
	if np, ok := s.antecedent(c.start); ok {
		if np.from == s.clause(c.start) { // the boats float once they are built
			return true
		}
		x := s.resolveWith(np, part)
		if x != nil {
			s.edge(-1, token{nodes: []*node{x}}, s.spanOf(part), false)
		}
		return true
	}
	if t := s.before; t != nil && !t.any {
		s.edge(-1, *t, s.spanOf(part), true)
	}
	return true
}

// resolveWith resolves a noun, with further words to tell which of several tasks it is about.
func (s *sentence) resolveWith(np, more stretch) *node {
	subject, _, named, ok := s.stems(np)
	if !ok || named != nil || len(subject) == 0 {
		return named
	}
	_, rest, _, _ := s.stems(more)
	x, _ := s.best(subject, slices.Concat(subject, rest), s.me, false)
	return x
}

// stretch is a row of tokens.
type stretch struct{ from, to int }

// needs notes that the task needs what a stretch speaks of.
func (s *sentence) needs(cue int, part stretch) {
	var x *node
	for i := part.from; i < part.to && !aux[s.word(i)]; i++ {
		if s.word(i) == "old" {
			return
		}
	}
	if w := s.word(part.from); w == "a" || w == "an" {
		x = s.worked(part.from, s.nounEnd(part.from+1))
	} else {
		x = s.resolve(part)
	}
	if x == nil || cue >= 0 && !times[s.word(part.from-1)] && bareNeeds[s.word(cue)] && !s.clausal(part.from, part.to) && mends(x) {
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

func (s *sentence) spanOf(part stretch) text.Span {
	return text.Span{Start: s.toks[part.from].span.Start, End: s.toks[part.to-1].span.End}
}

var (
	// times begin a clause of what comes first.
	times = set(`as after once until till when provided that upon soon moment minute instant`)
	// definites stand before what is known already.
	definites = set(`the our their its that those these both all every each his her your`)
	// elsewhere makes of a noun another one than that of this plan.
	elsewhere = set(`last previous existing current present usual other another similar earlier original recent former own a an any some such no`)
	// stays wait for an end.
	stays = set(`stay stays remain remains wait waits hold holds keep keeps postpone postponed pause paused blocked pending impossible pointless useless`)
)

// bareNeeds are cues behind which a noun alone can be something that was there before.
var bareNeeds = set(`need needs needing require requires requiring relies rely assumes assume`)

// opensNeed tells whether the words that end at j say that what follows has to come first.
func (s *sentence) opensNeed(j int) (context, bool) {
	c := s.phrase(j)
	if c.role == nothing {
		switch s.word(j) {
		case "when":
			c = context{role: needed, start: j}
		case "with":
			c = context{role: needed, start: j}
		case "that", "if":
			if w := s.word(j - 1); w == "enough" || w == "suffices" || w == "sufficient" {
				c = context{role: needed, start: j - 1}
			}
		}
	}
	if c.role != needed && c.role != before || s.word(c.start-1) == "or" || s.word(j+1) == "or" {
		return c, false
	}
	k := j + 1
	for fillers[s.word(k)] && !definites[s.word(k)] {
		k++
	}
	first := k
	for fillers[s.word(k)] {
		k++
	}
	if s.at(first).mention() || s.at(k).mention() || s.word(first) == "to" {
		return c, false
	}
	if c.role == before && !s.negated(c.start, false) || c.role == before && s.held(c.start) {
		return c, false
	}
	if c.role == needed && s.negated(c.start, c.flips) || s.hedged(c.start) || s.supposed(c) || s.anymore(j) && c.role != before {
		return c, false
	}
	w := s.word(j)
	switch {
	case w == "with":
		return c, s.withDone(j)
	case w == "when":
		c.doubt = s.word(j-1) != "only" && s.word(j-1) != "first" && !s.perfect(j)
	case w == "without":
		return c, s.denied(c.start) || s.impossible(c.start, j)
	case w == "until" || w == "till":
		waits := c.start < j
		for i := range c.start {
			waits = waits || stays[s.word(i)] || negations[s.word(i)]
		}
		if !waits {
			return c, false
		}
	case times[w], c.role == before:
	default:
		if !definites[s.word(first)] && !s.at(first).upper && s.word(first) != "a" && s.word(first) != "an" {
			return c, false
		}
	}
	return c, true
}

// past tells whether the clause before j, or the words up to end, tell of what was.
func (s *sentence) past(j, end int) bool {
	if s.word(j) == "that" || s.word(j-1) == "only" || s.word(j-1) == "first" || s.word(j-1) == "not" {
		return false
	}
	for i := s.clause(j); i < end; i++ {
		if w := s.word(i); w == "was" || w == "were" || w == "had" || w == "did" {
			return true
		}
	}
	return false
}

// perfect tells whether the clause behind j speaks of what is reached: the boats have left, the boats are ready.
func (s *sentence) perfect(j int) bool {
	for i := j + 1; i < len(s.toks) && i < j+9; i++ {
		switch w := s.word(i); {
		case w == "," || w == ".":
			return false
		case w == "has" || w == "have":
			return i > j+1 && s.word(i+1) != "to" && s.word(i+1) != "a" && s.word(i+1) != "the"
		case w == "is" || w == "are":
			for aux[s.word(i+1)] || s.word(i+1) == "fully" || s.word(i+1) == "all" {
				i++
			}
			return completion[s.word(i+1)] || thoroughly[s.word(i+1)]
		}
	}
	return false
}

// withDone tells whether "with the mirror up" goes on behind j: a noun and that it is there.
func (s *sentence) withDone(j int) bool {
	for i := j + 2; i < len(s.toks) && i < j+9; i++ {
		w := s.word(i)
		if w == "," || aux[w] {
			return false
		}
		if completion[w] && (s.word(i+1) == "" || !isWord(s.word(i+1)) || s.word(i+1) == "place" || s.word(i+1) == "operation" || s.word(i+1) == "and") {
			return true
		}
	}
	return false
}

// mustBe takes "the mirror must answer before the first sync", with must at j.
func (s *sentence) mustBe(j int) {
	k := j + 1
	switch s.word(j) {
	case "must":
	case "has", "have", "needs", "need":
		if s.word(j+1) != "to" {
			return
		}
		k++
	default:
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
	for start < j && (startOK[s.word(start)] || s.word(start) == "obviously") && !definites[s.word(start)] {
		start++
	}
	if start == j || s.word(j+1) == "not" || lasting[s.word(k)] || s.hedged(j) || s.negated(j, false) {
		return
	}
	for i := start; i < j; i++ {
		if s.at(i).mention() {
			return
		}
	}
	if w := s.word(start + 1); w != "which" && w != "whom" {
		start = s.noun(start, j)
	}
	part := stretch{start, j}
	end := s.clauseEnd(k)
	x := s.resolve(part)
	if pronouns[s.word(start)] || s.word(start) == "which" || s.word(start) == "that" && start > 0 {
		if np, ok := s.antecedent(start); ok {
			x = s.resolveWith(np, stretch{k, end})
		}
	}
	if x == nil {
		return
	}
	ok := false
	for i := k; i < end; i++ {
		w := s.word(i)
		if w == "every" || w == "always" || w == "daily" || w == "weekly" || w == "times" {
			return
		}
		ok = ok || completion[w] && (aux[s.word(i-1)] || thoroughly[s.word(i-1)]) || w == "by" && s.word(i+1) == "then" || w == "beforehand" || w == "already" || w == "first" || w == "before" || w == "otherwise" ||
			w == "for" && (s.word(i+1) == "that" || s.word(i+1) == "this") && i+2 == end || s.topics.get(stem(w)).title&bitOf(x) != 0
	}
	if ok {
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
	for start < j-1 && startOK[s.word(start)] && !definites[s.word(start)] {
		start++
	}
	if start = s.noun(start, j-1); start < j-1 && !s.hedged(j) && !s.negated(j, false) {
		s.needs(-1, stretch{start, j - 1})
	}
}

// noun returns where the noun begins that ends at end, behind what a preposition at from puts before it: for the tests the
// lamp is needed.
func (s *sentence) noun(from, end int) int {
	if !isPreposition(s.word(from)) {
		return from
	}
	for i := end - 1; i > from; i-- {
		if definites[s.word(i)] {
			return i
		}
	}
	return from
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

// clauseEnd returns where the clause ends that the token at i is in.
func (s *sentence) clauseEnd(i int) int {
	for i < len(s.toks) && !s.ends(i) {
		i++
	}
	return i
}

// ends tells whether a clause can end at i.
func (s *sentence) ends(i int) bool { return clauseEnds[s.word(i)] }

var (
	clauseEnds = set(". ; : — – ! ( ) but so because ,")
	// stops end what a cue is about.
	stops = set(". ; : — – ! ( ) but so because then while whereas otherwise after before until once when")
)

// parts splits what a cue is about at and; with every, also at commas.
func (s *sentence) parts(from int, every bool) []stretch {
	var out []stretch
	start := from
	add := func(to int) {
		for start < to && fillers[s.word(start)] && !definites[s.word(start)] {
			start++
		}
		if start < to {
			out = append(out, stretch{start, to})
		}
		start = to + 1
	}
	for i := from; ; i++ {
		w := s.word(i)
		switch {
		case i >= len(s.toks), !every && stops[w]:
			add(min(i, len(s.toks)))
			return out
		case w == "or":
			return nil
		case w == "and", w == "+", w == "&", w == "plus":
			if !every && s.clausal(start, i) && !s.clausal(i+1, s.stop(i+1)) {
				add(i)
				return out
			}
			add(i)
		case w == ",":
			if !every && (s.clausal(start, i) || !s.goesOn(i+1)) {
				add(i)
				return out
			}
			add(i)
		}
	}
}

// stop returns where the words end that follow i, up to a comma or the end of the clause.
func (s *sentence) stop(i int) int { return s.clauseEnd(i) }

// clausal tells whether a stretch has a verb.
func (s *sentence) clausal(from, to int) bool {
	for i := from; i < to; i++ {
		if w := s.word(i); aux[w] && w != "all" && w != "both" && w != "each" && w != "first" && w != "to" || i > from && (isVerb(w) || s.word(i-1) == "they") {
			return true
		}
	}
	return false
}

// isVerb is a guess at whether a word is a verb of the third person.
func isVerb(w string) bool {
	return thirds[w]
}

var thirds = set(`answers answer works runs shows says stays holds passes starts goes looks gave hand hands ran went`)

// goesOn tells whether a list of nouns goes on behind a comma: wiki, forge and VPN.
func (s *sentence) goesOn(i int) bool {
	for j := i; j < i+6; j++ {
		switch s.word(j) {
		case "and":
			return j > i || true
		case ",":
			return j > i && s.goesOn(j+1)
		case "":
			return false
		}
	}
	return false
}

// last returns the last of some tasks before a place, if it needs each of the others; -1 where it does not.
func (g *grammar) last(before int, is func(int) bool) int {
	top := before - 1
	for top >= 0 && !is(top) {
		top--
	}
	leads := map[string][]string{}
	for k := range g.known {
		leads[k[0]] = append(leads[k[0]], k[1])
	}
	for r := range top {
		if is(r) && !reaches(leads, g.topics.tasks[top].id, g.topics.tasks[r].id) {
			return -1
		}
	}
	return top
}

// resolve returns the earlier task that a stretch speaks of; nil where that is none, or not clear.
func (s *sentence) resolve(part stretch) *node {
	subject, all, named, ok := s.stems(part)
	switch {
	case !ok:
		return nil
	case len(all) == 0:
		return named
	}
	if x, clear := s.best(subject, all, s.me, false); clear {
		return x
	}
	if len(subject) == 1 && s.at(part.from).upper && !s.at(part.from).code {
		if x, clear := s.best(subject, all, s.me, true); clear {
			return x
		}
	}
	if named != nil {
		return named
	}
	if len(all) == len(subject) || len(subject) > 0 && s.broken(part) != "of" {
		return nil
	}
	x, _ := s.best(all, all, s.me, false)
	if x != nil && len(subject) > 0 && !slices.ContainsFunc(all, func(w string) bool { return s.topics.get(w).title&bitOf(x) != 0 }) {
		return nil
	}
	return x
}

// broken returns the word behind the first noun of a stretch: the activation of the policy.
func (s *sentence) broken(part stretch) string {
	seen := false
	for i := part.from; i < part.to; i++ {
		w := s.word(i)
		if seen && (aux[w] || isPreposition(w) || isVerb(w)) {
			return w
		}
		seen = seen || isWord(w) && !blank[w]
	}
	return ""
}

// stems returns the stems of a stretch: of its subject, and of all; the task whose whole title stands in it; and whether
// it can speak of a task of this plan.
func (s *sentence) stems(part stretch) (subject, all []string, named *node, ok bool) {
	main := true
	for i := part.from; i < part.to; i++ {
		w := s.word(i)
		t := s.at(i)
		if t.title && len(t.nodes) == 1 {
			if main {
				return nil, nil, t.nodes[0], true
			}
			named = t.nodes[0]
			continue
		}
		if t.mention() || negations[w] && (main || aux[s.word(i-1)]) || elsewhere[w] && main {
			return nil, nil, nil, false
		}
		if i > part.from && (aux[w] || isPreposition(w) || isVerb(w)) && len(subject) > 0 {
			main = false
		}
		if !isWord(w) || blank[w] {
			continue
		}
		st := stem(plainWord(w))
		all = append(all, st)
		if main {
			subject = append(subject, st)
		}
	}
	return subject, all, named, true
}

// best returns the earlier task that stems fit best, and whether that is clear, or clear that it is none. more breaks a
// tie; of a name the first task that brings it up will do.
func (g *grammar) best(stems, more []string, me *node, name bool) (*node, bool) {
	t := g.topics
	scores, wide := t.score(stems), t.score(more)
	less := func(a, b int) int {
		return cmp.Or(int(scores[a].title)-int(scores[b].title), int(wide[a].title)-int(wide[b].title), int(wide[a].lead)-int(wide[b].lead))
	}
	top, tied := -1, false
	for r := range min(me.rank, maxTopics) {
		switch {
		case scores[r].title == 0:
		case top < 0 || less(r, top) > 0:
			top, tied = r, false
		case less(r, top) == 0:
			tied = true
		}
	}
	if top < 0 {
		return g.led(stems, scores, int(wide[min(me.rank, maxTopics-1)].title), me, name)
	}
	if tied {
		first := top
		if top = g.last(min(me.rank, maxTopics), func(r int) bool { return scores[r].title > 0 && less(r, first) == 0 }); top < 0 {
			return nil, false
		}
	}
	for r := me.rank; r < min(len(t.tasks), maxTopics); r++ {
		if scores[r].title > scores[top].title || r == me.rank && scores[r].title >= scores[top].title && less(r, top) >= 0 {
			return nil, true
		}
	}
	return t.tasks[top], true
}

// led is best where no title has any of the stems: the first words of the tasks have to do. own is how well the title of
// the task itself fits.
func (g *grammar) led(stems []string, scores *matches, own int, me *node, name bool) (*node, bool) {
	for _, s := range stems {
		if g.topics.outside(s) || !name && len(s) > 3 && !g.hints.rare(s) {
			return nil, false
		}
	}
	top, tied := -1, false
	for r := range min(me.rank, maxTopics) {
		switch n := scores[r].lead; {
		case n == 0:
		case top < 0 || n > scores[top].lead:
			top, tied = r, false
		case n == scores[top].lead:
			tied = true
		}
	}
	if top < 0 || tied && !name || int(scores[top].lead) <= own {
		return nil, false
	}
	return g.topics.tasks[top], true
}

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
		if !negations[w] && !apart[w] {
			continue
		}
		from, to := s.clause(j), s.clauseEnd(j)
		bound, binds := false, apart[w]
		for i := from; i < to; i++ {
			bound = bound || bounds[s.word(i)]
			binds = binds || bindings[s.word(i)]
		}
		if bound || !binds {
			continue
		}
		for i := from; i < to; i++ {
			t := s.at(i)
			for _, x := range t.nodes {
				s.deny(x)
			}
			if t.mention() || !isWord(t.word) || blank[t.word] {
				continue
			}
			if r, ok := one(s.topics.get(stem(plainWord(t.word))).title); ok {
				s.deny(s.topics.tasks[r])
			}
		}
	}
}

func (s *sentence) deny(x *node) { s.grammar.denied[[2]string{s.me.id, x.id}] = true }
