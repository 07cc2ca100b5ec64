package runner_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

const contract = "## Contract\n\n```verify\n- fact: safe\n  guards: all\n```\n"

func only(ids ...string) runner.Options {
	return runner.Options{Select: func(id string) bool { return slices.Contains(ids, id) }}
}

// A guard that does not hold is a failure of the run, also where its own section is not selected.
func TestGuardInASectionThatIsNotSelected(t *testing.T) {
	w := newWorld("safe=no", "a=ok")
	r := compile(t, w, plan("T01 todo none:\n- fact: a")+contract).Run(context.Background(), only("P-T01"))
	if got := outcomes(r); got != "T01 blocked, plan failed" {
		t.Error(got)
	}
	own := r.Plans[0].Own
	if !own.Selected || !own.Cut || len(own.Steps) != 1 || !strings.Contains(strings.Join(own.Steps[0].Why, " "), "before T01") {
		t.Errorf("%+v", own)
	}
}

func TestGuardIsLookedAtAtTheEndForASectionThatIsNotSelected(t *testing.T) {
	w := newWorld("safe=ok", "a=ok")
	src := plan("T01 todo none:\n- fact: a", "T02 todo none:\n- fact: safe\n  guards: [T01]")
	r := compile(t, w, src).Run(context.Background(), runner.Options{
		Select: func(id string) bool { return id == "P-T01" },
		Notify: func(e runner.Event) {
			if e.Type == runner.TaskEnded {
				w.set("safe", "no")
			}
		},
	})
	if got := outcomes(r); got != "T01 passed, T02 failed" {
		t.Error(got)
	}
}

func TestAGuardThatHoldsLeavesUnselectedSectionsAlone(t *testing.T) {
	w := newWorld("safe=ok", "a=ok")
	r := compile(t, w, plan("T01 todo none:\n- fact: a")+contract).Run(context.Background(), only("P-T01"))
	if got := outcomes(r); got != "T01 passed, plan skipped" || r.Plans[0].Own.Selected {
		t.Error(got)
	}
}

func TestGuardIsReportedThoughFailFastSkipsItsSection(t *testing.T) {
	w := newWorld("safe=no", "a=no", "b=ok")
	src := plan("T01 todo none:\n- fact: a", "T02 todo none:\n- fact: b") + strings.Replace(contract, "all", "[T02]", 1)
	r := compile(t, w, src).Run(context.Background(), runner.Options{FailFast: true, Parallelism: 2})
	if own := r.Plans[0].Own; own.Outcome == check.Passed {
		t.Errorf("%+v", own)
	}
}

func TestAdvisoryGuardStopsNothing(t *testing.T) {
	w := newWorld("safe=no", "a=ok", "b=ok")
	src := plan("T01 todo none:\n- fact: a") + "## Contract\n\n```verify\n- fact: safe\n  guards: all\n  advisory: true\n- fact: b\n```\n"
	if got := outcomes(compile(t, w, src).Run(context.Background(), runner.Options{})); got != "T01 passed, plan passed" {
		t.Error(got)
	}
}

func TestGuardOfACancelledTaskGuardsNothing(t *testing.T) {
	w := newWorld("safe=no", "a=ok")
	src := plan("T01 todo none:\n- fact: a", "T02 cancelled none:\n- fact: safe\n  guards: all")
	if got := outcomes(compile(t, w, src).Run(context.Background(), runner.Options{})); got != "T01 passed, T02 skipped" {
		t.Error(got)
	}
}

// Where policy does not let a guard look, nobody knows whether it holds: nothing is changed then, and reading goes on.
func TestGuardThatPolicyDeniesStopsWhatChanges(t *testing.T) {
	w := newWorld("a=ok")
	src := plan("T01 todo none:\n- fact: a\n- act: {fact: b, is: ok}") + "## Contract\n\n```verify\n- act: {fact: safe, is: ok}\n  guards: all\n```\n"
	deny := func(s *runner.Step, _ []check.Capability) error {
		if s.Guard {
			return &check.Denied{Reason: "not here"}
		}
		return nil
	}
	r := compile(t, w, src).Run(context.Background(), runner.Options{Allow: deny})
	if task := r.Plans[0].Tasks[0]; task.Outcome != check.Unverified || !task.NotChecked || !slices.Equal(w.looked, []string{"a"}) {
		t.Errorf("%s, not checked %v, looked at %v", task.Outcome, task.NotChecked, w.looked)
	}
}

