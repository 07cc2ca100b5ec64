package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
)

// evaluate turns what was seen into an outcome: the kind's own word, then the assertions, then the records.
func (l *looking) evaluate(ctx context.Context, res check.Result) attempt {
	a := attempt{outcome: check.Passed, result: res, want: res.Want, saw: res.Saw, claimed: res.Claimed}
	if res.Empty {
		return l.empty(a)
	}
	if !res.OK {
		a.outcome = check.Failed
		return a
	}
	if len(l.step.asserts)+len(l.step.records) == 0 {
		return a
	}
	vars := l.vars
	vars.Self, vars.Now = expr.Plain(res.Self), l.Now()
	if a = l.assert(ctx, a, vars); a.outcome != check.Passed {
		return a
	}
	for _, b := range l.step.records {
		v, err := b.prog.Eval(ctx, vars)
		if err != nil {
			return a.unable(fmt.Sprintf("record %s: %s", b.name, b.prog.Src), err)
		}
		a.records = append(a.records, Record{Name: b.name, Value: v})
	}
	return a
}

// assert tells of all assertions that do not hold, or of the first one that has no value where the others do.
func (l *looking) assert(ctx context.Context, a attempt, vars expr.Vars) attempt {
	var wants, saws []string
	var unknown *attempt
	for _, p := range l.step.asserts {
		ok, err := p.EvalBool(ctx, vars)
		bad := a
		switch {
		case err != nil:
			if bad = a.unable(p.Src, err); bad.outcome == check.Unknown {
				unknown = cmp.Or(unknown, &bad)
				continue
			}
		case ok:
			a.idle = append(a.idle, p.Idle(ctx, vars)...)
			continue
		default:
			bad.want, bad.saw = p.Src, p.Saw(ctx, vars)
		}
		wants = append(wants, bad.want)
		if !slices.Contains(saws, bad.saw) {
			saws = append(saws, bad.saw)
		}
	}
	switch {
	case wants != nil:
		a.outcome, a.want, a.saw = check.Failed, strings.Join(wants, "; "), strings.Join(saws, "; ")
	case unknown != nil:
		return *unknown
	}
	return a
}

// unable is an expression that has no value: what it reads of the thing is not there, which is a failure seen,
// or it rests on something that was not recorded or cannot be computed, which is unknown.
func (a attempt) unable(what string, err error) attempt {
	a.outcome, a.want, a.saw, a.err, a.records = check.Unknown, what, expressionError(err), err, nil
	if errors.Is(err, expr.ErrMissing) && !errors.Is(err, expr.ErrUnrecorded) {
		a.outcome, a.err = check.Failed, nil
		a.saw = strings.TrimSuffix(a.saw, ": "+expr.ErrMissing.Error())
	}
	return a
}

// empty applies ifEmpty to a look at a set that found nothing.
func (l *looking) empty(a attempt) attempt {
	how := l.step.IfEmpty
	if how == "" && l.site.Changed != "" {
		how = "skip"
	}
	switch how {
	case "skip":
		a.outcome = check.Skipped
	case "unknown":
		a.outcome = check.Unknown
	default:
		a.outcome = check.Failed
	}
	if a.saw == "" {
		a.saw = "nothing matched"
	}
	return a
}

// finish puts the last attempt into the report, with waivers and proof of the moment.
func (l *looking) finish(ctx context.Context, a attempt) {
	s, rep := l.step, l.rep
	rep.Outcome, rep.Want, rep.Saw, rep.Why, rep.Records = a.outcome, a.want, a.saw, a.result.Why, a.records
	rep.Claimed, rep.Cut = a.claimed, a.cut
	for _, what := range a.idle {
		l.warnings = append(l.warnings, what+" is empty: of nothing, all holds")
	}
	rep.Saw = s.seenFrom(a)
	if rep.Records == nil {
		rep.Records = []Record{}
	}
	var auth *check.Unauthenticated
	var denied *check.Denied
	rep.Auth, rep.Policy = errors.As(a.err, &auth), errors.As(a.err, &denied)
	if rep.Outcome == check.Failed {
		rep.Why = l.why(ctx, a)
		if a.result.Fault != "" && !a.result.OK {
			rep.Fault = s.seenFrom(attempt{outcome: a.outcome, saw: a.result.Fault})
		}
	}
	today := l.Now().Format(time.DateOnly)
	if w := s.Waive; w != nil && rep.Outcome == check.Failed && today <= w.Until {
		rep.Outcome = check.Waived
		rep.Why = append(rep.Why, fmt.Sprintf("accepted by %s until %s: %s", w.By, w.Until, w.Reason))
	}
	if s.Once && rep.Outcome == check.Passed && !rep.Claimed {
		rep.Held = today
		l.run.mu.Lock()
		l.run.proofs = append(l.run.proofs, proof{s, rep})
		l.run.mu.Unlock()
	}
}

// why returns the likely causes of a failure, also those that take further looking.
func (l *looking) why(ctx context.Context, a attempt) []string {
	if a.result.Explain == nil || ctx.Err() != nil {
		return a.result.Why
	}
	ctx, cancel := context.WithTimeout(ctx, explainTime)
	defer cancel()
	return slices.DeleteFunc(append(slices.Clone(a.result.Why), a.result.Explain(ctx)...), func(s string) bool {
		return s != "" && strings.Contains(a.saw, s) // it is said already
	})
}

// explainTime bounds the further looking for the causes of a failure.
const explainTime = 5 * time.Second

// told is what a step's end is told with.
func (s *StepReport) told() string {
	switch {
	case s.Outcome == check.Failed && s.Want != "":
		return fmt.Sprintf("wanted %s, saw %s", s.Want, s.Saw)
	case s.Held != "" && s.Outcome == check.Passed:
		return "held on " + s.Held
	}
	return s.Saw
}
