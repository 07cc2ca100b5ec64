package workplan

import (
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// Level says how much of the findings is written.
type Level string

// The levels. The zero Level is Full.
const (
	Full    Level = "full"
	Summary Level = "summary" // the first line only
	None    Level = "none"    // nothing is written, and what is there stays
)

// Findings is what a run says of a task, or of the plan's own steps.
// It is rendered as it is: it holds stable facts, and secrets have been taken out.
type Findings struct {
	Level   Level
	Date    string        // ISO day of the run; the block keeps the day on which it first said the same
	Outcome check.Outcome // of the task
	Steps   string        // the Digest of the steps

	// The counts of the first line. Total is the number of checks that count for the outcome; see Tally.
	Passed, Total                               int
	Unknown, Waiting, Deferred, Waived, Skipped int

	Cluster string // "" where no step looked at a cluster
	Lines   []Line
	Records []Record
}

// Line is one check of the findings.
type Line struct {
	Outcome  check.Outcome
	Name     string
	Text     string   // what was seen; what stands between backticks becomes code
	Why      []string // the likely causes
	Note     string   // the author's remark
	Held     string   // the ISO day on which it held, of `once`; "" for none
	Claimed  bool     // a person says so, and nothing proves it
	Advisory bool     // a failure does not fail the task
	Kept     []string // of HeldOn: these lines stay as they are
}

// Record is a recorded value.
type Record struct{ Name, Value string }

// Tally sets the counts from the lines. All count for the outcome but deferred, waived, skipped and advisory ones,
// and those of which a person says that they held once.
func (f *Findings) Tally() {
	f.Passed, f.Total, f.Unknown, f.Waiting, f.Deferred, f.Waived, f.Skipped = 0, 0, 0, 0, 0, 0, 0
	for _, l := range f.Lines {
		switch l.Outcome {
		case check.Deferred:
			f.Deferred++
			continue
		case check.Waived:
			f.Waived++
			continue
		case check.Skipped:
			f.Skipped++
			continue
		}
		if l.Advisory || l.Claimed && l.Held != "" {
			continue
		}
		f.Total++
		switch l.Outcome {
		case check.Passed:
			f.Passed++
		case check.Unknown:
			f.Unknown++
		case check.Awaiting:
			f.Waiting++
		}
	}
}
