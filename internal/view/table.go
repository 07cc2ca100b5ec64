package view

import (
	"slices"
	"strings"
)

// cell is a part of a row: its text, and its colour.
type cell struct{ text, color string }

// row is one line of a table.
type row []cell

// table lays rows out in columns with two blanks between; a tight one has one blank behind the first.
// When rows do not fit, columns give way in the order of give; then the column below, if one is named, gets a line of
// its own under the others, and wraps; a row that still does not fit is cut. A spare last column goes before that.
type table struct {
	rows   []row
	indent int
	tight  bool
	give   []give
	below  int  // a column behind the first; 0 is none
	spare  bool // the last column is left out before the column below gets lines of its own
}

// give is a column that may get narrower, down to least.
type give struct{ column, least int }

// gap is the number of blanks behind a column.
func (t *table) gap(column int) int {
	if t.tight && column == 0 {
		return 1
	}
	return 2
}

func (t *table) add(cells ...cell) { t.rows = append(t.rows, cells) }

// widths returns the columns' widths for a line of total columns; 0 is no limit.
// A last column of which next to nothing would be left is left out.
func (t *table) widths(total int) []int {
	w := t.natural()
	if total <= 0 || t.narrow(w, total) <= 0 {
		return w
	}
	w = t.natural()
	w[len(w)-1] = 0
	t.narrow(w, total)
	return w
}

// natural returns the widths that the cells ask for.
func (t *table) natural() []int {
	var w []int
	for _, r := range t.rows {
		for i, c := range r {
			if i == len(w) {
				w = append(w, 0)
			}
			w[i] = max(w[i], cells(c.text))
		}
	}
	return w
}

// narrow lets columns give way, and returns by how much rows are still too wide.
func (t *table) narrow(w []int, total int) int {
	over, gap := t.indent-total, 0
	for i, n := range w {
		if n > 0 {
			over += gap + n
			gap = t.gap(i)
		}
	}
	for _, g := range t.give {
		if g.column < len(w) && over > 0 {
			cut := min(over, max(0, w[g.column]-g.least))
			w[g.column] -= cut
			over -= cut
		}
	}
	return over
}

// lines returns the rows as text; a row with lines of its own below it has line ends within.
func (t *table) lines(s style, total int) []string {
	if t.below > 0 && total > 0 && t.narrow(t.natural(), total) > 0 {
		if !t.spare {
			return t.stacked(s, total)
		}
		return t.withoutLast().lines(s, total)
	}
	w := t.widths(total)
	out := make([]string, len(t.rows))
	for i, r := range t.rows {
		out[i] = t.line(s, r, w, total)
	}
	return out
}

func (t *table) line(s style, r row, w []int, total int) string {
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", t.indent))
	left, gap := total-t.indent, 0
	for i, c := range r {
		if w[i] == 0 {
			continue
		}
		width := w[i]
		if total > 0 {
			if left-gap <= 0 {
				break
			}
			width = min(width, left-gap)
		}
		b.WriteString(strings.Repeat(" ", gap))
		text := s.fit(c.text, width)
		b.WriteString(s.paint(c.color, text))
		// What pads a cell belongs to the gap before the next one, so that no line ends in blanks.
		left -= gap + cells(text)
		gap = t.gap(i) + width - cells(text)
	}
	return strings.TrimRight(b.String(), " ")
}

// withoutLast is the table without its last column.
func (t *table) withoutLast() *table {
	out := *t
	out.rows, out.spare = make([]row, len(t.rows)), false
	for i, r := range t.rows {
		out.rows[i] = r[:len(r)-1]
	}
	return &out
}

// stacked is lines where the column below stands under the others. Of those, the last ones that do not fit are left out.
func (t *table) stacked(s style, total int) []string {
	upper := table{indent: t.indent, tight: t.tight}
	for _, r := range t.rows {
		if t.below < len(r) {
			r = slices.Concat(r[:t.below], r[t.below+1:])
		}
		upper.rows = append(upper.rows, r)
	}
	for _, g := range t.give {
		if g.column < t.below { // those behind it are left out rather than cut
			upper.give = append(upper.give, g)
		}
	}
	w := upper.natural()
	for n := len(w); n > 1 && upper.narrow(w, total) > 0; {
		n--
		w = upper.natural()[:n]
	}
	out := make([]string, len(t.rows))
	for i, r := range t.rows {
		out[i] = upper.line(s, upper.rows[i][:min(len(w), len(upper.rows[i]))], w, total)
		if t.below < len(r) && r[t.below].text != "" {
			lines := hanging(s, strings.Repeat(" ", t.indent+2), t.indent+2, r[t.below].text, r[t.below].color, total)
			out[i] += "\n" + strings.Join(lines, "\n")
		}
	}
	return out
}
