package runner

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// The pauses between two looks where the step does not say, and between two looks at a thing that is watched anyway.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 5 * time.Second
	watchedPause = 15 * time.Second
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
	cut     bool // by the end of the run
}

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
		Name: s.Title, Kind: s.Kind.Name, Pos: s.Plan.File.Pos(s.Span.Start), Digest: s.Digest,
		Advisory: s.Advisory, Guard: s.Guard, Note: s.Note, Records: []Record{}, Started: now, Ended: now,
	}
}

// lookAt looks at a step until it holds, its time is up, or it is clear that it will not.
// P is the place of its task, which others have while it waits; without one, as for guards, its waiting is not told.
func (r *run) lookAt(ctx context.Context, s *Step, p *place) *StepReport {
	l := &looking{run: r, step: s, rep: r.newReport(s), place: p}
	if l.prepare(ctx) {
		a := l.eventually(ctx)
		l.finish(ctx, a)
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
			return l.end(check.Passed, "does not apply: when "+s.when.Src)
		case !ok:
			return l.end(check.Skipped, "when "+s.when.Src+" is false")
		}
	}
	if s.From != nil {
		return l.end(check.Unknown, "looks from inside the cluster are not built yet")
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

// bind completes the arguments with what earlier steps recorded, and asks policy.
func (l *looking) bind(ctx context.Context) bool {
	s := l.step
	l.args = s.args
	if l.args == nil {
		args, err := l.expand(ctx)
		if err != nil {
			return l.end(check.Unknown, err.Error())
		}
		l.args = args
	}
	caps := s.Kind.Needs(l.args)
	if changes(caps) && !changes(s.Caps) {
		l.rep.Policy = true
		return l.end(check.Skipped, "what it does is known only now, and it runs code or writes: nobody was asked")
	}
	if err := l.Allow(s, caps); err != nil {
		l.rep.Policy = true
		return l.end(check.Skipped, err.Error())
	}
	site, err := l.Site(s)
	if err != nil {
		return l.end(check.Unknown, err.Error())
	}
	site.Plan, site.Step, site.Digest, site.Namespace = s.Plan.ID.Text, s.Title, s.Digest, s.Namespace
	if s.Task != nil {
		site.Task = s.Task.ID.Text
	}
	site.Warn = func(format string, args ...any) {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.warnings = append(l.warnings, fmt.Sprintf(format, args...))
	}
	l.site = site
	return true
}

// expand decodes the arguments again, with the values of their expressions in place.
func (l *looking) expand(ctx context.Context) (any, error) {
	node, err := l.fill(ctx, l.step.Args)
	if err != nil {
		return nil, err
	}
	args := l.step.Kind.New()
	for _, p := range strict.Decode(bare(l.step.Kind, node), args, strict.Options{}) {
		if !p.Warning {
			return nil, fmt.Errorf("the value of an expression does not fit: %s", p.Message)
		}
	}
	for _, p := range l.step.Kind.Check(args) {
		return nil, fmt.Errorf("the value of an expression does not fit: %s", p.Message)
	}
	return args, nil
}

// fill copies a node with its templates replaced by their values.
func (l *looking) fill(ctx context.Context, n *yaml.Node) (*yaml.Node, error) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if t := l.step.templates[n]; t != nil {
		v, err := t.Eval(ctx, l.vars)
		if err != nil {
			return nil, fmt.Errorf("%s: %s", n.Value, expressionError(err))
		}
		return valueNode(v, n)
	}
	out := *n
	out.Content = make([]*yaml.Node, len(n.Content))
	for i, c := range n.Content {
		filled, err := l.fill(ctx, c)
		if err != nil {
			return nil, err
		}
		out.Content[i] = filled
	}
	return &out, nil
}

// valueNode writes a value as a node that stands where at stands.
func valueNode(v any, at *yaml.Node) (*yaml.Node, error) {
	var n yaml.Node
	if err := n.Encode(v); err != nil {
		return nil, fmt.Errorf("use the value of %s: %w", at.Value, err)
	}
	n.Line, n.Column = at.Line, at.Column
	return &n, nil
}

func expressionError(err error) string {
	if errors.Is(err, expr.ErrUnrecorded) {
		return "a value was not recorded: " + strings.TrimSuffix(err.Error(), ": "+expr.ErrMissing.Error())
	}
	return err.Error()
}

// eventually looks until the step holds or its `within` has gone by; without `within` it looks once.
func (l *looking) eventually(ctx context.Context) attempt {
	s := l.step
	deadline := l.Now().Add(s.Within)
	waitCtx, stop := context.WithCancel(ctx)
	defer stop()
	var wake <-chan struct{}
	pause := l.pauses()
	if s.Within > 0 && s.Kind.Wake != nil {
		var err error
		if wake, err = s.Kind.Wake(waitCtx, l.site, l.args); err != nil {
			wake = nil // then it looks at intervals; the look itself will say what is wrong
		}
	}
	for {
		a := l.patiently(ctx)
		left := deadline.Sub(l.Now())
		if a.outcome == check.Passed || a.result.Final || s.Within == 0 || left <= 0 || hopeless(a) {
			return a
		}
		if ctx.Err() != nil {
			return a.cancelled()
		}
		l.waiting(a, deadline)
		next := pause.NextBackOff()
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

// patiently makes one look, and makes it again while it fails for a passing reason and the look's time allows.
// A step that waits anyway is looked at again by eventually.
func (l *looking) patiently(ctx context.Context) attempt {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = firstPause
	began := time.Now()
	for {
		a := l.bounded(ctx, l.step.Timeout-time.Since(began))
		next := pause.NextBackOff()
		if !passing(a.err) || l.step.Barrier() || l.step.Within > 0 || time.Since(began)+next >= l.step.Timeout {
			return a
		}
		timer := time.NewTimer(next)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return a.cancelled()
		}
	}
}

// passing tells whether an error may be gone a moment later.
func passing(err error) bool {
	var transient *check.Transient
	return errors.As(err, &transient)
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
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return l.once(ctx)
}

// cancelled is an attempt that the end of the run cut short: what does not hold yet might have held in time.
func (a attempt) cancelled() attempt {
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
		return a.cancelled() // a command that was killed has not failed
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
	return l.step.Kind.Look(ctx, l.site, l.args)
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
		return a.cancelled()
	case errors.Is(err, context.DeadlineExceeded) && err.Error() == context.DeadlineExceeded.Error():
		a.saw = fmt.Sprintf("no answer within %s", l.step.Timeout)
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		a.saw = fmt.Sprintf("no answer within %s: %s", l.step.Timeout, strings.TrimSuffix(err.Error(), ": "+context.DeadlineExceeded.Error()))
	}
	return a
}
