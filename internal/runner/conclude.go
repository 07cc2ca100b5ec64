package runner

import (
	"fmt"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// conclude gives a task the outcome that its steps make.
// A guard that does not apply is no proof of its task; among a plan's own steps it holds, as the others do.
func conclude(t *TaskReport) {
	var seen, waiting, unknown, failed, passed int
	t.NotChecked, t.Reason = false, ""
	for i, s := range t.Steps {
		if s.Advisory {
			continue
		}
		seen++
		why := fmt.Sprintf("step %d, %s", i+1, s.Name)
		switch s.Outcome {
		case check.Failed:
			if failed++; failed == 1 {
				t.Reason = why
			}
		case check.Unknown:
			if unknown++; unknown == 1 && failed == 0 {
				t.Reason = why
			}
		case check.Awaiting:
			if waiting++; waiting == 1 && failed+unknown == 0 {
				t.Reason = why
			}
		case check.Passed:
			if !s.Idle || t.own {
				passed++
			}
		}
		t.NotChecked = t.NotChecked || s.Policy
	}
	switch {
	case failed > 0:
		t.Outcome = check.Failed
	case unknown > 0:
		t.Outcome = check.Unknown
	case waiting > 0:
		t.Outcome = check.Awaiting
	case t.NotChecked:
		t.Outcome, t.Reason = check.Unverified, "not all of it was looked at, because of policy"
	case passed > 0:
		t.Outcome = check.Passed
	case seen == 0:
		t.Outcome, t.Reason = check.Unverified, "has only advisory steps"
	default:
		t.Outcome, t.Reason = check.Unverified, "nothing that counts as proof was looked at"
	}
}
