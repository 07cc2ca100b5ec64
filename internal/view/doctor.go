package view

import (
	"io"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// conditions is how a condition appears: as the outcome that comes nearest to it.
var conditions = map[app.Condition]check.Outcome{
	app.Fine: check.Passed, app.Note: check.Waived, app.Problem: check.Failed, app.Obscure: check.Unknown,
}

// Doctor writes what was looked at, a line for each with what to do below it, and then how many need something.
func Doctor(w io.Writer, symptoms []app.Symptom, o Options) error {
	p := newPrinter(w, o)
	about := 0
	counts := map[app.Condition]int{}
	for _, s := range symptoms {
		about = max(about, cells(Safe(s.About)))
		counts[s.Condition]++
	}
	at := p.glyphs() + 1 + about + 2
	for _, s := range symptoms {
		outcome := conditions[s.Condition]
		p.hang(p.glyph(outcome)+" "+pad(Safe(s.About), about)+"  ", at, Safe(s.Saw), "")
		if s.Do != "" {
			p.hang(strings.Repeat(" ", at)+p.arrow()+" ", at+cells(p.arrow())+1, Safe(s.Do), cyan)
		}
	}
	var parts []string
	for _, c := range []app.Condition{app.Problem, app.Obscure, app.Note} {
		if n := counts[c]; n > 0 {
			parts = append(parts, plural(n, map[app.Condition]string{app.Problem: "problem", app.Obscure: "question", app.Note: "note"}[c]))
		}
	}
	p.put("")
	if len(parts) == 0 {
		parts = []string{"nothing to do"}
	}
	p.put(strings.Join(parts, ", "))
	return p.flush()
}

// arrow stands before what to do.
func (s style) arrow() string {
	if s.unicode {
		return "→"
	}
	return "->"
}

type doctorJSON struct {
	header
	Symptoms []app.Symptom `json:"symptoms" doc:"all that was looked at"`
	ExitCode int           `json:"exitCode" doc:"what the program ended with"`
}

// DoctorJSON is what was looked at as a document.
func DoctorJSON(symptoms []app.Symptom, exit int) ([]byte, error) {
	return marshal(doctorJSON{head("Doctor"), all(symptoms), exit})
}
