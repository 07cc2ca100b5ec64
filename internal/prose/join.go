package prose

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// join makes one token of what names tasks together: "steps 5 to 7", "T02, T03 and T04", "X-WP-0003 T06", a title.
func (n *names) join(in []token) []token {
	in = n.titled(n.counted(in))
	several := 0
	for i := range in {
		if in[i].mention() {
			several++
		}
	}
	if several < 2 {
		return in
	}
	out := make([]token, 0, len(in))
	for i := 0; i < len(in); i++ {
		t := in[i]
		if !t.mention() {
			out = append(out, t)
			continue
		}
		first := i // of the tokens that are joined, as long as no comma stands between them
		for i+1 < len(in) && !t.poss && len(t.nodes) < maxGroup {
			if in[i+1].is(",") {
				first = i
			}
			next, size := n.continued(in, first, i, t)
			if size == 0 {
				break
			}
			t, i = next, i+size
		}
		out = append(out, t)
	}
	return out
}

// maxGroup bounds how many tasks are named at once.
const maxGroup = 100

// continued joins the mention t, which goes from start to i, with what follows, and returns how many tokens that takes.
func (n *names) continued(in []token, start, i int, t token) (token, int) {
	at := func(k int) token {
		if i+k < len(in) {
			return in[i+k]
		}
		return token{}
	}
	grow := func(k int, nodes []*node) (token, int) {
		last := at(k)
		t.nodes, t.poss, t.span.End, t.title = nodes, last.poss, last.span.End, false
		return t, k
	}
	first := t.nodes[len(t.nodes)-1]
	if at(1).mention() && first.foreign && len(t.nodes) == 1 && at(1).nodes[0].task != nil {
		return grow(1, []*node{n.of(first, at(1))})
	}
	if (at(1).is("of") || at(1).is("in")) && at(2).mention() && at(2).nodes[0].foreign && first.task != nil && len(t.nodes) == 1 {
		return grow(2, []*node{n.of(at(2).nodes[0], t)})
	}
	k := 1
	kind := at(k).word
	switch {
	case at(1).mention() || kind == "":
		return t, 0
	case kind == "," && (at(2).is("and") || at(2).is("or")):
		k, kind = 2, at(2).word
	case kind == "and" && at(2).is("/") && at(3).is("or"):
		k = 3
	case kind == "as" && at(2).is("well") && at(3).is("as"):
		k, kind = 3, "and"
	}
	if !slices.Contains([]string{",", "and", "or", "/", "+", "&", "to", "through", "till", "–", "-", ".."}, kind) {
		return t, 0
	}
	for at(k+1).word != "" && slices.Contains([]string{"task", "tasks", "step", "steps", "decision", "also", "both"}, at(k+1).word) {
		k++
	}
	next := at(k + 1)
	if !next.mention() || next.title || t.title {
		return t, 0
	}
	k++
	switch kind {
	case "to", "through", "till", "–", "-", "..":
		x, y := first, next.nodes[0]
		if x.task == nil || y.task == nil || x.rank >= y.rank {
			return t, 0
		}
		t.to = kind == "to"
		return grow(k, append(slices.Clone(t.nodes[:len(t.nodes)-1]), n.between(x, y)...))
	case "or":
		t.any = true
	case ",":
		if n.newClause(in, i, i+k) {
			return t, 0
		}
	case "and":
		if n.newClause(in, start, i+k) && !opens(in, start) {
			return t, 0
		}
	}
	t.any = t.any || next.any
	return grow(k, append(slices.Clone(t.nodes), next.nodes...))
}

// newClause tells whether the mention at j is followed by its verb, and is not the end of a list that begins a sentence.
func (n *names) newClause(in []token, i, j int) bool {
	return j+1 < len(in) && slices.Contains(finite, in[j+1].word) && !n.subject(in, i)
}

// subject tells whether the mention at i begins its sentence, so that what is joined with it is one subject.
func (n *names) subject(in []token, i int) bool {
	for i--; i >= 0; i-- {
		switch w := in[i].word; {
		case w == "task" || w == "tasks" || w == "step" || w == "steps" || w == "both" || w == "that" || w == "the" || w == "then" || w == "so" || w == "hence" || w == "also" || w == "note" || w == "sure" || w == "ensure" || w == "check" || w == "verify" || w == "confirm":
			continue
		default:
			return w == "." || w == ";" || w == "(" || w == ":" || w == "—"
		}
	}
	return true
}

// opens tells whether the mention at i stands behind a word that begins a clause of time.
func opens(in []token, i int) bool {
	for i > 0 && slices.Contains([]string{"both", "all", "tasks", "steps"}, in[i-1].word) {
		i--
	}
	return i > 0 && slices.Contains([]string{"after", "once", "until", "when", "before"}, in[i-1].word)
}

