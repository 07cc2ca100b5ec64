package prose

import (
	"slices"
	"strings"
)

// sentence is a row of tokens up to its end, in a passage.
type sentence struct {
	*grammar
	toks    []token
	passage *passage
	me      *node // the task in whose section it stands; nil: none
	found   []role
	titled  bool    // it is the title of the task
	owed    bool    // it says that something must be there
	prior   []token // the sentence before in the passage
	before  *token  // the one task that the sentence before spoke of as something to have
}

// abbreviations have a dot that ends no sentence.
var abbreviations = set(`e.g i.e cf vs etc approx no resp incl min max ca eg ie`)

// sentences splits tokens at what ends a sentence.
func sentences(toks []token) [][]token {
	var out [][]token
	start, depth := 0, 0
	for i := range toks {
		t := &toks[i]
		switch t.word {
		case "(":
			depth++
		case ")":
			depth = max(0, depth-1)
		}
		end := false
		switch {
		case t.mention() || depth > 0:
		case t.is("!"), t.is("?"), t.is(";"):
			end = true
		case t.is("."):
			next := i+1 == len(toks) || toks[i+1].upper || toks[i+1].mention() || toks[i+1].code || toks[i+1].quote || !isWord(toks[i+1].word)
			end = next && (i == 0 || !abbreviations.has(toks[i-1].word))
		}
		if end {
			out = append(out, toks[start:i+1])
			start = i + 1
		}
	}
	if start < len(toks) {
		out = append(out, toks[start:])
	}
	return out
}

func isWord(w string) bool { return w != "" && (isLetter(w[0]) || isDigit(w[0]) || w[0] >= 0x80) }

// at returns the token at i; a zero one outside.
func (s *sentence) at(i int) token {
	if i < 0 || i >= len(s.toks) {
		return token{}
	}
	return s.toks[i]
}

// word returns the word at i; none outside.
func (s *sentence) word(i int) string {
	if uint(i) >= uint(len(s.toks)) {
		return ""
	}
	return s.toks[i].word
}

// context is what stands before a mention: its role and where the words that say so begin.
type context struct {
	role  role
	start int
	flips bool
	wants bool // it counts only where it is negated
	doubt bool // it counts only where something is reached
	known bool // it counts only for what is spoken of as known
	from  bool // the cue is the bare word from
}

// left reads what stands before the mention at i.
func (s *sentence) left(i int) context {
	j := i - 1
	for {
		switch w := s.word(j); {
		case fillers.has(w) && (w != "at" || s.word(j+1) == "least"):
			j--
		case w == "of" && outcomes.has(s.word(j-1)):
			j -= 2
		case w == "of" && counting.has(s.word(j-2)) && s.word(j-1) != "" && isDigit(s.word(j - 1)[0]): // in step 1 of T02
			j -= 3
		case w == ":" && j > 0 && s.phrase(j-1).role == needed:
			j--
		default:
			return s.made(s.phrase(j), j)
		}
		if c := s.phrase(j); c.role != nothing {
			return c
		}
		if j < 0 {
			return context{}
		}
	}
}

// phrase returns the longest cue that ends with the word at j.
func (s *sentence) phrase(j int) context {
	if !endsCue(s.word(j)) {
		return context{}
	}
	for _, c := range cues()[s.word(j)] {
		start := j - len(c.words) + 1
		if start < 0 {
			continue
		}
		same := true
		for k, w := range c.words {
			same = same && s.word(start+k) == w
		}
		if same {
			return context{role: c.role, start: start, flips: c.flips, wants: c.role == before, from: len(c.words) == 1 && c.words[0] == "from"}
		}
	}
	return context{}
}

