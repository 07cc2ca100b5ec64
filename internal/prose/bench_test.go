package prose

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// BenchmarkLint reads the text of plans, beside what parsing them takes: of all plans of the tests, which are short and
// full of what they imply, or of the one that PLAN names.
func BenchmarkLint(b *testing.B) {
	srcs := benchPlans(b)
	size := 0
	var plans []*workplan.Plan
	for _, src := range srcs {
		p, _ := workplan.Parse("x.md", src)
		plans = append(plans, p)
		size += len(src)
	}
	b.Run("parse", func(b *testing.B) {
		b.SetBytes(int64(size))
		for b.Loop() {
			for _, src := range srcs {
				workplan.Parse("x.md", src)
			}
		}
	})
	b.Run("lint", func(b *testing.B) {
		b.SetBytes(int64(size))
		for b.Loop() {
			for _, p := range plans {
				Lint(p, Options{Now: time.Unix(1.8e9, 0)})
			}
		}
	})
}

func benchPlans(b *testing.B) (out [][]byte) {
	b.Helper()
	take := func(path string) {
		src, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		out = append(out, src)
	}
	if name := os.Getenv("PLAN"); name != "" {
		take(name)
		return out
	}
	err := filepath.WalkDir("../../testdata/prose", func(path string, d fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") && d.Name() != "README.md" {
			take(path)
		}
		return err
	})
	if err != nil || len(out) == 0 {
		b.Fatal(len(out), err)
	}
	return out
}
