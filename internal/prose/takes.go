package prose

import (
	"math/bits"
	"slices"
	"strings"
)

// takes finds what a sentence takes from another task by what it is: "push to the mirror", "the list we made".
func (s *sentence) takes() {
	for i := range s.toks {
		switch t := s.at(i); {
		case t.title && len(t.nodes) == 1:
			s.takesTitle(i)
		case i > 0 && t.upper && !t.mention():
			s.takesName(i)
		case i > 1 && t.word != "" && isDigit(t.word[0]) && s.works(i-1):
			if x := s.compoundOf(i-1, i+1); x != nil { // on node 8
				s.use(i-1, i+1, x)
			}
		}
		if !definites.has(s.word(i)) {
			continue
		}
		if end := s.nounEnd(i + 1); end > i+1 {
			if x := s.source(i, end); x != nil {
				s.use(i, end, x)
			}
		}
	}
}

// source returns the task that the noun from i to end, with its article, comes from; nil where that is none, or not clear.
func (s *sentence) source(i, end int) *node {
	if w := s.word(i); w == "all" || w == "each" || w == "every" {
		if verb := s.madeBy(end); verb != "" {
			return s.pairOf(verb, s.nouns(i+1, end))
		}
		if w != "every" {
			return nil
		}
	}
	if s.tells(i+1, end+3) {
		if x := s.foundBy(i, end); x != nil {
			return x
		}
		if x := s.taken(i, end); x != nil {
			return x
		}
		if x := s.acquired(i, end); x != nil {
			return x
		}
	}
	if s.at(end).code || !s.works(i) {
		return nil
	}
	if x := s.compoundOf(i+1, end); x != nil {
		return x
	}
	if persons.has(s.word(end - 1)) {
		return nil
	}
	if x := s.titledBy(i, end); x != nil || !s.handles(i) || s.word(i) == "its" || s.word(i) == "their" {
		return x
	}
	if stems := s.nouns(i+1, end); len(stems) > 0 && s.word(i-1) != "of" && !slices.ContainsFunc(s.toks[i+1:end], func(t token) bool { return elsewhere.has(t.word) || t.word == "old" }) {
		head := stems[len(stems)-1]
		if x := s.ledBy(head); x != nil && s.noneOf(stems, x) && !s.at(end-1).code {
			return x
		}
		if x := s.introducedBy(head, stems, plural(s.word(end-1))); x != nil && s.word(end) != "of" && s.word(end) != "for" && len(head) > 3 && s.hints.only(s.word(end-1), x, s.me) {
			return x
		}
	}
	return nil
}

// nouns are the stems of what is said from i to end.
func (s *sentence) nouns(i, end int) []string {
	var out []string
	for ; i < end; i++ {
		if w := s.word(i); isWord(w) && !blank.has(w) {
			out = append(out, stem(plainWord(w)))
		}
	}
	return out
}

// tells tells whether a word from i to end may tell of a task before.
func (s *sentence) tells(i, end int) bool {
	for ; i < end && i < len(s.toks); i++ {
		t := &s.toks[i]
		if t.title || t.word != "" && isWord(t.word) && s.hints.tells(t.word, s.me) {
			return true
		}
	}
	return false
}

// takesTitle takes "each system in the asset register", where that is a task's whole title.
func (s *sentence) takesTitle(i int) {
	j := i
	if definites.has(s.word(i - 1)) {
		j--
	}
	x := s.at(i).nodes[0]
	switch w := s.word(j - 1); {
	case (w == "what" || w == "that" || w == "which") && telling.has(stem(s.word(i+1))):
		s.use(j, i+1, x)
	case s.fromHere(j), (w == "on" || w == "in" || w == "to") && x.task != nil && !mends(x):
		s.use(j, i+1, x)
	}
}

// takesName takes "load it into Varnish": a name that only one title has.
func (s *sentence) takesName(i int) {
	switch s.word(i - 1) {
	case "into", "onto", "against", "via", "through", "from", "in", "on":
	default:
		return
	}
	st := stem(plainWord(s.word(i)))
	o := s.topics.get(st)
	if s.at(i+1).upper || s.at(i+1).code || blank.has(s.word(i)) || s.topics.outside(st) {
		return
	}
	if r, ok := one(o.title); ok && r < s.me.rank {
		if x := s.topics.tasks[r]; !mends(x) {
			s.use(i, i+1, x)
		}
		return
	}
	first := bits.TrailingZeros64(o.named)
	if o.title == 0 && first < s.me.rank && bits.TrailingZeros64(o.lead) >= first && first < maxTopics {
		s.use(i, i+1, s.topics.tasks[first])
	}
}

// use notes that the task uses what the words from i to end speak of, unless the sentence says otherwise.
func (s *sentence) use(i, end int, x *node) {
	if s.negated(i, false) || s.hedged(i) || s.anymore(end-1) || s.compared(i) && !side.has(s.word(0)) || s.imagined(end-1) {
		return
	}
	if s.word(end) == "from" && s.word(end+1) == "time" { // from time to time
		return
	}
	switch s.word(s.clause(i)) {
	case "if", "whether", "skip", "ignore", "forget", "leave", "careful", "nobody", "somebody", "people", "others", "everybody", "everyone":
		return
	}
	for j := s.clause(i); j < i; j++ {
		if w := s.word(j); w == "who" || w == "whoever" || w == "anyone" || w == "whom" {
			return
		}
	}
	if c := s.left(i); c.role == aside && s.word(i-1) == "of" && s.word(i-2) == "part" && !mends(x) { // the exporter is part of the operator
	} else if c.role == before || c.role == waiter || c.role == aside && (s.word(i-1) != "using" && s.word(i-1) != "via" || s.word(end) == "as") {
		return
	}
	kept := s.faint
	s.faint = true // what is only used may have come by way of another task
	s.edge(s.subject(i), token{nodes: []*node{x}}, s.spanOf(stretch{i, end}), false)
	s.faint = kept
}

