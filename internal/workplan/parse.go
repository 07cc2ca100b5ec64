package workplan

import (
	"bytes"
	"fmt"
	"slices"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

var bom = []byte("\xef\xbb\xbf")

// Parse reads a workplan: as much as it understood, and everything that is wrong with it, in document order.
// The Plan is never nil, and src must not be changed afterwards.
// The name is only used in positions.
func (w Words) Parse(name string, src []byte) (*Plan, diag.List) {
	p := &planParser{file: text.NewFile(name, src)}
	p.plan = &Plan{File: p.file, Words: w}
	p.checkBytes()
	base := len(src) - len(bytes.TrimPrefix(src, bom))
	g := p.guardFront(base)
	from := g.body
	if g.intact {
		from = base
	}
	outline, raw := readOutline(p.file, from, g.intact)
	p.plan.outline = outline
	if g.found {
		p.readFront(p.frontBlock(g, raw))
	}
	p.readBlocks(outline)
	p.index()
	p.readSections(outline)
	p.readFindings(outline)
	p.resolve()
	for _, b := range p.plan.blocks {
		b.forget()
	}
	p.diags.Sort()
	if foreign, ok := foreignText(p.file); ok {
		p.diags = diag.List{foreign} // all else is wrong because of it
	} else if conflict, ok := conflictIn(p.file); ok {
		p.diags = diag.List{conflict}
	}
	for _, d := range p.diags {
		if d.Severity == diag.Error {
			p.plan.mistakes = append(p.plan.mistakes, d)
		}
	}
	return p.plan, p.diags
}

// Parse reads a workplan in the words of the format alone; see Words.Parse.
func Parse(name string, src []byte) (*Plan, diag.List) { return Words{}.Parse(name, src) }

// planParser is one run of Parse.
type planParser struct {
	file  *text.File
	plan  *Plan
	diags diag.List
	front *FrontMatter
	seen  map[*yaml.Node]bool // nodes that have their diagnostic
}

// frontBlock makes the front matter's block; raw is what markdown found, and nil where the guard knows better.
func (p *planParser) frontBlock(g guard, raw []byte) *block {
	b := &block{kind: frontBlock, file: p.file, eol: lineEnding(firstLine(p.file.Src)), span: g.yaml}
	if g.intact && raw != nil {
		start := cap(p.file.Src[:len(p.file.Src):len(p.file.Src)]) - cap(raw)
		b.span = text.Span{Start: start, End: start + len(raw)}
	}
	b.raw = p.file.Src[b.span.Start:b.span.End:b.span.End]
	b.pieces, b.breaks = []piece{{0, b.span.Start, 0}}, yamlBreaks(b.raw)
	return b
}

// checkBytes reports bytes that other readers of the file could see differently.
func (p *planParser) checkBytes() {
	src := p.file.Src
	if i := bytes.IndexByte(src, 0); i >= 0 {
		p.report(i, 1, diag.Error, "nul", "remove it, or write it as \\0 in double quotes", "a NUL byte has no place in a workplan")
	}
	if at := firstInvalid(src); at >= 0 {
		p.report(at, 1, diag.Error, "not-utf8", "save the file as UTF-8", "byte 0x%02x is not UTF-8", src[at])
	}
	for at := 0; ; at++ {
		i := bytes.IndexByte(src[at:], '\r')
		if i < 0 {
			break
		}
		if at += i; at+1 == len(src) || src[at+1] != '\n' {
			p.report(at, 1, diag.Warning, "lone-cr", "end lines with LF or CR LF", "a CR without LF: some readers end the line here, others do not")
			break
		}
	}
}

// firstInvalid returns the offset of the first byte that is not UTF-8; -1 where there is none.
func firstInvalid(src []byte) int {
	if utf8.Valid(src) {
		return -1
	}
	for at := 0; at < len(src); {
		r, n := utf8.DecodeRune(src[at:])
		if r == utf8.RuneError && n == 1 {
			return at
		}
		at += n
	}
	return -1
}

// readBlocks decodes all blocks of ours.
func (p *planParser) readBlocks(o *outline) {
	for i := range o.marks {
		b := o.marks[i].block
		if b == nil {
			continue
		}
		p.plan.blocks = append(p.plan.blocks, b)
		b.number = len(p.plan.blocks)
		if b.open = !o.close(b); b.open {
			p.report(b.span.Start, 0, diag.Error, "unclosed-fence", "end it with a line of "+fenceOf(p.file.Src, b), "this %s block is not closed", b.kind)
		}
		if !p.load(b) {
			continue
		}
		switch b.kind {
		case taskBlock:
			p.readTask(b)
		case verifyBlock:
			b.steps = p.readSteps(b, b.root())
		case decisionBlock:
			p.readDecision(b)
		}
	}
	for _, m := range o.misspelt {
		p.report(m.span.Start, m.span.Len(), diag.Warning, "misspelt-block", fmt.Sprintf("did you mean %q?", m.word), "a block of %q is not read", p.file.Src[m.span.Start:m.span.End])
	}
	if !slices.ContainsFunc(p.plan.blocks, func(b *block) bool { return b.kind == taskBlock }) {
		p.report(0, 0, diag.Error, "no-tasks", "a task is a fenced block with the word task behind its opening fence", "the plan has no tasks")
	}
}

func fenceOf(src []byte, b *block) string {
	n := b.span.Start
	for n < len(src) && src[n] == src[b.span.Start] {
		n++
	}
	return string(src[b.span.Start:n])
}
