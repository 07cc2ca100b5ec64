package app

import (
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// exitOf returns the exit code of a run: the first that applies of those for credentials, failures, what could not
// be found out, people and policy, and nothing looked at.
func exitOf(r runner.Report) int {
	var auth, failed, unknown, waiting, looked bool
	see := func(t *runner.TaskReport) {
		switch t.Outcome {
		case check.Failed:
			failed = true
		case check.Unknown:
			unknown = true
		case check.Awaiting, check.Blocked:
			waiting = true
		}
		waiting = waiting || t.NotChecked
		for _, s := range t.Steps {
			auth = auth || s.Auth && !s.Advisory
			looked = looked || s.Looks > 0 || s.Outcome == check.Passed
		}
	}
	for _, p := range r.Plans {
		for _, t := range p.Tasks {
			if t.Selected {
				see(t)
			}
		}
		if p.Own != nil && p.Own.Selected {
			see(p.Own)
		}
	}
	switch {
	case auth:
		return ExitAuth
	case failed:
		return ExitFailed
	case unknown:
		return ExitUnknown
	case waiting:
		return ExitWaiting
	case !looked:
		return ExitNothing
	}
	return ExitOK
}
