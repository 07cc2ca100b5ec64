package workplan

import (
	"bytes"
	"errors"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// blockLines are the lines of a block's YAML, each of which is a line of the file.
type blockLines struct {
	*block
	first  int      // the number in the file of the first line
	raw    []string // without line endings
	starts []int    // offsets in the block's raw
}

// lines parts the YAML of b into its lines. It is an error where they are not those of the file.
func (b *block) lines() (*blockLines, error) {
	l := &blockLines{block: b, first: b.file.Pos(b.span.Start).Line}
	end := b.file.Pos(max(b.span.Start, b.span.End-1)).Line
	if b.kind != frontBlock {
		if b.open {
			return nil, errors.New("the block is not closed")
		}
		l.first++
		end--
	}
	for at := 0; at < len(b.raw); {
		line := firstLine(b.raw[at:])
		l.raw, l.starts = append(l.raw, strings.TrimRight(string(line), "\r\n")), append(l.starts, at)
		at += len(line)
	}
	if end-l.first+1 != len(l.raw) {
		return nil, errors.New("the lines of the block cannot be told")
	}
	return l, nil
}

// lineSpan returns the bytes in the file of the lines from up to but not including to.
func (l *blockLines) lineSpan(from, to int) text.Span {
	start := l.file.LineSpan(l.first + from).Start
	if to <= from {
		return text.Span{Start: start, End: start}
	}
	return text.Span{Start: start, End: l.file.LineSpan(l.first + to - 1).End}
}

// line returns the index of the line that holds an offset in raw.
func (l *blockLines) line(raw int) int { return sortedIndex(l.starts, raw) }

// indent is the number of spaces that a line begins with.
func (l *blockLines) indent(i int) int { return len(l.raw[i]) - len(strings.TrimLeft(l.raw[i], " ")) }

func (l *blockLines) isBlank(i int) bool { return strings.TrimSpace(l.raw[i]) == "" }

func (l *blockLines) isComment(i int) bool {
	return strings.HasPrefix(strings.TrimLeft(l.raw[i], " \t"), "#")
}

// entry is a key of a mapping with its value, as lines of its block.
type entry struct {
	key, value *yaml.Node
	lead       int // the first of the comment lines that stand right above it
	start, end int // its own lines; end is the one after the last
}

// entries returns the keys of a mapping in block style that ends before line end.
// What is no key and no value stands between entries: blank lines, and comments above them.
func (l *blockLines) entries(n *yaml.Node, end int) []entry {
	out := make([]entry, 0, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		start := l.line(l.start(key))
		out = append(out, entry{key: key, value: n.Content[i+1], lead: start, start: start})
	}
	for i := range out {
		next := end
		if i+1 < len(out) {
			next = out[i+1].start
		}
		e := &out[i]
		e.end = e.start + 1
		for j := e.start + 1; j < next; j++ {
			if !l.isBlank(j) && (!l.isComment(j) || l.indent(j) > n.Column-1) {
				e.end = j + 1
			}
		}
		if i+1 < len(out) {
			for lead := &out[i+1].lead; *lead > e.end && l.isComment(*lead-1); {
				*lead--
			}
		}
	}
	if len(out) > 0 {
		for lead := &out[0].lead; *lead > 0 && l.isComment(*lead-1) && l.indent(*lead-1) == n.Column-1; {
			*lead--
		}
	}
	return out
}

// keys returns the entries of the block's own mapping, or why they cannot be told.
func (b *block) keys() (*blockLines, []entry, error) {
	switch {
	case b.root() == nil:
		return nil, nil, errors.New("the block cannot be read")
	case b.root().Kind != yaml.MappingNode || b.root().Style&yaml.FlowStyle != 0:
		return nil, nil, errors.New("the block is written in braces")
	}
	l, err := b.lines()
	if err != nil {
		return nil, nil, err
	}
	return l, l.entries(b.root(), l.documentEnd()), nil
}

// documentEnd returns the line that ends the first YAML document of the block, or the number of lines.
func (l *blockLines) documentEnd() int {
	for i := l.line(l.start(l.root())) + 1; i < len(l.raw); i++ {
		for _, mark := range []string{"---", "..."} {
			if rest, ok := strings.CutPrefix(l.raw[i], mark); ok && (rest == "" || strings.IndexByte(" \t", rest[0]) >= 0) {
				return i
			}
		}
	}
	return len(l.raw)
}

// before returns what stands in the file in front of a key, which has to be indentation alone.
func (l *blockLines) before(key *yaml.Node) (string, error) {
	at := l.at(l.start(key))
	prefix := l.file.Src[l.file.LineSpan(l.file.Pos(at).Line).Start:at]
	if len(bytes.Trim(prefix, " \t>")) > 0 {
		return "", errors.New("something stands before the key")
	}
	return string(prefix), nil
}