// made finds "created in T02" and "handed out by T02"; c is what else was found.
func (s *sentence) made(c context, j int) context {
	if c.role != nothing {
		return c
	}
	w := s.word(j)
	k := j - 1
	for aux.has(s.word(k)) || s.word(k) == "earlier" || s.word(k) == "up" || s.word(k) == "out" || s.word(k) == "together" {
		k--
	}
	if s.word(k) == "on" && participle(s.word(k-1)) { // agreed on in T02
		k--
	}
	p := s.word(k)
	if said.has(p) || placed.has(p) && w != "by" {
		return c
	}
	switch w {
	case "by", "in", "at", "during", "with", "under", "through":
		if participle(p) || s.word(k-1) == "as" && strings.HasSuffix(p, "ed") && w != "with" {
			return context{role: origin, start: k}
		}
	case "(": // as reviewed (T02)
		if k == j-1 && s.word(k-1) == "as" && strings.HasSuffix(p, "ed") && s.word(j+2) == ")" {
			return context{role: origin, start: k}
		}
	case "since": // which it returns since T02
		if after := s.word(j + 2); after == "" || s.boundary(j+2) || !isWord(after) {
			for b := s.clause(j); b < j; b++ {
				if (s.word(b) == "which" || s.word(b) == "that") && makes(s.word(j-1)) {
					return context{role: origin, start: j}
				}
			}
		}
	}
	return c
}

// boundary tells whether a clause can end at the token at j.
func (s *sentence) boundary(j int) bool {
	if j < 0 {
		return true
	}
	switch s.word(j) {
	case ";", ":", "—", "–", "(", "but", "so", "because", "while", "whereas", ",", "and", "•", "then":
		return true
	}
	return false
}

// clause returns where the clause begins that the token at i is in. A word between two commas does not end it.
func (s *sentence) clause(i int) int {
	depth := 0
	for j := i - 1; j >= 0; j-- {
		switch w := s.word(j); {
		case w == ")":
			depth++
		case w == "(" && depth > 0:
			depth--
		case depth > 0:
		case w == ",":
			k := j - 1
			for k > j-5 && k >= 0 && s.word(k) != "," {
				k--
			}
			if s.word(k) == "," && k >= 0 && k > j-5 {
				j = k
				continue
			}
			return j + 1
		case s.boundary(j):
			return j + 1
		}
	}
	return 0
}

// negated tells whether the clause says no before the token at i; flips: a negation belongs to the cue, unless it is one of waiting.
func (s *sentence) negated(i int, flips bool) bool {
	not, held := false, false
	first := s.clause(i)
	if first == i && s.word(i-1) == "and" { // not before this and before that
		for j := i - 2; j >= 0 && j > i-16; j-- {
			if s.word(j) == s.word(i) && s.phrase(i).role == before {
				return s.negated(j, flips)
			}
		}
	}
	for j := first; j < i; j++ {
		w := s.word(j)
		if s.word(j-1) == "," && negations.has(w) { // servers are shut down, not deleted, after the quarter
			k := j + 1
			for k < i && k < j+6 && s.word(k) != "," {
				k++
			}
			if s.word(k) == "," {
				j = k
				continue
			}
		}
		not = not || negations.has(w) && !(w == "without" && s.inner(j, i)) || w == "longer" && s.word(j-1) == "no"
		held = held || not && hold.has(w)
	}
	if flips {
		return held
	}
	return not
}

// inner tells whether "without" at j only tells which things are meant: tables without a key that the audit found.
func (s *sentence) inner(j, i int) bool {
	for k := j + 2; k < i && k < j+5; k++ {
		if w := s.word(k); w == "that" || w == "which" {
			return true
		}
	}
	return false
}

// anymore finds a negation behind the mention at i.
func (s *sentence) anymore(i int) bool {
	for j := i + 1; j < len(s.toks) && j < i+6 && (!s.boundary(j) || j == i+1 && s.word(j) == "("); j++ {
		switch w := s.word(j); {
		case w == "no" && s.word(j+1) == "sense", w == "pointless", w == "unnecessary", w == "optional", w == "anymore", w == "not" && j < i+4, w == "never" && j < i+3, w == "independent", w == "unaffected", w == "unrelated":
			return true
		}
	}
	return false
}

