package view

import (
	"bytes"
	"cmp"
	"io"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
)

// Edited writes what a command changed in plans: each key with its values, or the differences where it was a dry run.
func Edited(w io.Writer, files []app.Edited, dry bool, o Options) error {
	if dry {
		return edits(w, files, o)
	}
	p := newPrinter(w, o)
	changed := false
	for _, f := range files {
		for _, c := range f.Changes {
			changed = true
			p.put(p.bold(Safe(c.ID)) + ": " + Safe(change(c, o.Unicode)))
		}
	}
	if !changed {
		p.put("nothing to change")
	}
	return p.flush()
}

func edits(w io.Writer, files []app.Edited, o Options) error {
	changed := false
	for _, f := range files {
		changed = changed || !bytes.Equal(f.Old, f.New)
		if err := Diff(w, f.Name, string(f.Old), string(f.New), o); err != nil {
			return err
		}
	}
	if changed {
		return nil
	}
	p := newPrinter(w, o)
	p.put("nothing to change")
	return p.flush()
}

// change is a change in words.
func change(c app.Change, unicode bool) string {
	arrow := " " + style{unicode: unicode}.arrow() + " "
	from, to := cmp.Or(c.FromWord, c.From), cmp.Or(c.ToWord, c.To)
	switch {
	case c.To == "":
		return c.Key + " taken away, was " + from
	case c.From == "":
		return c.Key + " " + to
	}
	return c.Key + " " + from + arrow + to
}

type editedJSON struct {
	Name    string       `json:"file" doc:"the file, as one would write it here"`
	Changed bool         `json:"changed" doc:"the file was written"`
	Would   bool         `json:"wouldChange" doc:"the file would be written, if this were no dry run"`
	Changes []app.Change `json:"changes" doc:"which keys got other values"`
}

type editsJSON struct {
	header
	DryRun bool         `json:"dryRun" doc:"nothing was written"`
	Files  []editedJSON `json:"files" doc:"the files that it is about"`
}

// EditedJSON is what a command changed in plans as a document of a kind.
func EditedJSON(kind string, files []app.Edited, dry bool) ([]byte, error) {
	return marshal(editsJSON{head(kind), dry, each(files, func(f app.Edited) editedJSON {
		return editedJSON{f.Name, f.Written, !f.Written && !bytes.Equal(f.Old, f.New), all(f.Changes)}
	})})
}
