package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// words are what the prose of plans is made of here.
var words = strings.Fields(`the harbour berth calendar boats guests keeper rope tide crane ledger lamp gate which knows
keeps counts before after every morning and then moves to under beside no other until it is written down by hand old
new narrow northern wooden broken`)

// prose is n sentences, the same ones for the same source of chance.
func prose(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		width := 0
		for i := range 9 + r.IntN(12) {
			w := words[r.IntN(len(words))]
			switch {
			case i == 0:
				w = strings.ToUpper(w[:1]) + w[1:]
			case width > 70:
				b.WriteByte('\n')
				width = 0
			default:
				b.WriteByte(' ')
			}
			if r.IntN(14) == 0 {
				w = "`" + w + "`"
			}
			b.WriteString(w)
			width += len(w) + 1
		}
		b.WriteString(".\n")
	}
	return b.String()
}

// longPlan is a plan of eight tasks and about 27 KB, mostly prose, lists, tables and code, as people write them.
// Steps gives the verify steps of task n in YAML, or nothing.
func longPlan(id string, steps func(n int) string) []byte {
	r := rand.New(rand.NewPCG(1, uint64(len(id)+int(id[len(id)-1])))) //nolint:gosec // no secret depends on it
	var b strings.Builder
	fmt.Fprintf(&b, "---\nid: %s\ntype: workplan\ntitle: \"The harbour moves\"\ndomain: harbour\nrepo: quay\nstatus: finished\nowner: keeper\ncreated: \"2026-04-01\"\nupdated: \"2026-05-19\"\n---\n\n# %[1]s — The harbour moves\n\n## Goal\n\n%s\n## Tasks\n\n", id, prose(r, 12))
	for n := 1; n <= 8; n++ {
		fmt.Fprintf(&b, "### T%02d — Do thing number %[1]d\n\n```task\nid: %[2]s-T%02[1]d\nstatus: done\npriority: high\nstate_hub_task_id: \"0f6c2b1e-6c1f-4b0a-9f57-%012[1]d\"\n```\n\n%s\n", n, id, prose(r, 11))
		for range 11 {
			fmt.Fprintf(&b, "- %s- **%s** and *%s*\n", indent(prose(r, 1)), words[r.IntN(len(words))], words[r.IntN(len(words))])
		}
		b.WriteString("\n| berth | boats |\n|-------|-------|\n")
		for i := range 5 {
			fmt.Fprintf(&b, "| %d | %s |\n", i, words[r.IntN(len(words))])
		}
		fmt.Fprintf(&b, "\n```bash\nmake berths N=%d\nmake calendar\n```\n\n%s\n%s\n**Done when:** %s\n", n, prose(r, 8), prose(r, 8), prose(r, 1))
		if s := steps(n); s != "" {
			fmt.Fprintf(&b, "```verify\n%s```\n\n", s)
		}
		b.WriteString("---\n\n")
	}
	fmt.Fprintf(&b, "## Notes\n\n%s", prose(r, 8))
	return []byte(b.String())
}

func indent(s string) string {
	return strings.ReplaceAll(strings.TrimSuffix(s, "\n"), "\n", "\n  ") + "\n"
}

// none is a plan's steps where it has none, as plans from before wpctl.
func none(int) string { return "" }

// shortPlan is a plan of n tasks with nothing but their blocks and their steps; needs are for each task, in YAML.
func shortPlan(order string, n int, needs, steps func(i int) string) []byte {
	var b strings.Builder
	b.WriteString("---\nid: BENCH-WP-0001\ntype: workplan\nstatus: active\n")
	if order != "" {
		fmt.Fprintf(&b, "order: %s\n", order)
	}
	b.WriteString("---\n\n")
	for i := range n {
		fmt.Fprintf(&b, "## %s — Thing %d\n\n```task\nid: BENCH-WP-0001-%[1]s\nstatus: todo\n", short(i), i)
		if s := needs(i); s != "" {
			fmt.Fprintf(&b, "needs: %s\n", s)
		}
		fmt.Fprintf(&b, "```\n\n```verify\n%s```\n\n", steps(i))
	}
	return []byte(b.String())
}

func short(i int) string { return fmt.Sprintf("T%05d", i+1) }

// file puts a file into a folder of its own, and returns its path.
func (b *bench) file(dir, name string, text []byte) (string, error) {
	path := b.path(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, text, 0o644)
}
