package runner_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// look is a kind of one's own, named "look".
func look(s check.Spec[factArgs]) *check.Registry {
	s.Name, s.Doc, s.Example, s.Bare = "look", "d", "e", "fact"
	r, err := check.NewRegistry(check.Define(s))
	if err != nil {
		panic(err)
	}
	return r
}

func compileWith(t *testing.T, kinds *check.Registry, src string) *runner.Program {
	t.Helper()
	p, diags := workplan.Parse("plan.md", []byte(src))
	prog, more := runner.Compile(runner.Input{Plans: []*workplan.Plan{p}, Kinds: kinds})
	if all := append(diags, more...); all.Errors() {
		t.Fatalf("%v\n%s", all, src)
	}
	return prog
}

// What is seen while the run is being cancelled says nothing: a command that was killed has not failed.
func TestCancelledLookIsNoFailure(t *testing.T) {
	for _, tt := range []struct{ name, step string }{
		{"one look", "- look: a"},
		{"a step that waits", "- look: a\n  within: 1h"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(context.Background())
			kinds := look(check.Spec[factArgs]{Look: func(context.Context, check.Site, factArgs) (check.Result, error) {
				cancel(errors.New("a signal"))
				return check.Result{Want: "x", Saw: "killed"}, nil
			}})
			r := compileWith(t, kinds, plan("T01 done none:\n"+tt.step)).Run(ctx, runner.Options{})
			if task := r.Plans[0].Tasks[0]; task.Outcome != check.Unknown || !task.Cut || task.Steps[0].Saw != "cancelled" {
				t.Errorf("%s, cut %v: %s", task.Outcome, task.Cut, task.Steps[0].Saw)
			}
		})
	}
}

// A watch that ends must not make the step look without a pause.
func TestLostWatchFallsBackToPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kinds := look(check.Spec[factArgs]{
			Look: func(context.Context, check.Site, factArgs) (check.Result, error) {
				return check.Result{Want: "x", Saw: "y"}, nil
			},
			Wake: func(context.Context, check.Site, factArgs) (<-chan struct{}, error) {
				lost := make(chan struct{})
				close(lost)
				return lost, nil
			},
		})
		r := compileWith(t, kinds, plan("T01 todo none:\n- look: a\n  within: 10s\n  every: 1s")).Run(context.Background(), runner.Options{})
		if n := r.Plans[0].Tasks[0].Steps[0].Looks; n > 13 {
			t.Errorf("%d looks in 10 s", n)
		}
	})
}

// A passing fault of a watched thing is looked at again soon, not when the watch is silent for long.
func TestPassingFaultOfAWatchedThing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		kinds := look(check.Spec[factArgs]{
			Look: func(context.Context, check.Site, factArgs) (check.Result, error) {
				if looks++; looks == 1 {
					return check.Result{}, &check.Transient{Err: errors.New("busy")}
				}
				return check.Result{OK: true}, nil
			},
			Wake: func(context.Context, check.Site, factArgs) (<-chan struct{}, error) { return make(chan struct{}), nil },
		})
		began := time.Now()
		r := compileWith(t, kinds, plan("T01 todo none:\n- look: a\n  within: 1m")).Run(context.Background(), runner.Options{})
		if took := time.Since(began); outcomes(r) != "T01 passed" || took > time.Second {
			t.Errorf("%s after %s", outcomes(r), took)
		}
	})
}

// A place among the reads is held while looking, not while pausing before the next look.
func TestPausesHoldNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kinds := look(check.Spec[factArgs]{
			Host: func(factArgs) string { return "one" },
			Look: func(_ context.Context, _ check.Site, a factArgs) (check.Result, error) {
				if a.Fact == "busy" {
					return check.Result{}, &check.Transient{Err: errors.New("busy")}
				}
				return check.Result{OK: true}, nil
			},
		})
		src := "T01 todo none:\n" + strings.Repeat("- look: busy\n", 16) + "- look: fine\n"
		var after time.Duration
		began := time.Now()
		compileWith(t, kinds, plan(src)).Run(context.Background(), runner.Options{Notify: func(e runner.Event) {
			if e.Type == runner.StepEnded && e.Outcome == check.Passed {
				after = time.Since(began)
			}
		}})
		if after > time.Second {
			t.Errorf("the step behind 16 busy ones ended after %s", after)
		}
	})
}

