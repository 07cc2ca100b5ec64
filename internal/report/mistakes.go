package report

import (
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// OfMistakes is what reports tell of a run or a verification that was not begun, because of what is wrong in files.
func OfMistakes(verb, program string, list diag.List, exit int, at Site) Run {
	return Run{Verb: verb, Program: program, Exit: exit, Sections: []Section{}}.With(list, at)
}

// With is r and, before its sections, the errors and warnings of a list. Suggestions are no matter of reports.
func (r Run) With(list diag.List, at Site) Run {
	var mistakes []Section
	for _, d := range list {
		if d.Severity.AtLeast(diag.Warning) {
			mistakes = append(mistakes, mistake(d, at))
		}
	}
	r.Sections = append(mistakes, r.Sections...)
	return r
}

func mistake(d diag.Diagnostic, at Site) Section {
	s := Section{
		Mistake: true, ID: safe.Line(d.Code), Place: at.place(d.Pos, d.Pos), Rule: safe.Line(d.Code),
		Level: Error, Word: "error", Words: "errors", Message: safe.Line(d.Message), Steps: []Step{},
	}
	if d.Severity != diag.Error {
		s.Level, s.Word, s.Words = Warning, "warning", "warnings"
	}
	if d.Hint != "" {
		s.Message += "; " + safe.Line(d.Hint)
	}
	s.Plan = s.Place.File
	return s
}
