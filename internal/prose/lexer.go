package prose

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// lexer turns a passage into tokens.
type lexer struct {
	names *names
	src   []byte
	text  string // the same as src
	at    int
	end   int
	out   []token
}

func (l *lexer) next() {
	c := l.src[l.at]
	switch {
	case isLetter(c), isDigit(c):
		l.plain()
	case c <= ' ', c == '*', c == '_', c == '\\', c == '>':
		l.at++
	case c == '`':
		l.codeSpan()
	case c == '~' && l.has("~~"):
		l.skipTo("~~", 2)
	case c == '<':
		l.tag()
	case c == ']' && l.has("]("):
		l.skipTo(")", 2)
	case c == '[', c == ']':
		l.at++
	case c == '"':
		l.quotation(`"`, 1)
	case c == '\'' && l.opensQuote():
		l.quotation("'", 1)
	case l.has("‘"):
		l.quotation("’", len("‘"))
	case l.has("“"):
		l.quotation("”", len("“"))
	case c < utf8.RuneSelf:
		l.punct(l.text[l.at:l.at+1], 1)
	default:
		l.plain()
	}
}

func (l *lexer) has(s string) bool {
	return strings.HasPrefix(l.text[l.at:l.end], s)
}

// maxSkip bounds what is passed over at once: links, comments, and what is struck out.
const maxSkip = 4000

// skipTo moves behind the next mark; without one, over n bytes.
func (l *lexer) skipTo(mark string, n int) {
	n = min(n, l.end-l.at)
	if i := bytes.Index(l.src[l.at+n:min(l.end, l.at+n+maxSkip)], []byte(mark)); i >= 0 {
		n += i + len(mark)
	}
	l.at += n
}

func (l *lexer) punct(s string, n int) {
	if s == "." && l.has("..") { // a range, or an ellipsis
		s = ".."
		for l.at+n < l.end && l.src[l.at+n] == '.' {
			n++
		}
	}
	l.out = append(l.out, token{word: s, span: text.Span{Start: l.at, End: l.at + n}})
	l.at += n
}

// codeSpan takes what stands between backticks: an id, or something that is not prose.
func (l *lexer) codeSpan() {
	n := 0
	for l.at+n < l.end && l.src[l.at+n] == '`' {
		n++
	}
	i := bytes.Index(l.src[l.at+n:min(l.end, l.at+n+maxSkip)], l.src[l.at:l.at+n])
	if i < 0 {
		l.at += n
		return
	}
	says := strings.TrimSpace(l.text[l.at+n : l.at+n+i])
	t := token{word: "`code`", code: true, span: text.Span{Start: l.at, End: l.at + 2*n + i}}
	if x := l.names.word(says, true); x != nil {
		t.nodes, t.word = []*node{x}, ""
	}
	l.at = t.span.End
	l.possessive(&t)
	l.out = append(l.out, t)
}

// tag takes HTML and addresses in angle brackets, which say nothing.
func (l *lexer) tag() {
	if l.has("<!--") {
		l.skipTo("-->", 4)
		return
	}
	i := bytes.IndexByte(l.src[l.at:min(l.end, l.at+200)], '>')
	if i < 0 || l.at+1 < l.end && l.src[l.at+1] == ' ' {
		l.punct("<", 1)
		return
	}
	l.out = append(l.out, token{word: "`code`", code: true, span: text.Span{Start: l.at, End: l.at + i + 1}})
	l.at += i + 1
}

// maxQuotation bounds what is taken for the words of somebody else.
const maxQuotation = 300

// quotation takes somebody else's words as one token, unless they are a task's id or title and no more.
func (l *lexer) quotation(closing string, n int) {
	i := bytes.Index(l.src[l.at+n:min(l.end, l.at+maxQuotation)], []byte(closing))
	if i < 0 {
		l.at += n
		return
	}
	span := text.Span{Start: l.at, End: l.at + n + i + len(closing)}
	inside := (&lexer{names: l.names, src: l.src, text: l.text, at: l.at + n, end: l.at + n + i}).all()
	if len(inside) == 1 && inside[0].mention() {
		l.out = append(l.out, inside[0])
	} else {
		l.out = append(l.out, token{word: "`quote`", quote: true, span: span})
	}
	l.at = span.End
}

func (l *lexer) all() []token {
	for l.at < l.end {
		l.next()
	}
	return l.names.join(l.out)
}

// opensQuote tells whether an apostrophe begins a quotation: a blank before it, and its partner at the end of a word.
func (l *lexer) opensQuote() bool {
	if l.at > 0 && l.src[l.at-1] > ' ' && l.src[l.at-1] != '(' || l.at+1 >= l.end || l.src[l.at+1] <= ' ' {
		return false
	}
	i := bytes.IndexByte(l.src[l.at+1:min(l.end, l.at+maxQuotation)], '\'')
	return i > 0 && (l.at+i+2 >= l.end || !isLetter(l.src[l.at+i+2]))
}

