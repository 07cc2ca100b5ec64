package runner_test

import (
	"context"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// both compiles two plans, P and Q.
func both(t *testing.T, w *world, p, q string) *runner.Program {
	t.Helper()
	first, _ := workplan.Parse("p.md", []byte(p))
	second, _ := workplan.Parse("q.md", []byte(strings.NewReplacer("id: P\n", "id: Q\n", "id: P-", "id: Q-").Replace(q)))
	prog, diags := runner.Compile(runner.Input{Plans: []*workplan.Plan{first, second}, Kinds: w.kinds()})
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return prog
}

// A plan that needs another plan of the same run comes after all of it, and is met by what the run finds out.
func TestAPlanOfTheSameRunIsNeeded(t *testing.T) {
	for _, tt := range []struct {
		name, facts, want string
	}{
		{"all of it passes", "a=ok b=ok c=ok", "T01 passed"},
		{"a task of it fails", "a=ok b=no c=ok", "T01 blocked"},
		{"a task of it could not be looked at", "a=error b=ok c=ok", "T01 blocked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(strings.Fields(tt.facts)...)
			needing := strings.Replace(plan("T01 todo none:\n- fact: c"), "status: active\n", "status: active\nneeds: [Q]\n", 1)
			r := both(t, w, needing, plan("T01 todo none:\n- fact: a", "T02 todo none:\n- fact: b")).Run(context.Background(), runner.Options{Parallelism: 1})
			if got := outcomes(r); got != tt.want {
				t.Errorf("got %s, want %s: %s", got, tt.want, r.Plans[0].Tasks[0].Reason)
			}
			if tt.want == "T01 passed" && w.looked[2] != "c" {
				t.Errorf("looked at %v", w.looked)
			}
		})
	}
}

// Nothing was seen of a plan whose tasks are all cancelled: it is not met by that.
func TestAPlanOfCancelledTasksIsNotMet(t *testing.T) {
	w := newWorld("a=ok", "c=ok")
	needing := strings.Replace(plan("T01 todo none:\n- fact: c"), "status: active\n", "status: active\nneeds: [Q]\n", 1)
	if got := outcomes(both(t, w, needing, plan("T01 cancelled none:\n- fact: a")).Run(context.Background(), runner.Options{})); got != "T01 blocked" {
		t.Error(got)
	}
}

// A task whose id does not begin with its plan's id is a task all the same.
func TestNeedOfATaskWithAForeignID(t *testing.T) {
	w := newWorld("a=ok", "b=ok")
	src := strings.Replace(plan("T01 todo none:\n- fact: a", "T02 todo ODD-1:\n- fact: b"), "id: P-T01", "id: ODD-1", 1)
	if got := outcomes(compile(t, w, src).Run(context.Background(), runner.Options{})); got != "ODD-1 passed, T02 passed" {
		t.Error(got)
	}
}

// A reference to a task's value is a need on that task.
func TestReferenceIsANeed(t *testing.T) {
	w := newWorld("a=ok", "b=no", "c=ok")
	src := plan("T01 todo none:\n- fact: a\n  record: {x: self.value}\n- fact: b", "T02 todo none:\n- fact: c\n  assert: tasks.T01.x == 'ok'")
	if got := outcomes(compile(t, w, src).Run(context.Background(), runner.Options{})); got != "T01 failed, T02 blocked" {
		t.Error(got)
	}
}
