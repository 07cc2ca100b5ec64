package app

import (
	"context"
	"errors"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// exitOf returns the exit code of a run: the first that applies of those for its end by a signal, credentials,
// failures, what could not be found out, people and policy, and nothing proven.
func exitOf(ctx context.Context, r runner.Report) int {
	if code, ok := ended(ctx, r); ok {
		return code
	}
	var auth, failed, unknown, waiting, proven bool
	see := func(t *runner.TaskReport) {
		switch t.Outcome {
		case check.Failed:
			failed = true
		case check.Unknown:
			unknown = true
		case check.Awaiting, check.Blocked:
			waiting = true
		case check.Passed:
			proven = true
		}
		waiting, auth = waiting || t.NotChecked, auth || unauthenticated(t)
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
	case !proven:
		return ExitNothing
	}
	return ExitOK
}

// unknown is the exit code of a command whose own would be code, and that could not find out or write everything.
func unknown(code int) int {
	switch code {
	case ExitOK, ExitNothing, ExitWaiting:
		return ExitUnknown
	}
	return code
}

// waiting is the exit code of a command whose own would be code, and that left something to a person.
func waiting(code int) int {
	switch code {
	case ExitOK, ExitNothing:
		return ExitWaiting
	}
	return code
}

// ended returns the exit code of a run that was cut short.
func ended(ctx context.Context, r runner.Report) (code int, ok bool) {
	var signal interface{ ExitCode() int }
	switch {
	case errors.As(context.Cause(ctx), &signal):
		return signal.ExitCode(), true
	case r.Cancelled:
		return ExitSIGINT, true
	}
	return 0, false
}

// unauthenticated tells whether a task could not be looked at for want of valid credentials.
func unauthenticated(t *runner.TaskReport) bool {
	if t.Auth {
		return true
	}
	for _, s := range t.Steps {
		if s.Auth && !s.Advisory {
			return true
		}
	}
	return false
}
