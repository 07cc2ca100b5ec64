package app_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
)

func errorsAs[T any](err error, target *T) bool { return errors.As(err, target) }

// refused runs p.md without trust and returns the steps that nobody agreed to.
func (b *bench) refused(req app.RunRequest) []string {
	b.t.Helper()
	req.Plans = []string{"p.md"}
	_, err := b.Run(b.t.Context(), req)
	var r *app.Refused
	if err != nil && !errors.As(err, &r) {
		b.t.Fatal(err)
	}
	var out []string
	if r != nil {
		for _, s := range r.Steps {
			out = append(out, s.Name)
		}
	}
	return out
}

func TestCodeIsRunAfterAgreement(t *testing.T) {
	src := plan("active", "T01 todo: act: a", "T02 todo: fact: b")
	b := newBench(t, "p.md", src)
	b.set("a=ok", "b=ok")
	if got := b.refused(app.RunRequest{}); !slices.Equal(got, []string{"act a"}) || len(b.did) > 0 {
		t.Fatalf("refused %v, did %v", got, b.did)
	}
	if got := b.refused(app.RunRequest{Tasks: []string{"T02"}}); got != nil {
		t.Errorf("a task without code: refused %v", got)
	}
	if steps, err := b.Trust(t.Context(), []string{"p.md"}); err != nil || len(steps) != 1 || !strings.Contains(steps[0].Command, "act: a") {
		t.Fatalf("%v %v", steps, err)
	}
	if got := b.refused(app.RunRequest{NoWrite: true}); got != nil {
		t.Errorf("trusted: refused %v", got)
	}
	b.write("p.md", strings.Replace(b.read("p.md"), "# A plan", "# Another title", 1))
	if got := b.refused(app.RunRequest{NoWrite: true}); got != nil {
		t.Errorf("prose changed: refused %v", got)
	}
	b.write("p.md", strings.Replace(b.read("p.md"), "act: a", "act: z", 1))
	if got := b.refused(app.RunRequest{}); !slices.Equal(got, []string{"act z"}) {
		t.Errorf("the step changed: refused %v", got)
	}
	b.write("p.md", strings.Replace(src, "status: todo", "repo: elsewhere\nstatus: todo", 1))
	if got := b.refused(app.RunRequest{}); len(got) != 1 {
		t.Errorf("it runs elsewhere: refused %v", got)
	}
}

// What is agreed to holds for one place: a configuration that leads the same steps elsewhere takes it back.
func TestAgreementIsAboutAPlace(t *testing.T) {
	const before = "defaults: {namespace: one}\nclusters: {here: ctx-one, there: ctx-two}\n"
	for _, after := range []string{
		strings.Replace(before, "namespace: one", "namespace: two", 1),
		strings.Replace(before, "here: ctx-one", "here: ctx-two", 1),
		strings.Replace(before, "defaults: {", "defaults: {cluster: there, ", 1),
	} {
		b := newBench(t, "p.md", plan("active", "T01 todo: act: a, cluster: here", "T02 todo: act: b"), "kubeconfig", kubeconfig, ".wpctl.yaml", before)
		b.set("a=ok", "b=ok")
		if _, err := b.Trust(t.Context(), []string{"p.md"}); err != nil {
			t.Fatal(err)
		}
		if got := b.refused(app.RunRequest{NoWrite: true}); got != nil {
			t.Errorf("trusted: refused %v", got)
		}
		b.write(".wpctl.yaml", after)
		b.open(nil)
		if got := b.refused(app.RunRequest{NoWrite: true}); len(got) != 2 {
			t.Errorf("%s: refused %v", after, got)
		}
	}
}

// Steps outside of the selection are run as well: for their values, and as guards. They need agreement, too.
func TestCodeOutsideTheSelection(t *testing.T) {
	b := newBench(t, "p.md", plan("active",
		"T01 todo: act: a, record: {x: self.value}; act: e, effect: true", "T02 todo: fact: b, assert: \"tasks.T01.x == 'ok'\"", "T03 todo: act: c",
		"own: act: guard, guards: all; act: own"))
	if got := b.refused(app.RunRequest{Tasks: []string{"T02"}}); !slices.Equal(got, []string{"act guard", "act a"}) || len(b.did) > 0 {
		t.Errorf("refused %v, did %v", got, b.did)
	}
}

func TestOnlyTheUserGrants(t *testing.T) {
	src := plan("active", "T01 todo: act: a")
	b := newBench(t, "p.md", src, ".wpctl.yaml", "grants: {run: ['*']}\n")
	if got := b.refused(app.RunRequest{}); len(got) != 1 {
		t.Error("the repository granted it")
	}
	b.open(map[string]string{"grant-run": "act"})
	b.set("a=ok")
	if got := b.refused(app.RunRequest{NoWrite: true}); got != nil {
		t.Errorf("the user granted it: refused %v", got)
	}
	b.write(".wpctl.yaml", "grants: {run: [fact]}\n")
	b.open(map[string]string{"grant-run": "act"})
	if got := b.refused(app.RunRequest{}); len(got) != 1 {
		t.Error("the repository narrows it")
	}
}

func TestAskedOnce(t *testing.T) {
	b := newBench(t, "p.md", plan("active", "T01 todo: act: a", "T02 todo: act: b"))
	b.set("a=ok", "b=ok")
	var asked []app.Untrusted
	answer := false
	ask := func(steps []app.Untrusted) (bool, error) { asked = append(asked, steps...); return answer, nil }
	if got := b.refused(app.RunRequest{Ask: ask}); len(got) != 2 || len(asked) != 2 {
		t.Errorf("no: refused %v, asked %d", got, len(asked))
	}
	answer = true
	if got := b.refused(app.RunRequest{Ask: ask}); got != nil || len(b.did) != 2 {
		t.Errorf("yes: refused %v, did %v", got, b.did)
	}
}

func TestTrustIsTakenBack(t *testing.T) {
	for _, arg := range []string{"p.md", "P", ".", "link.md"} {
		b := newBench(t, "p.md", plan("active", "T01 todo: act: a"), ".wpctl.yaml", "plans: ['*.md']\n")
		if err := os.Symlink("p.md", filepath.Join(b.Dir, "link.md")); err != nil {
			t.Skip(err)
		}
		b.set("a=ok")
		if _, err := b.Trust(t.Context(), []string{"p.md"}); err != nil {
			t.Fatal(err)
		}
		if err := b.Untrust(t.Context(), []string{arg}); err != nil {
			t.Errorf("%s: %v", arg, err)
		}
		if got := b.refused(app.RunRequest{}); len(got) != 1 {
			t.Errorf("%s: still trusted", arg)
		}
	}
	b := newBench(t)
	if err := b.Untrust(t.Context(), []string{"NO-SUCH-PLAN"}); err == nil {
		t.Error("no error for a plan that is not there")
	}
}
