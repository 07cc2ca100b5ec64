package app_test

import (
	"context"
	"errors"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
)

// TestVerbsEndWithTheirContext: Ctrl-C ends whatever reads plans, however many there are.
func TestVerbsEndWithTheirContext(t *testing.T) {
	b := newBench(t, ".wpctl.yaml", workspace, "plans/a.md", named("A", plan("active", "T01 todo: fact: a")), "plans/b.md", named("B", plan("active")))
	ctx, end := context.WithCancel(t.Context())
	end()
	for name, verb := range map[string]func(args []string) error{
		"Find": func(args []string) error { _, err := b.Find(ctx, args); return err },
		"Lint": func(args []string) error { _, err := b.Lint(ctx, app.LintRequest{Plans: args}); return err },
		"Fix": func(args []string) error {
			_, err := b.Lint(ctx, app.LintRequest{Plans: args, Fix: []string{"needs"}})
			return err
		},
		"Check":        func([]string) error { _, _, err := b.Check(ctx, app.LintRequest{}); return err },
		"Plan":         func(args []string) error { _, err := b.Plan(ctx, args); return err },
		"Format":       func(args []string) error { _, _, err := b.Format(ctx, args, false); return err },
		"SuggestSteps": func(args []string) error { _, err := b.SuggestSteps(ctx, args); return err },
		"Trust":        func(args []string) error { _, err := b.Trust(ctx, args); return err },
		"Graph":        func(args []string) error { _, err := b.Graph(ctx, args); return err },
	} {
		for _, args := range [][]string{nil, {"plans"}, {"plans/a.md", "plans/b.md"}, {"A"}} {
			if err := verb(args); !errors.Is(err, context.Canceled) {
				t.Errorf("%s %q: %v", name, args, err)
			}
		}
	}
}
