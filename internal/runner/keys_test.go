package runner_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

func TestWithinWaitsAndGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("a=no", "b=no")
		time.AfterFunc(20*time.Second, func() { w.set("a", "ok") })
		began := time.Now()
		r := compile(t, w, plan("T01 todo:\n- fact: a\n  within: 1m\n- fact: b\n  within: 30s\n  every: 7s")).Run(context.Background(), runner.Options{})
		a, b := r.Plans[0].Tasks[0].Steps[0], r.Plans[0].Tasks[0].Steps[1]
		if a.Outcome != check.Passed || b.Outcome != check.Failed {
			t.Errorf("a %s, b %s", a.Outcome, b.Outcome)
		}
		if b.Looks != 6 { // at 0, 7, 14, 21, 28 and 30 s
			t.Errorf("%d looks, want 6", b.Looks)
		}
		if took := time.Since(began); took != 30*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

func TestTimeoutIsUnknown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("a=ok")
		r := compile(t, w, plan("T01 todo:\n- fact: {fact: a, take: 1h}\n  timeout: 5s")).Run(context.Background(), runner.Options{})
		s := r.Plans[0].Tasks[0].Steps[0]
		if s.Outcome != check.Unknown || s.Saw != "no answer within 5s" {
			t.Errorf("%s: %s", s.Outcome, s.Saw)
		}
	})
}

func TestOnce(t *testing.T) {
	w := newWorld("a=ok", "b=ok")
	kept := map[string]runner.Held{}
	o := runner.Options{
		Held: func(s *runner.Step) (runner.Held, bool) { h, ok := kept[s.Digest]; return h, ok },
		Hold: func(s *runner.Step, h runner.Held) { kept[s.Digest] = h },
	}
	src := plan("T01 todo none:\n- fact: {fact: a, port: 7}\n  once: true\n  record: {port: self.port}\n- fact: b\n  assert: rec.port == 7")
	prog := compile(t, w, src)
	if got := outcomes(prog.Run(context.Background(), o)); got != "T01 passed" || len(kept) != 1 {
		t.Fatalf("%s, kept %v", got, maps.Keys(kept))
	}
	w.set("a", "gone")
	if got := outcomes(prog.Run(context.Background(), o)); got != "T01 passed" {
		t.Errorf("held already: %s", got)
	}
	o.Again = true
	if got := outcomes(prog.Run(context.Background(), o)); got != "T01 failed" {
		t.Errorf("again: %s", got)
	}
}

// A word that is not signed passes, and is no proof to keep: its signature may be asked for the next time.
func TestOnceKeepsNoClaim(t *testing.T) {
	kinds := look(check.Spec[factArgs]{Look: func(context.Context, check.Site, factArgs) (check.Result, error) {
		return check.Result{OK: true, Claimed: true}, nil
	}})
	r := compileWith(t, kinds, plan("T01 todo none:\n- look: a\n  once: true")).Run(context.Background(), runner.Options{
		Hold: func(s *runner.Step, _ runner.Held) { t.Errorf("%s is kept", s.Title) },
	})
	if s := r.Plans[0].Tasks[0].Steps[0]; s.Outcome != check.Passed || s.Held != "" {
		t.Errorf("%s, held %q", s.Outcome, s.Held)
	}
}

func TestEffectIsNotBegunAfterAFailure(t *testing.T) {
	for fact, want := range map[string]string{"a=no": "T01 failed", "a=error": "T01 unknown"} {
		w := newWorld(fact)
		r := compile(t, w, plan("T01 todo none:\n- fact: a\n- act: {fact: done, is: ok}\n  effect: true\n- act: {fact: other, is: ok}")).Run(context.Background(), runner.Options{})
		if slices.Contains(w.looked, "done") || !slices.Contains(w.looked, "other") {
			t.Errorf("%s: looked at %v", fact, w.looked)
		}
		if got := outcomes(r); got != want {
			t.Errorf("%s: %s, want %s", fact, got, want)
		}
	}
}

// A change that may have been made half is not made again, however passing the fault was.
func TestEffectIsNotTriedAgain(t *testing.T) {
	looks := 0
	kinds := look(check.Spec[factArgs]{Look: func(context.Context, check.Site, factArgs) (check.Result, error) {
		looks++
		return check.Result{}, &check.Transient{Err: errors.New("busy")}
	}})
	r := compileWith(t, kinds, plan("T01 todo none:\n- look: a\n  effect: true")).Run(context.Background(), runner.Options{})
	if got := outcomes(r); got != "T01 unknown" || looks != 1 {
		t.Errorf("%s after %d looks", got, looks)
	}
}

func TestWaiverHoldsOnItsLastDay(t *testing.T) {
	src := plan("T01 done:\n- fact: a\n  waive: {until: 2026-05-18, by: me, reason: known}")
	for day, want := range map[int]check.Outcome{17: check.Waived, 18: check.Waived, 19: check.Failed} {
		now := func() time.Time { return time.Date(2026, 5, day, 23, 59, 0, 0, time.Local) }
		r := compile(t, newWorld("a=no"), src).Run(context.Background(), runner.Options{Now: now})
		if got := r.Plans[0].Tasks[0].Steps[0].Outcome; got != want {
			t.Errorf("on the %dth: %s, want %s", day, got, want)
		}
	}
}

// A task that is looked at only for its records changes nothing.
func TestEffectOfATaskThatIsNotSelected(t *testing.T) {
	w := newWorld("a=ok", "b=ok")
	src := plan("T01 todo none:\n- fact: a\n  record: {x: self.value}\n- act: {fact: done, is: ok}\n  effect: true", "T02 todo none:\n- fact: b\n  assert: tasks.T01.x == 'ok'")
	r := compile(t, w, src).Run(context.Background(), only("P-T02"))
	if got := r.Plans[0].Tasks[1].Outcome; got != check.Passed || slices.Contains(w.looked, "done") {
		t.Errorf("%s, looked at %v", got, w.looked)
	}
}
