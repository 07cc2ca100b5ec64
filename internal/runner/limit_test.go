package runner_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// No host is asked more than 16 things at once, and all hosts together no more than 64.
func TestLooksOfAHostAreBounded(t *testing.T) {
	for hosts, want := range map[int]int64{1: 16, 3: 48, 10: 64} {
		synctest.Test(t, func(t *testing.T) {
			var now, most atomic.Int64
			kinds := look(check.Spec[factArgs]{
				Host: func(a factArgs) string { return a.Fact },
				Look: func(context.Context, check.Site, factArgs) (check.Result, error) {
					if n := now.Add(1); n > most.Load() {
						most.Store(n)
					}
					time.Sleep(time.Second)
					now.Add(-1)
					return check.Result{OK: true}, nil
				},
			})
			var steps strings.Builder
			for i := range 200 {
				fmt.Fprintf(&steps, "- look: host%d\n", i%hosts)
			}
			compileWith(t, kinds, plan("T01 todo:\n"+steps.String())).Run(context.Background(), runner.Options{})
			if got := most.Load(); got != want {
				t.Errorf("%d hosts: %d looks at once, want %d", hosts, got, want)
			}
		})
	}
}

// Looks that share what they read wait for nobody, so that one request can serve them all.
func TestSharedLooksAreAllTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var together atomic.Int64
		all := make(chan struct{})
		kinds := look(check.Spec[factArgs]{Shared: true, Look: func(ctx context.Context, _ check.Site, _ factArgs) (check.Result, error) {
			if together.Add(1) == 200 {
				close(all)
			}
			select {
			case <-all:
				return check.Result{OK: true}, nil
			case <-ctx.Done():
				return check.Result{}, ctx.Err()
			}
		}})
		r := compileWith(t, kinds, plan("T01 todo:\n"+strings.Repeat("- look: a\n", 200))).Run(context.Background(), runner.Options{})
		if outcomes(r) != "T01 passed" {
			t.Errorf("%s, %d together", outcomes(r), together.Load())
		}
	})
}
