package app_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

func TestRunWritesAndExits(t *testing.T) {
	for _, tt := range []struct {
		name  string
		facts string
		plan  string
		want  string // the statuses, the plan's first
		exit  int
	}{
		{"what passes is done, and the plan finished", "a=ok", plan("active", "T01 todo: fact: a"), "finished done", 0},
		{"a todo that does not hold is no news", "a=no", plan("active", "T01 todo: fact: a"), "active todo", 1},
		{"a done that does not hold failed, and the plan is active again", "a=no", plan("finished", "T01 done: fact: a"), "active failed", 1},
		{"what could not be looked at changes nothing", "a=error", plan("finished", "T01 done: fact: a"), "finished done", 3},
		{"wrong credentials go before failures", "a=auth b=no", plan("active", "T01 todo: fact: a", "T02 todo: fact: b"), "active todo todo", 4},
		{"an advisory look without credentials is no failure", "a=auth b=ok", plan("active", "T01 todo: fact: a, advisory: true; fact: b"), "finished done", 0},
		{"a failure goes before the unknown", "a=error b=no", plan("active", "T01 todo: fact: a", "T02 todo: fact: b"), "active todo todo", 1},
		{"waiting for a person", "a=ok b=person", plan("active", "T01 todo: fact: a", "T02 todo: fact: b"), "active done todo", 8},
		{"a cancelled task is left alone", "a=no", plan("active", "T01 cancelled: fact: a"), "active cancelled", 5},
		{"no steps prove nothing", "", plan("active", "T01 done:"), "active done", 5},
		{"only advisory steps prove nothing", "a=ok", plan("active", "T01 todo: fact: a, advisory: true"), "active todo", 5},
		{"an accepted failure proves nothing", "a=no", plan("active", "T01 todo: fact: a, waive: {until: 2999-01-01, by: me, reason: known}"), "active todo", 5},
		{"deferred steps stand in nobody's way", "a=ok", plan("active", "T01 todo: fact: a; fact: b, defer: later"), "finished done", 0},
		{"a claim that could not be looked at keeps the plan open", "a=ok b=error", plan("active", "T01 todo: fact: a", "T02 done: fact: b"), "active done done", 3},
		{"own steps that fail keep the plan open", "a=ok b=no", plan("active", "T01 todo: fact: a", "own: fact: b"), "active done", 1},
		{"own steps that fail open the plan", "a=ok b=no", plan("finished", "T01 done: fact: a", "own: fact: b"), "active done", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, "p.md", tt.plan)
			b.set(strings.Fields(tt.facts)...)
			res := b.run(app.RunRequest{})
			if got := statuses(b.read("p.md")); got != tt.want || res.Exit != tt.exit {
				t.Errorf("%s, exit %d; want %s, exit %d", got, res.Exit, tt.want, tt.exit)
			}
			before := b.read("p.md")
			if again := b.run(app.RunRequest{}); b.read("p.md") != before || again.Exit != tt.exit {
				t.Errorf("a second run: exit %d\n%s", again.Exit, b.read("p.md"))
			}
		})
	}
}

func TestRunsThatWriteNothing(t *testing.T) {
	for _, req := range []app.RunRequest{{DryRun: true}, {NoWrite: true}} {
		b := newBench(t, "p.md", plan("active", "T01 todo: fact: a, once: true; fact: b"))
		b.set("a=ok", "b=ok")
		before := b.read("p.md")
		res := b.run(req)
		if b.read("p.md") != before || res.Exit != 0 {
			t.Errorf("%+v: exit %d\n%s", req, res.Exit, b.read("p.md"))
		}
		if req.DryRun && (res.ID != "" || len(res.Files) != 1 || statuses(string(res.Files[0].New)) != "finished done") {
			t.Errorf("record %q, changes %+v", res.ID, res.Files)
		}
		b.set("a=no")
		if res = b.run(req); req.DryRun && res.Exit != 1 {
			t.Error("a dry run kept the proof of a once step")
		}
	}
}

func TestPlansThatAreOverAreLeftOut(t *testing.T) {
	for _, status := range []string{"archived", "cancelled"} {
		b := newBench(t, "p.md", plan(status, "T01 todo: fact: a"), "q.md", strings.ReplaceAll(plan("active", "T01 todo: fact: b"), "P", "Q"))
		b.set("a=no", "b=ok")
		if res := b.run(app.RunRequest{Plans: []string{"p.md", "q.md"}}); res.Exit != 0 || !slices.Equal(b.did, []string{"fact b"}) {
			t.Errorf("%s: exit %d, did %v", status, res.Exit, b.did)
		}
		var none *app.NoPlans
		if _, err := b.Run(t.Context(), app.RunRequest{Plans: []string{"p.md"}}); err == nil || !errorsAs(err, &none) {
			t.Errorf("%s alone: %v", status, err)
		}
	}
}