func TestGuardWithAnEffectIsAMistake(t *testing.T) {
	p, _ := workplan.Parse("plan.md", []byte(plan("T01 todo none:\n- act: {fact: a, is: ok}\n  effect: true\n  guards: all")))
	if _, diags := runner.Compile(runner.Input{Plans: []*workplan.Plan{p}, Kinds: newWorld().kinds()}); !diags.Errors() {
		t.Error("no diagnostic")
	}
}

func TestGuardStopsWhatItGuards(t *testing.T) {
	w := newWorld("safe=no", "a=ok")
	src := plan("T01 todo none:\n- fact: a") + "## Contract\n\n```verify\n- fact: safe\n  guards: all\n```\n"
	r := compile(t, w, src).Run(context.Background(), runner.Options{})
	if got := outcomes(r); got != "T01 blocked, plan failed" {
		t.Error(got)
	}
	if slices.Contains(w.looked, "a") {
		t.Error("the guarded task was begun")
	}
}

func TestGuardThatBreaksInTheMiddle(t *testing.T) {
	w := newWorld("safe=ok", "a=ok")
	src := plan("T01 todo none:\n- fact: a\n- act: {fact: safe, is: no}\n- act: {fact: safe, is: ok}") + "## Contract\n\n```verify\n- fact: safe\n  guards: all\n```\n"
	r := compile(t, w, src).Run(context.Background(), runner.Options{})
	if got := outcomes(r); got != "T01 failed, plan failed" {
		t.Error(got)
	}
	if s := r.Plans[0].Tasks[0].Steps[2]; s.Outcome != check.Skipped {
		t.Errorf("the step behind the broken guard is %s", s.Outcome)
	}
}

// A guard that nobody could look at is no guard that holds.
func TestGuardThatCouldNotBeLookedAtStopsWhatItGuards(t *testing.T) {
	for _, fact := range []string{"safe=error", "safe=person"} {
		w := newWorld(fact, "a=ok")
		src := plan("T01 todo none:\n- fact: a") + "## Contract\n\n```verify\n- fact: safe\n  guards: all\n```\n"
		r := compile(t, w, src).Run(context.Background(), runner.Options{})
		if task := r.Plans[0].Tasks[0]; task.Outcome != check.Unknown || slices.Contains(w.looked, "a") {
			t.Errorf("%s: %s, looked at %v", fact, task.Outcome, w.looked)
		}
	}
}

// That a guard holds at the end takes nothing back: it did not hold in between.
func TestGuardThatBrokeAndHoldsAgainHasFailed(t *testing.T) {
	w := newWorld("safe=ok")
	src := plan("T01 todo none:\n- act: {fact: safe, is: no}", "T02 todo none:\n- act: {fact: safe, is: ok}") + "## Contract\n\n```verify\n- fact: safe\n  guards: [T01]\n```\n"
	r := compile(t, w, src).Run(context.Background(), runner.Options{Parallelism: 1})
	if got := outcomes(r); got != "T01 failed, T02 passed, plan failed" {
		t.Error(got)
	}
	if why := strings.Join(r.Plans[0].Own.Steps[0].Why, " "); !strings.Contains(why, "it did not hold after T01") {
		t.Error(why)
	}
}

func TestGuardWhoseWhenIsFalseHolds(t *testing.T) {
	w := newWorld("safe=no", "a=ok")
	src := plan("T01 todo none:\n- fact: a") + "## Contract\n\n```verify\n- fact: safe\n  guards: all\n  when: plan.status == 'draft'\n- fact: a\n```\n"
	r := compile(t, w, src).Run(context.Background(), runner.Options{})
	if got := outcomes(r); got != "T01 passed, plan passed" {
		t.Error(got)
	}
}

func TestGuardWithoutIDsStandsOverItsTaskAndWhatComesAfter(t *testing.T) {
	w := newWorld("safe=no", "a=ok", "b=ok", "c=ok")
	src := plan("T01 todo none:\n- fact: c", "T02 todo none:\n- fact: safe\n  guards: []\n- fact: a", "T03 todo T02:\n- fact: b")
	r := compile(t, w, src).Run(context.Background(), runner.Options{})
	if got := outcomes(r); got != "T01 passed, T02 failed, T03 blocked" { // its own guard is one of its steps
		t.Error(got)
	}
	if slices.Contains(w.looked, "a") || slices.Contains(w.looked, "b") {
		t.Errorf("looked at %v", w.looked)
	}
}
