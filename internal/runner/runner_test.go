package runner_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// world is what the test's kinds look at: facts by name, which a test sets and changes.
type world struct {
	mu     sync.Mutex
	facts  map[string]string
	looked []string
	now    int // looks under way
	most   int // the most looks that were under way at once
}

func (w *world) set(name, value string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.facts[name] = value
}

func (w *world) get(name string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.facts[name]
}

type factArgs struct {
	Fact string        `yaml:"fact"`
	Is   string        `yaml:"is"`
	Port int           `yaml:"port"`
	Take time.Duration `yaml:"take"`
}

type factSelf struct {
	Value string `json:"value"`
	Port  int    `json:"port"`
}

// kinds: `fact` reads a fact, `act` sets it and counts as running code.
func (w *world) kinds() *check.Registry {
	look := func(ctx context.Context, _ check.Site, a factArgs) (check.Result, error) {
		w.enter(a.Fact)
		defer w.leave()
		select {
		case <-time.After(a.Take):
		case <-ctx.Done():
			return check.Result{}, ctx.Err()
		}
		v := w.get(a.Fact)
		switch v {
		case "error":
			return check.Result{}, errors.New("the line is dead")
		case "flaky":
			w.set(a.Fact, "ok")
			return check.Result{}, &check.Transient{Err: errors.New("busy")}
		case "panic":
			panic("boom")
		case "empty":
			return check.Result{Empty: true}, nil
		case "person":
			return check.Result{}, &check.Waiting{For: "a person"}
		}
		want := a.Is
		if want == "" {
			want = "ok"
		}
		return check.Result{OK: v == want, Want: a.Fact + " " + want, Saw: a.Fact + " " + v, Self: factSelf{Value: v, Port: a.Port}}, nil
	}
	fact := check.Define(check.Spec[factArgs]{
		Name: "fact", Doc: "d", Example: "e", Bare: "fact", Self: factSelf{}, Look: look,
		Target: func(a factArgs) string { return a.Fact },
	})
	act := check.Define(check.Spec[factArgs]{
		Name: "act", Doc: "d", Example: "e", Bare: "fact", Caps: []check.Capability{check.RunsCode},
		Look: func(_ context.Context, _ check.Site, a factArgs) (check.Result, error) {
			w.enter(a.Fact)
			defer w.leave()
			w.set(a.Fact, a.Is)
			return check.Result{OK: true, Saw: "set"}, nil
		},
	})
	r, err := check.NewRegistry(fact, act)
	if err != nil {
		panic(err)
	}
	return r
}

func (w *world) enter(name string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.looked = append(w.looked, name)
	w.now++
	w.most = max(w.most, w.now)
}

func (w *world) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now--
}

// plan makes a workplan of tasks, each "T01 [status] [needs…]: steps" with its steps as YAML.
func plan(tasks ...string) string {
	var b strings.Builder
	b.WriteString("---\nid: P\ntype: workplan\nstatus: active\n---\n\n")
	for _, t := range tasks {
		head, steps, _ := strings.Cut(t, ":\n")
		f := strings.Fields(head)
		fmt.Fprintf(&b, "### %s — a task\n\n```task\nid: P-%s\nstatus: %s\n", f[0], f[0], f[1])
		if len(f) > 2 {
			fmt.Fprintf(&b, "needs: [%s]\n", strings.Join(slices.DeleteFunc(f[2:], func(s string) bool { return s == "none" }), ", "))
		}
		b.WriteString("```\n\n")
		if steps != "" {
			fmt.Fprintf(&b, "```verify\n%s\n```\n\n", strings.TrimRight(steps, "\n"))
		}
	}
	return b.String()
}

func compile(t *testing.T, w *world, src string) *runner.Program {
	t.Helper()
	p, diags := workplan.Parse("plan.md", []byte(src))
	prog, more := runner.Compile(runner.Input{Plans: []*workplan.Plan{p}, Kinds: w.kinds()})
	if all := append(diags, more...); all.Errors() {
		t.Fatalf("%v\n%s", all, src)
	}
	return prog
}

func newWorld(facts ...string) *world {
	w := &world{facts: map[string]string{}}
	for _, f := range facts {
		name, value, _ := strings.Cut(f, "=")
		w.facts[name] = value
	}
	return w
}

// outcomes is a report as "T01 passed" lines.
func outcomes(r runner.Report) string {
	var out []string
	for _, t := range r.Plans[0].Tasks {
		out = append(out, t.Short+" "+string(t.Outcome))
	}
	if own := r.Plans[0].Own; own != nil {
		out = append(out, "plan "+string(own.Outcome))
	}
	return strings.Join(out, ", ")
}

