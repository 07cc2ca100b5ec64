package prose

import (
	"os"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// BenchmarkLint reads the longest plan of the tests, ten times over in length, beside what parsing it takes.
func BenchmarkLint(b *testing.B) {
	src, err := os.ReadFile("../../testdata/prose/runbook.md")
	if name := os.Getenv("PLAN"); name != "" {
		src, err = os.ReadFile(name)
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Run("parse", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		for b.Loop() {
			workplan.Parse("x.md", src)
		}
	})
	p, _ := workplan.Parse("x.md", src)
	b.Run("lint", func(b *testing.B) {
		b.SetBytes(int64(len(src)))
		for b.Loop() {
			Lint(p, Options{Now: time.Unix(1.8e9, 0)})
		}
	})
}
