package view

import (
	"bytes"
	"io"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
)

// Moved writes in which files an id was renamed, or the differences where it was a dry run.
func Moved(w io.Writer, m app.Moved, dry bool, o Options) error {
	arrow := " → "
	if !o.Unicode {
		arrow = " -> "
	}
	p := newPrinter(w, o)
	if dry {
		if err := edits(w, m.Files, o); err != nil {
			return err
		}
	} else {
		p.put(p.bold(Safe(m.From)) + arrow + p.bold(Safe(m.To)) + " in " + plural(len(m.Files), "file"))
		for _, f := range m.Files {
			p.put("  " + Safe(f.Name))
		}
	}
	for _, r := range m.Renamed {
		p.put("  " + Safe(r[0]) + arrow + Safe(r[1]))
	}
	return p.flush()
}

type movedJSON struct {
	header
	DryRun  bool            `json:"dryRun"`
	From    string          `json:"from"`
	To      string          `json:"to"`
	Files   []movedFileJSON `json:"files"`
	Renamed []renamedJSON   `json:"renamed"`
	Left    []string        `json:"left"`
}

type movedFileJSON struct {
	Name    string `json:"file"`
	Changed bool   `json:"changed"`
	Would   bool   `json:"wouldChange"`
}

type renamedJSON struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// MovedJSON is an id that was renamed as a document.
func MovedJSON(m app.Moved, dry bool) ([]byte, error) {
	return marshal(movedJSON{
		head("Mv"), dry, m.From, m.To,
		each(m.Files, func(f app.Edited) movedFileJSON {
			return movedFileJSON{f.Name, f.Written, !f.Written && !bytes.Equal(f.Old, f.New)}
		}),
		each(m.Renamed, func(r [2]string) renamedJSON { return renamedJSON{r[0], r[1]} }), all(m.Left),
	})
}