// plain takes a word: letters and digits, with dots, dashes, underscores, slashes within.
func (l *lexer) plain() {
	i := l.at
	for i < l.end {
		if kinds[l.src[i]] != other && l.src[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(l.text[i:l.end])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && (r != '.' && r != '-' && r != '_' && r != '@' || i == l.at) {
			if r == '/' || r == ':' && i+n < l.end && l.src[i+n] == '/' || r == '’' || r == '\'' {
				break
			}
			if i == l.at {
				l.symbol(r, n)
				return
			}
			break
		}
		i += n
	}
	for i > l.at && (l.src[i-1] == '.' || l.src[i-1] == '-' || l.src[i-1] == '_') {
		i--
	}
	word := l.text[l.at:i]
	if i+2 < l.end && l.src[i] == ':' && l.src[i+1] == '/' && l.src[i+2] == '/' {
		l.address()
		return
	}
	t := token{span: text.Span{Start: l.at, End: i}}
	lower := true // letters in lower case alone
	for j := range len(word) {
		lower = lower && word[j]-'a' < 26
	}
	if lower && !l.names.bare {
		l.at = t.span.End
		t.word = word
		l.said(t)
		return
	}
	if d := strings.Index(word, ".."); d > 0 { // T01..T03
		t.span.End = l.at + d
		word = word[:d]
	}
	l.at = t.span.End
	if x := l.names.mention(word); x != nil && !l.path(t.span) {
		t.nodes = []*node{x}
		l.possessive(&t)
		l.out = append(l.out, t)
		return
	}
	if a, b, ok := strings.Cut(word, "-"); ok { // T01-T03
		if x, y := l.names.mention(a), l.names.mention(b); x != nil && y != nil {
			t.nodes = l.names.between(x, y)
			l.possessive(&t)
			l.out = append(l.out, t)
			return
		}
	}
	r, _ := utf8.DecodeRuneInString(word)
	t.word, t.upper = strings.ToLower(word), unicode.IsUpper(r)
	l.said(t)
}

// said keeps a word with what an apostrophe behind it makes of it.
func (l *lexer) said(t token) {
	if l.at == l.end || l.src[l.at] != '\'' && l.src[l.at] < utf8.RuneSelf && l.src[l.at] != 'n' {
		l.out = append(l.out, t)
		return
	}
	if l.has("n't") || l.has("n’t") || strings.HasSuffix(t.word, "n") && (l.has("'t") || l.has("’t")) {
		t.word = "not"
		l.at += bytes.IndexByte(l.src[l.at:l.end], 't') + 1
	} else {
		l.possessive(&t)
	}
	l.out = append(l.out, t)
}

// mention is word, without words that mean something else as well.
func (n *names) mention(word string) *node {
	if len(word) < 2 || !n.letters[word[0]] && !strings.Contains(word, "-") {
		return nil
	}
	if !n.bare && !strings.ContainsFunc(word, func(r rune) bool { return r == '-' || r == '_' || r >= '0' && r <= '9' }) {
		return nil // an id has a number, or is made of several parts
	}
	return n.word(word, false)
}

// path tells whether a word is part of a path, an address or a name with a tag.
func (l *lexer) path(s text.Span) bool {
	at := func(i int) byte {
		if i < 0 || i >= len(l.src) {
			return ' '
		}
		return l.src[i]
	}
	before, after := at(s.Start-1), at(s.End)
	if before == '/' || after == '/' { // T02/T03 is no path
		i, j := s.Start-1, s.End+1
		if before == '/' {
			for i > 0 && (isLetter(at(i-1)) || isDigit(at(i-1)) || at(i-1) == '-') {
				i--
			}
			return l.names.mention(l.text[i:s.Start-1]) == nil
		}
		for j < len(l.src) && (isLetter(at(j)) || isDigit(at(j)) || at(j) == '-') {
			j++
		}
		return l.names.mention(l.text[s.End+1:j]) == nil
	}
	return before == '.' || before == '#' || before == '@' || before == '=' || after == '@' || after == '=' || after == '_' || before == '_' && isLetter(at(s.Start-2))
}

// possessive takes the 's behind a word.
func (l *lexer) possessive(t *token) {
	for _, s := range []string{"'s", "’s"} {
		if l.has(s) {
			t.poss = true
			l.at += len(s)
			return
		}
	}
}

// address takes the rest of a URL.
func (l *lexer) address() {
	start := l.at
	for l.at < l.end && l.src[l.at] > ' ' && strings.IndexByte("<>)|`\"", l.src[l.at]) < 0 {
		l.at++
	}
	l.out = append(l.out, token{word: "`code`", code: true, span: text.Span{Start: start, End: l.at}})
}

// symbol takes a character that is no letter.
func (l *lexer) symbol(r rune, n int) {
	switch r {
	case '—':
		l.punct("—", n)
	case '–', '−':
		l.punct("–", n)
	case '…':
		l.punct("..", n)
	case '→', '←':
		l.punct(string(r), n)
	default:
		l.punct("•", n)
	}
}
