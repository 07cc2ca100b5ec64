package view

import (
	"fmt"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"

	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// tab is how many columns a tab of a source line becomes.
const tab = 4

// shown is a rune of a source line: as it is shown, its columns, and its byte in the line.
type shown struct {
	text string
	wide int
	at   int
}

// source writes a line of f with a mark under length bytes from pos: the whole line where it fits, else what is
// around the mark.
func (p *printer) source(f *text.File, pos text.Pos, length int, color string) {
	number := fmt.Sprintf("%5d", pos.Line)
	runes := show(f.Line(pos.Line))
	from, to := span(runes, pos.Col-1, max(length, 1))
	room := 0
	if p.Width > 0 {
		room = max(p.Width-len(number)-3, 16)
	}
	line, lead, mark := window(runes, from, to, room, p.more())
	p.put(p.dim(number+" | ") + line)
	p.put(p.dim(strings.Repeat(" ", len(number))+" | ") + strings.Repeat(" ", lead) + p.paint(color, strings.Repeat("^", max(mark, 1))))
}

// show splits a line into what is seen of it.
func show(line string) []shown {
	out := make([]shown, 0, len(line))
	for i, r := range line {
		s := safe.Visible(r)
		switch r {
		case '\t':
			s = strings.Repeat(" ", tab)
		case '\ufeff':
			s = "" // a byte order mark
		}
		out = append(out, shown{s, cells(s), i})
	}
	return out
}

// span returns the indices of the runes that the bytes from col on, length many, lie in.
func span(runes []shown, col, length int) (from, to int) {
	from, to = len(runes), len(runes)
	for i, r := range runes {
		if r.at <= col {
			from = i
		}
		if r.at >= col+length {
			to = i
			break
		}
	}
	if n := len(runes); n > 0 && col >= runes[n-1].at+max(1, len(runes[n-1].text)) {
		return n, n // behind the last rune
	}
	return from, max(to, from)
}

// window returns what fits into room columns (0: all) around the runes from up to to, the columns before them,
// and the columns that they take. What is cut off at either side is replaced by more.
func window(runes []shown, from, to, room int, more string) (line string, lead, mark int) {
	first, last := 0, len(runes)
	if room > 0 && wide(runes) > room {
		room -= 2 * cells(more)
		if wide(runes[:min(to, last)]) > room {
			first = from
			for first > 0 && wide(runes[first-1:from]) <= room/2 {
				first--
			}
		}
		last = first
		for last < len(runes) && wide(runes[first:last+1]) <= room {
			last++
		}
	}
	var b strings.Builder
	if first > 0 {
		b.WriteString(more)
	}
	for _, r := range runes[first:last] {
		b.WriteString(r.text)
	}
	if last < len(runes) {
		b.WriteString(more)
	}
	lead = wide(runes[first:from])
	if first > 0 {
		lead += cells(more)
	}
	return b.String(), lead, wide(runes[min(from, last):min(to, last)])
}

func wide(runes []shown) int {
	n := 0
	for _, r := range runes {
		n += r.wide
	}
	return n
}