// The file changes while the plan runs: by a person's hand, whose words count.
func TestFileChangesDuringTheRun(t *testing.T) {
	src := plan("active", "T01 in_progress: fact: a", "T02 todo: fact: b")
	for _, tt := range []struct {
		name string
		to   string // the text then; "" removes the file
		want string
		held string // a part of why something is not written
		exit int
	}{
		{"prose", src + "\nNew words.\n", "finished done done", "", 0},
		{"a task became blocked", strings.Replace(src, "in_progress", "blocked", 1), "finished done done", "", 0},
		{"a task was cancelled", strings.Replace(src, "in_progress", "cancelled", 1), "finished cancelled done", "", 0},
		{"its steps are others", strings.Replace(src, "fact: a", "fact: c", 1), "active in_progress done", "steps were changed", 3},
		{"it is gone", strings.Replace(src, "P-T01", "P-T07", 1), "active in_progress done", "no longer in the file", 3},
		{"another plan", strings.Replace(src, "id: P\n", "id: OTHER\n", 1), "active in_progress todo", "another plan", 3},
		{"no plan any more", "", "", "no such file", 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, "p.md", src)
			b.set("a=ok", "b=ok")
			b.when["a"] = func() {
				if tt.to == "" {
					_ = os.Remove(filepath.Join(b.Dir, "p.md"))
					return
				}
				b.write("p.md", tt.to)
			}
			res := b.run(app.RunRequest{Parallelism: 1})
			if held := strings.Join(res.Files[0].Held, " "); tt.held == "" && held != "" || !strings.Contains(held, tt.held) {
				t.Errorf("held: %q", held)
			}
			if res.Exit != tt.exit {
				t.Errorf("exit %d, want %d", res.Exit, tt.exit)
			}
			if tt.to == "" {
				return
			}
			if got := statuses(b.read("p.md")); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// Of a run that is ended, what was wholly looked at is written, and nothing of the rest.
func TestCancelledRun(t *testing.T) {
	b := newBench(t, "p.md", plan("active", "T01 todo: fact: a", "T02 done: act: no; act: end; act: never", "T03 todo: fact: a"))
	b.set("a=ok", "no=no", "end=ok", "never=ok")
	ctx, cancel := context.WithCancel(t.Context())
	b.when["end"] = cancel
	res, err := b.Run(ctx, app.RunRequest{Plans: []string{"p.md"}, TrustAll: true, Parallelism: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := statuses(b.read("p.md")); got != "active done done todo" || res.Exit != app.ExitSIGINT || slices.Contains(b.did, "act never") {
		t.Errorf("%s, exit %d, did %v", got, res.Exit, b.did)
	}
	if strings.Contains(b.read("p.md"), "findings P-T02") {
		t.Error("findings of a task that was cut short")
	}
	if st, _ := b.State(); st != nil {
		if run, err := st.Run(res.ID); err != nil || run.Exit != app.ExitSIGINT || len(run.Plans[0].Tasks) != 3 {
			t.Errorf("%v: %+v", err, run)
		}
	}
}

func TestSelectedTasksOnly(t *testing.T) {
	src := plan("active", "T01 todo: fact: a, record: {x: self.value}", "T02 todo: fact: b, assert: \"tasks.T01.x == 'ok'\"", "T03 done: fact: c")
	b := newBench(t, "p.md", src)
	b.set("a=ok", "b=ok", "c=no")
	res := b.run(app.RunRequest{Tasks: []string{"T02"}})
	if got := statuses(b.read("p.md")); got != "active todo done done" || res.Exit != 0 || slices.Contains(b.did, "fact c") {
		t.Errorf("%s, exit %d, did %v", got, res.Exit, b.did)
	}
}

// A secret that one step learns stands in no text of the run, also where an earlier step saw it first.
func TestSecretsOfTheWholeRun(t *testing.T) {
	const secret = "s3cr3t-value-of-the-day"
	b := newBench(t, "p.md", plan("finished", "T01 done: fact: a, once: true, record: {x: self.value}; fact: no; act: b"))
	b.set("a=ok "+secret, "no=no "+secret, "b=secret "+secret)
	res := b.run(app.RunRequest{Args: []string{"run", "p.md", secret}})
	if res.Exit != 1 {
		t.Fatalf("exit %d", res.Exit)
	}
	texts := b.read("p.md")
	err := filepath.WalkDir(b.home, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			src, _ := os.ReadFile(path)
			texts += string(src)
		}
		return err
	})
	if err != nil || strings.Contains(texts, secret) || !strings.Contains(texts, policyMask) {
		t.Errorf("%v\n%s", err, texts)
	}
}

const policyMask = "•••"

func TestClusterThatNobodyNamed(t *testing.T) {
	b := newBench(t, "p.md", plan("active", "T01 todo: kube: a, once: true"), "kubeconfig", kubeconfig)
	b.set("a=ok")
	res := b.run(app.RunRequest{})
	if got := statuses(b.read("p.md")); got != "active todo" || res.Exit != app.ExitWaiting || !strings.Contains(strings.Join(res.Files[0].Held, ""), "which cluster") {
		t.Errorf("%s, exit %d, held %q", got, res.Exit, res.Files[0].Held)
	}
	b.set("a=no")
	for _, cfg := range []string{"", "defaults: {cluster: ctx-one}\n"} { // the second one names the same cluster
		b.write(".wpctl.yaml", cfg)
		b.open(nil)
		if res := b.run(app.RunRequest{}); res.Exit != 1 {
			t.Errorf("%q: a proof from a cluster that nobody named was kept", cfg)
		}
	}
}

func TestProofIsOfOneCluster(t *testing.T) {
	b := newBench(t, "p.md", plan("active", "T01 todo: kube: a, once: true; fact: b"), "kubeconfig", kubeconfig,
		".wpctl.yaml", "clusters: {one: ctx-one, two: ctx-two}\n")
	b.set("a=ok", "b=ok")
	b.open(map[string]string{"cluster": "one"})
	if res := b.run(app.RunRequest{}); statuses(b.read("p.md")) != "finished done" {
		t.Fatalf("%s %q", statuses(b.read("p.md")), res.Files[0].Held)
	}
	b.set("a=no")
	if res := b.run(app.RunRequest{}); res.Exit != 0 {
		t.Errorf("it held on this one: exit %d", res.Exit)
	}
	b.open(map[string]string{"cluster": "two"})
	before := b.read("p.md")
	res := b.run(app.RunRequest{})
	if res.Exit != 1 || b.read("p.md") != before || !strings.Contains(strings.Join(res.Files[0].Held, ""), "--yes") {
		t.Errorf("exit %d, held %q", res.Exit, res.Files[0].Held)
	}
	if b.run(app.RunRequest{Yes: true}); statuses(b.read("p.md")) != "active failed" {
		t.Error(b.read("p.md"))
	}
}

// What a teammate's findings say of a once step is a claim: it proves nothing, fails nothing, and stays as it is.
func TestOnceWithoutEvidence(t *testing.T) {
	b := newBench(t, "p.md", plan("active", "T01 todo: fact: a, once: true, record: {x: self.value}; fact: b"))
	b.set("a=ok", "b=ok")
	b.run(app.RunRequest{})
	before := b.read("p.md")
	if !strings.Contains(before, "fact a: held on ") {
		t.Fatal(before)
	}
	b.home = t.TempDir()
	b.open(nil)
	b.set("a=no")
	res := b.run(app.RunRequest{})
	step := res.Report.Plans[0].Tasks[0].Steps[0]
	if step.Outcome != check.Skipped || !step.Claimed || res.Exit != 0 {
		t.Errorf("%s, claimed %v, exit %d: %s", step.Outcome, step.Claimed, res.Exit, step.Saw)
	}
	if b.read("p.md") != before {
		t.Errorf("the findings changed:\n%s", b.read("p.md"))
	}
	if res := b.run(app.RunRequest{Again: true}); res.Exit != 1 {
		t.Errorf("again: exit %d", res.Exit)
	}
}

const kubeconfig = `apiVersion: v1
kind: Config
current-context: ctx-one
clusters:
- {name: c, cluster: {server: "https://127.0.0.1:1"}}
users:
- {name: u, user: {}}
contexts:
- {name: ctx-one, context: {cluster: c, user: u}}
- {name: ctx-two, context: {cluster: c, user: u}}
`
