package prose

import "slices"

// takes finds what a sentence takes from another task by what it is: "push to the mirror", "the list we made".
func (s *sentence) takes() {
	for i := range s.toks {
		if i > 0 && s.at(i).upper && !s.at(i).mention() {
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

// takesName takes "load it into Varnish": a name that only one title has.
func (s *sentence) takesName(i int) {
	switch s.word(i - 1) {
	case "into", "onto", "against", "via", "through", "from", "in", "on":
	default:
		return
	}
	st := stem(plainWord(s.word(i)))
	o := s.topics.by[st]
	if o == nil || len(o.title) != 1 || s.topics.outside[st] || o.title[0] >= s.me.rank || s.at(i+1).upper || s.at(i+1).code || blank[s.word(i)] {
		return
	}
	s.uses1(i, i+1, s.topics.tasks[o.title[0]])
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
	if s.negated(i, false) || s.hedged(i) || s.anymore(end-1) || s.compared(i) || s.imagined(end-1) {
		return
	}
	if c := s.left(i); c.role == aside || c.role == before || c.role == waiter {
		return
	}
	s.edge(s.subject(i), token{nodes: []*node{x}}, text0(s, i, end), false)
}

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
	// the replicated claims, the released role
	if w := s.word(i + 1); end > i+2 && len(w) > 4 && (irregular[w] || len(w) > 2 && w[len(w)-2:] == "ed") && s.put(i) {
		if x := s.pairOf(stem(w), stems[1:]); x != nil {
			return x
		}
	}
	// the bucket we just created, the mirror that was set up
	if verb := s.madeBy(end); verb != "" {
		if x := s.pairOf(verb, stems); x != nil {
			return x
		}
	}
	if len(stems) > 1 {
		if x := s.introducedBy(head, stems); x != nil {
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
	return s.introducedBy(head, stems)
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

// fromHere tells whether the words before i take something from there, or put something to use.
func (s *sentence) fromHere(i int) bool {
	switch w := s.word(i - 1); w {
	case "from":
		return true
	case "against", "into", "onto", "via", "using":
		return true
	case "with":
		return true
	case "in", "on", "by":
		p := s.word(i - 2)
		return (participle(p) || len(p) > 4 && p[len(p)-2:] == "ed") && !placed[p] && !said[p] || s.word(i) == "our" && s.word(i-1) == "on"
	default:
		return users[w] || s.phrase(i-1).role == origin
	}
}
