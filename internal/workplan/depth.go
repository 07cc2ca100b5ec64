package workplan

import (
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

// fewDefinitions leaves longer paragraphs as they are.
type fewDefinitions struct{ parser.ParagraphTransformer }

func (f fewDefinitions) Transform(node *ast.Paragraph, reader mdtext.Reader, pc parser.Context) {
	if node.Lines().Len() <= maxDefinitions {
		f.ParagraphTransformer.Transform(node, reader, pc)
	}
}

// bounded opens no block that would lie too deep.
type bounded struct{ parser.BlockParser }

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
