package view

import (
	"bufio"
	"io"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// printer writes lines. The first error of the writer is kept until flush.
type printer struct {
	Options
	style
	w    *bufio.Writer
	most int // how many statuses are told of a file; 0: all
}

func newPrinter(w io.Writer, o Options) *printer {
	return &printer{Options: o, style: o.style(), w: bufio.NewWriter(w)}
}

func (p *printer) flush() error { return p.w.Flush() }

// put writes one line, without blanks at its end.
func (p *printer) put(s string) {
	if p.GitHub {
		s = noCommand(s)
	}
	p.w.WriteString(strings.TrimRight(s, " "))
	p.w.WriteByte('\n')
}

// hang writes text after head, which takes used columns; further lines are indented as far.
func (p *printer) hang(head string, used int, text, color string) {
	for _, l := range hanging(p.style, head, used, text, color, p.Width) {
		p.put(l)
	}
}

// hanging sets text behind head, which takes used of width columns (0: no limit); further lines are indented as far.
func hanging(s style, head string, used int, text, color string, width int) []string {
	if width > 0 {
		width = max(width-used, 16)
	}
	lines := wrap(text, width)
	for i, line := range lines {
		if i > 0 {
			head = strings.Repeat(" ", used)
		}
		lines[i] = head + s.paint(color, line)
	}
	return lines
}

// noCommand breaks what a runner of actions would take for a workflow command, anywhere in a line or at its start.
func noCommand(s string) string {
	s = safe.NoCommand(s)
	if t := strings.TrimLeft(s, " \t"); strings.HasPrefix(t, "::") {
		return s[:len(s)-len(t)] + ": " + t[1:]
	}
	return s
}

// join is strings.Join over Safe parts, leaving out empty ones.
func join(sep string, parts ...string) string {
	var out []string
	for _, s := range parts {
		if s != "" {
			out = append(out, Safe(s))
		}
	}
	return strings.Join(out, sep)
}
