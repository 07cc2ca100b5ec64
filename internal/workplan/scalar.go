package workplan

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

const quoted = yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle

// extent returns the span in raw of a node that stands on one line: a scalar with its quotes.
// Of any other node it is the rest of its first line, without blanks at the end.
func (b *block) extent(n *yaml.Node) (start, end int) {
	start = b.start(n)
	if end, why := b.scalarEnd(n); why == "" {
		return start, end
	}
	if n.Kind == yaml.ScalarNode && n.Value == "" && n.Style == 0 {
		return start, start
	}
	end = start
	for end < len(b.raw) && b.raw[end] != '\n' && b.raw[end] != '\r' {
		end++
	}
	return start, start + len(bytes.TrimRight(b.raw[start:end], " \t"))
}

// scalarEnd returns the end in raw of a plain or quoted scalar on one line, or why that cannot be told safely.
// It trusts only what re-reads as the scalar's value.
func (b *block) scalarEnd(n *yaml.Node) (end int, why string) {
	start := b.start(n)
	rest := b.raw[start:]
	switch {
	case n.Kind != yaml.ScalarNode:
		return 0, "it is not a single value"
	case n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 || n.Tag == "!":
		return 0, "it has an anchor or a tag"
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return 0, "it is a block of text"
	case n.Style&quoted != 0:
		size, says := readQuoted(rest)
		if size == 0 || says != n.Value {
			return 0, "it goes over several lines"
		}
		return start + size, ""
	case n.Value == "":
		line, _, _ := bytes.Cut(rest, []byte("\n"))
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '#' || start == 0 || b.raw[start-1] != ':' {
			return 0, "its place cannot be told"
		}
		return start, ""
	case !bytes.HasPrefix(rest, []byte(n.Value)) || strings.ContainsAny(n.Value, "\n\r"):
		return 0, "it goes over several lines"
	}
	return start + len(n.Value), ""
}

// readQuoted returns the number of bytes of the quoted scalar that src begins with, and what it says.
// It is 0 where the scalar does not end on its line.
func readQuoted(src []byte) (int, string) {
	if len(src) < 2 {
		return 0, ""
	}
	quote := src[0]
	if quote != '"' && quote != '\'' {
		return 0, ""
	}
	if i := bytes.IndexByte(src[1:], quote); i >= 0 { // most have no escapes
		inner := src[1 : 1+i]
		if bytes.IndexByte(inner, '\n') < 0 && bytes.IndexByte(inner, '\r') < 0 && bytes.IndexByte(inner, '\\') < 0 &&
			(i+2 >= len(src) || src[i+2] != quote) {
			return i + 2, string(inner)
		}
	}
	var says strings.Builder
	for i := 1; i < len(src); {
		switch c := src[i]; {
		case c == '\n' || c == '\r':
			return 0, ""
		case c == quote && quote == '\'' && i+1 < len(src) && src[i+1] == quote:
			says.WriteByte(quote)
			i += 2
		case c == quote:
			return i + 1, says.String()
		case c == '\\' && quote == '"':
			n, s, ok := readEscape(src[i:])
			if !ok || s == "" {
				return 0, ""
			}
			says.WriteString(s)
			i += n
		default:
			says.WriteByte(c)
			i++
		}
	}
	return 0, ""
}

// plainEscapes are the escapes of double-quoted scalars that stand for one character each.
var plainEscapes = map[byte]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", '\t': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b",
	' ': " ", '"': `"`, '/': "/", '\\': `\`, 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}

// readEscape reads the escape at the start of src: its length and what it says.
// An escaped line ending says nothing, and takes the blanks that follow it along.
func readEscape(src []byte) (n int, says string, ok bool) {
	if len(src) < 2 {
		return 0, "", false
	}
	if s, ok := plainEscapes[src[1]]; ok {
		return 2, s, true
	}
	if src[1] == '\n' || src[1] == '\r' {
		n := 2
		for n < len(src) && (src[n] == ' ' || src[n] == '\t' || src[n] == '\n' && src[n-1] == '\r') {
			n++
		}
		return n, "", true
	}
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[src[1]]
	if digits == 0 || len(src) < 2+digits {
		return 0, "", false
	}
	r := rune(0)
	for _, c := range src[2 : 2+digits] {
		d := strings.IndexByte("0123456789abcdef", c|0x20)
		if d < 0 {
			return 0, "", false
		}
		r = r<<4 | rune(d)
	}
	return 2 + digits, string(utf8.AppendRune(nil, r)), true
}
