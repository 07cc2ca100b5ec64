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
	DryRun  bool            `json:"dryRun" doc:"nothing was written"`
	From    string          `json:"from" doc:"the id before"`
	To      string          `json:"to" doc:"the id after"`
	Files   []movedFileJSON `json:"files" doc:"the files in which it stands"`
	Renamed []renamedJSON   `json:"renamed" doc:"files that have another name now"`
	Left    []string        `json:"left" doc:"places where it may stand still, with their lines"`
}

type movedFileJSON struct {
	Name    string `json:"file" doc:"the file, as one would write it here"`
	Changed bool   `json:"changed" doc:"the file was written"`
	Would   bool   `json:"wouldChange" doc:"the file would be written, if this were no dry run"`
}

type renamedJSON struct {
	From string `json:"from" doc:"its name before"`
	To   string `json:"to" doc:"its name after"`
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