// A default for all steps must not carry a change out again and again.
func TestDefaultWithinIsNotForEffects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		kinds := look(check.Spec[factArgs]{
			Caps: []check.Capability{check.RunsCode},
			Look: func(context.Context, check.Site, factArgs) (check.Result, error) {
				n++
				return check.Result{Want: "x", Saw: "y"}, nil
			},
		})
		src := strings.Replace(plan("T01 todo none:\n- look: a\n  effect: true"), "status: active\n", "status: active\ndefaults: {within: 1m}\n", 1)
		compileWith(t, kinds, src).Run(context.Background(), runner.Options{})
		if n != 1 {
			t.Errorf("carried out %d times", n)
		}
	})
}

// What a step may do is agreed to before the run; a value that is known only then cannot widen it.
func TestCapabilitiesDoNotGrowDuringTheRun(t *testing.T) {
	ran := false
	kinds := look(check.Spec[factArgs]{
		Self: factSelf{},
		CapsOf: func(a factArgs) []check.Capability {
			if a.Is == "code" {
				return []check.Capability{check.RunsCode}
			}
			return nil
		},
		Look: func(_ context.Context, _ check.Site, a factArgs) (check.Result, error) {
			ran = ran || a.Is == "code"
			return check.Result{OK: true, Self: factSelf{Value: "code"}}, nil
		},
	})
	src := plan("T01 todo none:\n- look: a\n  record: {x: self.value}\n- look: {fact: b, is: '${{ rec.x }}'}")
	r := compileWith(t, kinds, src).Run(context.Background(), runner.Options{})
	if s := r.Plans[0].Tasks[0].Steps[1]; ran || !s.Policy || s.Outcome != check.Skipped {
		t.Errorf("ran %v, %s: %s", ran, s.Outcome, s.Saw)
	}
}

// A secret that is learned late is taken out of what was said before, also where it was cut.
func TestSecretLearnedLate(t *testing.T) {
	const secret = "hunter2hunter2"
	w := newWorld("a="+strings.Repeat("x", 1015)+secret, "b=ok")
	known := false
	r := compile(t, w, plan("T01 todo none:\n- fact: a\n- act: {fact: c, is: ok}")).Run(context.Background(), runner.Options{
		Redact: func(s string) string {
			if known {
				return strings.ReplaceAll(s, secret, "[redacted]")
			}
			return s
		},
		Notify: func(e runner.Event) { known = known || e.Type == runner.StepEnded && e.Step == 2 },
	})
	if text := fmt.Sprintf("%+v", *r.Plans[0].Tasks[0].Steps[0]); strings.Contains(text, "hunter") {
		t.Error(text)
	}
}

func TestOnceComesBeforeWhen(t *testing.T) {
	held := runner.Options{Held: func(*runner.Step) (runner.Held, bool) { return runner.Held{Day: "2026-01-02", Saw: "it"}, true }}
	r := compile(t, newWorld(), plan("T01 done none:\n- fact: a\n  once: true\n  when: 1 > 2")).Run(context.Background(), held)
	if s := r.Plans[0].Tasks[0].Steps[0]; s.Outcome != check.Passed || s.Held != "2026-01-02" {
		t.Errorf("%s: %s", s.Outcome, s.Saw)
	}
}

func TestRecordsOfAStepThatIsNotRecordedWholly(t *testing.T) {
	w := newWorld("a=ok", "b=ok")
	src := plan("T01 todo none:\n- fact: a\n  record: {x: self.value, y: 1 / 0}\n- fact: b\n  assert: rec.x == 'ok'")
	r := compile(t, w, src).Run(context.Background(), runner.Options{})
	for _, s := range r.Plans[0].Tasks[0].Steps {
		if s.Outcome != check.Unknown || len(s.Records) > 0 {
			t.Errorf("%s: %s %v", s.Name, s.Outcome, s.Records)
		}
	}
}

