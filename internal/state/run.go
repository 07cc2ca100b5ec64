package state

import (
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// Run is the record of one run: what was looked at, what was seen, and what was written.
type Run struct {
	Version int       `json:"version"`
	ID      string    `json:"id"` // begins with the time, so that ids sort by it
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended"`

	Program  string         `json:"program"` // the version of wpctl
	Verb     string         `json:"verb"`
	Args     []string       `json:"args"`     // as the caller chose to keep them, without secrets
	Clusters []Cluster      `json:"clusters"` // where the run looked; none where no step needed one
	Exit     int            `json:"exitCode"`
	Counts   map[string]int `json:"counts"` // outcome → number of tasks and own-step groups
	Plans    []PlanRun      `json:"plans"`
	Warnings []string       `json:"warnings"`
}

// Cluster is where a run looked.
type Cluster struct {
	Name    string `json:"name,omitempty"`
	Context string `json:"context,omitempty"`
	Server  string `json:"server,omitempty"`
}

// PlanRun is what a run saw of one plan.
type PlanRun struct {
	File    string        `json:"file"`
	ID      string        `json:"id"`
	Digest  string        `json:"digest"` // of the plan's bytes as they were run
	Outcome check.Outcome `json:"outcome"`
	Was     string        `json:"was"`   // the plan's status before
	Wrote   string        `json:"wrote"` // the status that was written; "" for none
	Tasks   []TaskRun     `json:"tasks"`
	Steps   []StepRun     `json:"steps"` // the plan's own
}

// TaskRun is what a run saw of one task.
type TaskRun struct {
	ID      string        `json:"id"`
	Title   string        `json:"title"`
	Outcome check.Outcome `json:"outcome"`
	Was     string        `json:"was"`
	Wrote   string        `json:"wrote"`
	Reason  string        `json:"reason"` // why it has its outcome, one line
	Steps   []StepRun     `json:"steps"`
}

// StepRun is what a run saw of one step.
type StepRun struct {
	Name       string         `json:"name"`
	Kind       string         `json:"kind"`
	Digest     string         `json:"digest"`
	Line       int            `json:"line"`
	Outcome    check.Outcome  `json:"outcome"`
	Advisory   bool           `json:"advisory,omitempty"`
	Want       string         `json:"want"`
	Saw        string         `json:"saw"`
	Why        []string       `json:"why"`
	Reason     string         `json:"reason"` // of a step that was skipped, deferred, waived or not found out
	Records    map[string]any `json:"records"`
	Looks      int            `json:"looks"`
	Place      string         `json:"place,omitempty"` // digest of where it was looked at; "" where it was not
	Seen       time.Time      `json:"seen,omitzero"`   // when an earlier run saw what was taken over
	Started    time.Time      `json:"started"`
	DurationMS int64          `json:"durationMs"`
}

// Task returns the record of the task of that full id.
func (r *Run) Task(id string) (TaskRun, bool) {
	for _, p := range r.Plans {
		for _, t := range p.Tasks {
			if t.ID == id {
				return t, true
			}
		}
	}
	return TaskRun{}, false
}

// filled returns r with empty lists and maps for nil ones, so that readers of the JSON need not tell them apart.
func (r Run) filled() Run {
	r.Args, r.Warnings, r.Clusters = list(r.Args), list(r.Warnings), list(r.Clusters)
	r.Plans = list(r.Plans)
	if r.Counts == nil {
		r.Counts = map[string]int{}
	}
	for i := range r.Plans {
		p := &r.Plans[i]
		p.Tasks, p.Steps = list(p.Tasks), filledSteps(p.Steps)
		for j := range p.Tasks {
			p.Tasks[j].Steps = filledSteps(p.Tasks[j].Steps)
		}
	}
	return r
}

func filledSteps(steps []StepRun) []StepRun {
	steps = list(steps)
	for i := range steps {
		steps[i].Why = list(steps[i].Why)
		if steps[i].Records == nil {
			steps[i].Records = map[string]any{}
		}
	}
	return steps
}

// list returns a copy of l that is not nil.
func list[T any](l []T) []T { return append(make([]T, 0, len(l)), l...) }
