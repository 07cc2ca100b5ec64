package prose

import (
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// stretch is a row of tokens.
type stretch struct{ from, to int }

func (s *sentence) spanOf(part stretch) text.Span {
	return text.Span{Start: s.toks[part.from].span.Start, End: s.toks[part.to-1].span.End}
}

// parts splits what a cue is about at and; with every, also at commas.
func (s *sentence) parts(from int, every bool) []stretch {
	var out []stretch
	start := from
	add := func(to int) {
		for start < to && fillers.has(s.word(start)) && !definites.has(s.word(start)) {
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
		case i >= len(s.toks), !every && stops.has(w):
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
			if !every && (s.clausal(start, i) && !s.another(i) || !s.goesOn(i+1) || s.does(i+1)) {
				add(i)
				return out
			}
			add(i)
		}
	}
}

// another tells whether a clause that says the same kind of thing follows the comma at i, maybe behind a few words
// between commas: and the leader has agreed.
func (s *sentence) another(i int) bool {
	if s.word(i+1) == "and" {
		return s.clausal(i+2, s.stop(i+2))
	}
	j := s.stop(i + 1)
	return s.word(j) == "," && s.word(j+1) == "and" && !s.clausal(i+1, j) && s.clausal(j+2, s.stop(j+2)) && s.word(s.stop(j+2)) == ","
}

// stop returns where the words end that follow i, up to a comma or the end of the clause.
func (s *sentence) stop(i int) int { return s.clauseEnd(i) }

// clausal tells whether a stretch has a verb.
func (s *sentence) clausal(from, to int) bool {
	if s.word(from) == "no" && s.nevermore(stretch{from, to}) {
		return true
	}
	for i := from; i < to; i++ {
		if w := s.word(i); aux.has(w) && w != "all" && w != "both" && w != "each" && w != "first" && w != "to" || i > from && (isVerb(w) || s.word(i-1) == "they" || strings.HasSuffix(w, "ed") && !definites.has(s.word(i-1)) && definites.has(s.word(i+1))) {
			return true
		}
	}
	return false
}

// isVerb is a guess at whether a word is a verb of the third person.
func isVerb(w string) bool {
	return thirds.has(w)
}

var thirds = set(`answers answer works runs shows says stays holds passes starts goes looks gave hand hands ran went come comes came gets takes makes gives lies needs moves says seems`)

// does tells whether a clause that begins at i says what to do: drop the subscription.
func (s *sentence) does(i int) bool {
	if definites.has(s.word(i)) || s.clausal(i, s.stop(i)) {
		return false
	}
	for j := i + 1; j < i+4 && isWord(s.word(j)); j++ {
		switch w := s.word(j); {
		case isPreposition(w), w == "and":
			return false
		case definites.has(w), w == "a", w == "an":
			return true
		}
	}
	return false
}

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

// clauseEnd returns where the clause ends that the token at i is in.
func (s *sentence) clauseEnd(i int) int {
	for i < len(s.toks) && !s.ends(i) {
		i++
	}
	return i
}

// ends tells whether a clause can end at i.
func (s *sentence) ends(i int) bool { return clauseEnds.has(s.word(i)) }

var (
	clauseEnds = set(". ; : — – ! ( ) but so because ,")
	// stops end what a cue is about.
	stops = set(". ; : — – ! ( ) but so because then while whereas otherwise after before until once when")
)

// nounEnd returns where a noun with its adjectives ends that begins at i.
func (s *sentence) nounEnd(i int) int {
	j := i
	for j < i+5 && (isWord(s.word(j)) || s.at(j).code) {
		w := s.word(j)
		if j > i && (strings.HasSuffix(w, "s") || strings.HasSuffix(w, "ed")) && (definites.has(s.word(j+1)) || s.word(j+1) == "a" || s.word(j+1) == "an") || places.has(w) {
			break // the inventory gets a letter
		}
		if aux.has(w) || isPreposition(w) || startOK.has(w) || definites.has(w) || w == "and" || w == "or" || w == "as" || w == "into" || isVerb(w) || owners.has(w) || endsCue(w) {
			break
		}
		j++
		if s.at(j - 1).poss {
			break
		}
	}
	return j
}

// places are further prepositions, behind which another noun begins.
var places = set(`through against over via without behind below under inside within onto during towards between near`)
