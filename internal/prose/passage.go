package prose

import (
	"bytes"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// passageKind is what a passage is in the markdown.
type passageKind uint8

const (
	paragraph passageKind = iota
	item
	heading
	cell
)

// passage is a piece of the author's prose that is read on its own: a paragraph, a list item, a heading, a cell of a
// table. Code, comments, findings and what is quoted as a block are none.
type passage struct {
	span   text.Span
	owner  *workplan.Task // in whose section it stands; nil: the plan's
	lead   *passage       // an item's: what introduces its list; a paragraph's: the bare label or heading above it
	row    *tableRow      // a cell's
	indent int32          // of an item or a paragraph
	at     int32          // a cell's place in the row
	kind   passageKind
	level  uint8 // of a heading

	decides  bool   // it belongs to a decision that is written as prose
	speaks   bool   // it names a task, or all of them
	named    bool   // head and headEnd are known
	answered bool   // outcome is known
	outcome  bool   // it is what people write once a task is done
	headEnd  int32  // where head ends, behind the beginning of the span
	head     string // the label that it begins with, in lower case
}

// tableRow is a row of a table.
type tableRow struct {
	cells []*passage
	heads []string // of the columns
}

// cells are those of the row that a cell stands in.
func (p *passage) cells() []*passage {
	if p.row == nil {
		return nil
	}
	return p.row.cells
}

// column is the head of the column that a cell stands in.
func (p *passage) column() string {
	if p.row == nil || int(p.at) >= len(p.row.heads) {
		return ""
	}
	return p.row.heads[p.at]
}

// reader splits a plan into passages, line by line.
type reader struct {
	plan  *workplan.Plan
	src   []byte
	out   []*passage
	cur   *passage   // that further lines belong to
	heads []string   // of the table that is being read
	last  *passage   // the last paragraph or item, for what introduces a list
	items []*passage // the items that are open, outermost first
	label *passage   // the heading above
	task  int        // the first task whose section ends behind the present line
	skip  int        // the first findings block that ends behind it
	slab  []passage  // passages that are made and not given out yet
}

// add keeps a passage of the text.
func (r *reader) add(p passage) *passage {
	q := r.make(p)
	r.out = append(r.out, q)
	return q
}

// make makes passages many at a time: a plan has hundreds.
func (r *reader) make(p passage) *passage {
	if len(r.slab) == 0 {
		r.slab = make([]passage, 64)
	}
	q := &r.slab[0]
	r.slab = r.slab[1:]
	*q = p
	return q
}

// passages returns the prose of p in the order of the document.
func passages(p *workplan.Plan) []*passage {
	r := &reader{plan: p, src: p.File.Src, out: make([]*passage, 0, 256)}
	at := r.frontEnd()
	fence, comment, blank := "", false, true
	for at < len(r.src) {
		end := len(r.src)
		if i := bytes.IndexByte(r.src[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		line := r.src[at:end]
		bare := bytes.TrimSpace(line)
		switch {
		case r.inFindings(at):
			r.cur = nil
		case fence != "":
			if isFence(bare, fence[0]) && len(bare) >= len(fence) && strings.Trim(string(bare), fence[:1]) == "" {
				fence = ""
			}
		case comment:
			comment = !bytes.Contains(bare, []byte("-->"))
		case len(bare) == 0:
			r.cur, r.heads = nil, nil
		case opensFence(bare) != "":
			fence = opensFence(bare)
			r.cur = nil
		case bytes.HasPrefix(bare, []byte("<!--")):
			comment = !bytes.Contains(bare, []byte("-->"))
			r.cur = nil
		case bare[0] == '>' && !r.quoted(at):
			r.cur = nil
		case blank && r.cur == nil && indentOf(line) >= 4 && len(r.items) == 0: // indented code
		default:
			r.line(at, line)
		}
		blank = len(bare) == 0
		at = end
	}
	return r.out
}

// frontEnd returns the offset behind the front matter.
func (r *reader) frontEnd() int {
	if !bytes.HasPrefix(r.src, []byte("---")) {
		return 0
	}
	if i := bytes.Index(r.src[3:], []byte("\n---")); i >= 0 {
		return 3 + i + 4
	}
	return 0
}

func (r *reader) inFindings(at int) bool {
	for r.skip < len(r.plan.AllFindings) && r.plan.AllFindings[r.skip].Span.End <= at {
		r.skip++
	}
	return r.skip < len(r.plan.AllFindings) && r.plan.AllFindings[r.skip].Span.Contains(at)
}

// quoted tells whether the task's own block stands in a quote: then its prose does, too.
func (r *reader) quoted(at int) bool {
	t := r.ownerAt(at)
	if t == nil {
		return false
	}
	return bytes.HasPrefix(bytes.TrimLeft(r.src[r.plan.File.LineSpan(r.plan.File.Pos(t.Block.Start).Line).Start:], " "), []byte(">"))
}

func (r *reader) ownerAt(at int) *workplan.Task {
	for r.task < len(r.plan.Tasks) && r.plan.Tasks[r.task].Section.End <= at {
		r.task++
	}
	if r.task < len(r.plan.Tasks) && r.plan.Tasks[r.task].Section.Contains(at) {
		return r.plan.Tasks[r.task]
	}
	return nil
}

func isFence(bare []byte, c byte) bool {
	return len(bare) >= 3 && bare[0] == c && bare[1] == c && bare[2] == c
}

// opensFence returns the fence that a line opens, which may stand behind the mark of a list item or a quote.
func opensFence(bare []byte) string {
	for len(bare) > 1 && (bare[0] == '>' || (bare[0] == '-' || bare[0] == '*' || bare[0] == '+') && bare[1] == ' ') {
		bare = bytes.TrimLeft(bare[1:], " ")
	}
	if len(bare) < 3 || bare[0] != '`' && bare[0] != '~' || !isFence(bare, bare[0]) {
		return ""
	}
	n := len(bare) - len(bytes.TrimLeft(bare, string(bare[:1])))
	if bare[0] == '`' && bytes.IndexByte(bare[n:], '`') >= 0 {
		return "" // a code span
	}
	return string(bare[:n])
}

func indentOf(line []byte) int32 {
	n := int32(0)
	for _, c := range line {
		switch c {
		case ' ':
			n++
		case '\t':
			n += 4
		default:
			return n
		}
	}
	return n
}

// line takes a line that is neither blank nor code.
func (r *reader) line(at int, line []byte) {
	lead := len(line) - len(bytes.TrimLeft(line, " \t>"))
	bare := bytes.TrimRight(line[lead:], " \t\r\n")
	start := at + lead
	span := text.Span{Start: start, End: start + len(bare)}
	switch {
	case len(bare) == 0:
		r.cur = nil
	case bare[0] == '#':
		n := len(bare) - len(bytes.TrimLeft(bare, "#"))
		r.cur, r.heads, r.items = nil, nil, nil
		r.label = r.make(passage{kind: heading, level: uint8(min(n, 99)), span: trim(r.src, text.Span{Start: span.Start + n, End: span.End}), owner: r.ownerAt(at)})
		if r.label.span.Len() > 0 {
			r.out = append(r.out, r.label)
		}
		r.last = r.label
	case isRule(bare):
		r.cur = nil
	case bare[0] == '|':
		r.table(span)
	case itemMark(bare) > 0:
		n := itemMark(bare)
		r.open(passage{kind: item, span: text.Span{Start: start + n, End: span.End}, indent: indentOf(line), owner: r.ownerAt(at)})
	case r.cur != nil:
		r.cur.span.End = span.End
	default:
		p := passage{kind: paragraph, span: span, indent: indentOf(line), owner: r.ownerAt(at)}
		for len(r.items) > 0 && p.indent <= r.items[len(r.items)-1].indent {
			r.items = r.items[:len(r.items)-1]
		}
		if len(r.items) > 0 {
			p.lead = r.items[len(r.items)-1].lead
		} else if r.last == r.label {
			p.lead = r.label
		}
		q := r.add(p)
		r.cur, r.last = q, q
	}
}

// open begins a list item.
func (r *reader) open(p passage) {
	for len(r.items) > 0 && p.indent <= r.items[len(r.items)-1].indent {
		r.items = r.items[:len(r.items)-1]
	}
	switch {
	case len(r.items) > 0:
		p.lead = r.items[len(r.items)-1]
	case r.last != nil && r.last.kind == item:
		p.lead = r.last.outermost().lead
	default:
		p.lead = r.last
	}
	q := r.add(p)
	r.items = append(r.items, q)
	r.cur, r.last = q, q
}

// outermost is the item of the whole list that p lies in.
func (p *passage) outermost() *passage {
	for p.lead != nil && p.lead.kind == item {
		p = p.lead
	}
	return p
}

// table takes a row of a table: the first one has the heads of its columns.
func (r *reader) table(span text.Span) {
	r.cur = nil
	cells := r.cells(span)
	if r.heads == nil {
		r.heads = []string{}
		for _, c := range cells {
			r.heads = append(r.heads, plainWords(string(r.src[c.span.Start:c.span.End])))
		}
		return
	}
	if strings.Trim(string(r.src[span.Start:span.End]), "|-: \t") == "" {
		return
	}
	row := &tableRow{cells, r.heads}
	for i, c := range cells {
		c.at, c.row = int32(i), row //nolint:gosec // a line is not that long
	}
	r.out = append(r.out, cells...)
}

func (r *reader) cells(span text.Span) []*passage {
	var out []*passage
	start, code := span.Start+1, false
	for i := start; i <= span.End; i++ {
		switch {
		case i < span.End && r.src[i] == '`':
			code = !code
		case i == span.End && start < i && len(bytes.TrimSpace(r.src[start:i])) > 0,
			i < span.End && r.src[i] == '|' && r.src[i-1] != '\\' && !code:
			out = append(out, r.make(passage{kind: cell, span: trim(r.src, text.Span{Start: start, End: i}), owner: r.ownerAt(span.Start)}))
			start = i + 1
		}
	}
	return out
}

func trim(src []byte, s text.Span) text.Span {
	for s.Start < s.End && src[s.Start] <= ' ' {
		s.Start++
	}
	for s.End > s.Start && src[s.End-1] <= ' ' {
		s.End--
	}
	return s
}

// isRule tells whether a line is a thematic break or the line under a heading.
func isRule(bare []byte) bool {
	c := bare[0]
	return len(bare) >= 3 && (c == '-' || c == '=' || c == '*' || c == '_') && len(bytes.Trim(bare, string([]byte{c, ' '}))) == 0
}

// itemMark returns the length of the mark of a list item, with a check box; 0 where a line begins with none.
func itemMark(bare []byte) int {
	n := 0
	switch c := bare[0]; {
	case c == '-' || c == '*' || c == '+':
		n = 1
	case c >= '0' && c <= '9':
		for n < len(bare) && n < 9 && bare[n] >= '0' && bare[n] <= '9' {
			n++
		}
		if n == len(bare) || bare[n] != '.' && bare[n] != ')' {
			return 0
		}
		n++
	}
	if n == 0 || n >= len(bare) || bare[n] != ' ' && bare[n] != '\t' {
		return 0
	}
	for n < len(bare) && (bare[n] == ' ' || bare[n] == '\t') {
		n++
	}
	if box := bare[n:]; len(box) > 4 && box[0] == '[' && box[2] == ']' && box[3] == ' ' {
		n += 4
	}
	return n
}

// plainWords is s in lower case, without marks of emphasis and code, and with single blanks.
func plainWords(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	blank := true
	for i := range len(s) {
		switch c := s[i]; {
		case c == '*' || c == '_' || c == '`' || c == '#':
		case c <= ' ':
			if !blank {
				b.WriteByte(' ')
			}
			blank = true
		default:
			if c >= 'A' && c <= 'Z' {
				c |= 0x20
			}
			b.WriteByte(c)
			blank = false
		}
	}
	return strings.TrimRight(b.String(), " ")
}
