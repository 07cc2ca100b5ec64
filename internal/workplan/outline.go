package workplan

import (
	"bytes"
	"strings"
	"sync"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	mdtext "github.com/yuin/goldmark/text"
	mdutil "github.com/yuin/goldmark/util"
	"go.abhg.dev/goldmark/frontmatter"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// The markdown parsers know blocks and tables only: nothing here looks at emphasis or links.
// They keep no state between files and are safe for concurrent use.
var (
	plainMarkdown = sync.OnceValue(func() parser.Parser { return newMarkdown() })
	frontMarkdown = sync.OnceValue(func() parser.Parser {
		return newMarkdown(&frontmatter.Extender{Formats: []frontmatter.Format{{
			Name: "YAML", Delim: '-', Unmarshal: keepRaw,
		}}})
	})
)

func newMarkdown(more ...goldmark.Extender) parser.Parser {
	p := parser.NewParser(
		parser.WithBlockParsers(shallow(parser.DefaultBlockParsers())...),
		parser.WithInlineParsers(mdutil.Prioritized(noInline{}, 0)),
		parser.WithParagraphTransformers(
			mdutil.Prioritized(fewDefinitions{parser.LinkReferenceParagraphTransformer}, 100),
			mdutil.Prioritized(fewTables{extension.NewTableParagraphTransformer()}, 200),
		),
	)
	return goldmark.New(goldmark.WithParser(p), goldmark.WithExtensions(more...)).Parser()
}

// noInline takes the text of a block as a whole, which spares markdown to look for words and line breaks in it.
// By then all blocks are made.
type noInline struct{}

// Trigger is what a line can begin with: punctuation, or anything else, for which the blank stands.
func (noInline) Trigger() []byte { return []byte(" !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") }

func (noInline) Parse(_ ast.Node, block mdtext.Reader, _ parser.Context) ast.Node {
	block.(mdtext.BlockReader).Reset(&mdtext.Segments{}) //nolint:forcetypeassert // of text in a block it is one
	return ast.NewText()
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
	o.walk(md().Parse(mdtext.NewReader(src), parser.WithContext(context)), nil)
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
