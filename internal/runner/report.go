// Package runner binds a plan's steps to their kinds, finds all mistakes before anything runs, and then runs tasks
// along their graph: order, waiting, retries, time, guards, outcomes.
// It writes no file and prints nothing; what happens leaves it as events, and what came out as a Report.
package runner

import (
	"slices"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Report is what a run found out. It is complete, even when the run was cancelled.
type Report struct {
	Started   time.Time
	Ended     time.Time
	Cancelled bool
	Plans     []PlanReport // in the order given
}

// PlanReport is the part of a Report about one plan.
type PlanReport struct {
	Plan  *workplan.Plan
	Tasks []*TaskReport // in document order, all of them
	Own   *TaskReport   // of the plan's own steps; nil where it has none
}

// NotBegun is why a task is unknown that a run did not come to before it was cancelled.
const NotBegun = "not begun: the run was cancelled"

// TaskReport is what was found out about one task, or about a plan's own steps.
// All texts are redacted and bounded.
type TaskReport struct {
	ID               string
	Short            string
	Title            string
	Pos              text.Pos
	End              text.Pos // of its block
	Was              workplan.Status
	Word             string // of the plan's team for Was
	Selected         bool   // false: left out, or looked at only for what others need of it
	Outcome          check.Outcome
	Reason           string   // why it is blocked, skipped or unverified; one line
	Cause            string   // id of the task, decision or guard's section that blocks it; told once, there
	Guard            string   // the name of the guard, where one blocks it
	Rests            []string // needs that are met by an unproven claim
	Cluster          string   // the name of the cluster that its steps looked at; of several all, sorted; "" for none
	Clusters         []string // the same, one by one
	OnDefaultCluster bool     // a step looked at a cluster that nobody named
	Cut              bool     // the end of the run cut it short: not all of it was looked at
	NotChecked       bool     // a required step was not looked at because of policy
	Auth             bool     // a guard could not be looked at for want of valid credentials
	Steps            []*StepReport
	Started          time.Time
	Ended            time.Time

	own       bool   // it is of a plan's own steps
	unguarded string // why steps that do more than read are not begun
}

// StepReport is what was found out about one step.
type StepReport struct {
	Name     string
	Kind     string
	Pos      text.Pos
	End      text.Pos
	Digest   string
	Outcome  check.Outcome
	Policy   bool   // skipped because of policy
	Auth     bool   // unknown for want of valid credentials
	Held     string // ISO day on which a `once` step held
	Cut      bool   // cut short by the end of the run
	Claimed  bool   // rests on a person's word that is not signed
	Advisory bool
	Guard    bool
	Idle     bool // a guard whose `when` is false: it holds, and shows nothing
	Want     string
	Saw      string
	Why      []string
	Fault    string // what is wrong, in words that all steps have that see the same; "" where nobody else may see it
	Warnings []string
	Note     string
	Records  []Record
	Looks    int
	Shared   bool      // an identical step made the look
	Seen     time.Time // when an earlier run saw it, whose result was taken over; else zero
	Started  time.Time
	Ended    time.Time
}

// each replaces the texts of a report by what f makes of them. Lists lose texts that are empty or there already.
func (s *StepReport) each(f func(string) string) {
	for _, text := range []*string{&s.Name, &s.Note, &s.Want, &s.Saw, &s.Fault} {
		*text = f(*text)
	}
	s.Why, s.Warnings = texts(s.Why, f), texts(s.Warnings, f)
	for i := range s.Records {
		s.Records[i].Text = f(s.Records[i].Text)
	}
}

func texts(ss []string, f func(string) string) []string {
	out := make([]string, 0, len(ss))
	for _, s := range ss {
		if s = f(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// Record is a recorded value.
type Record struct {
	Name  string
	Value any    // as expressions see it
	Text  string // redacted
}

// Counts counts outcomes.
type Counts map[check.Outcome]int

// Tasks counts the outcomes of the selected tasks and of the plans' own steps.
func (r Report) Tasks() Counts {
	c := Counts{}
	r.each(func(t *TaskReport) { c[t.Outcome]++ })
	return c
}

// Steps counts the outcomes of the steps of selected tasks.
func (r Report) Steps() Counts {
	c := Counts{}
	r.each(func(t *TaskReport) {
		for _, s := range t.Steps {
			c[s.Outcome]++
		}
	})
	return c
}

func (r Report) each(f func(*TaskReport)) {
	for _, p := range r.Plans {
		for _, t := range p.Tasks {
			if t.Selected {
				f(t)
			}
		}
		if p.Own != nil && p.Own.Selected {
			f(p.Own)
		}
	}
}
