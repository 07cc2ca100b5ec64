// Package diag describes what is wrong in a file: where, how bad, and what to do about it.
// It does not print anything.
package diag

import (
	"cmp"
	"fmt"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// Severity says what a diagnostic means for the user.
type Severity string

// The severities, worst first.
const (
	Error      Severity = "error"      // the plan cannot be run
	Warning    Severity = "warning"    // most likely a mistake
	Suggestion Severity = "suggestion" // could be better
	Info       Severity = "info"       // worth knowing
)

var rank = map[Severity]int{Error: 0, Warning: 1, Suggestion: 2, Info: 3}

// AtLeast tells whether s is as bad as t or worse.
func (s Severity) AtLeast(t Severity) bool { return rank[s] <= rank[t] }

// Diagnostic is one thing to say about a file.
type Diagnostic struct {
	Pos      text.Pos  `json:"pos"`
	Len      int       `json:"len,omitempty"` // bytes of the file it is about, from Pos; 0: only the place is known
	Severity Severity  `json:"severity"`
	Code     string    `json:"code"`    // stable, kebab-case
	Message  string    `json:"message"` // one line, lower case
	Hint     string    `json:"hint,omitempty"`
	Related  []Related `json:"related,omitempty"`
}

// Related is another place that has part in a diagnostic.
type Related struct {
	Pos     text.Pos `json:"pos" doc:"the place"`
	Message string   `json:"message" doc:"what is there"`
}

// String returns "file:line:col: message (code)", as compilers do; without a place it is "message (code)".
func (d Diagnostic) String() string {
	if d.Pos == (text.Pos{}) {
		return fmt.Sprintf("%s (%s)", d.Message, d.Code)
	}
	return fmt.Sprintf("%s: %s (%s)", d.Pos, d.Message, d.Code)
}

// List is a number of diagnostics.
type List []Diagnostic

// Errors tells whether l has a diagnostic of severity Error.
func (l List) Errors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Merge is the diagnostics of lists in the order of the documents.
func Merge(lists ...List) List {
	out := slices.Concat(lists...)
	out.Sort()
	return out
}

// Sort puts l in the order of the documents: by file, line, column, then code.
// Diagnostics that are alike in these keep their order.
func (l List) Sort() {
	slices.SortStableFunc(l, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col),
			cmp.Compare(a.Code, b.Code))
	})
}
