package runner_test

import (
	"fmt"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// BenchmarkManyNeeds shows the time for each need, which stays the same as they grow in number.
func BenchmarkManyNeeds(b *testing.B) {
	const head, task = "---\nid: A-WP-0001\ntype: workplan\ntitle: A\nstatus: active\n---\n\n", "### T%d — Task\n\n```task\nid: T%[1]d\nstatus: todo\nneeds: [%s]\n```\n\n"
	for _, c := range []struct {
		name string
		plan func(n int) string
	}{
		{"of nothing that is there", func(n int) string { return fmt.Sprintf(task, 0, counted("X%d", n)) }},
		{"of another plan", func(n int) string { return fmt.Sprintf(task, 0, counted("B-WP-0002-T%d", n)) }},
		{"of one task", func(n int) string {
			var s strings.Builder
			for i := 1; i <= n; i++ {
				fmt.Fprintf(&s, task, i, "")
			}
			return fmt.Sprintf(task, 0, counted("T%d", n)) + s.String()
		}},
		{"one of each task", func(n int) string {
			var s strings.Builder
			for i := range n {
				fmt.Fprintf(&s, task, i, fmt.Sprintf("X%d", i))
			}
			return s.String()
		}},
	} {
		for _, n := range []int{1000, 16000} {
			b.Run(fmt.Sprintf("%s/%d", c.name, n), func(b *testing.B) {
				p, _ := workplan.Parse("plan.md", []byte(head+c.plan(n)))
				kinds := newWorld().kinds()
				b.SetBytes(int64(len(p.File.Src)))
				for b.Loop() {
					runner.Compile(runner.Input{Plans: []*workplan.Plan{p}, Kinds: kinds})
				}
			})
		}
	}
}

// BenchmarkManySteps shows the time for each byte of a plan with many steps in one task, which stays the same.
func BenchmarkManySteps(b *testing.B) {
	const head = "---\nid: A-WP-0001\ntype: workplan\ntitle: A\nstatus: active\n---\n\n### T1 — Task\n\n```task\nid: T1\nstatus: todo\nverify:\n"
	for _, n := range []int{1000, 16000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			p, _ := workplan.Parse("plan.md", []byte(head+strings.Repeat("- http: {url: \"https://cluster.example/live\"}\n", n)+"```\n\nIt answers in the cluster.\n"))
			kinds, err := check.NewRegistry(steps.Kinds(steps.Deps{})...)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(p.File.Src)))
			for b.Loop() {
				if _, diags := runner.Compile(runner.Input{Plans: []*workplan.Plan{p}, Kinds: kinds}); diags.Errors() {
					b.Fatal(diags)
				}
			}
		})
	}
}

// counted is a list of the numbers from 1 to n, in words.
func counted(word string, n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprintf(word, i+1)
	}
	return strings.Join(words, ", ")
}
