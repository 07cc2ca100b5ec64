package diag

import (
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// Packed is lists of diagnostics in a fraction of their memory, for thousands of files: a text that several have is kept
// once, and all else is numbers. The zero Packed has no lists.
type Packed struct {
	lists   [][]packed
	texts   []string
	known   map[string]int32 // places in texts
	related [][]Related
}

// packed is a diagnostic. Its texts are places in those of all.
type packed struct {
	file, severity, code, message, hint int32
	line, col, size                     int32
	related                             int32 // behind its place; 0: none
}

// Len returns the number of lists.
func (p *Packed) Len() int { return len(p.lists) }

// Add puts diagnostics behind those of list i. Where there is no such list yet, it is made, with those before it.
func (p *Packed) Add(i int, l List) {
	for len(p.lists) <= i {
		p.lists = append(p.lists, nil)
	}
	if len(l) == 0 {
		return
	}
	list := slices.Grow(p.lists[i], len(l))
	for _, d := range l {
		q := packed{
			p.place(d.Pos.File), p.place(string(d.Severity)), p.place(d.Code), p.place(d.Message), p.place(d.Hint),
			number(d.Pos.Line), number(d.Pos.Col), number(d.Len), 0,
		}
		if len(d.Related) > 0 {
			p.related = append(p.related, d.Related)
			q.related = number(len(p.related))
		}
		list = append(list, q)
	}
	p.lists[i] = list
}

// List returns list i, in memory of its own.
func (p *Packed) List(i int) List {
	out := make(List, len(p.lists[i]))
	for k, q := range p.lists[i] {
		out[k] = Diagnostic{
			Pos: text.Pos{File: p.texts[q.file], Line: int(q.line), Col: int(q.col)}, Len: int(q.size),
			Severity: Severity(p.texts[q.severity]), Code: p.texts[q.code], Message: p.texts[q.message], Hint: p.texts[q.hint],
		}
		if q.related > 0 {
			out[k].Related = p.related[q.related-1]
		}
	}
	return out
}

func (p *Packed) place(s string) int32 {
	i, ok := p.known[s]
	if !ok {
		if p.known == nil {
			p.known = map[string]int32{}
		}
		i = number(len(p.texts))
		p.known[s] = i
		p.texts = append(p.texts, s)
	}
	return i
}

// number is a place in a file, which is far smaller than what an int32 holds.
func number(i int) int32 { return int32(i) } //nolint:gosec // see above
