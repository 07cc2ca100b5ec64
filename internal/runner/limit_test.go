package runner_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

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
