package view

import (
	"fmt"
	"io"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
)

// Fixes writes what lint mended in plans, or the change itself where nothing was written, and what it could not mend.
func Fixes(w io.Writer, fixes []app.LintFix, o Options) error {
	p := newPrinter(w, o)
	for _, f := range fixes {
		if f.Failed != "" {
			p.put(fmt.Sprintf("%s: %s: %s", p.bold(Safe(f.Name)), p.paint(red, "not fixed"), Safe(f.Failed)))
			continue
		}
		changed := string(f.Old) != string(f.New)
		for _, m := range f.Mended {
			word, color := "fixed", green
			switch {
			case !m.Done:
				word, color = "not fixed", yellow
			case !f.Written:
				word, color = "would fix", cyan
			}
			p.put(fmt.Sprintf("%s: %s: %s", p.bold(Safe(m.Pos.String())), p.paint(color, word), Safe(m.Says)))
		}
		if changed && !f.Written {
			p.diff(f.Name, string(f.Old), string(f.New))
		}
	}
	if len(fixes) > 0 {
		p.put("")
	}
	return p.flush()
}
