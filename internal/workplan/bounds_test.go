package workplan

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// hugePlans are plans of a size that grows with n, in which something is as bad as it can be.
var hugePlans = map[string]func(n int) string{
	"quotes in a line":   func(n int) string { return head + strings.Repeat(">", 40*n) + task },
	"quotes with blanks": func(n int) string { return head + strings.Repeat("> ", 40*n) + task },
	"lists in a line":    func(n int) string { return head + strings.Repeat("- ", 40*n) + "x" + task },
	"numbered lists":     func(n int) string { return head + strings.Repeat("1. ", 40*n) + "x" + task },
	"lists over lines":   func(n int) string { return head + strings.Repeat(deepList, n/200) + task },
	"quotes over lines":  func(n int) string { return head + strings.Repeat(strings.Repeat("> ", 1000)+"x\n", n/50) + task },
	"fences in quotes":   func(n int) string { return head + strings.Repeat(strings.Repeat("> ", 1000)+"```task\n", n/50) + task },
	"one line":           func(n int) string { return head + strings.Repeat("x", 400*n) + task },
	"blank lines":        func(n int) string { return head + strings.Repeat("\n", 100*n) + task },
	"CR alone":           func(n int) string { return head + strings.Repeat("\r", 100*n) + task },
	"tabs":               func(n int) string { return head + strings.Repeat("\t", 100*n) + task },
	"NUL":                func(n int) string { return head + strings.Repeat("\x00", 100*n) + task },
	"invalid UTF-8":      func(n int) string { return head + strings.Repeat("\xff\xfe", 100*n) + task },
	"fences":             func(n int) string { return head + strings.Repeat("~~~\n", 40*n) + task },
	"backticks":          func(n int) string { return head + strings.Repeat("`", 100*n) + task },
	"brackets":           func(n int) string { return head + strings.Repeat("[", 100*n) + task },
	"wide tables": func(n int) string {
		return head + "|" + strings.Repeat("a|", 10*n) + "\n|" + strings.Repeat("-|", 10*n) + "\n" + task
	},
	"comments":        func(n int) string { return head + strings.Repeat("<!--\n", 20*n) + "-->" + task },
	"markers":         func(n int) string { return head + strings.Repeat("<!-- wpctl:findings T01 -->\n\n", n) + task },
	"headings":        func(n int) string { return head + strings.Repeat("# a\n\n", 10*n) + task },
	"references":      func(n int) string { return head + counted("[a%d]: /u\n", 5*n) + task },
	"tasks":           func(n int) string { return head + counted("### T%d\n\n```task\nid: T%[1]d\nstatus: todo\n```\n\n", n) },
	"tasks of one id": func(n int) string { return head + strings.Repeat(task+"\n", n) },
	"steps": func(n int) string {
		return head + task + "\n```verify\n" + counted("- name: s%d\n  file: {path: a}\n", n) + "```\n"
	},
	"verify blocks": func(n int) string {
		return head + task + counted("\n```verify\n- name: s%d\n  file: {path: a}\n```\n", n)
	},
	"broken blocks":          func(n int) string { return head + task + counted("\n```verify\n- [s%d\n```\n", n) },
	"blocks that part":       func(n int) string { return head + task + counted("\n```verify\n--- # %d\n```\n", n) },
	"keys":                   func(n int) string { return head + "```task\nid: T01\n" + counted("x-%d: 1\n", n) + "```\n" },
	"one key many times":     func(n int) string { return head + "```task\nid: T01\n" + strings.Repeat("x: 1\n", n) + "```\n" },
	"needs that are not":     func(n int) string { return head + "```task\nid: T01\nneeds: [" + counted("T%d, ", n) + "T0]\n```\n" },
	"YAML brackets":          func(n int) string { return head + "```task\nid: T01\nx: " + strings.Repeat("[", 20*n) + "\n```\n" },
	"YAML dashes":            func(n int) string { return head + "```task\nid: T01\nx:\n " + strings.Repeat("- ", 20*n) + "\n```\n" },
	"YAML aliases of itself": func(int) string { return head + "```task\nid: T01\na: &a [*a, *a]\n```\n" },
	"YAML bomb":              func(int) string { return head + "```task\nid: T01\na: &a [x,x,x,x,x,x,x,x,x]\n" + yamlBomb() + "```\n" },
	"front matter":           func(n int) string { return "---\nid: A-1\n" + counted("x-%d: 1\n", n) + "---\n" + task },
}

const task = "\n\n### T01 — First\n\n```task\nid: T01\nstatus: todo\n```\n"

var deepList = func() string {
	var b strings.Builder
	for i := range 200 {
		b.WriteString(strings.Repeat("  ", i) + "- x\n")
	}
	return b.String() + "\nwords\n\n"
}()

func counted(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func yamlBomb() string {
	var b strings.Builder
	for c := 'b'; c < 'm'; c++ {
		fmt.Fprintf(&b, "%c: &%c [%s]\n", c, c, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c,", c-1), 9), ","))
	}
	return b.String()
}

// TestHugePlansTakeLinearMemory parses plans that are as bad as can be, and again four times as large: what is
// allocated grows no more than the text does. What grows faster in time alone would not end here in time.
func TestHugePlansTakeLinearMemory(t *testing.T) {
	for name, plan := range hugePlans {
		t.Run(name, func(t *testing.T) {
			small, large := []byte(plan(500)), []byte(plan(2000))
			one, two := allocated(small), allocated(large)
			if grown := float64(len(large)) / float64(len(small)); two > one*grown*2+(4<<20) {
				t.Errorf("%d bytes take %.1f MB, and %d bytes %.1f MB", len(small), one/1e6, len(large), two/1e6)
			}
		})
	}
}

// allocated is how many bytes are allocated while a plan is parsed.
func allocated(src []byte) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	Parse("plan.md", src)
	runtime.ReadMemStats(&after)
	return float64(after.TotalAlloc - before.TotalAlloc)
}

// BenchmarkHugePlans shows the time for each byte of the worst plans, which stays the same as they grow.
func BenchmarkHugePlans(b *testing.B) {
	for name, plan := range hugePlans {
		for _, n := range []int{1000, 4000} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				src := []byte(plan(n))
				b.SetBytes(int64(len(src)))
				for b.Loop() {
					Parse("plan.md", src)
				}
			})
		}
	}
}
