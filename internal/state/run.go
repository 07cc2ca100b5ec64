package state

import (
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// Run is the record of one run: what was looked at, what was seen, and what was written.
type Run struct {
	Version int       `json:"version" doc:"1: the version of the record"`
	ID      string    `json:"id" doc:"begins with the time, so that ids sort by it"`
	Started time.Time `json:"started" doc:"when it began"`
	Ended   time.Time `json:"ended" doc:"when it ended"`

	Program  string         `json:"program" doc:"the version of wpctl"`
	Verb     string         `json:"verb" doc:"run or verify"`
	Args     []string       `json:"args" doc:"the command line, without secrets"`
	Clusters []Cluster      `json:"clusters" doc:"where it looked; none where no step needed a cluster"`
	Exit     int            `json:"exitCode" doc:"what the run ended with"`
	Counts   map[string]int `json:"counts" doc:"how many tasks had each outcome, by outcome"`
	Plans    []PlanRun      `json:"plans" doc:"what was seen of each plan"`
	Warnings []string       `json:"warnings" doc:"what was told beside it"`
}

// Cluster is where a run looked.
type Cluster struct {
	Name    string `json:"name,omitempty" doc:"its name in plans"`
	Context string `json:"context,omitempty" doc:"the context of the kubeconfig"`
	Server  string `json:"server,omitempty" doc:"its address"`
}

// PlanRun is what a run saw of one plan.
type PlanRun struct {
	File    string        `json:"file" doc:"the file, as one would write it here"`
	ID      string        `json:"id" doc:"the id of the plan"`
	Digest  string        `json:"digest" doc:"of the plan's bytes as they were run"`
	Outcome check.Outcome `json:"outcome" doc:"what came of the plan's own steps"`
	Was     string        `json:"was" doc:"the plan's status before, in wpctl's words"`
	Wrote   string        `json:"wrote" doc:"the status that was written; empty for none"`
	Tasks   []TaskRun     `json:"tasks" doc:"what was seen of each task"`
	Steps   []StepRun     `json:"steps" doc:"the plan's own steps"`
}

// TaskRun is what a run saw of one task.
type TaskRun struct {
	ID      string        `json:"id" doc:"its full id"`
	Title   string        `json:"title" doc:"its title"`
	Outcome check.Outcome `json:"outcome" doc:"what came of it"`
	Was     string        `json:"was" doc:"its status before, in wpctl's words"`
	Wrote   string        `json:"wrote" doc:"the status that was written; empty for none"`
	Reason  string        `json:"reason" doc:"why it has its outcome, in one line"`
	Steps   []StepRun     `json:"steps" doc:"what was seen of each step"`
}

// StepRun is what a run saw of one step.
type StepRun struct {
	Name       string         `json:"name" doc:"its name"`
	Kind       string         `json:"kind" doc:"its kind"`
	Digest     string         `json:"digest" doc:"of what it asks for"`
	Line       int            `json:"line" doc:"its line in the plan"`
	Outcome    check.Outcome  `json:"outcome" doc:"what came of it"`
	Advisory   bool           `json:"advisory,omitempty" doc:"a failure does not fail the task"`
	Want       string         `json:"want" doc:"what was wanted"`
	Saw        string         `json:"saw" doc:"what was seen"`
	Why        []string       `json:"why" doc:"the likely reasons, a line each"`
	Reason     string         `json:"reason" doc:"why it was skipped, deferred, waived or not found out"`
	Records    map[string]any `json:"records" doc:"what it recorded, by name"`
	Looks      int            `json:"looks" doc:"how often it was looked"`
	Place      string         `json:"place,omitempty" doc:"the digest of where it was looked at; left out where it was not"`
	Seen       time.Time      `json:"seen,omitzero" doc:"when an earlier run saw what was taken over"`
	Started    time.Time      `json:"started" doc:"when it began"`
	DurationMS int64          `json:"durationMs" doc:"how long that took, in milliseconds"`
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
