package workplan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// longPlan is a plan of n tasks with prose, lists, tables and code between them, about 3.4 KB each, as people write them.
func longPlan(n int) string {
	var b strings.Builder
	b.WriteString(head + "# A long plan\n\n## Tasks\n\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "### T%02d — Do thing number %d\n\n```task\nid: ACME-WP-0001-T%02d\nstatus: done\npriority: high\nstate_hub_task_id: \"0f6c2b1e-6c1f-4b0a-9f57-%012d\"\n```\n\n", i, i, i, i)
		for j := range 6 {
			fmt.Fprintf(&b, "The harbour has `%d` berths, and the calendar\nknows them all; see *the list* below.\n\n", j)
			b.WriteString("- The first berth is for boats that stay, which is\n  written down in `docs/berths.md`.\n- The second is for guests.\n  - They pay by the night.\n- The third is broken.\n\n")
		}
		b.WriteString("| berth | boats |\n|-------|-------|\n| one | 12 |\n| two | 4 |\n\n```bash\nmake berths\nmake calendar\n```\n\n**Done when:** the calendar shows all berths.\n\n---\n\n")
	}
	return b.String()
}

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct{ name, src string }{
		{"Harbour", readPlan(b, "harbour.md")},
		{"EightTasks", longPlan(8)},
		{"FiveThousandTasks", longPlan(5000)},
	} {
		b.Run(c.name, func(b *testing.B) {
			src := []byte(c.src)
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				Parse("plan.md", src)
			}
		})
	}
}

func BenchmarkParseInputs(b *testing.B) {
	for name, src := range inputs(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				Parse(name, src)
			}
		})
	}
}

func BenchmarkEdit(b *testing.B) {
	src := []byte(longPlan(8))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Rewrite("plan.md", src, func(p *Plan) ([]text.Edit, error) { return one(p.SetStatus("T04", Failed)) }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIsWorkplan(b *testing.B) {
	src := []byte(longPlan(8))
	for b.Loop() {
		IsWorkplan(src)
	}
}

// Ten times the tasks take about ten times as long, not a hundred times.
func TestTimeGrowsWithTheSize(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	all := func(n int) time.Duration {
		src := []byte(longPlan(n))
		start := time.Now()
		_, err := Rewrite("plan.md", src, func(p *Plan) ([]text.Edit, error) {
			var edits []text.Edit
			for _, k := range p.Tasks {
				e, err := p.SetStatus(k.ID.Text, Failed)
				if err != nil {
					return nil, err
				}
				f, err := p.SetFindings(k.ID.Text, healthy("2026-05-19"))
				if err != nil {
					return nil, err
				}
				edits = append(append(edits, e), f...)
			}
			return edits, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		return time.Since(start)
	}
	small, large := all(300), all(3000)
	if large > 40*small+time.Second {
		t.Errorf("300 tasks take %v, 3000 take %v", small, large)
	}
	t.Logf("300 tasks take %v, 3000 take %v", small, large)
}
