package state

import "time"

// Evidence is what a step saw when it held once.
type Evidence struct {
	At      time.Time      `json:"at"`
	Saw     string         `json:"saw"`
	Records map[string]any `json:"records"`
	Run     string         `json:"run,omitempty"` // the id of the run that saw it
}

type heldFile struct {
	Version int    `json:"version"`
	Plan    string `json:"plan"`
	Task    string `json:"task"`
	Step    string `json:"step"`
	Evidence
}

func heldName(plan, task, step string) string { return hash(plan, task, step) + ".json" }

// Held returns the evidence that the step of that digest held once, under that task ("" for a plan's own step).
// Evidence that cannot be read is none: the step is looked at again.
func (s *Store) Held(plan, task, step string) (Evidence, bool) {
	var f heldFile
	if err := s.read("held", heldName(plan, task, step), &f); err != nil {
		return Evidence{}, false
	}
	return f.Evidence, f.Plan == plan && f.Task == task && f.Step == step
}

// SetHeld keeps the evidence that a step holds, in the place of earlier evidence.
func (s *Store) SetHeld(plan, task, step string, e Evidence) error {
	if e.Records == nil {
		e.Records = map[string]any{}
	}
	f := heldFile{Version: Version, Plan: plan, Task: task, Step: step, Evidence: e}
	return s.write("held", heldName(plan, task, step), f)
}
