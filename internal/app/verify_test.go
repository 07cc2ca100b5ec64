package app_test

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/state"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

func (b *bench) verify(req app.VerifyRequest) app.VerifyResult {
	b.t.Helper()
	if req.Plans == nil {
		req.Plans = []string{"p.md"}
	}
	b.did = nil
	res, err := b.Verify(b.t.Context(), req)
	if err != nil || res.Diags.Errors() {
		b.t.Fatal(err, res.Diags)
	}
	return res
}

// verdicts are those of all claims, with what is remarkable about them.
func verdicts(res app.VerifyResult) string {
	var out []string
	for _, c := range res.Claims {
		s := c.Task.Short + " " + string(c.Verdict)
		for what, yes := range map[string]bool{" stale": c.Stale} {
			if yes {
				s += what
			}
		}
		if c.Under != "" {
			s += " under " + strings.TrimPrefix(c.Under, "P-")
		}
		if len(c.Suspect) > 0 {
			s += " suspect of " + strings.ReplaceAll(strings.Join(c.Suspect, "+"), "P-", "")
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func TestVerdicts(t *testing.T) {
	const waived = "fact: bad, waive: {until: 2999-01-01, by: me, reason: known}"
	for _, tt := range []struct {
		name   string
		plan   string
		want   string
		exit   int
		strict int
	}{
		{"a claim holds", plan("active", "T01 done: fact: ok"), "T01 holds", 0, 0},
		{"a claim is broken", plan("active", "T01 done: fact: bad"), "T01 broken", 1, 1},
		{"a claim cannot be looked at", plan("active", "T01 done: fact: error"), "T01 unknown", 3, 3},
		{"a claim without credentials", plan("active", "T01 done: fact: auth", "T02 done: fact: bad"), "T01 unknown, T02 broken", 4, 4},
		{"an advisory look without credentials", plan("active", "T01 done: fact: auth, advisory: true; fact: ok"), "T01 holds", 0, 0},
		{"a claim waits for a person", plan("active", "T01 done: fact: person"), "T01 waiting", 8, 8},
		{"a claim that runs code is not checked", plan("active", "T01 done: act: ok"), "T01 notChecked", 8, 8},
		{"a claim with an effect is not checked", plan("active", "T01 done: fact: ok, effect: true; fact: ok"), "T01 notChecked", 8, 8},
		{"a claim that fails and runs code fails", plan("active", "T01 done: act: ok; fact: bad"), "T01 broken", 1, 1},
		{"a claim that is unknown and runs code is unknown", plan("active", "T01 done: act: ok; fact: error"), "T01 unknown", 3, 3},
		{"a claim without steps is unproven", plan("active", "T01 done:"), "T01 unproven", 5, 1},
		{"of claims one is proven", plan("active", "T01 done:", "T02 done: fact: ok"), "T01 unproven, T02 holds", 0, 1},
		{"a waiver is honoured", plan("active", "T01 done: "+waived, "T02 done: fact: ok"), "T01 unproven, T02 holds", 0, 0},
		{"a task could be done", plan("active", "T01 todo: fact: ok", "T02 done: fact: ok"), "T01 couldBeDone, T02 holds", 0, 1},
		{"a task that failed holds again", plan("active", "T01 failed: fact: ok", "T02 done: fact: ok"), "T01 couldBeDone, T02 holds", 0, 1},
		{"no claims", plan("active", "T01 todo: fact: bad", "T02 failed: fact: bad"), "T01 open, T02 open", 5, 5},
		{"what nobody claims may be unknown", plan("active", "T01 todo: fact: error; act: ok", "T02 done: fact: ok"), "T01 open, T02 holds", 0, 0},
		{"cancelled is not looked at", plan("active", "T01 cancelled: fact: bad", "T02 done: fact: ok"), "T02 holds", 0, 0},
		{"a finished plan's own steps are a claim", plan("finished", "T01 done: fact: ok", "own: fact: bad"), "T01 holds, P broken", 1, 1},
		{"an active plan's are not", plan("active", "T01 done: fact: ok", "T02 todo: fact: bad", "own: fact: ok"), "T01 holds, T02 open, P open", 0, 0},
		{"a plan could be finished", plan("active", "T01 done: fact: ok", "own: fact: ok"), "T01 holds, P couldBeDone", 0, 1},
		{"a finished plan rests on its tasks", plan("finished", "T01 done: fact: bad", "own: fact: ok"), "T01 broken, P holds suspect of T01", 1, 1},
		{"unknown before waiting", plan("active", "T01 done: fact: error", "T02 done: fact: person"), "T01 unknown, T02 waiting", 3, 3},
		{"strict before unknown", plan("active", "T01 done: fact: error", "T02 todo: fact: ok"), "T01 unknown, T02 couldBeDone", 3, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, "p.md", tt.plan)
			b.set("ok=ok", "bad=no", "error=error", "person=person", "auth=auth")
			for _, strict := range []bool{false, true} {
				res := b.verify(app.VerifyRequest{Strict: strict})
				want := tt.exit
				if strict {
					want = tt.strict
				}
				if got := verdicts(res); got != tt.want || res.Exit != want {
					t.Errorf("strict %v: %s, exit %d; want %s, exit %d", strict, got, res.Exit, tt.want, want)
				}
			}
			if got := b.read("p.md"); got != tt.plan {
				t.Error("the plan was written")
			}
			if slices.Contains(b.did, "act ok") {
				t.Error("code was run")
			}
		})
	}
}

func TestRootCausesComeFirst(t *testing.T) {
	needs := func(src string, needs ...string) string {
		for _, n := range needs {
			task, on, _ := strings.Cut(n, " ")
			src = strings.Replace(src, "id: P-"+task+"\n", "id: P-"+task+"\nneeds: ["+on+"]\n", 1)
		}
		return src
	}
	for _, tt := range []struct{ name, plan, want string }{
		{
			"a chain has one root", needs(plan("active", "T01 done: fact: bad", "T02 done: fact: ok", "T03 done: fact: bad"), "T02 T01", "T03 T02"),
			"T01 broken, T02 holds suspect of T01, T03 broken under T01",
		},
		{
			"two roots", needs(plan("active", "T01 done: fact: bad", "T02 done: fact: bad", "T03 done: fact: ok"), "T03 T01, T02"),
			"T01 broken, T02 broken, T03 holds suspect of T01+T02",
		},
		{
			"a status that says failed", needs(plan("active", "T01 failed: fact: bad", "T02 done: fact: ok"), "T02 T01"),
			"T01 open, T02 holds suspect of T01",
		},
		{
			"one that holds again is no cause", needs(plan("active", "T01 failed: fact: ok", "T02 done: fact: ok"), "T02 T01"),
			"T01 couldBeDone, T02 holds",
		},
		{
			"a task that is not done is no cause", needs(plan("active", "T01 todo: fact: bad", "T02 done: fact: ok"), "T02 T01"),
			"T01 open, T02 holds",
		},
		{"what fails for the same reason is told there", plan("active", "T01 done: fact: cert", "T02 done: fact: also; fact: ok"), "T01 broken, T02 broken under T01"},
		{"and not where it fails for one of its own, too", plan("active", "T01 done: fact: cert", "T02 done: fact: also; fact: bad"), "T01 broken, T02 broken"},
		{"nor where it fails for another one", plan("active", "T01 done: fact: cert", "T02 done: fact: other"), "T01 broken, T02 broken"},
		{"what nobody claims is no cause", plan("active", "T01 todo: fact: cert", "T02 done: fact: also"), "T01 open, T02 broken"},
		{
			"needs go before", needs(plan("active", "T01 done: fact: cert", "T02 done: fact: bad", "T03 done: fact: also"), "T03 T02"),
			"T01 broken, T02 broken, T03 broken under T02",
		},
		{"the task before is no need", strings.Replace(plan("active", "T01 done: fact: bad", "T02 done: fact: ok"), "order: independent\n", "", 1), "T01 broken, T02 holds"},
		{"unless the plan is sequential", strings.Replace(plan("active", "T01 done: fact: bad", "T02 done: fact: ok"), "independent", "sequential", 1), "T01 broken, T02 holds suspect of T01"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(t, "p.md", tt.plan)
			b.set("ok=ok", "bad=no", "cert=fault cert", "also=fault cert", "other=fault other")
			if got := verdicts(b.verify(app.VerifyRequest{})); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestStaleIsToldOfChangedSteps(t *testing.T) {
	b := newBench(t, "p.md", plan("active", "T01 todo: fact: ok", "T02 todo: fact: ok"))
	b.set("ok=ok", "more=ok")
	b.run(app.RunRequest{})
	b.write("p.md", strings.Replace(b.read("p.md"), "- {fact: ok}", "- {fact: more}", 1))
	if got := verdicts(b.verify(app.VerifyRequest{})); got != "T01 holds stale, T02 holds" {
		t.Error(got)
	}
	b.write("p.md", strings.Replace(b.read("p.md"), "status: done", "status: todo", 1))
	if got := verdicts(b.verify(app.VerifyRequest{})); got != "T01 couldBeDone, T02 holds" { // what nobody claims is not stale
		t.Error(got)
	}
}

func TestVerifyLeavesClosedPlansOut(t *testing.T) {
	b := newBench(t, ".wpctl.yaml", workspace, "plans/a.md", named("A", plan("archived", "T01 done: fact: bad")), "plans/c.md", named("C", plan("cancelled", "T01 done: fact: bad")),
		"plans/b.md", named("B", plan("finished", "T01 done: fact: ok")))
	b.set("ok=ok", "bad=no")
	if res := b.verify(app.VerifyRequest{Plans: []string{}}); len(res.Claims) != 1 || res.Exit != 0 {
		t.Error(verdicts(res), res.Exit)
	}
}

func TestIdenticalStepsOfSeveralPlans(t *testing.T) {
	b := newBench(t, ".wpctl.yaml", workspace, "plans/a.md", named("A", plan("active", "T01 done: name: one, fact: ok", "T02 done: fact: ok")),
		"plans/b.md", named("B", plan("active", "T01 done: name: another, fact: ok")))
	b.set("ok=ok")
	if res := b.verify(app.VerifyRequest{Plans: []string{}}); len(b.did) != 1 || res.Exit != 0 || len(res.Claims) != 3 {
		t.Error(b.did, verdicts(res))
	}
}

// Granted kinds may run code where the user says so; an effect never.
func TestVerifyRunsWhatIsGranted(t *testing.T) {
	b := newBench(t, "p.md", plan("active", "T01 done: act: ok", "T02 done: act: ok, effect: true"))
	b.set("ok=ok")
	b.open(map[string]string{"grant-run": "act"})
	if got := verdicts(b.verify(app.VerifyRequest{})); got != "T01 holds, T02 notChecked" || len(b.did) != 1 {
		t.Error(got, b.did)
	}
	b.write(".wpctl.yaml", "grants: {run: []}\n")
	b.open(map[string]string{"grant-run": "act"})
	if got := verdicts(b.verify(app.VerifyRequest{})); got != "T01 notChecked, T02 notChecked" {
		t.Error(got)
	}
}

func TestMaxAge(t *testing.T) {
	src := plan("active", "T01 done: kube: ok", "T02 done: fact: ok", "T03 done: kube: bad")
	b := newBench(t, "p.md", src, "kubeconfig", kubeconfigOf("a"))
	b.set("ok=ok", "bad=no")
	did := func(age time.Duration, want string) {
		t.Helper()
		b.verify(app.VerifyRequest{MaxAge: age})
		if got := fmt.Sprint(b.did); len(b.did) != len(strings.Fields(want))/2 {
			t.Errorf("looked at %s, want %s", got, want)
		}
	}
	did(time.Hour, "kube ok fact ok kube bad") // nothing is known yet
	did(time.Hour, "fact ok kube bad")         // files and failures are looked at again
	did(time.Nanosecond, "kube ok fact ok kube bad")
	now := b.Now
	b.Now = func() time.Time { return now().Add(2 * time.Hour) }
	did(time.Hour, "kube ok fact ok kube bad")
	did(time.Hour, "fact ok kube bad")
	b.Now = func() time.Time { return now().Add(2*time.Hour + 50*time.Minute) }
	did(time.Hour, "fact ok kube bad") // what was taken over has the age of the look
	b.Now = func() time.Time { return now().Add(3*time.Hour + 10*time.Minute) }
	did(time.Hour, "kube ok fact ok kube bad")
	b.write("kubeconfig", kubeconfigOf("b"))
	b.open(nil)
	did(24*time.Hour, "kube ok fact ok kube bad") // another cluster
	did(24*time.Hour, "fact ok kube bad")
	b.write("p.md", strings.Replace(src, "kube: ok", "kube: ok, timeout: 7s", 1))
	did(24*time.Hour, "kube ok fact ok kube bad") // another step
	b.write("p.md", named("Q", src))
	did(24*time.Hour, "kube ok fact ok kube bad") // another plan
	b.set("ok=no")
	did(24*time.Hour, "fact ok kube bad")
	b.verify(app.VerifyRequest{}) // it failed since
	b.set("ok=ok")
	did(24*time.Hour, "kube ok fact ok kube bad")
}

func kubeconfigOf(name string) string {
	return fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: %[1]s, contexts: [{name: %[1]s, context: {cluster: %[1]s, user: u}}],
clusters: [{name: %[1]s, cluster: {server: "https://127.0.0.1:1/%[1]s"}}], users: [{name: u, user: {}}]}`, name)
}

func TestVerifyKeepsARecord(t *testing.T) {
	b := newBench(t, "p.md", plan("active", "T01 done: fact: bad"))
	b.set("bad=no")
	res := b.verify(app.VerifyRequest{Args: []string{"verify"}})
	st, err := b.State()
	if err != nil {
		t.Fatal(err)
	}
	r, err := st.Run(res.ID)
	if err != nil || r.Verb != "verify" || r.Exit != 1 || r.Plans[0].Tasks[0].Was != string(workplan.Done) {
		t.Errorf("%+v, %v", r, err)
	}
	n := 0
	for range st.Runs(state.Filter{}) {
		n++
	}
	if n != 1 {
		t.Errorf("%d records", n)
	}
}

func TestSince(t *testing.T) {
	b := newBench(t, ".wpctl.yaml", workspace, "plans/a.md", named("A", plan("active", "T01 done: fact: ok")), "plans/b.md", named("B", plan("active", "T01 done: fact: ok")))
	b.set("ok=ok")
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", b.Dir, "-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %s", args, out)
		}
	}
	git("init", "-q")
	git("add", ".")
	git("commit", "-qm", "a")
	b.open(nil)
	got := func(ref, want string, exit int) {
		t.Helper()
		res := b.verify(app.VerifyRequest{Plans: []string{}, Since: ref})
		var ids []string
		for _, c := range res.Claims {
			ids = append(ids, c.Task.ID)
		}
		if strings.Join(ids, " ") != want || res.Exit != exit {
			t.Errorf("since %s: %v, exit %d; want %s", ref, ids, res.Exit, want)
		}
	}
	got("main", "", app.ExitNothing)
	git("switch", "-qc", "work")
	b.write("plans/b.md", b.read("plans/b.md")+"\nMore.\n")
	got("main", "B-T01", 0) // not committed yet
	git("commit", "-qam", "b")
	got("main", "B-T01", 0)
	b.write("plans/c.md", named("C", plan("active", "T01 done: fact: ok")))
	got("main", "B-T01 C-T01", 0) // not added yet
	git("switch", "-q", "main")
	b.write("plans/a.md", b.read("plans/a.md")+"\nMain went on.\n")
	git("commit", "-qam", "c")
	git("switch", "-q", "work")
	got("main", "B-T01 C-T01", 0) // from where the branch left it
	for _, ref := range []string{"nowhere", "--all"} {
		if _, err := b.Verify(t.Context(), app.VerifyRequest{Since: ref}); err == nil || !strings.Contains(err.Error(), ref) {
			t.Errorf("%s: %v", ref, err)
		}
	}
}
