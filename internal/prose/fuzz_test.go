package prose

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// FuzzLint reads any text as a plan: nothing panics, edges lead back, and what is mended still parses.
func FuzzLint(f *testing.F) {
	plans, _ := filepath.Glob("../../testdata/prose/*.md")
	german, _ := filepath.Glob("../../testdata/prose/german/*.md")
	for _, name := range append(plans, german...) {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
		f.Add([]byte(strings.ReplaceAll(string(src), "\n", "\r\n")))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		p, had := workplan.Parse("x.md", src)
		list := Lint(p, Options{Now: time.Unix(1.8e9, 0), Digest: func([]*workplan.Step) string { return "0" }})
		for _, d := range list {
			if d.Pos.Line < 1 || d.Message == "" || !diag.Known(d.Code) {
				t.Fatalf("%+v", d)
			}
		}
		ReadIgnores(p).Apply(list)
		for _, e := range Edges(p) {
			if e.to.task != nil && e.to.rank >= e.from.rank {
				t.Fatalf("%s needs the later %s", e.From, e.To)
			}
		}
		if had.Errors() {
			return
		}
		for _, fix := range Fixes {
			m := Mending{Known: func(string) bool { return true }}
			_, _ = workplan.Rewrite("x.md", src, func(p *workplan.Plan) ([]text.Edit, error) {
				edits, _, err := m.Mend(p, fix)
				return edits, err
			})
		}
		after, err := text.Apply(src, Suggest(p))
		if err != nil {
			t.Fatal(err)
		}
		if _, has := workplan.Parse("x.md", after); has.Errors() {
			t.Fatalf("what is suggested does not parse: %v\n%s", has, after)
		}
	})
}

// TestLongTexts reads what nobody writes, in bounded time.
func TestLongTexts(t *testing.T) {
	for name, text := range map[string]string{
		"mentions":  strings.Repeat("T01 ", 50_000),
		"a list":    "Depends on: " + strings.Repeat("T01, ", 50_000),
		"backticks": strings.Repeat("` T01 ``", 50_000),
		"links":     strings.Repeat("](T01", 50_000),
		"quotes":    strings.Repeat("\"'T01 ", 50_000),
		"struck":    strings.Repeat("~~ T01 ~", 50_000),
		"titles":    strings.Repeat("Draw the maps ", 50_000),
		"decisions": strings.Repeat("**Decision D-09 — x**\n\n| A. x | T01 |\n\n", 5_000),
		"items":     strings.Repeat("- after T01\n  - T02\n", 10_000),
		"ignores":   strings.Repeat("<!-- wpctl:ignore no-proof x -->\n", 5_000),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			p := planWith("T04", text)
			ReadIgnores(p).Apply(Lint(p, Options{}))
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("took %s", took)
			} else {
				t.Log(took)
			}
		})
	}
}