func TestReached(t *testing.T) {
	src := plan("T01 todo none:\n- act: {fact: a, is: ok}\n  record: {x: '1'}\n- act: {fact: e, is: ok}\n  effect: true",
		"T02 todo none:\n- fact: b\n  assert: tasks.T01.x == 1", "T03 todo none:\n- act: {fact: c, is: ok}") +
		"## Contract\n\n```verify\n- act: {fact: guard, is: ok}\n  guards: all\n- act: {fact: own, is: ok}\n```\n"
	var got []string
	for s, reached := range compile(t, newWorld(), src).Reached(func(id string) bool { return id == "P-T02" }) {
		if reached {
			got = append(got, strings.Fields(s.Title)[0]+" "+s.Section()+fmt.Sprint(s.Effect))
		}
	}
	slices.Sort(got)
	if want := []string{"act Pfalse", "act P-T01false", "fact P-T02false"}; !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Errorf("%v", got)
	}
}

// Tasks that wait leave their places to those that can go on.
func TestWaitingTasksGiveTheirPlacesAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("late=no", "a=ok")
		time.AfterFunc(time.Minute, func() { w.set("late", "ok") })
		var tasks []string
		for i := range 5 {
			tasks = append(tasks, fmt.Sprintf("T%02d todo none:\n- fact: late\n  within: 2m\n- fact: late\n  within: 3m\n- fact: {fact: late, take: 1s}\n  within: 2m", i))
		}
		tasks = append(tasks, "T09 todo none:\n- fact: {fact: a, take: 1s}")
		var ready, most time.Duration
		began := time.Now()
		r := compile(t, w, plan(tasks...)).Run(context.Background(), runner.Options{Parallelism: 2, Notify: func(e runner.Event) {
			if e.Type == runner.TaskEnded && e.Task == "P-T09" {
				ready = time.Since(began)
			}
		}})
		most = time.Since(began)
		if ready > 20*time.Second || most > 80*time.Second || strings.Contains(outcomes(r), "failed") {
			t.Errorf("T09 after %s, all after %s: %s", ready, most, outcomes(r))
		}
	})
}

// Tasks that only read what others read too begin together; a need is still waited for, and a barrier bounds its task.
func TestSharedReadsTakeNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kinds := look(check.Spec[factArgs]{Shared: true, Look: func(context.Context, check.Site, factArgs) (check.Result, error) {
			time.Sleep(time.Second)
			return check.Result{OK: true}, nil
		}})
		var tasks []string
		for i := range 20 {
			tasks = append(tasks, fmt.Sprintf("T%02d todo none:\n- look: a", i))
		}
		tasks = append(tasks, "T20 todo T00:\n- look: a")
		for i := 21; i < 25; i++ {
			tasks = append(tasks, fmt.Sprintf("T%d todo none:\n- look: a\n  effect: true", i))
		}
		ended := map[string]time.Duration{}
		var mu sync.Mutex
		began := time.Now()
		compileWith(t, kinds, plan(tasks...)).Run(context.Background(), runner.Options{Parallelism: 2, Notify: func(e runner.Event) {
			if e.Type == runner.TaskEnded {
				mu.Lock()
				defer mu.Unlock()
				ended[e.Task] = time.Since(began)
			}
		}})
		for task, want := range map[string]int{"P-T00": 1, "P-T19": 1, "P-T20": 2, "P-T21": 1, "P-T22": 1, "P-T23": 2, "P-T24": 2} {
			if ended[task] != time.Duration(want)*time.Second {
				t.Errorf("%s ended after %s, want %ds", task, ended[task], want)
			}
		}
	})
}