func TestOutcomes(t *testing.T) {
	for _, tt := range []struct {
		name  string
		facts string
		tasks []string
		want  string
	}{
		{"a fact that holds passes", "a=ok", []string{"T01 todo:\n- fact: a"}, "T01 passed"},
		{"a fact that does not hold fails", "a=no", []string{"T01 todo:\n- fact: a"}, "T01 failed"},
		{"a look that cannot be made is unknown", "a=error", []string{"T01 todo:\n- fact: a"}, "T01 unknown"},
		{"a kind that panics is unknown", "a=panic", []string{"T01 todo:\n- fact: a"}, "T01 unknown"},
		{"a look that waits for a person waits", "a=person", []string{"T01 todo:\n- fact: a"}, "T01 waiting"},
		{"failed goes before unknown", "a=error b=no", []string{"T01 todo:\n- fact: a\n- fact: b"}, "T01 failed"},
		{"unknown goes before waiting", "a=person b=error", []string{"T01 todo:\n- fact: a\n- fact: b"}, "T01 unknown"},
		{"no steps prove nothing", "", []string{"T01 done"}, "T01 unverified"},
		{"only advisory steps prove nothing", "a=ok", []string{"T01 done:\n- fact: a\n  advisory: true"}, "T01 unverified"},
		{"an advisory failure does not fail", "a=no b=ok", []string{"T01 done:\n- fact: a\n  advisory: true\n- fact: b"}, "T01 passed"},
		{"only deferred steps prove nothing", "a=ok", []string{"T01 done:\n- fact: a\n  defer: later"}, "T01 unverified"},
		{"a waived failure is no pass", "a=no", []string{"T01 done:\n- fact: a\n  waive: {until: 2999-01-01, by: me, reason: known}"}, "T01 unverified"},
		{"a waiver that is over fails", "a=no", []string{"T01 done:\n- fact: a\n  waive: {until: 2001-01-01, by: me, reason: known}"}, "T01 failed"},
		{"an empty match fails", "a=empty", []string{"T01 todo:\n- fact: a"}, "T01 failed"},
		{"an empty match may be skipped, and proves nothing", "a=empty", []string{"T01 todo:\n- fact: a\n  ifEmpty: skip"}, "T01 unverified"},
		{"an empty match may be unknown", "a=empty", []string{"T01 todo:\n- fact: a\n  ifEmpty: unknown"}, "T01 unknown"},
		{"when false skips", "a=no b=ok", []string{"T01 todo:\n- fact: a\n  when: 1 > 2\n- fact: b"}, "T01 passed"},
		{"an assertion that is false fails", "a=ok", []string{"T01 todo:\n- fact: a\n  assert: self.value == 'no'"}, "T01 failed"},
		{"once with a day is no proof", "a=ok", []string{"T01 done:\n- fact: a\n  once: 2020-01-01"}, "T01 unverified"},
		{"a cancelled task is not looked at", "a=no", []string{"T01 cancelled:\n- fact: a"}, "T01 skipped"},
		{"a passing fault is looked at again", "a=flaky", []string{"T01 todo:\n- fact: a"}, "T01 passed"},
		{
			"an implied edge orders and does not block", "a=no b=ok",
			[]string{"T01 todo:\n- fact: a", "T02 todo:\n- fact: b"},
			"T01 failed, T02 passed",
		},
		{
			"a failed need blocks all that rests on it", "a=no b=ok",
			[]string{"T01 done none:\n- fact: a", "T02 todo T01:\n- fact: b", "T03 todo T02:\n- fact: b"},
			"T01 failed, T02 blocked, T03 blocked",
		},
		{
			"a need that is done and unproven is met", "b=ok",
			[]string{"T01 done none", "T02 todo T01:\n- fact: b"},
			"T01 unverified, T02 passed",
		},
		{
			"a need that is done and could not be looked at is met", "a=error b=ok",
			[]string{"T01 done none:\n- fact: a", "T02 todo T01:\n- fact: b"},
			"T01 unknown, T02 passed",
		},
		{
			"a need that is not done blocks", "b=ok",
			[]string{"T01 todo none", "T02 todo T01:\n- fact: b"},
			"T01 unverified, T02 blocked",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(strings.Fields(tt.facts)...)
			r := compile(t, w, plan(tt.tasks...)).Run(context.Background(), runner.Options{})
			if got := outcomes(r); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestCauseIsToldOnce(t *testing.T) {
	w := newWorld("a=no", "b=ok")
	r := compile(t, w, plan("T01 done none:\n- fact: a", "T02 todo T01:\n- fact: b", "T03 todo T02:\n- fact: b")).Run(context.Background(), runner.Options{})
	for _, task := range r.Plans[0].Tasks[1:] {
		if task.Cause != "P-T01" {
			t.Errorf("%s is blocked by %q, want P-T01", task.Short, task.Cause)
		}
	}
}

func TestCompileTellsAllMistakes(t *testing.T) {
	src := plan(
		"T01 todo:\n- fcat: a\n- fact: {fact: a, prot: 1}\n- fact: a\n  assert: self.vlaue == 'x'",
		"T02 todo:\n- fact: a\n  assert: rec.nothing == 1\n- fact: a\n  assert: tasks.T09.x == 1\n- fact: a\n  when: self.value == ''\n- fact: {fact: a, port: nine}\n- fact: a\n  assert: env.HOME == ''",
	)
	p, _ := workplan.Parse("plan.md", []byte(src))
	prog, diags := runner.Compile(runner.Input{Plans: []*workplan.Plan{p}, Kinds: newWorld().kinds()})
	if prog != nil {
		t.Error("there is a program")
	}
	var got []string
	for _, d := range diags {
		got = append(got, fmt.Sprintf("%s %s | %s", d.Code, d.Message, d.Hint))
		line := strings.Split(src, "\n")[d.Pos.Line-1]
		if d.Pos.Col > len(line) {
			t.Errorf("%s is not in the line %q", d.Pos, line)
		}
	}
	want := []string{
		`unknown-kind no kind of step "fcat" | did you mean "fact"?`,
		`unknown-key fact: no key "prot" here | did you mean "port"?`,
		`bad-expression no field "vlaue" here | did you mean "value"?`,
		`unknown-reference nothing named "nothing" is recorded before this step | `,
		`unknown-reference no task "T09" here | `,
		`bad-expression no name "self" in expressions here | nothing has been looked at yet where this is evaluated`,
		`wrong-type fact: wanted a whole number, found "nine" | `,
		`unknown-reference policy does not allow expressions to read the environment name "HOME" | allow it with grants.env in your own configuration`,
	}
	for _, w := range want {
		if !slices.ContainsFunc(got, func(g string) bool { return strings.HasPrefix(g, strings.TrimSuffix(w, " | ")) }) {
			t.Errorf("missing: %s", w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %d diagnostics, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
}

func TestRecordsFlow(t *testing.T) {
	w := newWorld("a=ok", "b=ok")
	src := plan(
		"T01 todo:\n- fact: {fact: a, port: 7}\n  record: {port: self.port, name: self.value}\n- fact: {fact: a, port: '${{ rec.port }}'}\n  assert: self.port == rec.port && rec.name == 'ok'",
		"T02 todo:\n- fact: {fact: b, port: '${{ tasks.T01.port + 1 }}'}\n  assert: self.port == 8",
	)
	r := compile(t, w, src).Run(context.Background(), runner.Options{})
	if got := outcomes(r); got != "T01 passed, T02 passed" {
		t.Errorf("got %s: %+v", got, r.Plans[0].Tasks[1].Steps[0])
	}
}

func TestUnselectedTaskIsLookedAtForItsRecords(t *testing.T) {
	w := newWorld("a=ok", "b=ok")
	src := plan("T01 todo:\n- fact: {fact: a, port: 7}\n  record: {port: self.port}", "T02 todo:\n- fact: b\n  assert: tasks.T01.port == 7", "T03 todo:\n- fact: c")
	r := compile(t, w, src).Run(context.Background(), runner.Options{Select: func(id string) bool { return id == "P-T02" }})
	if got := outcomes(r); got != "T01 passed, T02 passed, T03 skipped" {
		t.Error(got)
	}
	if r.Plans[0].Tasks[0].Selected || r.Plans[0].Tasks[2].Selected {
		t.Error("only T02 is selected")
	}
	if want := []string{"a", "b"}; !slices.Equal(w.looked, want) {
		t.Errorf("looked at %v, want %v", w.looked, want)
	}
}

func TestReadingARecordIsANeed(t *testing.T) {
	w := newWorld("a=no", "b=ok")
	src := plan("T01 todo none:\n- fact: a\n  record: {port: self.port}", "T02 todo none:\n- fact: b\n  assert: tasks.T01.port == 7")
	r := compile(t, w, src).Run(context.Background(), runner.Options{})
	if got := outcomes(r); got != "T01 failed, T02 blocked" {
		t.Error(got)
	}
}

func TestMissingRecordIsUnknown(t *testing.T) {
	w := newWorld("a=no", "b=ok")
	src := plan("T01 todo:\n- fact: a\n  record: {x: self.value}\n- fact: b\n  assert: rec.x == 'ok'")
	r := compile(t, w, src).Run(context.Background(), runner.Options{})
	if s := r.Plans[0].Tasks[0].Steps[1]; s.Outcome != check.Unknown {
		t.Errorf("got %s: %s", s.Outcome, s.Saw)
	}
}

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

func TestCancelEndsAtOnceAndTellsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("a=ok", "b=ok")
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		r := compile(t, w, plan("T01 todo:\n- fact: a", "T02 todo:\n- fact: {fact: b, take: 20s}\n- fact: {fact: a, is: never}\n  within: 1h", "T03 todo:\n- fact: a")).Run(ctx, runner.Options{})
		if got := outcomes(r); got != "T01 passed, T02 unknown, T03 unknown" || !r.Cancelled {
			t.Errorf("%s, cancelled %v", got, r.Cancelled)
		}
		if time.Since(began) != time.Second {
			t.Errorf("took %s", time.Since(began))
		}
	})
}

func TestReadsRunTogetherAndBarriersAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("a=ok")
		var steps strings.Builder
		for range 100 {
			steps.WriteString("- fact: {fact: a, take: 1s}\n")
		}
		r := compile(t, w, plan("T01 todo:\n"+steps.String())).Run(context.Background(), runner.Options{})
		if outcomes(r) != "T01 passed" || w.most != 64 {
			t.Errorf("%s, %d at once, want 64", outcomes(r), w.most)
		}
		w = newWorld("a=no")
		r = compile(t, w, plan("T01 todo:\n- fact: {fact: a, is: no}\n- act: {fact: a, is: ok}\n- fact: {fact: a, is: ok}")).Run(context.Background(), runner.Options{})
		if outcomes(r) != "T01 passed" || w.most != 1 {
			t.Errorf("%s, %d at once, want 1", outcomes(r), w.most)
		}
	})
}

func TestParallelismBoundsTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld("a=ok")
		var tasks []string
		for i := range 30 {
			tasks = append(tasks, fmt.Sprintf("T%02d todo none:\n- fact: {fact: a, take: 1s}", i+1))
		}
		compile(t, w, plan(tasks...)).Run(context.Background(), runner.Options{Parallelism: 3})
		if w.most != 3 {
			t.Errorf("%d at once, want 3", w.most)
		}
	})
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

func TestGuardWhoseWhenIsFalseHolds(t *testing.T) {
	w := newWorld("safe=no", "a=ok")
	src := plan("T01 todo none:\n- fact: a") + "## Contract\n\n```verify\n- fact: safe\n  guards: all\n  when: plan.status == 'draft'\n- fact: a\n```\n"
	r := compile(t, w, src).Run(context.Background(), runner.Options{})
	if got := outcomes(r); got != "T01 passed, plan passed" {
		t.Error(got)
	}
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

func TestEffectIsNotBegunAfterAFailure(t *testing.T) {
	w := newWorld("a=no")
	r := compile(t, w, plan("T01 todo none:\n- fact: a\n- act: {fact: done, is: ok}\n  effect: true\n- act: {fact: other, is: ok}")).Run(context.Background(), runner.Options{})
	if slices.Contains(w.looked, "done") || !slices.Contains(w.looked, "other") {
		t.Errorf("looked at %v", w.looked)
	}
	if got := outcomes(r); got != "T01 failed" {
		t.Error(got)
	}
}

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

func TestPolicyThatSkipsIsNoProof(t *testing.T) {
	w := newWorld("a=ok")
	deny := func(s *runner.Step, caps []check.Capability) error {
		if slices.Contains(caps, check.RunsCode) {
			return &check.Denied{Reason: "not here"}
		}
		return nil
	}
	r := compile(t, w, plan("T01 todo none:\n- fact: a\n- act: {fact: b, is: ok}")).Run(context.Background(), runner.Options{Allow: deny})
	task := r.Plans[0].Tasks[0]
	if task.Outcome != check.Unverified || !task.NotChecked {
		t.Errorf("%s, not checked %v", task.Outcome, task.NotChecked)
	}
}

func TestFailFast(t *testing.T) {
	w := newWorld("a=no", "b=ok")
	r := compile(t, w, plan("T01 todo none:\n- fact: a", "T02 todo:\n- fact: b")).Run(context.Background(), runner.Options{FailFast: true})
	if got := outcomes(r); got != "T01 failed, T02 skipped" {
		t.Error(got)
	}
}

func TestDecisionBlocksUntilResolved(t *testing.T) {
	for status, want := range map[string]string{"pending": "T01 blocked", "resolved": "T01 passed", "superseded": "T01 blocked"} {
		w := newWorld("a=ok")
		src := plan("T01 todo D-01:\n- fact: a") + "## Decisions\n\n```decision\nid: P-D-01\nstatus: " + status + "\nquestion: which?\noptions: {A: this, B: that}\nchoice: A\nby: me\ndate: 2026-01-01\n```\n"
		if got := outcomes(compile(t, w, src).Run(context.Background(), runner.Options{})); got != want {
			t.Errorf("%s: %s, want %s", status, got, want)
		}
	}
}

func TestNeedInAnotherPlan(t *testing.T) {
	w := newWorld("a=ok")
	other := func(status string) *workplan.Plan {
		p, _ := workplan.Parse("other.md", []byte("---\nid: OTHER-WP-0003\ntype: workplan\nstatus: active\n---\n\n### T06 — x\n\n```task\nid: OTHER-WP-0003-T06\nstatus: "+status+"\n```\n"))
		return p
	}
	p, _ := workplan.Parse("plan.md", []byte(plan("T01 todo OTHER-WP-0003-T06:\n- fact: a")))
	for _, tt := range []struct {
		others []*workplan.Plan
		want   string
	}{
		{[]*workplan.Plan{other("done")}, "T01 passed"},
		{[]*workplan.Plan{other("todo")}, "T01 blocked"},
		{nil, "T01 unknown"},
	} {
		prog, diags := runner.Compile(runner.Input{Plans: []*workplan.Plan{p}, Others: tt.others, Kinds: w.kinds()})
		if diags.Errors() {
			t.Fatal(diags)
		}
		if warned := slices.ContainsFunc(diags, func(d diag.Diagnostic) bool { return d.Code == "unknown-need" }); warned != (tt.others == nil) {
			t.Errorf("warned: %v", diags)
		}
		if got := outcomes(prog.Run(context.Background(), runner.Options{})); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

func TestWhatAPlanNeedsGatesAllItsTasks(t *testing.T) {
	w := newWorld("a=ok")
	src := strings.Replace(plan("T01 todo none:\n- fact: a", "T02 todo none:\n- fact: a"), "status: active\n", "status: active\nneeds: [OTHER-WP-0003]\n", 1)
	p, _ := workplan.Parse("plan.md", []byte(src))
	for status, want := range map[string]string{"active": "T01 blocked, T02 blocked", "finished": "T01 passed, T02 passed"} {
		other, _ := workplan.Parse("other.md", []byte("---\nid: OTHER-WP-0003\ntype: workplan\nstatus: "+status+"\n---\n\n### T06 — x\n\n```task\nid: OTHER-WP-0003-T06\n```\n"))
		prog, diags := runner.Compile(runner.Input{Plans: []*workplan.Plan{p}, Others: []*workplan.Plan{other}, Kinds: w.kinds()})
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		if got := outcomes(prog.Run(context.Background(), runner.Options{})); got != want {
			t.Errorf("%s: got %s, want %s", status, got, want)
		}
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

func TestTextsAreRedactedBeforeTheyAreCut(t *testing.T) {
	secret := "hunter2hunter2"
	w := newWorld("a=" + strings.Repeat("x", 1015) + secret)
	r := compile(t, w, plan("T01 todo none:\n- fact: a")).Run(context.Background(), runner.Options{
		Redact: func(s string) string { return strings.ReplaceAll(s, secret, "[redacted]") },
	})
	if saw := r.Plans[0].Tasks[0].Steps[0].Saw; strings.Contains(saw, "hunter") {
		t.Error(saw)
	}
}

func TestEventsTellTheWholeStory(t *testing.T) {
	w := newWorld("a=ok")
	var mu sync.Mutex
	var got []string
	compile(t, w, plan("T01 todo none:\n- fact: a", "T02 todo T01")).Run(context.Background(), runner.Options{Notify: func(e runner.Event) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, strings.Join(strings.Fields(fmt.Sprint(e.Type, " ", e.Task, " ", e.Outcome, " ", strings.Join(e.Needs, " "))), " "))
	}})
	want := []string{"run_started", "task_queued P-T01", "task_queued P-T02 P-T01", "task_started P-T01", "step_started P-T01", "step_ended P-T01 passed", "task_ended P-T01 passed", "task_ended P-T02 unverified", "run_ended"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
