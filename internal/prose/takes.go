package prose

import "slices"

// takes finds what a sentence takes from another task by what it is: "push to the mirror", "the list we made".
func (s *sentence) takes() {
	for i := range s.toks {
		switch t := s.at(i); {
		case t.title && len(t.nodes) == 1:
			s.takesTitle(i)
		case i > 0 && t.upper && !t.mention():
			s.takesName(i)
		}
		if !definites[s.word(i)] || s.word(i) == "all" || s.word(i) == "both" || s.word(i) == "each" {
			continue
		}
		end := s.nounEnd(i + 1)
		if end == i+1 {
			continue
		}
		if x := s.taken(i, end); x != nil {
			s.uses1(i, end, x)
		}
	}
}

// takesTitle takes "each system in the asset register", where that is a task's whole title.
func (s *sentence) takesTitle(i int) {
	j := i
	if definites[s.word(i-1)] {
		j--
	}
	if s.fromHere(j) {
		s.uses1(j, i+1, s.at(i).nodes[0])
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
	o := s.topics.by[st]
	if o == nil || s.topics.outside[st] || s.at(i+1).upper || s.at(i+1).code || blank[s.word(i)] {
		return
	}
	switch {
	case len(o.title) == 1 && o.title[0] < s.me.rank:
		s.uses1(i, i+1, s.topics.tasks[o.title[0]])
	case len(o.title) == 0 && len(o.named) > 0 && o.named[0] < s.me.rank && (len(o.lead) == 0 || o.lead[0] >= o.named[0]) && (len(o.intro) == 0 || o.intro[0] >= o.named[0]):
		s.uses1(i, i+1, s.topics.tasks[o.named[0]])
	}
}

// nounEnd returns where a noun with its adjectives ends that begins at i.
func (s *sentence) nounEnd(i int) int {
	j := i
	for j < i+5 && (isWord(s.word(j)) || s.at(j).code) {
		w := s.word(j)
		if aux[w] || isPreposition(w) || startOK[w] || definites[w] || w == "and" || w == "or" || w == "as" || w == "into" || isVerb(w) || owners[w] || cues()[w] != nil {
			break
		}
		j++
		if s.at(j - 1).poss {
			break
		}
	}
	return j
}

func (s *sentence) uses1(i, end int, x *node) {
	if s.negated(i, false) || s.hedged(i) || s.anymore(end-1) || s.compared(i) && !comparing2[s.word(0)] || s.imagined(end-1) {
		return
	}
	if c := s.left(i); c.role == aside || c.role == before || c.role == waiter {
		return
	}
	s.edge(s.subject(i), token{nodes: []*node{x}}, text0(s, i, end), false)
}

// comparing2 are verbs that put two things side by side: both are needed for that.
var comparing2 = set(`compare`)

// taken returns the task that "the bucket we just created" and "from the survey" come from, between i and end.
func (s *sentence) taken(i, end int) *node {
	var stems, title []string
	for j := i + 1; j < end; j++ {
		w := s.word(j)
		if s.at(j).mention() || s.at(j).code || elsewhere[w] || negations[w] {
			return nil
		}
		if !isWord(w) || blank[w] {
			continue
		}
		st := stem(plainWord(w))
		stems = append(stems, st)
		if s.topics.by[st] != nil && len(s.topics.by[st].title) > 0 {
			title = append(title, st)
		}
	}
	if len(stems) == 0 || s.at(end).code {
		return nil
	}
	head := stems[len(stems)-1]
	if x := s.worked(i, end); x != nil {
		return x
	}
	// the bucket we just created, the mirror that was set up
	if verb := s.madeBy(end); verb != "" {
		if x := s.pairOf(verb, stems); x != nil {
			return x
		}
	}
	if len(stems) > 1 {
		if x := s.introducedBy(head, stems); x != nil && s.word(end) != "of" && s.word(end) != "for" && s.word(end) != "in" {
			return x
		}
	}
	if !s.fromHere(i) {
		return nil
	}
	if slices.Contains(title, head) || len(title) > 1 {
		if x, ok := s.best(stems, stems, s.me); ok && x != nil && slices.ContainsFunc(title, func(w string) bool { return slices.Contains(s.topics.by[w].title, x.rank) }) && s.sole(title, x) {
			return x
		}
		return nil
	}
	if x := s.introducedBy(head, stems); x != nil {
		return x
	}
	return s.ledBy(head)
}

// ledBy returns the earlier task that begins with a noun that no other task begins with.
func (s *sentence) ledBy(head string) *node {
	o := s.topics.by[head]
	if o == nil || s.topics.outside[head] || len(o.lead) == 0 || len(o.lead) > 2 || len(o.lead) == 2 && o.lead[1] != s.me.rank || len(o.title) > 0 || o.lead[0] >= s.me.rank || len(o.intro) > 0 && o.intro[0] != o.lead[0] {
		return nil
	}
	return s.topics.tasks[o.lead[0]]
}

// worked returns the task of "the replicated claims" and "the released role".
func (s *sentence) worked(i, end int) *node {
	w := s.word(i + 1)
	if end < i+3 || len(w) < 4 || !irregular[w] && w[len(w)-2:] != "ed" {
		return nil
	}
	verb := stem(w)
	var nouns []string
	for j := i + 2; j < end; j++ {
		if isWord(s.word(j)) && !blank[s.word(j)] {
			nouns = append(nouns, stem(plainWord(s.word(j))))
		}
	}
	if x := s.pairOf(verb, nouns); x != nil && (s.put(i) || slices.Contains(s.topics.by[verb].titles(), x.rank)) {
		return x
	}
	return nil
}

// sole tells whether one of some stems is in the title of no other task.
func (s *sentence) sole(stems []string, x *node) bool {
	for _, w := range stems {
		if t := s.topics.by[w].title; len(t) == 1 && t[0] == x.rank && !s.topics.outside[w] {
			return true
		}
	}
	return false
}

// introducedBy returns the one task before that speaks of the noun as of something new.
func (s *sentence) introducedBy(head string, stems []string) *node {
	o := s.topics.by[head]
	if o == nil || s.topics.outside[head] || len(o.intro) != 1 || o.intro[0] >= s.me.rank || len(o.title) > 0 {
		return nil
	}
	for _, w := range stems {
		if w != head && (s.topics.by[w] == nil || !slices.Contains(s.topics.by[w].lead, o.intro[0]) && !slices.Contains(s.topics.by[w].title, o.intro[0]) && !slices.Contains(s.topics.by[w].intro, o.intro[0])) {
			return nil
		}
	}
	return s.topics.tasks[o.intro[0]]
}

// pairOf returns the one earlier task of which both a verb and a noun tell.
func (s *sentence) pairOf(verb string, nouns []string) *node {
	v := s.topics.by[verb]
	var found *node
	for _, x := range s.topics.tasks[:s.me.rank] {
		title, hits := 0, 0
		for _, n := range nouns {
			o := s.topics.by[n]
			if o == nil {
				continue
			}
			if slices.Contains(o.title, x.rank) && (!s.topics.outside[n] || v != nil && slices.Contains(v.lead, x.rank)) {
				title++
			} else if s.topics.outside[n] {
				continue
			} else if slices.Contains(o.lead, x.rank) || slices.Contains(o.intro, x.rank) {
				hits++
			}
		}
		byVerb := 0
		if v != nil && slices.Contains(v.title, x.rank) {
			byVerb = 2
		} else if v != nil && slices.Contains(v.lead, x.rank) {
			byVerb = 1
		}
		if byVerb == 2 && title+hits > 0 || byVerb == 2 && len(v.title) == 1 || byVerb == 1 && title+hits > 0 || title > 0 && creators[verb] {
			if found != nil {
				return nil
			}
			found = x
		}
	}
	return found
}

// madeBy returns the verb of "we just created" and of "that was set up", which begin at i.
func (s *sentence) madeBy(i int) string {
	j := i
	if w := s.word(j); w == "that" || w == "which" {
		j++
	}
	who := s.word(j)
	switch {
	case who == "we" || who == "you" || who == "i":
		j++
		for aux[s.word(j)] || s.word(j) == "just" {
			j++
		}
		if w := s.word(j); makes(w) && (irregular[w] || len(w) > 2 && w[len(w)-2:] == "ed") {
			return stem(w)
		}
	case j > i && (who == "was" || who == "were" || who == "has" || who == "have"):
		for aux[s.word(j)] || s.word(j) == "just" {
			j++
		}
		if w := s.word(j); participle(w) {
			return stem(w)
		}
	case s.word(i) == "as" && participle(s.word(i+1)) && !said[s.word(i+1)]:
		return stem(s.word(i + 1))
	}
	return ""
}

// put tells whether something is done with, from or into what begins at i.
func (s *sentence) put(i int) bool {
	w := s.word(i - 1)
	return w == "from" || w == "with" || w == "into" || w == "onto" || w == "against" || w == "on" || w == "to" || w == "via" || w == "using" || w == "through" || w == "in" || w == "of" || w == "per" || w == "for" ||
		imperatives[w] || users[w] || runs[w]
}

// runs are verbs that carry something out.
var runs = set(`run runs execute try replay repeat test launch enable activate start boot open follow roll call promote schedule`)

// during are lengths of time.
var during = set(`day days week weeks month months night nights hours`)

// fromHere tells whether the words before i take something from there, or put something to use.
func (s *sentence) fromHere(i int) bool {
	switch w := s.word(i - 1); w {
	case "of":
		if during[s.word(i-2)] {
			return true
		}
		if !definites[s.word(i-3)] && !definites[s.word(i-4)] || facets[s.word(i-2)] || s.word(i-2) == "part" || s.word(i-2) == "scope" {
			return false
		}
		return s.uses(s.clause(i), i) || s.wants(i)
	case "from":
		return true
	case "against", "into", "onto", "via", "using":
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
		return (participle(p) || len(p) > 4 && p[len(p)-2:] == "ed") && !placed[p] && !said[p] || s.word(i) == "our" && s.word(i-1) == "on"
	default:
		return users[w] || s.phrase(i-1).role == origin
	}
}