// hedged tells whether the sentence only weighs what stands at i.
func (s *sentence) hedged(i int) bool {
	for j := range min(i, len(s.toks)) {
		if w := s.word(j); hedges.has(w) && !(w == "would" && (s.word(j+1) == "not" || s.senseless(j+1))) || w == "used" && s.word(j+1) == "to" && s.word(j-1) != "is" && s.word(j-1) != "are" || w == "could" && s.word(j-1) == "we" {
			return true
		}
	}
	for j := range s.toks {
		if s.word(j) == "nice" && s.word(j+1) == "to" && s.word(j+2) == "have" || s.word(j) == "nice-to-have" || s.word(j) == "time" && s.word(j+1) == "permits" {
			return true
		}
	}
	for j := i; j+1 < len(s.toks); j++ {
		if s.word(j) == "if" && (s.word(j+1) == "possible" || s.word(j+1) == "needed" || s.word(j+1) == "necessary") || s.word(j) == "optional" {
			return true
		}
	}
	return false
}

// senseless tells whether the words from i on say that something makes no sense.
func (s *sentence) senseless(i int) bool {
	for j := i; j < i+4; j++ {
		if pointless.has(s.word(j)) {
			return true
		}
	}
	return false
}

// pointless are words for that.
var pointless = set(`no pointless useless senseless reckless impossible dangerous risky wrong blind nothing fail break breaks fails futile meaningless premature`)

// compared tells whether the clause compares or points before i: unlike the bucket from T02.
func (s *sentence) compared(i int) bool {
	for j := s.clause(i); j < i; j++ {
		if comparing.has(s.word(j)) {
			return true
		}
	}
	return false
}

// supposed tells whether what a cue says is only possible: it may need T02, if it needs T02.
func (s *sentence) supposed(c context) bool {
	switch s.word(c.start - 1) {
	case "may", "might", "could", "would":
		return !slices.Contains([]string{"after", "once", "until", "before", "when"}, s.word(c.start))
	}
	first := s.clause(c.start)
	return c.role == needed && first < c.start && (s.word(first) == "if" || s.word(first) == "were" || s.word(first) == "had") && s.word(c.start) != "if"
}

// subject returns the mention that is the subject of what stands at i: of its clause, or of one before in the same
// sentence that goes on; -1 where it is another word, or none.
func (s *sentence) subject(i int) int {
	for j := i; j > 0; {
		start := s.clause(j)
		k := start
		for k < i && !s.at(k).mention() && startOK.has(s.word(k)) {
			k++
		}
		switch {
		case k < i && s.at(k).mention() && !s.at(k).title:
			return k
		case k < i && owners.has(s.word(k)):
			return -1
		}
		j = start - 1
	}
	return -1
}

// main returns the subject of the main clause behind a clause of time that begins the sentence: Once T02 is done, T05 starts.
func (s *sentence) main(cue, i int) int {
	for j := s.clause(cue); j < cue; j++ {
		if !startOK.has(s.word(j)) {
			return -1
		}
	}
	if s.clause(cue) > 0 {
		return -1
	}
	for j := i + 1; j+1 < len(s.toks); j++ {
		if s.at(j).mention() && slices.Contains(finite, s.word(j+1)) && (s.word(j-1) == "," || !s.boundary(j-1) && !isPreposition(s.word(j-1)) && !endsCue(s.word(j-1))) {
			return j
		}
		if s.word(j) == "," && !s.at(j+1).mention() && s.word(j+1) != "then" && s.word(j+1) != "task" && s.word(j+1) != "step" {
			return -1
		}
	}
	return -1
}

func isPreposition(w string) bool {
	return prepositions.has(w)
}

var prepositions = set(`of from in by per for to with on at that which`)
