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