// A look is told how many steps may have changed something before it.
func TestChangesAreCounted(t *testing.T) {
	var seen []int64
	kinds := look(check.Spec[factArgs]{Look: func(_ context.Context, at check.Site, _ factArgs) (check.Result, error) {
		seen = append(seen, at.Changes)
		return check.Result{OK: true}, nil
	}})
	compileWith(t, kinds, plan("T01 todo none:\n- look: a\n- look: b\n  effect: true\n- look: c", "T02 todo T01:\n- look: d\n  effect: true\n- look: e")).
		Run(context.Background(), runner.Options{})
	if want := []int64{0, 0, 1, 1, 2}; !slices.Equal(seen, want) {
		t.Errorf("got %d, want %d", seen, want)
	}
}

// What the other side asks for is kept to between two tries.
func TestRetryAfterIsKeptTo(t *testing.T) {
	for _, step := range []string{"- look: a\n  timeout: 1m", "- look: a\n  within: 1m"} {
		synctest.Test(t, func(t *testing.T) {
			var looks []time.Duration
			began := time.Now()
			kinds := look(check.Spec[factArgs]{Look: func(context.Context, check.Site, factArgs) (check.Result, error) {
				if looks = append(looks, time.Since(began)); len(looks) < 3 {
					return check.Result{}, &check.Transient{Err: errors.New("busy"), After: 7 * time.Second}
				}
				return check.Result{OK: true}, nil
			}})
			compileWith(t, kinds, plan("T01 todo none:\n"+step)).Run(context.Background(), runner.Options{})
			if want := []time.Duration{0, 7 * time.Second, 14 * time.Second}; !slices.Equal(looks, want) {
				t.Errorf("looks at %s, want %s", looks, want)
			}
		})
	}
}

// What cannot come to hold any more is not waited for.
func TestFinalResultIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks, began := 0, time.Now()
		kinds := look(check.Spec[factArgs]{Look: func(context.Context, check.Site, factArgs) (check.Result, error) {
			looks++
			return check.Result{Final: true, Saw: "it ended"}, nil
		}})
		r := compileWith(t, kinds, plan("T01 todo none:\n- look: a\n  within: 1h")).Run(context.Background(), runner.Options{})
		if got := outcomes(r); got != "T01 failed" || looks != 1 || time.Since(began) > 0 {
			t.Errorf("%s after %d looks and %s", got, looks, time.Since(began))
		}
	})
}

// The plan's own steps come when all its tasks are through, also those that nothing needs.
func TestOwnStepsComeLast(t *testing.T) {
	w := newWorld("a=no")
	src := plan("T01 todo none:\n- act: {fact: a, is: ok}", "T02 todo none:\n- act: {fact: a, is: ok}") + "## End\n\n```verify\n- fact: a\n```\n"
	if got := outcomes(compile(t, w, src).Run(context.Background(), runner.Options{})); got != "T01 passed, T02 passed, plan passed" || w.looked[2] != "a" {
		t.Errorf("%s, looked at %v", got, w.looked)
	}
}

// A step that waits looks before anything is watched, and not at all at a watch that is not needed.
func TestOnlyWhoHasToWaitWatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		watches := 0
		var there atomic.Bool
		there.Store(true)
		wake := make(chan struct{}, 1)
		kinds := look(check.Spec[factArgs]{
			Look: func(context.Context, check.Site, factArgs) (check.Result, error) {
				return check.Result{OK: there.Load()}, nil
			},
			Wake: func(context.Context, check.Site, factArgs) (<-chan struct{}, error) { watches++; return wake, nil },
		})
		src := plan("T01 todo none:\n- look: a\n  within: 1m")
		if r := compileWith(t, kinds, src).Run(context.Background(), runner.Options{}); r.Plans[0].Tasks[0].Outcome != check.Passed || watches != 0 {
			t.Errorf("%s with %d watches", r.Plans[0].Tasks[0].Outcome, watches)
		}
		there.Store(false)
		time.AfterFunc(5*time.Second, func() { there.Store(true); wake <- struct{}{} })
		began := time.Now()
		if r := compileWith(t, kinds, src).Run(context.Background(), runner.Options{}); r.Plans[0].Tasks[0].Outcome != check.Passed || watches != 1 || time.Since(began) != 5*time.Second {
			t.Errorf("%s with %d watches after %s", r.Plans[0].Tasks[0].Outcome, watches, time.Since(began))
		}
	})
}
