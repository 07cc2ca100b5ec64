package runner

import (
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// EventType says what happened.
type EventType string

// The events, in the order in which they can come for one task.
const (
	RunStarted  EventType = "run_started"  // Total is the number of selected tasks
	TaskQueued  EventType = "task_queued"  // Needs are the ids of what it comes after; before the first task starts
	TaskStarted EventType = "task_started" // Total is the number of its steps
	StepStarted EventType = "step_started"
	StepWaiting EventType = "step_waiting" // looked, does not hold yet; Text says what was seen
	StepEnded   EventType = "step_ended"   // Outcome and Text
	TaskEnded   EventType = "task_ended"   // Outcome and Text; also for tasks that never started
	RunEnded    EventType = "run_ended"
)

// Event is one thing that happened in a run. Its texts are redacted.
type Event struct {
	Type    EventType
	At      time.Time
	Task    string // full id; the plan's id for its own steps
	Short   string // the short id, in a run of one plan
	Title   string // of the task
	Step    int    // counts from 1
	Name    string // of the step
	Kind    string
	Outcome check.Outcome
	Text    string
	Total   int
	Until   *time.Time // until when a step waits
	Needs   []string   // full ids
	Cause   string     // full id of what blocks the task in the end
	Elapsed time.Duration
}
