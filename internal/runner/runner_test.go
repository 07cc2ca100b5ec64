package runner_test

import (
	"context"
	"fmt"
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
