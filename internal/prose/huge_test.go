package prose

import (
	"fmt"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// hugeTexts are plans whose words are as many as can be, of a size that grows with n.
var hugeTexts = map[string]func(n int) string{
	"decisions": func(n int) string {
		return counted("### D-%d — Which\n\n```decision\nid: D-%[1]d\nstatus: pending\n```\n\n", n)
	},
	"decisions and resolutions": func(n int) string {
		return counted("### D-%d — Which\n\n```decision\nid: D-%[1]d\nstatus: pending\n```\n\n**Resolution:** a is taken.\n\n", n)
	},
	"resolutions at the end": func(n int) string {
		return counted("### D-%d — Which\n\n```decision\nid: D-%[1]d\nstatus: pending\n```\n\n", n) + counted("**Resolution (D-%d):** a is taken.\n\n", n)
	},
	"decisions in prose": func(n int) string {
		return counted("### Decision D-%d — which cluster\n\n- A: one\n- B: two\n\nRecommendation: A\n\n**Resolution:** A\n\n", n)
	},
	"tasks":          func(n int) string { return counted(aTask, n) },
	"needs in words": func(n int) string { return counted(aTask+"It needs T%[1]d and the result of T1.\n\n", n) },
	"written chain": func(n int) string {
		var b strings.Builder
		for i := 1; i <= n; i++ {
			fmt.Fprintf(&b, "### T%d — Build part %[1]d\n\n```task\nid: T%[1]d\nstatus: todo\nneeds: [T%d]\n```\n\nIt needs T1.\n\n", i, max(1, i-1))
		}
		return b.String()
	},
	"other plans": func(n int) string { return counted(aTask+"It needs B-WP-%04[1]d-T%[1]d and B-WP-0002.\n\n", n) },
	"one task with all": func(n int) string {
		return counted(aTask, n) + "### T0 — All\n\n```task\nid: T0\nstatus: todo\n```\n\n" + counted("It needs T%d.\n", n)
	},
	"makers and users": func(n int) string {
		return counted(aTask+"Write `out/f%[1]d.yaml`.\n\n", n) + counted("### U%d — Use\n\n```task\nid: U%[1]d\nstatus: todo\n```\n\nApply `out/f%[1]d.yaml`, which uses `out/f1.yaml`.\n\n", n)
	},
	"one long word": func(n int) string {
		return "### D-1 — Which\n\n```decision\nid: D-1\nstatus: pending\n```\n\n**Resolution:** D" + strings.Repeat("-a", 50*n) + "\n\n" +
			fmt.Sprintf(aTask, 1) + "### T2 — Datenbank" + strings.Repeat("en", 50*n) + " bauen\n\n```task\nid: T2\nstatus: todo\n```\n\n" +
			"Das wird erst nach T1 gebaut. It needs B-WP-0001" + strings.Repeat("-a", 50*n) + " and B-WP-0001.\n"
	},
	"one paragraph": func(n int) string {
		return fmt.Sprintf(aTask, 1) + fmt.Sprintf(aTask, 2) + counted("It needs T1 (%d), ", n)
	},
	"one sentence": func(n int) string {
		return fmt.Sprintf(aTask, 1) + fmt.Sprintf(aTask, 2) + "After " + strings.Repeat("T1 and ", n) + "T2 it is built.\n"
	},
	"one list": func(n int) string {
		return fmt.Sprintf(aTask, 1) + fmt.Sprintf(aTask, 2) + counted("- [ ] do %d after T1\n", n)
	},
	"one table": func(n int) string {
		return fmt.Sprintf(aTask, 1) + fmt.Sprintf(aTask, 2) + "| task | needs |\n|---|---|\n" + counted("| T2 | T1 and %d |\n", n)
	},
	"files": func(n int) string { return counted(aTask+"Write `out/f%[1]d.yaml`. Read `out/f1.yaml`.\n\n", n) },
	"outcomes": func(n int) string {
		return counted(aTask+"**Done when:** it runs.\n\n**Findings:** done on 2026-05-18, it ran.\n\n", n)
	},
	"ignores": func(n int) string {
		return counted(aTask+"<!-- wpctl:ignore implied-need it is known -->\nIt needs T1.\n\n", n)
	},
	"titles": func(n int) string {
		return counted("### T%d — Build the registry of images\n\n```task\nid: T%[1]d\nstatus: todo\n```\n\nOnce the registry of images is built, go on.\n\n", n)
	},
	"pronouns": func(n int) string {
		return fmt.Sprintf(aTask, 1) + fmt.Sprintf(aTask, 2) + strings.Repeat("This needs it. After that they wait for these. ", n) + "\n"
	},
	"german": func(n int) string {
		return counted(aTask+"Das wird erst nach T%[1]d gebaut, sobald die Datenbank steht.\n\n", n)
	},
	"waits": func(n int) string { return counted(aTask+"**Blocked by:** T1, T%[1]d\n\n", n) },
}

const aTask = "### T%d — Build part %[1]d\n\n```task\nid: T%[1]d\nstatus: todo\n```\n\n"

func counted(format string, n int) string {
	var b strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// BenchmarkHugeTexts shows the time for each byte of what is linted, which stays the same as plans grow.
func BenchmarkHugeTexts(b *testing.B) {
	for name, text := range hugeTexts {
		for _, n := range []int{1000, 8000} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				p, _ := workplan.Parse("plan.md", []byte("---\nid: A-WP-0001\ntype: workplan\nstatus: active\n---\n\n"+text(n)))
				b.SetBytes(int64(len(p.File.Src)))
				for b.Loop() {
					Lint(p, Options{})
				}
			})
		}
	}
}
