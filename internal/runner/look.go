package runner

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
)

// The pauses between two looks where the step does not say, and between two looks at a thing that is watched anyway.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
	watchedPause = 15 * time.Second
)

// looking is the look at one step in one run, from its first look to its last.
type looking struct {
	*run
	step  *Step
	site  check.Site
	args  any
	vars  expr.Vars
	rep   *StepReport
	place *place // nil: waiting is not told

	mu       sync.Mutex
	warnings []string
}

func (r *run) newReport(s *Step) *StepReport {
	now := r.Now()
	return &StepReport{
		Name: s.Title, Kind: s.Kind.Name, Pos: s.Plan.File.Pos(s.Span.Start), End: s.Plan.File.Pos(max(s.Span.Start, s.Span.End-1)), Digest: s.Digest,
		Advisory: s.Advisory, Guard: s.Guard, Note: s.Note, Records: []Record{}, Started: now, Ended: now,
	}
}

// lookAt looks at a step until it holds, its time is up, or it is clear that it will not.
// P is the place of its task, which others have while it waits; without one, as for guards, its waiting is not told.
func (r *run) lookAt(ctx context.Context, s *Step, p *place) *StepReport {
	l := &looking{run: r, step: s, rep: r.newReport(s), place: p}
	if l.prepare(ctx) && !l.known() {
		l.finish(ctx, l.common(ctx))
	}
	l.rep.Ended = r.Now()
	l.rep.Warnings = l.warnings
	for i := range l.rep.Records {
		l.rep.Records[i].Text = expr.Text(l.rep.Records[i].Value)
	}
	l.rep.each(r.redacted)
	return l.rep
}

func (l *looking) end(o check.Outcome, saw string) bool {
	l.rep.Outcome, l.rep.Saw = o, saw
	return false
}

// prepare does all that comes before the first look; it is false where there will be none.
func (l *looking) prepare(ctx context.Context) bool {
	s := l.step
	if d := s.Defer; d != nil {
		if d.Until != "" && d.Until < l.Now().Format(time.DateOnly) {
			l.warnings = append(l.warnings, "it was put off until "+d.Until+": take it up, or say until when now")
		}
		return l.end(check.Deferred, deferText(s))
	}
	if s.OnceDate != "" {
		l.rep.Held, l.rep.Claimed = s.OnceDate, true
		return l.end(check.Skipped, "said to have held on "+s.OnceDate)
	}
	if s.Once && !l.Again {
		if h, ok := l.Held(s); ok {
			return l.held(h)
		}
	}
	l.vars = l.scope()
	if s.when != nil {
		ok, err := s.when.EvalBool(ctx, l.vars)
		switch {
		case err != nil:
			return l.end(check.Unknown, "when: "+expressionError(err))
		case !ok && s.Guard:
			l.rep.Idle = true
			return l.end(check.Passed, "does not apply: when "+s.when.Src)
		case !ok:
			return l.end(check.Skipped, "when "+s.when.Src+" is false")
		}
	}
	return l.bind(ctx)
}

func (l *looking) held(h Held) bool {
	l.rep.Held, l.rep.Claimed = h.Day, h.Claimed
	if h.Claimed {
		return l.end(check.Skipped, "the findings say that it held on "+h.Day)
	}
	for _, b := range l.step.records {
		if v, ok := h.Records[b.name]; ok {
			l.rep.Records = append(l.rep.Records, Record{Name: b.name, Value: v})
		}
	}
	return l.end(check.Passed, h.Saw)
}

func deferText(s *Step) string {
	out := s.Defer.Reason
	if s.Defer.Task != "" {
		out += ", taken up in " + s.Defer.Task
	}
	if s.Defer.Until != "" {
		out += ", until " + s.Defer.Until
	}
	return out
}

// eventually looks until the step holds or its `within` has gone by; without `within` it looks once.
func (l *looking) eventually(ctx context.Context) attempt {
	s := l.step
	within := l.within()
	deadline := l.Now().Add(within)
	waitCtx, stop := context.WithCancel(ctx)
	defer stop()
	var wake <-chan struct{}
	pause := l.pauses()
	var before attempt
	for watched := false; ; {
		a := l.patiently(ctx).following(before)
		before = a
		left := deadline.Sub(l.Now())
		if a.outcome == check.Passed || a.result.Final || within == 0 || left <= 0 || hopeless(a) {
			return a
		}
		if ctx.Err() != nil {
			return cancelled()
		}
		if !watched && s.Kind.Wake != nil && !passing(a.err) { // only who has to wait watches
			var err error
			if wake, err = s.Kind.Wake(waitCtx, l.site, l.args); err != nil {
				wake = nil // then it looks at intervals; the look itself will say what is wrong
			}
			if watched = !passing(err); wake != nil && !s.Barrier() {
				continue // it may have come before the watch stood
			}
		}
		l.waiting(a, deadline)
		next := max(pause.NextBackOff(), after(a.err))
		if wake != nil && s.Every == 0 && !passing(a.err) {
			next = watchedPause
		}
		l.place.wait(func() {
			timer := time.NewTimer(min(next, left))
			defer timer.Stop()
			select {
			case _, open := <-wake:
				if !open { // the watch is lost: from now on it looks at intervals
					wake = nil
				}
			case <-timer.C:
			case <-ctx.Done():
			}
		})
	}
}

// pauses returns how long to wait between looks: as the step says, else growing.
func (l *looking) pauses() backoff.BackOff {
	if l.step.Every > 0 {
		return backoff.NewConstantBackOff(l.step.Every)
	}
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.RandomizationFactor = firstPause, longestPause, 0.1
	return b
}

// hopeless tells of attempts that waiting does not change.
func hopeless(a attempt) bool {
	var denied *check.Denied
	var auth *check.Unauthenticated
	var lasting *check.Lasting
	return errors.As(a.err, &denied) || errors.As(a.err, &auth) || errors.As(a.err, &lasting) || a.outcome == check.Awaiting || a.outcome == check.Skipped
}

func (l *looking) waiting(a attempt, until time.Time) {
	if l.place == nil {
		return
	}
	l.notify(Event{Type: StepWaiting, Task: l.step.Section(), Step: l.step.index + 1, Name: l.step.Title, Kind: l.step.Kind.Name, Text: a.saw, Until: &until})
}
