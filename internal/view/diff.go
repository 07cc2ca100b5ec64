package view

import (
	"io"
	"strings"

	"github.com/aymanbagabas/go-udiff"

	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// Diff writes the unified diff from before to after of the file called name, which both sides are labelled with;
// it writes nothing where they are the same. Without colour, and for text that hides nothing, it is what patch reads.
func Diff(w io.Writer, name, before, after string, o Options) error {
	p := newPrinter(w, o)
	p.diff(name, before, after)
	return p.flush()
}

func (p *printer) diff(name, before, after string) {
	label := Safe(name)
	for _, l := range strings.SplitAfter(udiff.Unified("a/"+label, "b/"+label, before, after), "\n") {
		if l != "" {
			p.diffLine(strings.TrimSuffix(l, "\n"))
		}
	}
}

// diffLine writes a line of a diff, keeping blanks at its end and tabs within.
func (p *printer) diffLine(l string) {
	color := ""
	switch {
	case strings.HasPrefix(l, "--- "), strings.HasPrefix(l, "+++ "):
		color = bold
	case strings.HasPrefix(l, "@@"):
		color = cyan
	case strings.HasPrefix(l, "-"):
		color = red
	case strings.HasPrefix(l, "+"):
		color = green
	}
	var b strings.Builder
	for i, r := range l {
		switch end := r == '\r' && i == len(l)-1; {
		case r == '\t' || end && !p.Color:
			b.WriteRune(r)
		case !end:
			b.WriteString(safe.Visible(r))
		}
	}
	text := b.String()
	if p.GitHub {
		text = noCommand(text)
	}
	p.w.WriteString(p.paint(color, text))
	p.w.WriteByte('\n')
}
