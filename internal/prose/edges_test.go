package prose

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// score compares the edges of a plan with those that a reader found.
type score struct{ found, right, there int }

func (s score) precision() float64 {
	if s.found == 0 {
		return 1
	}
	return float64(s.right) / float64(s.found)
}

func (s score) recall() float64 {
	if s.there == 0 {
		return 1
	}
	return float64(s.right) / float64(s.there)
}

// TestEdges holds the reading of edges to what was found by hand: nothing wrong, and four of five found in each plan.
// PLANS names another folder to measure.
func TestEdges(t *testing.T) {
	dir := "../../testdata/prose"
	if other := os.Getenv("PLANS"); other != "" {
		dir = other
	}
	if all := measure(t, dir, 0.8); all.recall() < 0.8 {
		t.Error("too low over all")
	}
}

// TestSparse reads plans whose sentences hardly name an id. Much is missed in them, and nothing may be wrong.
func TestSparse(t *testing.T) {
	for dir, recall := range map[string]float64{"sparse": 0.8, "fresh": 0.65, "traps": 0.75, "german": 0.8, "unseen": 0.85} {
		t.Run(dir, func(t *testing.T) {
			if all := measure(t, "../../testdata/prose/"+dir, 0); all.recall() < recall {
				t.Error("too low over all")
			}
		})
	}
}

// measure reads all plans of a folder, each of which has to reach a recall, and returns what is found over all.
func measure(t *testing.T, dir string, recall float64) score {
	t.Helper()
	plans, err := filepath.Glob(dir + "/*.md")
	if err != nil || len(plans) == 0 {
		t.Fatalf("plans: %v %v", plans, err)
	}
	var all score
	for _, name := range plans {
		want, err := os.ReadFile(strings.TrimSuffix(name, ".md") + ".edges")
		if err != nil {
			continue // README
		}
		t.Run(strings.TrimSuffix(filepath.Base(name), ".md"), func(t *testing.T) {
			p := parse(t, name)
			s := compare(t, p, string(want))
			all = score{all.found + s.found, all.right + s.right, all.there + s.there}
			t.Logf("precision %.2f, recall %.2f of %d", s.precision(), s.recall(), s.there)
			if s.precision() < 1 || s.recall() < recall {
				t.Errorf("precision %.2f and recall %.2f, wanted 1.0 and %.1f", s.precision(), s.recall(), recall)
			}
		})
	}
	t.Logf("over all: precision %.2f, recall %.2f of %d", all.precision(), all.recall(), all.there)
	return all
}

func parse(t *testing.T, name string) *workplan.Plan {
	t.Helper()
	src, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	p, diags := workplan.Parse(filepath.Base(name), src)
	if diags.Errors() {
		t.Fatal(diags)
	}
	return p
}

func compare(t *testing.T, p *workplan.Plan, want string) score {
	t.Helper()
	var wanted, open []string
	for line := range strings.Lines(want) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "order") {
			if either, ok := strings.CutPrefix(line, "maybe "); ok {
				open = append(open, either)
				continue
			}
			wanted = append(wanted, line)
		}
	}
	s := score{there: len(wanted)}
	independent := slices.ContainsFunc(Lint(p, Options{}), func(d diag.Diagnostic) bool {
		return d.Code == "implied-order" && strings.Contains(d.Hint, "order: independent")
	})
	if said := strings.Contains(want, "order: independent"); said != independent {
		t.Errorf("order: independent is said: %v, and found: %v", said, independent)
	}
	var got []string
	for _, e := range Edges(p) {
		short := func(id string) string { return strings.TrimPrefix(id, p.ID.Text+"-") }
		line := short(e.From) + " needs " + short(e.To)
		got = append(got, line)
		if slices.Contains(open, line) {
			continue
		}
		s.found++
		if slices.Contains(wanted, line) {
			s.right++
			continue
		}
		pos := p.File.Pos(e.Span.Start)
		t.Errorf("wrong: %s, at line %d: %s", line, pos.Line, p.File.Line(pos.Line))
	}
	for _, w := range wanted {
		if !slices.Contains(got, w) {
			t.Logf("missed: %s", w)
		}
	}
	return s
}

func sorted(words string) string {
	list := strings.Fields(words)
	slices.Sort(list)
	return strings.Join(list, " ")
}
