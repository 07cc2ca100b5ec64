package check

// Outcome is what the runner makes of a step's results, or of a task's steps.
type Outcome string

// The outcomes of a step; a task has these and Unverified and Blocked.
const (
	Passed     Outcome = "passed"
	Failed     Outcome = "failed"     // seen not to hold
	Unknown    Outcome = "unknown"    // could not find out
	Awaiting   Outcome = "waiting"    // for a person
	Skipped    Outcome = "skipped"    // not looked at, with a reason
	Deferred   Outcome = "deferred"   // put off by its author
	Waived     Outcome = "waived"     // failed, and accepted until a day
	Unverified Outcome = "unverified" // nothing that counts as proof was looked at
	Blocked    Outcome = "blocked"    // a need is not met, or a guard does not hold
)
