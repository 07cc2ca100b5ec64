package prose

import (
	"bytes"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// token is a word, a mark of punctuation, or a mention of one or several tasks and decisions.
type token struct {
	word  string // in lower case; of punctuation itself; "" for a mention
	upper bool   // the word begins with a capital
	nodes []*node
	poss  bool // a mention with 's behind it
	any   bool // one of the nodes is enough: T02 or T03
	to    bool // a range, written with to
	title bool // the mention is a task's title
	quote bool // stands in quotation marks
	code  bool
	noun  bool // in German: the mention is a noun that stands for a task
	aside bool // in German: the mention stands in brackets behind a noun
	span  text.Span
}

func (t token) mention() bool { return len(t.nodes) > 0 }

// punctuation tells whether the token is no word and names nothing.
func (t token) punctuation() bool { return !t.mention() && len(t.word) == 1 && !isWord(t.word) }

func (t token) is(w string) bool { return !t.mention() && t.word == w }

// tokens returns the tokens of a span of the file, mentions found and joined. They are good until the next call.
func (n *names) tokens(span text.Span) []token {
	l := &lexer{names: n, src: n.plan.File.Src, text: n.whole(), at: span.Start, end: span.End, out: n.buffer[:0]}
	for l.at < l.end {
		l.next()
	}
	n.buffer = l.out
	return n.join(l.out)
}

// near is tokens for the sentences of a span between the first and the last place where something may be mentioned,
// and tells whether there are sentences before these. What it leaves out says nothing; it leaves out what is cheap to.
func (n *names) near(span text.Span, last, first int) ([]token, bool) {
	src := n.plan.File.Src
	start := plainEnds(src, span.Start, first, 0, false)
	l := &lexer{names: n, src: src, text: n.whole(), at: start, end: span.End, out: n.buffer[:0]}
	for l.at < l.end && l.at <= last {
		l.next()
	}
	depth := 0
	for i := range l.out {
		switch l.out[i].word {
		case "(":
			depth++
		case ")":
			depth = max(0, depth-1)
		}
	}
	if i := plainEnds(src, l.at, l.end, depth, true); i > l.at {
		l.end = i
	}
	for l.at < l.end {
		l.next()
	}
	n.buffer = l.out
	return n.join(l.out), start > span.Start
}

// plainEnds walks from i up to end and returns what is behind the last sentence that plainly ends there, or with first
// behind the first one; i where there is none. It gives up at quotations and at what else the lexer passes over.
func plainEnds(src []byte, i, end, depth int, first bool) int {
	behind := i
	for ; i < end; i++ {
		switch c := src[i]; {
		case kinds[c] == letter && c < 0x80, c == ' ':
		case c == '`', c == ']' && i+1 < end && src[i+1] == '(':
			closing := byte('`')
			if c == ']' {
				closing = ')'
			}
			j := bytes.IndexByte(src[i+1:min(end, i+maxSkip)], closing)
			if j <= 0 {
				return behind
			}
			i += j + 1
		case c == '(':
			depth++
		case c == ')':
			depth = max(0, depth-1)
		case c == '"', c == '~', c == '<', c == '\'' && (i == 0 || src[i-1] <= ' ' || src[i-1] == '('),
			c == 0xe2 && i+2 < end && src[i+1] == 0x80 && (src[i+2] == 0x98 || src[i+2] == 0x9c):
			return behind
		case c == '.' && depth == 0 && plainEnd(src, i, end):
			behind = i + 1
			if first {
				return behind
			}
		}
	}
	return behind
}

// plainEnd tells whether the dot at i ends a sentence beyond doubt: a word before it, and a capital behind it.
func plainEnd(src []byte, i, end int) bool {
	if i+2 >= end || src[i+1] != ' ' && src[i+1] != '\n' {
		return false
	}
	j := i + 2
	for j < end && (src[j] == ' ' || src[j] == '\n') {
		j++
	}
	if j >= end || src[j]-'A' >= 26 {
		return false
	}
	k := i
	for k > 0 && src[k-1]-'a' < 26 {
		k--
	}
	return i-k > 1 && k > 0 && src[k-1] == ' ' && !abbreviations.has(string(src[k:i]))
}

// apart is tokens for a span within another one's reading.
func (n *names) apart(span text.Span) []token {
	kept := n.buffer
	n.buffer = nil
	out := n.tokens(span)
	n.buffer = kept
	return out
}

// between returns the tasks from x to y in the order of the document, or both where they are no range.
func (n *names) between(x, y *node) []*node {
	if x.task == nil || y.task == nil || x.rank >= y.rank || y.rank-x.rank > 100 {
		return []*node{x, y}
	}
	var out []*node
	for _, t := range n.tasks {
		if x.rank <= t.rank && t.rank <= y.rank {
			out = append(out, t)
		}
	}
	return out
}
