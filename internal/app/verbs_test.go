package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
)

const workspace = "plans: ['plans/**/*.md']\n"

// named is plan with another id.
func named(id, src string) string { return strings.ReplaceAll(src, "id: P", "id: "+id) }

func TestFind(t *testing.T) {
	b := newBench(t, ".wpctl.yaml", workspace,
		"plans/a.md", named("A", plan("active")), "plans/deep/b.md", named("B", plan("active")), "plans/notes.md", "# Notes\n",
		"else/c.md", named("C", plan("active")))
	for _, tt := range []struct {
		args string
		want string // "" is an error
	}{
		{"", "plans/a.md plans/deep/b.md"},
		{"A", "plans/a.md"},
		{"plans/a.md A ./plans/a.md", "plans/a.md"},
		{"plans", "plans/a.md plans/deep/b.md"},
		{"else/c.md", "else/c.md"},
		{"C", ""},
		{"plans/none.md", ""},
	} {
		files, err := b.Find(t.Context(), strings.Fields(tt.args))
		var got []string
		for _, f := range files {
			rel, _ := filepath.Rel(b.Dir, f)
			got = append(got, filepath.ToSlash(rel))
		}
		if strings.Join(got, " ") != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%q: %v, %v", tt.args, got, err)
		}
	}
}

// TestUnreadablePlans: what may be a plan and cannot be read is not left out as if it were none.
func TestUnreadablePlans(t *testing.T) {
	b := newBench(t, ".wpctl.yaml", workspace, "plans/a.md", named("A", plan("active", "T01 todo: fact: a")), "plans/big.md", "")
	if err := os.Truncate(filepath.Join(b.Dir, "plans/big.md"), disk.MaxSize+1); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{nil, {"plans"}} {
		if files, err := b.Find(t.Context(), args); err == nil || !strings.Contains(err.Error(), "larger than") {
			t.Errorf("%q: %q, %v", args, files, err)
		}
	}
	res, warnings, err := b.Check(t.Context(), app.LintRequest{})
	if err != nil {
		t.Fatal(err)
	}
	diags := slices.Collect(res.Diags)
	if res.Plans != 1 || res.Exit() != app.ExitUnknown || len(warnings) != 0 || len(diags) != 1 || !strings.Contains(diags[0].Message, "larger than") {
		t.Errorf("check: %d plans, exit %d, %q, %v", res.Plans, res.Exit(), warnings, diags)
	}
}

func TestLintOfManyPlans(t *testing.T) {
	files := []string{".wpctl.yaml", workspace}
	for i := range 40 {
		files = append(files, fmt.Sprintf("plans/%02d.md", i), named(fmt.Sprintf("W%02d", i), plan("active", "T01 todo: fact: a")))
	}
	files = append(files,
		"plans/99.md", named("W07", plan("active", "T01 todo: fact: a")),
		"plans/needs.md", named("N", strings.Replace(plan("active", "T01 todo: fact: a"), "status: todo", "needs: [W03-T01, W03-T09]\nstatus: todo", 1)))
	b := newBench(t, files...)
	var first []string
	for range 5 {
		res, err := b.Lint(t.Context(), app.LintRequest{Source: true})
		if err != nil || res.Plans != 42 || res.Exit() != app.ExitUsage {
			t.Fatalf("%v, %d plans, exit %d", err, res.Plans, res.Exit())
		}
		var got []string
		for d := range res.Diags {
			got = append(got, d.Pos.File+" "+d.Code)
		}
		if want := []string{"plans/99.md duplicate-id", "plans/99.md duplicate-id", "plans/needs.md unknown-need"}; !slices.Equal(got, want) {
			t.Fatalf("got %v", got)
		}
		if first == nil {
			first = got
		}
		if !slices.Equal(first, got) {
			t.Errorf("one time %v, another time %v", first, got)
		}
	}
}

func TestLog(t *testing.T) {
	b := newBench(t, ".wpctl.yaml", workspace, "plans/a.md", named("A", plan("active", "T01 todo: fact: a")), "plans/b.md", named("B", plan("active", "T01 todo: fact: a")))
	b.set("a=ok")
	first := b.run(app.RunRequest{Plans: []string{"A"}})
	b.run(app.RunRequest{Plans: []string{"B"}})
	b.run(app.RunRequest{Plans: []string{"A", "B"}})
	for what, want := range map[string]int{"": 3, "A": 2, "plans/b.md": 2, "A-T01": 2, first.ID: 1, "T01": -1, "X": -1} {
		log, err := b.Log(t.Context(), app.LogRequest{What: what})
		runs, unread := log.Runs, log.Unread
		if len(unread) > 0 || (err != nil) != (want < 0) || want >= 0 && len(runs) != want {
			t.Errorf("%q: %d runs, %v", what, len(runs), err)
		}
	}
	b.write("plans/a.md", "# Gone\n")
	for _, what := range []string{"A", "A-T01"} {
		if log, err := b.Log(t.Context(), app.LogRequest{What: what}); err != nil || len(log.Runs) != 2 {
			t.Errorf("%s, whose plan is gone: %d runs, %v", what, len(log.Runs), err)
		}
	}
}
