package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// ended is the cause of a context that a signal ended.
type ended int

func (e ended) Error() string { return "ended" }
func (e ended) ExitCode() int { return int(e) }

// TestExitCodesInCombination has every set of ends together, and expects the code that stands first in the table.
func TestExitCodesInCombination(t *testing.T) {
	ends := []struct {
		step string
		exit int
	}{
		{"fact: auth", 4}, {"fact: bad", 1}, {"fact: error", 3}, {"fact: person", 8}, {"act: ok", 8}, {"", 5}, {"fact: ok", 0},
	}
	first := []int{4, 1, 3, 8, 0, 5} // what holds makes that something was proven
	for set := 1; set < 1<<len(ends); set++ {
		var tasks []string
		want := 5
		for i, end := range ends {
			if set&(1<<i) == 0 {
				continue
			}
			tasks = append(tasks, fmt.Sprintf("T%02d done: %s", i+1, end.step))
			if slices.Index(first, end.exit) < slices.Index(first, want) {
				want = end.exit
			}
		}
		slices.Reverse(tasks) // the worst is not the first
		src := plan("active", tasks...)
		b := newBench(t, "p.md", src)
		b.set("ok=ok", "bad=no", "error=error", "person=person", "auth=auth")
		if res := b.verify(app.VerifyRequest{}); res.Exit != want {
			t.Errorf("verify of %s: exit code %d, want %d", strings.Join(tasks, ", "), res.Exit, want)
		}
		if strings.Contains(src, "act: ok") {
			continue // a run asks first
		}
		if res := b.run(app.RunRequest{NoWrite: true}); res.Exit != want {
			t.Errorf("run of %s: exit code %d, want %d", strings.Join(tasks, ", "), res.Exit, want)
		}
	}
}

// Before all of them come mistakes, and before these a signal.
func TestMistakesAndSignalsAreBeforeOtherCodes(t *testing.T) {
	b := newBench(t, "p.md", plan("active", "T01 done: fact: auth", "T02 done: fact: bad"), "bad.md", named("Q", plan("active", "T01 done: fcat: ok")))
	b.set("bad=no", "auth=auth")
	res, err := b.Verify(t.Context(), app.VerifyRequest{Plans: []string{"p.md", "bad.md"}})
	if err != nil || res.Exit != app.ExitUsage || len(res.Claims) != 0 {
		t.Errorf("exit code %d, %d claims, %v", res.Exit, len(res.Claims), err)
	}
	for _, code := range []int{130, 143} {
		ctx, cancel := context.WithCancelCause(t.Context())
		if res, err := b.Verify(ctx, app.VerifyRequest{Plans: []string{"p.md"}, Notify: func(runner.Event) { cancel(ended(code)) }}); err != nil || res.Exit != code {
			t.Errorf("verify: exit code %d, want %d: %v", res.Exit, code, err)
		}
		ctx, cancel = context.WithCancelCause(t.Context())
		req := app.RunRequest{Plans: []string{"p.md"}, NoWrite: true, TrustAll: true, Notify: func(runner.Event) { cancel(ended(code)) }}
		if res, err := b.Run(ctx, req); err != nil || res.Exit != code {
			t.Errorf("run: exit code %d, want %d: %v", res.Exit, code, err)
		}
	}
}
