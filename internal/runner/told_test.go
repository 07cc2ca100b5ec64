package runner_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

func TestAllAssertionsThatDoNotHoldAreTold(t *testing.T) {
	src := "T01 todo none:\n- fact: {fact: a, port: 7}\n  assert: [self.port == 8, 1 / 0 == 1, self.port == 7, self.value == 'no', 'self.port > 9']"
	step := compile(t, newWorld("a=ok"), plan(src)).Run(context.Background(), runner.Options{}).Plans[0].Tasks[0].Steps[0]
	if step.Outcome != check.Failed || step.Want != "self.port == 8; self.value == 'no'; self.port > 9" || step.Saw != `self.port is 7; self.value is "ok"` {
		t.Errorf("%s, want %s, saw %s", step.Outcome, step.Want, step.Saw)
	}
	src = "T01 todo none:\n- fact: a\n  assert: [self.value == 'ok', 1 / 0 == 1, 2 / 0 == 1]"
	step = compile(t, newWorld("a=ok"), plan(src)).Run(context.Background(), runner.Options{}).Plans[0].Tasks[0].Steps[0]
	if step.Outcome != check.Unknown || step.Want != "1 / 0 == 1" {
		t.Errorf("%s, want %s, saw %s", step.Outcome, step.Want, step.Saw)
	}
}

func TestAssertionsAboutAllOfNothingAreTold(t *testing.T) {
	for assert, want := range map[string]string{
		"[self.value].all(v, v == 'ok')":                         "",
		"[self.value].filter(v, v == 'no').all(v, v == 'other')": "[self.value].filter(v, v == \"no\") is empty: of nothing, all holds",
	} {
		src := "T01 todo none:\n- fact: a\n  assert: \"" + strings.ReplaceAll(assert, `"`, `\"`) + "\""
		step := compile(t, newWorld("a=ok"), plan(src)).Run(context.Background(), runner.Options{}).Plans[0].Tasks[0].Steps[0]
		if got := strings.Join(step.Warnings, "; "); step.Outcome != check.Passed || got != want {
			t.Errorf("%s: %s, %q", assert, step.Outcome, got)
		}
	}
}

func TestDeferredPastItsDay(t *testing.T) {
	for until, want := range map[string]int{"2001-01-01": 1, "2999-01-01": 0} {
		src := "T01 todo none:\n- fact: a\n  defer: {reason: later, until: " + until + "}"
		step := compile(t, newWorld("a=ok"), plan(src)).Run(context.Background(), runner.Options{}).Plans[0].Tasks[0].Steps[0]
		if step.Outcome != check.Deferred || len(step.Warnings) != want {
			t.Errorf("%s: %s, %q", until, step.Outcome, step.Warnings)
		}
	}
}

func TestEffectIsNotBegunBeforeAPersonHasSigned(t *testing.T) {
	w := newWorld("a=person")
	r := compile(t, w, plan("T01 todo none:\n- fact: a\n- act: {fact: done, is: ok}\n  effect: true\n- act: {fact: other, is: ok}")).Run(context.Background(), runner.Options{})
	if slices.Contains(w.looked, "done") || !slices.Contains(w.looked, "other") {
		t.Errorf("looked at %v", w.looked)
	}
	if got := outcomes(r); got != "T01 waiting" {
		t.Error(got)
	}
}

func TestEffectIsNotBegunWherePolicyKeptACheckFromLooking(t *testing.T) {
	w := newWorld("a=ok")
	deny := func(s *runner.Step, _ []check.Capability) error {
		if s.Kind.Name == "fact" {
			return &check.Denied{Reason: "not here"}
		}
		return nil
	}
	r := compile(t, w, plan("T01 todo none:\n- fact: a\n- act: {fact: done, is: ok}\n  effect: true")).Run(context.Background(), runner.Options{Allow: deny})
	if len(w.looked) > 0 {
		t.Errorf("looked at %v", w.looked)
	}
	if saw := r.Plans[0].Tasks[0].Steps[1].Saw; saw != "not begun: it has an effect, and policy kept step 1 from looking" {
		t.Error(saw)
	}
}
