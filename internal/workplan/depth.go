package workplan

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	mdtext "github.com/yuin/goldmark/text"
	mdutil "github.com/yuin/goldmark/util"
)

// maxDepth is how deep lists and quotes may lie in each other. What lies deeper is text: markdown takes time for each
// line that grows with the depth of what is open, and for deep lists with its square.
const maxDepth = 100

// shallow makes parsers of blocks that keep to maxDepth.
func shallow(parsers []mdutil.PrioritizedValue) []mdutil.PrioritizedValue {
	for i, p := range parsers {
		b, ok := p.Value.(parser.BlockParser)
		if !ok {
			continue
		}
		for _, trigger := range b.Trigger() {
			if trigger == '>' || trigger == '+' { // quotes, lists and their items
				parsers[i].Value = bounded{b}
			}
		}
	}
	return parsers
}

// maxDefinitions is how many lines a paragraph may have in which definitions of links are looked for. Markdown takes
// them out one by one, which takes time that grows with the square of their number; nobody here asks for links.
const maxDefinitions = 1000

// fewDefinitions leaves longer paragraphs as they are, and those that do not begin as a definition does.
type fewDefinitions struct{ parser.ParagraphTransformer }

func (f fewDefinitions) Transform(node *ast.Paragraph, reader mdtext.Reader, pc parser.Context) {
	lines := node.Lines()
	if n := lines.Len(); n > maxDefinitions {
		return
	} else if n > 0 {
		first := lines.At(0)
		if !bytes.HasPrefix(bytes.TrimSpace(first.Value(reader.Source())), []byte("[")) {
			return
		}
	}
	f.ParagraphTransformer.Transform(node, reader, pc)
}

// fewTables looks for tables only where a line of = or - follows, which underlines a paragraph and no table: nobody here
// asks for the cells.
type fewTables struct{ parser.ParagraphTransformer }

func (f fewTables) Transform(node *ast.Paragraph, reader mdtext.Reader, pc parser.Context) {
	line, _ := reader.PeekLine()
	if bar := bytes.TrimSpace(line); len(bar) > 0 && len(bytes.Trim(bar, "=-")) == 0 {
		f.ParagraphTransformer.Transform(node, reader, pc)
	}
}

// bounded opens no block that would lie too deep. It leaves lists as they are when they end: markdown would look whether
// blank lines stand between their items, which is of no use here.
type bounded struct{ parser.BlockParser }

// Close does nothing.
func (b bounded) Close(ast.Node, mdtext.Reader, parser.Context) {}

func (b bounded) Open(parent ast.Node, reader mdtext.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		if k := n.Kind(); k == ast.KindList || k == ast.KindBlockquote {
			depth++
		}
	}
	if depth > maxDepth || depth == maxDepth && parent.Kind() != ast.KindList { // the items of the last list are let in
		return nil, parser.NoChildren
	}
	return b.BlockParser.Open(parent, reader, pc)
}
