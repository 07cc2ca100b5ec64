package workplan

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	mdtext "github.com/yuin/goldmark/text"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// fence makes the block of a fenced code block that is ours; nil where it is not.
func (o *outline) fence(c *ast.FencedCodeBlock, in *container) *block {
	info := c.Info.Segment
	b := &block{kind: string(c.Language(o.src)), file: o.file, in: in}
	switch b.kind {
	case taskBlock, verifyBlock, decisionBlock:
	default:
		for _, word := range []string{taskBlock, verifyBlock, decisionBlock} {
			if lang := strings.ToLower(b.kind); oneEdit(lang, word) {
				start := o.base + info.Start
				o.misspelt = append(o.misspelt, misspelt{text.Span{Start: start, End: start + len(b.kind)}, word})
			}
		}
		return nil
	}
	b.span = text.Span{Start: o.base + fenceStart(o.src, info.Start)}
	line := o.file.LineSpan(o.file.Pos(b.span.Start).Line)
	b.eol = lineEnding(o.file.Src[line.Start:line.End])
	b.prefix = blankPrefix(o.file.Src[line.Start:b.span.Start])
	b.span.End = line.End
	if lines := c.Lines(); lines.Len() > 0 {
		o.gather(b, lines)
		b.span.End = o.base + lines.At(lines.Len()-1).Stop
	}
	b.breaks = yamlBreaks(b.raw)
	return b
}

// gather fills raw and pieces from the lines of a fenced code block.
func (o *outline) gather(b *block, lines *mdtext.Segments) {
	first, last := lines.At(0), lines.At(lines.Len()-1)
	whole := first.Padding == 0
	for i := 1; whole && i < lines.Len(); i++ {
		s := lines.At(i)
		whole = s.Padding == 0 && s.Start == lines.At(i-1).Stop
	}
	if whole {
		b.raw = o.src[first.Start:last.Stop:last.Stop]
		b.pieces = []piece{{0, o.base + first.Start, 0}}
		return
	}
	b.raw = make([]byte, 0, last.Stop-first.Start+8)
	b.pieces = make([]piece, 0, lines.Len())
	for i := range lines.Len() {
		s := lines.At(i)
		b.pieces = append(b.pieces, piece{len(b.raw), o.base + s.Start, s.Padding})
		for range s.Padding {
			b.raw = append(b.raw, ' ')
		}
		b.raw = append(b.raw, o.src[s.Start:s.Stop]...)
	}
}

// fenceStart returns where the fence begins whose info string begins at info.
func fenceStart(src []byte, info int) int {
	i := info
	for i > 0 && (src[i-1] == ' ' || src[i-1] == '\t') {
		i--
	}
	for i > 0 && (src[i-1] == '`' || src[i-1] == '~') {
		i--
	}
	return i
}

// blankPrefix makes of the start of a line what a further line needs to stay in the same list item or quote.
// A > takes one blank behind it along, where there is one: it always gets one, so that what follows keeps its indentation.
func blankPrefix(start []byte) string {
	prefix := make([]byte, 0, len(start)+4)
	for i, c := range start {
		switch {
		case c != '>' && c != '\t':
			prefix = append(prefix, ' ')
		case c == '>' && (i+1 == len(start) || start[i+1] != ' ' && start[i+1] != '\t'):
			prefix = append(prefix, '>', ' ')
		default:
			prefix = append(prefix, c)
		}
	}
	return string(prefix)
}

// lineEnding returns the line ending of a line; LF where it has none.
func lineEnding(line []byte) string {
	if bytes.HasSuffix(line, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// close finds the closing fence of b, which markdown does not tell, and extends b's span over it.
// It returns false where there is none.
func (o *outline) close(b *block) bool {
	line := text.Span{Start: b.span.End, End: b.span.End}
	if b.span.End < len(o.file.Src) {
		line = o.file.LineSpan(o.file.Pos(b.span.End).Line)
	}
	src := o.file.Src
	fence := src[b.span.Start]
	size := 0
	for b.span.Start+size < len(src) && src[b.span.Start+size] == fence {
		size++
	}
	rest := bytes.TrimLeft(src[line.Start:line.End], " \t>")
	n := len(rest) - len(bytes.TrimLeft(rest, string(fence)))
	begins := b.mark+1 < len(o.marks) && o.marks[b.mark+1].start == line.Start // another block begins there
	closed := line.Start == b.span.End && n >= size && len(bytes.TrimSpace(rest[n:])) == 0 && !begins
	if closed {
		b.span.End = line.End
	}
	b.span.End = b.span.Start + len(bytes.TrimRight(src[b.span.Start:b.span.End], "\r\n"))
	return closed
}
