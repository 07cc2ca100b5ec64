package workplan

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// set returns the edit that gives a key of a block its value. A key that is missing goes where fmt wants it; where that
// cannot be told, behind the first of after that is there.
func (p *Plan) set(b *block, key, value string, after ...string) (text.Edit, error) {
	return p.setAs(b, key, value, 0, after...)
}

// setAs is set with the style of a key that is missing.
func (p *Plan) setAs(b *block, key, value string, style yaml.Style, after ...string) (text.Edit, error) {
	if b == nil || b.root() == nil {
		return text.Edit{}, fmt.Errorf("%s: the block for %s cannot be read", p.File.Name, key)
	}
	n := find(b.root(), key)
	if n == nil {
		if e, err := p.add(b, key, newText{says: value, written: writeAs(style, key, value), fact: value}); err == nil {
			return e, nil
		}
		e, err := b.insert(key, writeAs(style, key, value), after...)
		if err != nil {
			return text.Edit{}, err
		}
		return p.intend(e, b, key, value, false), nil
	}
	start := b.start(n)
	end, why := b.scalarEnd(n)
	if why == "" && stands(b.root(), key) > 1 {
		why = "the key stands twice"
	}
	if why != "" {
		return text.Edit{}, fmt.Errorf("%s: the value of %s cannot be replaced safely: %s", b.pos(start), key, why)
	}
	written := writeAs(n.Style, key, value)
	if start == end { // nothing is written behind the colon
		written = " " + written
	}
	return p.intend(text.Edit{Span: b.fileSpan(start, end), New: written}, b, key, value, false), nil
}

// stands returns how often a key stands in mapping n.
func stands(n *yaml.Node, key string) int {
	count := 0
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			count++
		}
	}
	return count
}

// insert returns the edit that adds a line with a key and its value behind the first key of after that is there.
func (b *block) insert(key, value string, after ...string) (text.Edit, error) {
	fail := func(why string) (text.Edit, error) {
		return text.Edit{}, fmt.Errorf("%s: %s cannot be added: %s", b.file.Pos(b.span.Start), key, why)
	}
	if b.open {
		return fail("the block is not closed")
	}
	if b.root().Kind != yaml.MappingNode || b.root().Style&yaml.FlowStyle != 0 {
		return fail("the block is written in braces")
	}
	for _, a := range after {
		for i := 0; i+1 < len(b.root().Content); i += 2 {
			k, v := b.root().Content[i], b.root().Content[i+1]
			if k.Value != a {
				continue
			}
			end, why := b.scalarEnd(v)
			if why != "" {
				return fail("the value of " + a + " cannot be told from what follows: " + why)
			}
			return b.insertBehind(b.start(k), end, key+": "+value)
		}
	}
	return fail("there is no key to put it behind")
}

func (b *block) insertBehind(keyStart, valueEnd int, entry string) (text.Edit, error) {
	src := b.file.Src
	at := b.at(keyStart)
	line := b.file.LineSpan(b.file.Pos(at).Line)
	if last := b.file.LineSpan(b.file.Pos(b.at(valueEnd)).Line); valueEnd > 0 && b.at(valueEnd-1) >= line.End {
		line.End = last.End
	}
	prefix := src[line.Start:at]
	if len(bytes.Trim(prefix, " \t>")) > 0 {
		return text.Edit{}, fmt.Errorf("%s: nothing can be added here: something stands before the key", b.file.Pos(at))
	}
	entry = string(prefix) + entry + lineEnding(src[line.Start:line.End])
	return text.Edit{Span: text.Span{Start: line.End, End: line.End}, New: entry}, nil
}

// listEnd returns the span in raw of a list in brackets on one line, or of a scalar, or why it cannot be told.
func (b *block) listEnd(n *yaml.Node) (start, end int, why string) {
	start = b.start(n)
	if n.Kind == yaml.ScalarNode {
		end, why = b.scalarEnd(n)
		return start, end, why
	}
	switch {
	case n.Kind != yaml.SequenceNode || n.Style&yaml.FlowStyle == 0:
		return start, 0, "it is not written in brackets"
	case n.Anchor != "" || n.Style&yaml.TaggedStyle != 0:
		return start, 0, "it has an anchor or a tag"
	}
	end = start + 1
	for _, c := range n.Content {
		if end, why = b.scalarEnd(c); why != "" {
			return start, 0, why
		}
	}
	for end < len(b.raw) && strings.IndexByte(" \t,", b.raw[end]) >= 0 {
		end++
	}
	if end >= len(b.raw) || b.raw[end] != ']' || b.raw[start] != '[' {
		return start, 0, "it goes over several lines"
	}
	return start, end + 1, ""
}

// quoteAs writes value in a style; a plain one gets quotes where it would mean something else without.
func quoteAs(style yaml.Style, value string) string {
	switch {
	case style&yaml.SingleQuotedStyle != 0:
		return "'" + strings.ReplaceAll(value, "'", "''") + "'"
	case style&yaml.DoubleQuotedStyle != 0 || !isPlain(value):
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
	}
	return value
}

// writeAs is quoteAs for the value of a key: words for statuses need no quotes.
func writeAs(style yaml.Style, key, value string) string {
	if key == "status" && style&quoted == 0 {
		return value
	}
	return quoteAs(style, value)
}

// isPlain tells whether value can stand in YAML without quotes and means the same.
func isPlain(value string) bool {
	if value == "" || !isAlnum(value[0]) || strings.HasSuffix(value, " ") || isNull(value) {
		return false
	}
	for i := range len(value) {
		if c := value[i]; !isAlnum(c) && strings.IndexByte(" ._-/()", c) < 0 {
			return false
		}
	}
	return true
}

func isNull(s string) bool { return strings.EqualFold(s, "null") }
