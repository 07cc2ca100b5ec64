package view

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// painter keeps rows at the bottom of a terminal and prints lines above them.
// The cursor stands below the last row, so that whatever else is written begins on a line of its own.
type painter struct {
	w     io.Writer
	rows  []string // that are on the terminal
	width int      // of the terminal as they were painted
	begun bool
}

const (
	hideCursor, showCursor = "\x1b[?25l", "\x1b[?25h"
	beginFrame, endFrame   = "\x1b[?2026h", "\x1b[?2026l" // terminals that know it show a frame as a whole
	clearRight, clearBelow = "\x1b[K", "\x1b[J"
)

// paint prints lines for good and replaces the rows by new ones, on a terminal of width columns.
// It writes nothing where nothing changed, and once otherwise.
func (p *painter) paint(lines, rows []string, width int) {
	if len(lines) == 0 && slices.Equal(rows, p.rows) && width == p.width {
		return
	}
	var b strings.Builder
	b.WriteString(beginFrame)
	if !p.begun {
		b.WriteString(hideCursor)
	}
	if n := p.height(width); n > 0 {
		fmt.Fprintf(&b, "\x1b[%dA", n)
	}
	b.WriteByte('\r')
	same := len(lines) == 0 && width == p.width
	for _, l := range lines {
		b.WriteString(l + clearRight + "\r\n")
	}
	for i, r := range rows {
		if !same || i >= len(p.rows) || p.rows[i] != r {
			b.WriteString(r + clearRight)
		}
		b.WriteString("\r\n")
	}
	b.WriteString(clearBelow + endFrame)
	p.rows, p.width, p.begun = rows, width, true
	_, _ = io.WriteString(p.w, b.String())
}

// height is how many lines the rows take on a terminal that is width columns wide now: one that was made narrower
// has broken them.
func (p *painter) height(width int) int {
	n := 0
	for _, r := range p.rows {
		n += max(1, (cells(r)+width-1)/max(width, 1))
	}
	return n
}

// close prints lines, takes the rows away and shows the cursor.
func (p *painter) close(lines []string) {
	p.paint(lines, nil, p.width)
	if p.begun {
		_, _ = io.WriteString(p.w, showCursor)
	}
}
