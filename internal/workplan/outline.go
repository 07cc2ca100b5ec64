package workplan

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	mdtext "github.com/yuin/goldmark/text"
	"go.abhg.dev/goldmark/frontmatter"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// The markdown parsers know blocks and tables only: nothing here looks at emphasis or links.
// They keep no state between files and are safe for concurrent use.
var (
	plainMarkdown = newMarkdown()
	frontMarkdown = newMarkdown(&frontmatter.Extender{Formats: []frontmatter.Format{{
		Name: "YAML", Delim: '-', Unmarshal: keepRaw,
	}}})
)

func newMarkdown(more ...goldmark.Extender) parser.Parser {
	p := parser.NewParser(
		parser.WithBlockParsers(parser.DefaultBlockParsers()...),
		parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
	)
	return goldmark.New(goldmark.WithParser(p), goldmark.WithExtensions(append(more, extension.Table)...)).Parser()
}

// keepRaw is the front matter's Unmarshal: it hands out the very bytes, whose capacity tells where in the file they stand.
func keepRaw(raw []byte, v any) error {
	*v.(*[]byte) = raw
	return nil
}

// markKind is what a mark stands for.
type markKind int

const (
	otherMark markKind = iota
	headingMark
	fenceMark // one of our blocks
	breakMark // a thematic break
	htmlMark  // an HTML block that begins with a findings marker
)

// mark is one block of the markdown, in document order.
type mark struct {
	kind  markKind
	start int // the offset of its first line
	in    *container
	level int       // of a heading
	title string    // of a heading
	span  text.Span // of a findings marker: its comment
	block *block    // of a fence
}

// container is a list, a list item or a quote; nil stands for the document.
type container struct {
	parent *container
	first  int // the index of its own mark
	last   int // the index after its last mark
}

// holds tells whether in is c or lies in it; the document holds all.
func (c *container) holds(in *container) bool {
	return c == nil || in != nil && c.first <= in.first && in.last <= c.last
}

// outline is the file as a row of marks.
type outline struct {
	file  *text.File
	src   []byte // what was given to markdown: file.Src from base on
	base  int
	marks []mark

	misspelt []misspelt
}

// misspelt is a fence whose word is almost one of ours.
type misspelt struct {
	span text.Span
	word string
}

// readOutline parses the markdown of file from base on, with front matter where front says so,
// and returns the front matter's YAML as well.
func readOutline(file *text.File, base int, front bool) (*outline, []byte) {
	src := file.Src[base:len(file.Src):len(file.Src)] // goldmark appends to the text of an unclosed fence
	o := &outline{file: file, src: src, base: base, marks: make([]mark, 0, len(src)/100+16)}
	md, context := plainMarkdown, parser.NewContext()
	if front {
		md = frontMarkdown
	}
	o.walk(md.Parse(mdtext.NewReader(src), parser.WithContext(context)), nil)
	var raw []byte
	if data := frontmatter.Get(context); data != nil {
		_ = data.Decode(&raw)
	}
	return o, raw
}

func (o *outline) walk(n ast.Node, in *container) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if c.Type() != ast.TypeBlock {
			continue
		}
		at := c.Pos()
		if lines := c.Lines(); lines.Len() > 0 && c.Kind() != ast.KindFencedCodeBlock {
			at = lines.At(0).Start
		}
		if at < 0 || at > len(o.src) {
			continue
		}
		m := mark{start: o.lineStart(at + o.base), in: in}
		switch c := c.(type) {
		case *ast.List, *ast.ListItem, *ast.Blockquote:
			k := &container{parent: in, first: len(o.marks)}
			m.in = k
			o.marks = append(o.marks, m)
			o.walk(c, k)
			k.last = len(o.marks)
			continue
		case *ast.Heading:
			m.kind, m.level, m.title = headingMark, c.Level, o.text(c.Lines())
		case *ast.ThematicBreak:
			m.kind = breakMark
		case *ast.HTMLBlock:
			if span, ok := o.marker(c); ok {
				m.kind, m.span = htmlMark, span
			}
		case *ast.FencedCodeBlock:
			if c.Info != nil {
				m.start = o.lineStart(c.Info.Segment.Start + o.base)
				if m.block = o.fence(c, in); m.block != nil {
					m.kind, m.block.mark = fenceMark, len(o.marks)
				}
			}
		}
		if last := len(o.marks) - 1; m.kind == otherMark && last >= 0 && o.marks[last].kind == otherMark && o.marks[last].in == in {
			continue // one mark stands for neighbours of which nobody asks
		}
		o.marks = append(o.marks, m)
	}
}

func (o *outline) lineStart(at int) int {
	return o.file.LineSpan(o.file.Pos(at).Line).Start
}

func (o *outline) text(lines *mdtext.Segments) string {
	if lines.Len() == 1 {
		s := lines.At(0)
		return strings.TrimSpace(string(o.src[s.Start:s.Stop]))
	}
	var parts []string
	for _, s := range lines.Sliced(0, lines.Len()) {
		parts = append(parts, string(bytes.TrimSpace(o.src[s.Start:s.Stop])))
	}
	return strings.Join(parts, " ")
}

// marker returns the place of an HTML block that has to do with findings.
func (o *outline) marker(c *ast.HTMLBlock) (text.Span, bool) {
	s := c.Lines().At(0)
	line := bytes.TrimLeft(o.src[s.Start:s.Stop], " \t")
	if c.HTMLBlockType != ast.HTMLBlockType2 || !bytes.HasPrefix(line, []byte("<!-- wpctl:findings")) && !bytes.HasPrefix(line, []byte("<!-- /wpctl:findings")) {
		return text.Span{}, false
	}
	end := s.Stop
	if n := c.Lines().Len(); n > 1 {
		end = c.Lines().At(n - 1).Stop
	}
	if c.HasClosure() {
		end = c.ClosureLine.Stop
	}
	return text.Span{Start: o.base + s.Stop - len(line), End: o.base + end}, true
}

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
	lines := c.Lines()
	next := len(o.file.Src)
	if line := o.file.LineSpan(o.file.Pos(o.base + info.Start).Line); true {
		next = line.End
		b.eol = lineEnding(o.file.Src[line.Start:line.End])
		b.prefix = blankPrefix(o.file.Src[line.Start:b.span.Start])
	}
	if n := lines.Len(); n > 0 {
		o.gather(b, lines)
		next = o.base + lines.At(n-1).Stop
	}
	b.span.End = next
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
