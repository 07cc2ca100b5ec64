package runner_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

func TestVerifyLooksWhateverATaskNeeds(t *testing.T) {
	w := newWorld("a=bad", "b=ok")
	prog := compile(t, w, plan("T01 done:\n- fact: a", "T02 done T01:\n- fact: b", "T03 todo T02:\n- fact: a", "T04 done", "T05 cancelled:\n- fact: b"))
	got := outcomes(prog.Run(t.Context(), runner.Options{Verify: true}))
	if want := "T01 failed, T02 passed, T03 failed, T04 unverified, T05 skipped"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestVerifyDoesNotWaitForGuards(t *testing.T) {
	w := newWorld("a=bad", "b=ok")
	prog := compile(t, w, plan("T01 done:\n- fact: a\n  guards: all", "T02 done:\n- fact: b"))
	got := outcomes(prog.Run(t.Context(), runner.Options{Verify: true}))
	if want := "T01 failed, T02 passed"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestIdenticalStepsAreLookedAtOnce(t *testing.T) {
	w := newWorld("a=ok")
	var tasks []string
	for i := range 300 {
		tasks = append(tasks, fmt.Sprintf("T%03d done:\n- name: look %d\n  fact: {fact: a, take: 5ms}\n  record: {value: self.value}", i, i))
	}
	tasks = append(tasks, "T998 done:\n- fact: {fact: a, is: other}", "T999 done:\n- fact: {fact: a, take: 5ms}\n  record: {value: self.value}\n  assert: self.value == tasks.T001.value")
	prog := compile(t, w, plan(tasks...))
	r := prog.Run(t.Context(), runner.Options{Verify: true})
	if n := len(w.looked); n != 3 {
		t.Errorf("%d looks, want 3: the common one, another one, and one that reads what was recorded", n)
	}
	for i, task := range r.Plans[0].Tasks[:300] {
		s := task.Steps[0]
		if s.Outcome != check.Passed || s.Name != fmt.Sprintf("look %d", i) || len(s.Records) != 1 || s.Records[0].Text != "ok" || s.Looks+count(s.Shared) != 1 {
			t.Fatalf("%+v", s)
		}
	}
	if o := r.Plans[0].Tasks[301].Outcome; o != check.Passed {
		t.Errorf("the one that reads a record: %s", o)
	}
	w.looked = nil
	prog.Run(t.Context(), runner.Options{})
	if n := len(w.looked); n != 302 {
		t.Errorf("a run made %d looks: it looks at each step itself", n)
	}
}

// The causes of a failure that identical steps share are looked for once, and told with each.
func TestIdenticalFailuresAreExplainedOnce(t *testing.T) {
	var explained atomic.Int64
	kinds := look(check.Spec[factArgs]{Look: func(context.Context, check.Site, factArgs) (check.Result, error) {
		return check.Result{Saw: "down", Explain: func(context.Context) []string {
			explained.Add(1)
			return []string{"the disk is full"}
		}}, nil
	}})
	r := compileWith(t, kinds, plan("T01 done none:\n- look: a", "T02 done none:\n- look: a")).Run(t.Context(), runner.Options{Verify: true})
	for _, task := range r.Plans[0].Tasks {
		if why := task.Steps[0].Why; len(why) != 1 || why[0] != "the disk is full" {
			t.Errorf("%s: %q", task.Short, why)
		}
	}
	if n := explained.Load(); n != 1 {
		t.Errorf("explained %d times", n)
	}
}

// What steps expect, where they look, and whether they may change something tells which are identical.
func TestStepsThatAreNotIdentical(t *testing.T) {
	for _, tt := range []struct {
		one, two string
		looks    int
	}{
		{"- fact: a", "- fact: a\n  name: another\n  note: the same look", 1},
		{"- fact: a\n  cluster: one", "- fact: a\n  cluster: two", 2},
		{"- fact: a\n  timeout: 7s", "- fact: a", 2},
		{"- fact: a", "- fact: a\n  assert: self.value == 'no'", 2},
		{"- fact: a", "- fact: a\n  record: {x: self.value}", 2},
		{"- fact: a", "- fact: a\n  ifEmpty: skip", 2},
		{"- act: {fact: a, is: ok}", "- act: {fact: a, is: ok}", 2},
	} {
		w := newWorld("a=ok")
		compile(t, w, plan("T01 done none:\n"+tt.one, "T02 done none:\n"+tt.two)).Run(t.Context(), runner.Options{Verify: true})
		if len(w.looked) != tt.looks {
			t.Errorf("%q and %q: %d looks, want %d", tt.one, tt.two, len(w.looked), tt.looks)
		}
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// Waiting looks that others follow must not use up the places that they need to go on.
func TestVerifyWaitsForClaimsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("a=bad", "b=bad")
		var tasks []string
		for i := range 600 {
			tasks = append(tasks, fmt.Sprintf("T%03d done:\n- fact: a\n  within: 1h", i))
		}
		tasks = append(tasks, "T999 todo:\n- fact: b\n  within: 10h")
		prog := compile(t, w, plan(tasks...))
		began := time.Now()
		time.AfterFunc(30*time.Minute, func() { w.set("a", "ok") })
		r := prog.Run(t.Context(), runner.Options{Verify: true})
		if took := time.Since(began); took < 30*time.Minute || took > 31*time.Minute {
			t.Errorf("it took %s", took)
		}
		for _, task := range r.Plans[0].Tasks[:600] {
			if task.Outcome != check.Passed {
				t.Fatalf("%s is %s", task.ID, task.Outcome)
			}
		}
		if o := r.Plans[0].Tasks[600].Outcome; o != check.Failed {
			t.Errorf("the task that nobody claims is %s", o)
		}
	})
}

func TestVerifyTakesOverWhatIsKnown(t *testing.T) {
	w := newWorld("a=ok", "b=ok")
	day := time.Date(2026, 5, 18, 0, 0, 0, 0, time.UTC)
	prog := compile(t, w, plan("T01 done:\n- fact: a", "T02 done:\n- fact: b\n  record: {value: self.value}", "T03 done:\n- fact: a\n  assert: self.value == tasks.T02.value"))
	r := prog.Run(t.Context(), runner.Options{Verify: true, Known: func(*runner.Step) (runner.Known, bool) {
		return runner.Known{At: day, Saw: "a ok"}, true
	}})
	if got := outcomes(r); got != "T01 passed, T02 passed, T03 passed" {
		t.Error(got)
	}
	if s := r.Plans[0].Tasks[0].Steps[0]; !s.Seen.Equal(day) || s.Looks != 0 || s.Saw != "a ok" {
		t.Errorf("%+v", s)
	}
	if len(w.looked) != 2 {
		t.Errorf("looked at %v: what others read, and what reads it, is looked at", w.looked)
	}
}

func TestVerifyThatIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("a=bad")
		prog := compile(t, w, plan("T01 done:\n- fact: a\n  within: 1h", "T02 done:\n- fact: a\n  within: 1h"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		r := prog.Run(ctx, runner.Options{Verify: true})
		if got := outcomes(r); got != "T01 unknown, T02 unknown" || !r.Cancelled {
			t.Error(got, r.Cancelled)
		}
	})
}
