package prose

import (
	"bytes"
	"slices"
	"strings"
)

// inGerman tells whether a text can have sentences in German: words stand in it that nearly all of them have.
func inGerman(src []byte) bool {
	return slices.ContainsFunc(germanMarks, func(w []byte) bool { return bytes.Contains(src, w) })
}

var germanMarks = [][]byte{[]byte(" und "), []byte(" der "), []byte(" ist "), []byte(" nicht "), []byte(" nach ")}

// speaksGerman tells whether a sentence is in German: more of its words are than are English.
func (g *grammar) speaksGerman(toks []token) bool {
	if !g.german {
		return false
	}
	german, english, sure := 0, 0, false
	for i := range toks {
		switch w := toks[i].word; {
		case germanWords.has(w):
			german++
			sure = sure || !shared.has(w)
		case englishWords.has(w):
			english++
		}
	}
	return german > english && (sure || german > 1)
}

// shared are words that alone tell nothing: they are in names, too.
var shared = set(`der die den des von zu man dies bei hat mit je an bis ab`)

// readGerman reads the sentences of a plan that are in German. What is found in them is a thing, an id or a noun of an
// earlier task's title, with a word in the same clause that says so, on either side of it.
func (g *grammar) readGerman(d *document) {
	if !g.german {
		return
	}
	nouns := newGermanNouns(g.names.tasks)
	for _, p := range d.passages {
		if p.kind == heading || p.kind == cell && p.at == 0 || d.isOption(p) {
			continue
		}
		me := g.names.byTask[p.owner]
		g.here = p
		label, from := g.label(p)
		scope := g.inherited(p)
		for n, part := range sentences(g.names.tokens(p.span)) {
			if len(part) > maxSentence || part[len(part)-1].is("?") || !g.speaksGerman(part) {
				continue
			}
			s := &german{sentence: &sentence{grammar: g, passage: p, me: me}}
			if row := s.row(); me == nil && len(row) == 1 {
				s.me = row[0]
			}
			s.toks = nouns.mark(g.names.germanList(part), s.me)
			s.limits()
			for i := range s.toks {
				if t := s.at(i); t.mention() && !t.quote && !t.any {
					in := scope
					if label != nothing && t.span.Start >= from {
						in = label
					}
					if n > 0 {
						in = nothing
					}
					g.soft = t.noun
					s.thing(i, in)
				}
			}
			g.soft = false
		}
	}
}

// germanList joins "T02, T03 und T04" and "T02 bis T04" to one mention, takes the brackets off "(T02)", and makes of
// "T02 oder T03" a mention of any of them.
func (n *names) germanList(in []token) []token {
	out := make([]token, 0, len(in))
	for i := 0; i < len(in); i++ {
		t := in[i]
		if t.is("(") && i+2 < len(in) && in[i+1].mention() && in[i+2].is(")") {
			t = in[i+1]
			t.aside = true
			i += 2
		}
		for t.mention() && i+2 < len(in) && in[i+2].mention() && len(t.nodes) < maxGroup {
			w := in[i+1].word
			prep := len(out) > 0 && germanPreps[out[len(out)-1].word] != ""
			if !prep && i+3 < len(in) && (w == "und" || w == ",") && germanFinite.has(in[i+3].word) || w == "," && (i+3 == len(in) || in[i+3].word != "und" && in[i+3].word != ",") {
				break
			}
			if w != "und" && w != "sowie" && w != "," && w != "bis" && w != "oder" {
				break
			}
			t.any = t.any || w == "oder" || in[i+2].any
			next := in[i+2].nodes
			if w == "bis" && len(next) == 1 && next[0].task != nil && t.nodes[len(t.nodes)-1].task != nil {
				t.nodes = append(slices.Clone(t.nodes[:len(t.nodes)-1]), n.between(t.nodes[len(t.nodes)-1], next[0])...)
			} else {
				t.nodes = slices.Concat(t.nodes, next)
			}
			t.span.End = in[i+2].span.End
			i += 2
		}
		out = append(out, t)
	}
	return out
}

// german is a sentence in German, with the clause that each of its tokens is in.
type german struct {
	*sentence
	clauses []stretch
}

// limits finds the clauses.
func (s *german) limits() {
	s.clauses = make([]stretch, len(s.toks))
	start := 0
	end := func(to int) {
		for i := start; i < to; i++ {
			s.clauses[i] = stretch{start, to}
		}
		start = to + 1
	}
	for i := range s.toks {
		if w := s.word(i); germanEnds.has(w) || w == "und" && (s.word(i+1) == "nicht" || s.at(i+1).mention() && germanFinite.has(s.word(i+2))) { // braucht T02 und T03 wartet
			s.clauses[i] = stretch{i, i}
			end(i)
		}
	}
	end(len(s.toks))
}

// in tells whether a word of a set stands in a stretch.
func (s *german) in(part stretch, words *wordSet) bool {
	for i := max(0, part.from); i < part.to; i++ {
		if words.has(s.word(i)) {
			return true
		}
	}
	return false
}

// made tells whether a participle of something that is made stands in a stretch, as it is or bent.
func (s *german) made(part stretch) bool {
	for i := part.from; i < part.to; i++ {
		if germanMakes(s.word(i)) {
			return true
		}
	}
	return false
}

func germanMakes(w string) bool {
	for _, end := range []string{"", "e", "en", "er", "es", "em"} {
		if stem, ok := strings.CutSuffix(w, end); ok && germanMade.has(stem) {
			return true
		}
	}
	return false
}

// no tells whether a stretch says no.
func (s *german) no(part stretch) bool {
	for i := max(0, part.from); i < part.to; i++ {
		if w := s.word(i); germanNo.has(w) || strings.HasPrefix(w, "kein") || w == "not" {
			return true
		}
	}
	return false
}

// other returns the clauses before and behind that of i; empty ones where there is none.
func (s *german) other(i int) (before, behind stretch) {
	c := s.clauses[i]
	if j := c.from - 2; j >= 0 {
		before = s.clauses[j]
	}
	for j := c.to; j < len(s.toks); j++ {
		if d := s.clauses[j]; d.from < d.to && d.from >= c.to {
			return before, d
		}
	}
	return before, stretch{}
}

// weighs tells whether the sentence only thinks about what stands at i, or tells of what was meant once.
func (s *german) weighs(i int) bool {
	return s.in(stretch{0, i}, germanHedges) || s.in(s.clauses[i], germanHedges)
}

// points tells whether what stands at i is only compared with or pointed at: anders als in T02, siehe T02.
func (s *german) points(i int) bool {
	return s.in(stretch{s.clauses[i].from, i}, germanAsides)
}

// prep returns the preposition before what stands at i, with its place: "nach" for "nach Abschluss von T02".
func (s *german) prep(i int) (string, int) {
	j := i - 1
	if s.at(i).aside { // für den Pilot (T06)
		for k := j; k > i-5 && k >= s.clauses[i].from; k-- {
			if germanPreps[s.word(k)] != "" {
				return germanPreps[s.word(k)], k
			}
		}
		return "", i
	}
	if w := s.word(j); (w == "von" || w == "des" || w == "der") && germanOutcomes.has(s.word(j-1)) {
		j -= 2
	}
	for germanFillers.has(s.word(j)) {
		j--
	}
	if p := germanPreps[s.word(j)]; p != "" {
		return p, j
	}
	return "", i
}