// finite are words that make what stands before them a subject.
var finite = strings.Fields(`can may will must should shall could might is are was were has have had needs starts
begins runs uses depends waits requires follows does do cannot goes continues proceeds comes takes gets`)

// of is the task of another plan.
func (n *names) of(plan *node, t token) *node {
	id := plan.id + "-" + t.nodes[0].short
	if n.fresh[id] == nil {
		n.fresh[id] = &node{id: id, short: id, foreign: true}
	}
	return n.fresh[id]
}

// counted finds "step 3" and "steps 5 to 7". It works in place.
func (n *names) counted(in []token) []token {
	numbered := false
	for i := range in {
		numbered = numbered || in[i].word != "" && isDigit(in[i].word[0])
	}
	if !numbered || len(n.nouns) == 0 {
		return in
	}
	out := in[:0]
	for i := 0; i < len(in); i++ {
		t := in[i]
		if i+1 >= len(in) || t.mention() || in[i+1].word == "" || !isDigit(in[i+1].word[0]) {
			out = append(out, t)
			continue
		}
		byNumber := n.nouns[strings.TrimSuffix(t.word, "s")]
		if byNumber == nil {
			out = append(out, t)
			continue
		}
		first := byNumber.at(in, i+1)
		if first == nil {
			out = append(out, t)
			continue
		}
		m := token{nodes: []*node{first}, span: t.span, poss: in[i+1].poss}
		m.span.End = in[i+1].span.End
		out = append(out, m)
		i++
		for strings.HasSuffix(t.word, "s") && i+2 < len(in) { // steps 5 to 7, steps 2, 3 and 4
			k := i + 1
			if in[k].is(",") && k+2 < len(in) && in[k+1].is("and") {
				out = append(out, in[k])
				k++
			}
			more := byNumber.at(in, k+1)
			if more == nil || !slices.Contains([]string{",", "and", "or", "to", "through", "–", "&", "-"}, in[k].word) {
				break
			}
			out = append(out, in[k], token{nodes: []*node{more}, span: in[k+1].span, poss: in[k+1].poss})
			i = k + 1
		}
	}
	return out
}

// numbers are tasks by the number behind their noun.
type numbers map[int]*node

func (b numbers) at(in []token, i int) *node {
	if i >= len(in) || in[i].mention() || in[i].word == "" || !isDigit(in[i].word[0]) {
		return nil
	}
	k, err := strconv.Atoi(in[i].word)
	if err != nil {
		return nil
	}
	return b[k]
}

// titled finds titles of tasks. Where several could stand, the first task's goes first.
func (n *names) titled(in []token) []token {
	if len(n.titles) == 0 {
		return in
	}
	var found []int
	for i := range in {
		if n.opening[in[i].word] {
			found = n.titlesFrom(in, i, found)
		}
	}
	slices.Sort(found)
	for _, i := range slices.Compact(found) {
		in = n.titles[i].join(in)
	}
	return in
}

// titlesFrom adds to found which titles begin with token i, by their places in n.titles.
func (n *names) titlesFrom(in []token, i int, found []int) []int {
	n.key = n.key[:0]
	for range n.longest {
		for len(n.key) > 0 && i < len(in) && in[i].punctuation() {
			i++
		}
		if i >= len(in) || in[i].mention() {
			break
		}
		n.key = append(append(n.key, in[i].word...), 0)
		if t, ok := n.byTitle[string(n.key)]; ok {
			found = append(found, t)
		}
		i++
	}
	return found
}

// join makes one token of each place where the title stands. It works in place.
func (t title) join(in []token) []token {
	out := in[:0]
	for i := 0; i < len(in); i++ {
		size := 0
		if in[i].word == t.words[0] && i+len(t.words) <= len(in) {
			size = t.at(in, i)
		}
		if size == 0 {
			out = append(out, in[i])
			continue
		}
		last := in[i+size-1]
		m := token{nodes: []*node{t.node}, title: true, span: in[i].span, poss: last.poss}
		m.span.End = last.span.End
		out = append(out, m)
		i += size - 1
	}
	return out
}

// at returns how many tokens from i on say the title; 0 where they do not. Punctuation is passed over.
func (t title) at(in []token, i int) int {
	k := i
	for n, w := range t.words {
		for n > 0 && k < len(in) && in[k].punctuation() {
			k++
		}
		if k >= len(in) || in[k].mention() || in[k].word != w {
			return 0
		}
		k++
	}
	return k - i
}

// titleWords are the words of a title as tokens have them.
func titleWords(s string) []string {
	return strings.FieldsFunc(plainWords(s), func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(".,:;!?()/'’\"+&—–•[]", r)
	})
}
