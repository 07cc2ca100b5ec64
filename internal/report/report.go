// Package report writes what a run or a verification found out in the formats of other programs: JUnit, SARIF, TAP,
// Prometheus, markdown, and the annotations of action runners; one file for each.
// Each is a pure function from a Run to bytes. It reads nothing, contacts nothing and decides nothing about claims;
// whatever a text from outside holds, it breaks no format and is no command to whoever reads it.
package report

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// Level says how bad something is.
type Level string

// The levels, the worst first.
const (
	Error   Level = "error"
	Warning Level = "warning"
	Note    Level = "note"
	None    Level = "none"
)

var levels = []Level{Error, Warning, Note, None}

// Run is what reports tell of. Its texts are fit for one line each.
type Run struct {
	Verb      string // run or verify
	Program   string // the version of wpctl
	Record    string // the id of its record; "" where there is none
	Started   time.Time
	Ended     time.Time
	Cancelled bool
	Exit      int
	Sections  []Section // in document order
}

// Section is a task, or a plan's own steps, or a mistake in a file.
type Section struct {
	Mistake   bool   // it is one; its plan is the file, its id and rule are the mistake's code
	Plan      string // the plan's id
	PlanTitle string
	ID        string
	Title     string
	Place     Place
	Status    string // as written
	Claim     bool   // its status says that it is done
	Outcome   check.Outcome
	Word      string // what came of it: a verdict or an outcome
	Words     string // the same of several
	Rule      string // the same as one word, for machines
	Level     Level
	Message   string   // one sentence
	Under     string   // id of the root cause with which it fails
	Remarks   []string // what else is to be known of it
	Took      time.Duration
	Steps     []Step
}

// Step is one step of a section.
type Step struct {
	Name     string
	Kind     string
	Digest   string
	Place    Place
	Outcome  check.Outcome
	Advisory bool
	Policy   bool
	Want     string
	Saw      string
	Why      []string
	Fault    string // the same in all steps that fail for the same reason
	Took     time.Duration
}

// Place is the lines of a file; its name is relative to the repository, with slashes.
type Place struct {
	File      string
	Line, End int
}

// Site says how the names of plans become those of the repository.
type Site struct {
	Dir  string // the working directory, which the names of plans are relative to
	Root string // of the repository
}

func (s Site) place(from, to text.Pos) Place {
	name := from.File
	if !filepath.IsAbs(name) {
		name = filepath.Join(s.Dir, name)
	}
	if rel, err := filepath.Rel(s.Root, name); err == nil && !strings.HasPrefix(rel, "..") {
		name = rel
	}
	return Place{File: safe.Line(filepath.ToSlash(name)), Line: max(from.Line, 1), End: max(to.Line, from.Line, 1)}
}

// String is the place as a compiler gives it.
func (p Place) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// told tells whether a step says why its section has its level.
func (s Step) told() bool {
	if s.Advisory {
		return false
	}
	switch s.Outcome {
	case check.Failed, check.Unknown, check.Awaiting:
		return true
	}
	return s.Policy
}

// said is what came of a step, in a sentence.
func (s Step) said() string {
	switch {
	case s.Outcome == check.Failed && s.Want != "":
		return "wanted " + s.Want + ", saw " + s.Saw
	case s.Saw == "":
		return string(s.Outcome)
	case s.Outcome == check.Failed, s.Outcome == check.Passed, strings.HasPrefix(s.Saw, string(s.Outcome)):
		return s.Saw
	}
	return string(s.Outcome) + ": " + s.Saw
}

// at returns the sections of a level: root causes, in document order, then what fails with them.
func (r Run) at(l Level) []Section {
	var roots, under []Section
	for _, s := range r.Sections {
		switch {
		case s.Level != l:
		case s.Under != "":
			under = append(under, s)
		default:
			roots = append(roots, s)
		}
	}
	return append(roots, under...)
}

// Line is what came of the run, on one line of at most 200 bytes.
func (r Run) Line() string { return cut(r.summary(), 200) }

// summary counts what came of the sections: "3 holds, 1 no longer holds".
func (r Run) summary() string {
	n := map[string]int{}
	var first []Section // of each word
	for _, l := range levels {
		for _, s := range r.at(l) {
			if n[s.Word]++; n[s.Word] == 1 {
				first = append(first, s)
			}
		}
	}
	var out []string
	for _, s := range first {
		word := s.Words
		if n[s.Word] == 1 {
			word = s.Word
		}
		out = append(out, fmt.Sprintf("%d %s", n[s.Word], word))
	}
	if len(out) == 0 {
		return "nothing was looked at"
	}
	return strings.Join(out, ", ")
}
