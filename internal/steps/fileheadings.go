package steps

import (
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
	"go.abhg.dev/goldmark/frontmatter"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

// markdown knows front matter, so that its end does not make a heading of it.
var markdown = goldmark.New(goldmark.WithExtensions(&frontmatter.Extender{}))

// headings returns the texts of a markdown file's headings, in order.
func headings(src []byte) []string {
	src = []byte(strings.TrimPrefix(string(src), "\ufeff"))
	out := []string{}
	_ = ast.Walk(markdown.Parser().Parse(text.NewReader(src)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if n.Kind() != ast.KindHeading || !entering {
			return ast.WalkContinue, nil
		}
		out = append(out, strings.TrimSpace(inlineText(n, src)))
		return ast.WalkSkipChildren, nil
	})
	return out
}

// inlineText is what a reader sees of n's children.
func inlineText(n ast.Node, src []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.Write(c.Value(src))
			if c.SoftLineBreak() || c.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.AutoLink:
			b.Write(c.Label(src))
		case *ast.RawHTML: // is not seen
		default:
			b.WriteString(inlineText(c, src))
		}
	}
	return b.String()
}

// missingHeadings tells which headings are wanted and not there.
func missingHeadings(want, have []string) (ms []Mismatch) {
	for _, h := range want {
		if slices.Contains(have, strings.TrimSpace(h)) {
			continue
		}
		saw := "no such heading"
		if hint := diag.DidYouMean(h, have); hint != "" {
			saw += " (" + hint + ")"
		}
		ms = append(ms, Mismatch{"heading " + Quote(h), saw})
	}
	return ms
}
