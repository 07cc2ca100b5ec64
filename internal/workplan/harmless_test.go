package workplan

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	mdtext "github.com/yuin/goldmark/text"
)

// gfm reads markdown as the readers of our users do, links of bare addresses included.
var gfm = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote, extension.DefinitionList))

// harmless returns an error where the findings hold anything that is not text, code, a list or the bold words of the first line.
func harmless(src []byte, f *FindingsBlock) error {
	if f == nil {
		return fmt.Errorf("there are no findings")
	}
	lines := strings.Join(f.lines, "\n") + "\n"
	var bad []string
	bold := 0
	_ = ast.Walk(gfm.Parser().Parse(mdtext.NewReader([]byte(lines))), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Document, *ast.Paragraph, *ast.TextBlock, *ast.List, *ast.ListItem, *ast.Text, *ast.CodeSpan, *ast.String:
		case *ast.Emphasis:
			if bold++; n.Level != 2 || bold > 1 {
				bad = append(bad, "emphasis")
			}
		default:
			bad = append(bad, n.Kind().String())
		}
		return ast.WalkContinue, nil
	})
	if len(bad) > 0 {
		return fmt.Errorf("the findings hold %v", bad)
	}
	for _, line := range f.lines {
		if n := len([]rune(line)); n > 10*maxText {
			return fmt.Errorf("a line of %d characters", n)
		}
	}
	if i := bytes.IndexAny(src[f.Span.Start:f.Span.End], "\x00\x1b\v\f\u2028\u0085\u202e"); i >= 0 {
		return fmt.Errorf("a control character")
	}
	return nil
}