// side are verbs that put two things side by side: both are needed for that.
var side = set(`compare`)

// taken returns the task that "the bucket we just created" and "from the survey" come from, between i and end.
func (s *sentence) taken(i, end int) *node {
	var stems, title []string
	for j := i + 1; j < end; j++ {
		w := s.word(j)
		if s.at(j).mention() || s.at(j).code || elsewhere.has(w) || negations.has(w) || w == "old" {
			return nil
		}
		if !isWord(w) || blank.has(w) {
			continue
		}
		st := stem(plainWord(w))
		stems = append(stems, st)
		if s.topics.get(st).title != 0 {
			title = append(title, st)
		}
	}
	if len(stems) == 0 || s.at(end).code {
		return nil
	}
	if said := s.word(end - 1); (said == "above" || said == "earlier") && len(stems) > 1 && (makes(s.word(end-2)) || strings.HasSuffix(s.word(end-2), "ed")) {
		stems = stems[:len(stems)-1] // the page introduced above
		if x, ok := s.best(stems, stems, s.me, false); ok && x != nil {
			return x
		}
		return s.introducedBy(stems[len(stems)-1], stems, plural(s.word(end-1)))
	}
	head := stems[len(stems)-1]
	if x := s.turnedUp(end, stems); x != nil {
		return x
	}
	if x := s.worked(i, end); x != nil {
		return x
	}
	if finished.has(s.word(i+1)) && len(title) > 0 {
		if x, ok := s.best(title, title, s.me, false); ok && x != nil && s.topics.get(head).title == bitOf(x) {
			return x
		}
	}
	// the bucket we just created, the mirror that was set up
	if verb := s.madeBy(end); verb != "" {
		if x := s.pairOf(verb, stems); x != nil {
			return x
		}
	}
	if len(stems) > 1 && s.works(i) {
		if x := s.introducedBy(head, stems, plural(s.word(end-1))); x != nil && s.word(end) != "of" && s.word(end) != "for" && s.word(end) != "in" {
			return x
		}
	}
	if !s.fromHere(i) {
		return nil
	}
	if slices.Contains(title, head) || len(title) > 1 {
		if x, ok := s.best(stems, stems, s.me, false); ok && x != nil && s.sole(title, x) && !mends(x) && s.noneOf(stems, x) {
			return x
		}
		return nil
	}
	if x := s.introducedBy(head, stems, plural(s.word(end-1))); x != nil {
		if w := s.word(i - 1); (w == "on" || w == "in") && len(head) < 4 {
			return nil // a short word is said of many things
		}
		return x
	}
	if x := s.ledBy(head); x != nil && s.allOf(stems, x) {
		return x
	}
	return nil
}

// fromHere tells whether the words before i take something from there, or put something to use.
func (s *sentence) fromHere(i int) bool {
	switch w := s.word(i - 1); w {
	case "of":
		if during.has(s.word(i-2)) || results.has(s.word(i-2)) {
			return true
		}
		if !definites.has(s.word(i-3)) && !definites.has(s.word(i-4)) || facets.has(s.word(i-2)) || s.word(i-2) == "part" || s.word(i-2) == "scope" {
			return false
		}
		return s.uses(s.clause(i), i) || s.wants(i)
	case "from":
		return true
	case "against":
		return s.word(i-2) != "decided" && s.word(i-2) != "decide"
	case "into", "onto", "via", "using", "inside", "within":
		return true
	case "with":
		return true
	case "in", "on", "by":
		if w != "by" {
			for j := s.clause(i); j < i-1; j++ {
				if q := s.word(j); q == "each" || q == "every" || q == "all" {
					return true
				}
			}
		}
		p := s.word(i - 2)
		return (participle(p) || len(p) > 4 && p[len(p)-2:] == "ed") && !placed.has(p) && !said.has(p) || s.word(i) == "our" && s.word(i-1) == "on"
	default:
		return users.has(w) || calling.has(w) || s.phrase(i-1).role == origin
	}
}

// put tells whether something is done with, from or into what begins at i.
func (s *sentence) put(i int) bool {
	w := s.word(i - 1)
	return w == "from" || w == "with" || w == "into" || w == "onto" || w == "against" || w == "on" || w == "to" || w == "via" || w == "using" || w == "through" || w == "in" || w == "of" || w == "per" || w == "for" ||
		imperatives.has(w) || users.has(w) || runs.has(w)
}

// runs are verbs that carry something out.
var runs = set(`run runs execute try replay repeat test launch enable activate start boot open follow roll call promote schedule`)

// results are what comes out of a task.
var results = set(`outcome outcomes result results output outputs findings`)

// calling are further verbs that use what follows.
var calling = set(`call calls query invoke invokes attach connect connects`)

// during are lengths of time.
var during = set(`day days week weeks month months night nights hours`)

// foundBy returns the task whose result does something in "that the audit found", with the article at i.
func (s *sentence) foundBy(i, end int) *node {
	if w := s.word(i - 1); w != "that" && w != "which" && w != "what" && w != "whatever" && w != "everything" && w != "as" {
		return nil
	}
	if s.phrase(i-1).role != nothing {
		return nil
	}
	for k := i + 2; k <= end; k++ {
		if w := s.word(k); makes(w) || telling.has(stem(plainWord(w))) {
			return s.resolve(stretch{i, k})
		}
	}
	return nil
}

// telling are verbs of results that say something.
var telling = stems(`name show list tell say find send report count give propose reveal return allow leave print contain flag mark see measure hand`)
