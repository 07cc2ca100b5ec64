package view

import (
	"io"
	"slices"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
)

// Saved writes what came of one save of a plan, and a blank line.
func Saved(w io.Writer, s app.Saved, o Options) error {
	p := newPrinter(w, o)
	p.put(p.dim(s.At.Format(time.TimeOnly)) + " " + p.bold(Safe(s.Name)))
	if s.Gone {
		p.put("  gone")
	}
	for _, c := range s.Changes {
		p.put("  " + p.arrows(Safe(c)))
	}
	p.diagnostics(slices.Values(s.Diags), s.Sources)
	if s.Plan != nil {
		p.put("  " + p.dim(planTotals(*s.Plan)))
	}
	p.put("")
	return p.flush()
}

type savedJSON struct {
	header
	At          time.Time        `json:"at" doc:"when it was seen"`
	Name        string           `json:"file" doc:"the file, as one would write it here"`
	Gone        bool             `json:"gone" doc:"the file is there no more"`
	Changes     []string         `json:"changes" doc:"what is otherwise than before, a line each"`
	Diagnostics []diagnosticJSON `json:"diagnostics" doc:"all that is wrong in it"`
}

// SavedJSON is one save of a plan as a document.
func SavedJSON(s app.Saved) ([]byte, error) {
	return marshal(savedJSON{
		head("Saved"), s.At.UTC(), s.Name, s.Gone, all(s.Changes),
		each(s.Diags, diagnosticOf),
	})
}
