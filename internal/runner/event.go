package runner

import (
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// EventVersion is the version of Event's JSON form.
const EventVersion = 1

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
	Version int           `json:"version"`
	Type    EventType     `json:"type"`
	At      time.Time     `json:"at"`
	Task    string        `json:"task,omitempty"`  // full id; the plan's id for its own steps
	Short   string        `json:"short,omitempty"` // the short id, in a run of one plan
	Title   string        `json:"title,omitempty"` // of the task
	Step    int           `json:"step,omitempty"`  // counts from 1
	Name    string        `json:"name,omitempty"`  // of the step
	Kind    string        `json:"kind,omitempty"`
	Outcome check.Outcome `json:"outcome,omitempty"`
	Text    string        `json:"text,omitempty"`
	Total   int           `json:"total,omitempty"`
	Until   *time.Time    `json:"until,omitempty"` // until when a step waits
	Needs   []string      `json:"needs,omitempty"` // full ids
	Cause   string        `json:"cause,omitempty"` // full id of what blocks the task in the end
	Elapsed time.Duration `json:"elapsed,omitempty"`
}
