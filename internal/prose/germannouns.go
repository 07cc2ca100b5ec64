package prose

import (
	"slices"
	"strings"
)

// germanNouns knows what tasks are about by the nouns of their titles: Bundle, of "Trust bundle im Cluster verteilen",
// and what their verbs are as nouns: Verteilung.
type germanNouns struct {
	byEnd map[string][]germanTitle // the stems of titles, and their ends, in the order of the tasks
}

// germanTitle is a task with a stem in its title, or with a longer one that ends so.
type germanTitle struct {
	*node
	exact bool
}

func newGermanNouns(tasks []*node) *germanNouns {
	n := &germanNouns{byEnd: map[string][]germanTitle{}}
	for _, x := range tasks {
		for _, head := range germanHeads(x.title) {
			for i := range head {
				if i == 0 || len(head)-i >= shortestEnd && len(head) <= longestNoun {
					n.add(head[i:], germanTitle{x, i == 0})
				}
			}
		}
	}
	return n
}

// The ends of a stem that are known, in bytes: those of nouns that are asked for are longer, and longer ones are no nouns.
const (
	shortestEnd = 3
	longestNoun = 100
)

// add notes that a title has a stem; each title once.
func (n *germanNouns) add(stem string, t germanTitle) {
	list := n.byEnd[stem]
	if last := len(list) - 1; last >= 0 && list[last].node == t.node {
		list[last].exact = list[last].exact || t.exact
		return
	}
	n.byEnd[stem] = append(list, t)
}

// germanHeads returns the stems of the last noun before a preposition in a title, of that together with the one before,
// and of the noun for its verb.
func germanHeads(title string) []string {
	var list, heads []string
	tail, last := false, ""
	for w := range words(title) {
		low := strings.ToLower(w)
		tail = tail || len(list) > 0 && germanTail.has(low)
		last = low
		switch {
		case germanElse.has(low), strings.HasPrefix(low, "neu") && len(low) < 6, len(list) == 0 && germanTail.has(low):
		case !tail:
			list = append(list, low)
		}
	}
	if germanNominals[last] != "" || strings.HasSuffix(last, "en") && strings.HasSuffix(title, last) { // in small letters: a verb
		if !tail && len(list) > 0 {
			list = list[:len(list)-1]
		}
		heads = append(heads, germanNominal(last)...)
		if germanRemoves.has(last) {
			return heads
		}
	}
	if k := len(list); k > 0 {
		heads = append(heads, germanStem(list[k-1]))
		if k > 1 {
			heads = append(heads, germanStem(list[k-2]+list[k-1]))
		}
	}
	return heads
}

// germanNominals are the nouns of verbs that no ending tells.
var germanNominals = map[string]string{
	"umziehen": "umzug", "testen": "test", "aufbauen": "aufbau", "abbauen": "abbau", "umbauen": "umbau", "einbauen": "einbau", "freigeben": "freigabe", "austauschen": "austausch",
	"tauschen": "tausch", "scannen": "scan", "exportieren": "export", "importieren": "import", "umstellen": "umstellung",
}

// germanNominal returns the stems of what a verb is as a noun: Migration, of migrieren.
func germanNominal(verb string) []string {
	if noun := germanNominals[verb]; noun != "" {
		return []string{germanStem(noun)}
	}
	if root, ok := strings.CutSuffix(verb, "ieren"); ok && len(root) > 2 {
		return []string{germanStem(root + "ation"), germanStem(root + "ierung")}
	}
	if root, ok := strings.CutSuffix(verb, "en"); ok && len(root) > 3 {
		return []string{germanStem(root + "ung")}
	}
	return nil
}

// germanStem takes what bends a word off it, with its dashes and umlauts.
func germanStem(w string) string {
	w = germanPlain.Replace(strings.ToLower(w))
	for _, end := range []string{"en", "es", "er", "em", "e", "n", "s"} {
		if rest, ok := strings.CutSuffix(w, end); ok && len(rest) >= 4 {
			return rest
		}
	}
	return w
}

var germanPlain = strings.NewReplacer("-", "", "ä", "a", "ö", "o", "ü", "u", "ß", "ss")

// mark makes mentions of nouns that one earlier task alone can be meant by: the new issuer.
func (n *germanNouns) mark(in []token, me *node) []token {
	if me == nil {
		return in
	}
	out := make([]token, 0, len(in))
	for i := 0; i < len(in); i++ {
		out = append(out, in[i])
		if !germanDefinites.has(in[i].word) {
			continue
		}
		j, known := i+1, true
		for j < len(in) && j < i+4 && isWord(in[j].word) && !in[j].upper && !in[j].code && !germanWords.has(in[j].word) {
			known = known && !germanElse.has(in[j].word)
			j++
		}
		first := j
		for j < len(in) && in[j].upper && !in[j].mention() && !germanDone.has(in[j].word) {
			j++
		}
		if !known || first == j {
			continue
		}
		next := token{}
		if j < len(in) {
			next = in[j]
		}
		if next.mention() || next.code || germanOf.has(next.word) {
			continue
		}
		if x := n.of(in[first:j], me); x != nil {
			t := token{nodes: []*node{x}, noun: true, span: in[first].span}
			t.span.End = in[j-1].span.End
			out = append(out, t)
			i = j - 1
		}
	}
	return out
}

// germanOf begin what makes of a noun a certain one: das Bundle der Kunden.
var germanOf = set(`der des von vom eines einer deren dessen aus für fürs`)

// of returns the one earlier task with a noun in its title; nil where two could be meant, or its own title has it.
func (n *germanNouns) of(noun []token, me *node) *node {
	var all string
	for _, t := range noun {
		all += t.word
	}
	st := germanStem(all)
	var found *node
	own, exactly, later := false, false, false
	for _, x := range n.byEnd[st] {
		switch {
		case !x.exact && len(all) < 5:
		case x.node == me:
			own = true
		case x.rank > me.rank:
			later = later || x.exact
		case found != nil:
			return nil
		default:
			found, exactly = x.node, x.exact
		}
	}
	if own || later && !exactly {
		return nil
	}
	return found
}

// isGermanThing tells whether a noun is one for what comes out of a task.
func isGermanThing(w string) bool {
	return slices.ContainsFunc(germanThings, func(end string) bool { return strings.HasSuffix(w, end) })
}

// isGermanWork tells whether a noun is one for what somebody does, out of which something comes: Messung, Bestandsaufnahme.
func isGermanWork(w string) bool {
	return slices.ContainsFunc([]string{"ung", "ion", "aufnahme", "test", "lauf", "analyse", "scan", "inventur", "audit", "erfassung", "umfrage"}, func(end string) bool { return strings.HasSuffix(w, end) })
}
