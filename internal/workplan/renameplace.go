package workplan

import (
	"bytes"
	"slices"
	"strings"

	"github.com/yuin/goldmark/ast"
	mdtext "github.com/yuin/goldmark/text"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// inFindings tells whether an offset lies in the text of findings, which only a run writes.
func (n *renamer) inFindings(at int) bool {
	for _, f := range n.AllFindings {
		first := n.File.LineSpan(n.File.Pos(f.Span.Start).Line)
		if f.Span.Contains(at) && at >= first.End {
			return true
		}
	}
	return false
}

// inURL tells whether what stands at an offset is part of an address with a scheme.
func inURL(src []byte, at int) bool {
	start := bytes.LastIndexAny(src[:at], " \t\r\n<>()[]\"'`") + 1
	return bytes.Contains(src[start:at], []byte("://"))
}

func (n *renamer) inBlock(at int) bool {
	return n.front != nil && n.front.span.Contains(at) || slices.ContainsFunc(n.blocks, func(b *block) bool { return b.span.Contains(at) })
}

func inSpans(spans []text.Span, at int) bool {
	return slices.ContainsFunc(spans, func(s text.Span) bool { return s.Contains(at) })
}

// codeSpans are blocks of code and of HTML, which are no prose.
func (n *renamer) codeSpans() []text.Span {
	base := n.outline.base
	src := n.File.Src[base:len(n.File.Src):len(n.File.Src)]
	var out []text.Span
	_ = ast.Walk(plainMarkdown().Parse(mdtext.NewReader(src)), func(c ast.Node, entering bool) (ast.WalkStatus, error) {
		switch c.Kind() {
		case ast.KindFencedCodeBlock, ast.KindCodeBlock, ast.KindHTMLBlock:
			for _, s := range c.Lines().Sliced(0, c.Lines().Len()) {
				out = append(out, text.Span{Start: base + s.Start, End: base + s.Stop})
			}
		}
		return ast.WalkContinue, nil
	})
	return out
}

// aloneInCode tells whether a word stands in no code of its line, or is all of it.
func (n *renamer) aloneInCode(start, end int) bool {
	src := n.File.Src
	line := n.File.LineSpan(n.File.Pos(start).Line)
	before, after := src[line.Start:start], src[end:line.End]
	if bytes.Count(before, []byte("`"))%2 == 0 {
		return true
	}
	return bytes.HasSuffix(bytes.TrimRight(before, " "), []byte("`")) && bytes.HasPrefix(bytes.TrimLeft(after, " "), []byte("`"))
}

// partOfPath tells whether slashes make a word a part of a path: T03/T04 is none, docs/T03 is one.
func (n *renamer) partOfPath(start, end int) bool {
	src := n.File.Src
	known := func(word []byte) bool {
		id := n.ID.Text + "-" + string(word)
		return n.byID[id] != nil || n.decisionByID[id] != nil
	}
	if start > 0 && strings.IndexByte(`/\`, src[start-1]) >= 0 {
		i := bytes.LastIndexAny(src[:start-1], " \t\r\n()[]\"'`,;:*/") + 1
		if !known(src[i : start-1]) {
			return true
		}
	}
	if end < len(src) && strings.IndexByte(`/\`, src[end]) >= 0 {
		i := bytes.IndexAny(src[end+1:], " \t\r\n()[]\"'`,;:*/.")
		if i < 0 {
			i = len(src) - end - 1
		}
		return !known(src[end+1 : end+1+i])
	}
	return false
}
