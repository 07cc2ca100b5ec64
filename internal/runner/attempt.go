package runner

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// attempt is what one look came to.
type attempt struct {
	outcome check.Outcome
	result  check.Result
	want    string
	saw     string
	records []Record
	err     error
	claimed bool
	cut     bool     // by the end of the run
	idle    []string // what assertions about all of something found nothing in
}

// patiently makes one look, and makes it again while it fails for a passing reason and the look's time allows.
// A step that waits anyway is looked at again by eventually.
func (l *looking) patiently(ctx context.Context) attempt {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = firstPause
	began := time.Now()
	var before attempt
	for {
		a := l.bounded(ctx, l.step.Timeout-time.Since(began))
		a = a.following(before)
		before = a
		next := max(pause.NextBackOff(), after(a.err))
		if !passing(a.err) || l.step.Barrier() || l.within() > 0 || time.Since(began)+next >= l.step.Timeout {
			return a
		}
		timer := time.NewTimer(next)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return cancelled()
		}
	}
}

// following adds what an earlier look said to one that only ran out of time: that is what somebody can mend.
func (a attempt) following(before attempt) attempt {
	if passing(before.err) && errors.Is(a.err, context.DeadlineExceeded) {
		a.saw += "; before that: " + before.saw
	}
	return a
}

// passing tells whether an error may be gone a moment later.
func passing(err error) bool {
	var transient *check.Transient
	return errors.As(err, &transient)
}

// after is how long the other side wants to be left alone.
func after(err error) time.Duration {
	var transient *check.Transient
	if errors.As(err, &transient) {
		return transient.After
	}
	return 0
}

// bounded makes one look when there is a place for it, in the time that it has.
func (l *looking) bounded(ctx context.Context, limit time.Duration) attempt {
	if ctx.Err() != nil {
		return l.failedLook(ctx, ctx.Err())
	}
	release, err := l.limits.acquire(ctx, l.step, l.step.Kind.Host(l.args))
	if err != nil {
		return l.failedLook(ctx, err)
	}
	defer release()
	if err := l.enter(ctx); err != nil {
		a := l.failedLook(ctx, err)
		if !a.cut {
			a.saw = err.Error()
		}
		return a
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return l.once(ctx)
}

// cancelled is an attempt that the end of the run cut short: what does not hold yet might have held in time.
func cancelled() attempt {
	return attempt{outcome: check.Unknown, saw: "cancelled", cut: true}
}

// once looks, and evaluates what was seen.
func (l *looking) once(ctx context.Context) (a attempt) {
	l.rep.Looks++
	res, err := l.safely(ctx)
	if err != nil {
		return l.failedLook(ctx, err)
	}
	a = l.evaluate(ctx, res)
	if a.outcome != check.Passed && errors.Is(ctx.Err(), context.Canceled) {
		return cancelled() // a command that was killed has not failed
	}
	return a
}

// safely turns a panic of a kind into an error: one broken kind must not take the run with it.
func (l *looking) safely(ctx context.Context) (res check.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a mistake in the kind %s of wpctl itself: %v (%s)", l.step.Kind.Name, p, crashLine(debug.Stack()))
		}
	}()
	if l.step.Barrier() {
		defer l.changes.Add(1)
	}
	at := l.site
	at.Changes = l.changes.Load()
	return l.step.Kind.Look(ctx, at, l.args)
}

// crashLine names the place in our code where a panic began.
func crashLine(stack []byte) string {
	for line := range strings.Lines(string(stack)) {
		if i := strings.Index(line, "/internal/steps/"); i >= 0 {
			return strings.TrimSpace(line[i+1:])
		}
	}
	return "place unknown"
}

// failedLook says what an error of a look means.
func (l *looking) failedLook(ctx context.Context, err error) attempt {
	a := attempt{outcome: check.Unknown, err: err, saw: err.Error()}
	if what, ok := check.IsWaiting(err); ok {
		a.outcome, a.saw = check.Awaiting, "waiting for "+what
		return a
	}
	var denied *check.Denied
	switch {
	case errors.As(err, &denied):
		a.outcome = check.Skipped
	case errors.Is(ctx.Err(), context.Canceled):
		return cancelled()
	case errors.Is(err, context.DeadlineExceeded) && err.Error() == context.DeadlineExceeded.Error():
		a.saw = fmt.Sprintf("no answer within %s", l.step.Timeout)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		a.saw = fmt.Sprintf("no answer within %s: %s", l.step.Timeout, strings.TrimSuffix(err.Error(), ": "+context.DeadlineExceeded.Error()))
	}
	return a
}
