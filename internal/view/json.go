package view

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// JSONVersion is the version of all JSON documents. It changes when a key goes away or gets another meaning.
const JSONVersion = 1

// header is what each document begins with.
type header struct {
	Version int    `json:"version" doc:"1: the version of the document"`
	Kind    string `json:"kind" doc:"the kind of document"`
}

func head(kind string) header { return header{JSONVersion, kind} }

// marshal writes a document, indented, with a line end.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	return safe.JSON(b.Bytes()), nil
}

// all returns s, and an empty slice for nil: arrays are [] and not null.
func all[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

// each returns f of every element; never nil.
func each[A, B any](s []A, f func(A) B) []B {
	out := make([]B, len(s))
	for i, a := range s {
		out[i] = f(a)
	}
	return out
}

// at returns a time in UTC; nil for the zero time, which becomes null.
func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// ms is the whole milliseconds between two times; 0 where one is not known.
func ms(from, to time.Time) int64 {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return to.Sub(from).Milliseconds()
}

// countsJSON holds every outcome, those that did not occur included.
func countsJSON(c runner.Counts) map[check.Outcome]int {
	out := make(map[check.Outcome]int, len(outcomes))
	for _, o := range outcomes {
		out[o] = c[o]
	}
	return out
}

type lintJSON struct {
	header
	ExitCode    int                   `json:"exitCode" doc:"what the program ended with"`
	Files       int                   `json:"files" doc:"how many files were looked at"`
	Counts      map[diag.Severity]int `json:"counts" doc:"how many diagnostics there are of each severity"`
	Fixes       []fixJSON             `json:"fixes" doc:"what --fix mended, or would mend"`
	Diagnostics []diagnosticJSON      `json:"diagnostics" doc:"all that is wrong, file by file"`
}

type diagnosticJSON struct {
	text.Pos
	Len      int            `json:"len" doc:"how many bytes it is about; 0 where that is not known"`
	Severity diag.Severity  `json:"severity" doc:"error, warning, suggestion or info"`
	Code     string         `json:"code" doc:"what kind of mistake it is; 'wpctl explain CODE' explains it"`
	Message  string         `json:"message" doc:"what it is, in one sentence"`
	Hint     string         `json:"hint" doc:"what to do about it"`
	Related  []diag.Related `json:"related" doc:"other places that belong to it"`
}

type fixJSON struct {
	File    string `json:"file" doc:"the file, as one would write it here"`
	Line    int    `json:"line" doc:"the line in the file, from 1"`
	Message string `json:"message" doc:"what was mended, or why it was not"`
	Done    bool   `json:"done" doc:"it was written"`
}

// LintJSON is a list of diagnostics about a number of files as a document, with what was mended before.
func LintJSON(list diag.List, fixes []app.LintFix, files, exit int) ([]byte, error) {
	mended := []fixJSON{}
	for _, f := range fixes {
		if f.Failed != "" {
			mended = append(mended, fixJSON{File: f.Name, Message: f.Failed})
			continue
		}
		for _, m := range f.Mended {
			mended = append(mended, fixJSON{f.Name, m.Pos.Line, m.Says, m.Done && f.Written})
		}
	}
	counts := map[diag.Severity]int{}
	for _, s := range severities {
		counts[s.Severity] = 0
	}
	for _, d := range list {
		counts[d.Severity]++
	}
	return marshal(lintJSON{head("Lint"), exit, files, counts, mended, each(list, diagnosticOf)})
}

func diagnosticOf(d diag.Diagnostic) diagnosticJSON {
	return diagnosticJSON{d.Pos, d.Len, d.Severity, d.Code, d.Message, d.Hint, all(d.Related)}
}

// VersionInfo says which program this is.
type VersionInfo struct {
	Program  string `json:"program" doc:"the version of wpctl"`
	Commit   string `json:"commit" doc:"the commit that it was built from"`
	Date     string `json:"date" doc:"the time of that commit"`
	Go       string `json:"go" doc:"the version of Go"`
	Platform string `json:"platform" doc:"the operating system and the processor"`
	Format   int    `json:"format" doc:"the newest format of workplans that it reads"`
}

type versionJSON struct {
	header
	VersionInfo
}

// VersionJSON is v as a document.
func VersionJSON(v VersionInfo) ([]byte, error) {
	return marshal(versionJSON{head("Version"), v})
}
