package workplan

import (
	"bytes"
	"sort"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// The kinds of blocks that hold YAML.
const (
	frontBlock    = "front matter"
	taskBlock     = "task"
	verifyBlock   = "verify"
	decisionBlock = "decision"
)

// block is a piece of YAML in the file, with what is needed to find each of its bytes in the file.
type block struct {
	kind   string
	file   *text.File
	raw    []byte        // the YAML, without the prefixes of the list items and quotes that hold it
	pieces []piece       // where the lines of raw stand in the file, in order
	breaks []int         // the offset in raw of each line as YAML counts them
	long   map[int][]int // where characters of long lines stand
	node   *yaml.Node    // see root
	unread bool          // there is something to read, and node is not it
	span   text.Span     // fences included, without the last line ending

	prefix string // what a further line needs in front to stay in the block's list item or quote
	eol    string // the line ending of the block's first line
	in     *container
	mark   int  // index in the outline
	number int  // among the blocks of the file, from 1
	open   bool // its fence is not closed

	steps []*Step
	refs  []*Ref // ids that stand in values; checked with the needs
}

// piece is a run of raw that stands in one piece in the file, save for pad spaces at its start,
// which markdown made of a tab that is only partly indentation.
type piece struct{ raw, file, pad int }

// at returns the offset in the file of an offset in raw.
func (b *block) at(raw int) int {
	raw = min(max(raw, 0), len(b.raw))
	i := sort.Search(len(b.pieces), func(i int) bool { return b.pieces[i].raw > raw }) - 1
	if i < 0 {
		return b.span.Start
	}
	p := b.pieces[i]
	return min(p.file+max(0, raw-p.raw-p.pad), len(b.file.Src))
}

// offset returns the offset in raw of a place as YAML counts it: lines from 1, columns from 1 in characters.
func (b *block) offset(line, col int) int {
	if line < 1 || line > len(b.breaks) {
		return len(b.raw)
	}
	i := b.breaks[line-1]
	if marks := b.long[line]; len(marks) > 0 && col > longStep {
		n := min((col-1)/longStep, len(marks))
		i, col = marks[n-1], col-n*longStep
	}
	for ; col > 1 && i < len(b.raw); col-- {
		if b.raw[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, n := utf8.DecodeRune(b.raw[i:])
		i += n
	}
	return i
}

// longStep is the number of characters of a long line of which the offset is kept.
const longStep = 512

// measure keeps where characters of long lines stand, each longStep of them: without that, a line of many values would
// be counted anew from its start for each.
func (b *block) measure() {
	for line := 1; line <= len(b.breaks); line++ {
		i, end := b.breaks[line-1], len(b.raw)
		if line < len(b.breaks) {
			end = b.breaks[line]
		}
		if end-i <= 4*longStep {
			continue
		}
		if b.long == nil {
			b.long = map[int][]int{}
		}
		for n := 1; i < end; n++ {
			if b.raw[i] < utf8.RuneSelf {
				i++
			} else {
				_, size := utf8.DecodeRune(b.raw[i:])
				i += size
			}
			if n%longStep == 0 {
				b.long[line] = append(b.long[line], i)
			}
		}
	}
}

// root returns the YAML of the block; nil where it cannot be read.
func (b *block) root() *yaml.Node {
	if b.unread {
		b.node, _, _ = readYAML(b.raw) // as it was read before
		b.unread = false
	}
	return b.node
}

// forget lets the YAML of a block without steps go: few blocks are asked for it again, and it takes much more memory than
// its text.
func (b *block) forget() {
	if b.node != nil && len(b.steps) == 0 {
		b.node, b.unread = nil, true
	}
}

// start returns the offset in raw of a node's first character.
func (b *block) start(n *yaml.Node) int {
	if n == nil {
		return 0
	}
	return b.offset(n.Line, n.Column)
}

// pos returns the place in the file of an offset in raw.
func (b *block) pos(raw int) text.Pos { return b.file.Pos(b.at(raw)) }

// fileSpan returns the span in the file of a span of raw.
func (b *block) fileSpan(start, end int) text.Span {
	if end <= start {
		at := b.at(start)
		return text.Span{Start: at, End: at}
	}
	return text.Span{Start: b.at(start), End: b.at(end-1) + 1}
}

// value returns the scalar n with its place; a nil n is the zero Value.
func (b *block) value(n *yaml.Node, says string) Value {
	if n == nil {
		return Value{}
	}
	start, end := b.extent(n)
	return Value{Text: says, Span: b.fileSpan(start, end)}
}

// yamlBreaks returns the offsets of the lines of raw as YAML counts them: besides LF and CR LF also
// a CR alone, NEL, LS and PS end a line. A byte order mark at the start is no character of the first line.
func yamlBreaks(raw []byte) []int {
	breaks := make([]int, 1, bytes.Count(raw, []byte("\n"))+1)
	if bytes.HasPrefix(raw, bom) {
		breaks[0] = len(bom)
	}
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '\n':
			breaks = append(breaks, i+1)
		case '\r':
			if i+1 < len(raw) && raw[i+1] == '\n' {
				i++
			}
			breaks = append(breaks, i+1)
		case 0xC2:
			if i+1 < len(raw) && raw[i+1] == 0x85 {
				i++
				breaks = append(breaks, i+1)
			}
		case 0xE2:
			if i+2 < len(raw) && raw[i+1] == 0x80 && (raw[i+2] == 0xA8 || raw[i+2] == 0xA9) {
				i += 2
				breaks = append(breaks, i+1)
			}
		}
	}
	return breaks
}
