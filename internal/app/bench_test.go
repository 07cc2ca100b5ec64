package app_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// BenchmarkLint lints many files, beside what reading and parsing each of them takes.
func BenchmarkLint(b *testing.B) {
	const many = 200
	src, err := os.ReadFile("../../testdata/prose/waves.md")
	if err != nil {
		b.Fatal(err)
	}
	p, _ := workplan.Parse("waves.md", src)
	files := []string{".wpctl.yaml", workspace}
	for i := range many {
		files = append(files, fmt.Sprintf("plans/%03d.md", i), strings.ReplaceAll(string(src), p.ID.Text, fmt.Sprintf("%s%03d", p.ID.Text, i)))
	}
	bench := newBench(b, files...)
	b.Run("read and parse", func(b *testing.B) {
		for b.Loop() {
			for i := range many {
				name := fmt.Sprintf("plans/%03d.md", i)
				src, err := os.ReadFile(filepath.Join(bench.Dir, name))
				if err != nil {
					b.Fatal(err)
				}
				workplan.Parse(name, src)
			}
		}
	})
	b.Run("lint", func(b *testing.B) {
		for b.Loop() {
			if res, err := bench.Lint(b.Context(), app.LintRequest{}); err != nil || res.Plans != many {
				b.Fatal(res.Plans, err)
			}
		}
	})
}
