package workplan

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// Each row is what stands behind the front matter, before and after.
func TestReformat(t *testing.T) {
	for _, c := range []struct{ name, before, after string }{
		{"keys into their order", "```task\nstatus: todo\nx-a: 1\nid: T01\npriority: low # soon\n```\n", "```task\nid: T01\nstatus: todo\npriority: low # soon\nx-a: 1\n```\n"},
		{"comments stay with the key below them", "```task\n# how\nstatus: todo\n# what\n# it is\nid: T01\n```\n", "```task\n# what\n# it is\nid: T01\n# how\nstatus: todo\n```\n"},
		{"blank lines part groups", "```task\nstatus: todo\nid: T01\n\nlabels: [a]\nrepo: b\n```\n", "```task\nid: T01\nstatus: todo\n\nrepo: b\nlabels: [a]\n```\n"},
		{"values over several lines", "```task\nverify:\n  - file: a\n    # why\nneeds:\n- T02\nid: T01\n```\n\n```task\nid: T02\n```\n", "```task\nid: T01\nneeds:\n- T02\nverify:\n  - file: a\n    # why\n```\n\n```task\nid: T02\n```\n"},
		{"blocks of text", "```task\nx-a: |\n  # text \n  b:  \n\n  c\nid: T01\n```\n", "```task\nid: T01\nx-a: |\n  # text \n  b:  \n\n  c\n```\n"},
		{"quotes around single words", "```task\nid: \"T01\"\nstatus: 'todo'\nassignee: \"yes\"\nlabels: [\"a\", 'b']\n```\n", "```task\nid: T01\nstatus: todo\nassignee: \"yes\"\nlabels: [a, b]\n```\n"},
		{"a list keeps all its quotes where one needs them", "```task\nid: T01\nlabels: [\"a\", 'b c', \"1\"]\n```\n", "```task\nid: T01\nlabels: [\"a\", 'b c', \"1\"]\n```\n"},
		{"a UUID keeps its quotes", "```task\nid: T01\nstate_hub_task_id: \"a25ace1c-f9bf-4644-bd0b-637705d72ea6\"\n```\n", "```task\nid: T01\nstate_hub_task_id: \"a25ace1c-f9bf-4644-bd0b-637705d72ea6\"\n```\n"},
		{"blanks at the ends of lines", "```task\nid: T01  \n\t\n# a \nstatus: todo # b \t\n```  \n", "```task\nid: T01\n\n# a\nstatus: todo # b\n```\n"},
		{"fences", "~~~~ task  \nid: T01\n~~~~~\n\n```` verify {.x}\n- file: a\n````\n", "```task\nid: T01\n```\n\n```verify {.x}\n- file: a\n```\n"},
		{"a fence around backticks", "~~~task\nid: T01\nx-a: '```'\n~~~\n", "~~~task\nid: T01\nx-a: '```'\n~~~\n"},
		{"steps", "```task\nid: T01\n```\n\n```verify\n- within: 2m\n  file: a\n  name: b\n# the second\n- {within: 1m, file: c}\n-   record:\n      a: self.size\n      # b\n    file: d\n```\n", "```task\nid: T01\n```\n\n```verify\n- name: b\n  file: a\n  within: 2m\n# the second\n- {within: 1m, file: c}\n-   file: d\n    record:\n      a: self.size\n      # b\n```\n"},
		{"steps of a task block", "```task\nid: T01\nverify:\n  - advisory: true\n    file: a\nlabels: [b]\n```\n", "```task\nid: T01\nlabels: [b]\nverify:\n  - file: a\n    advisory: true\n```\n"},
		{"a comment that would come above the dash", "```task\nid: T01\nverify:\n- within: 2m\n  # why\n  file: a\n```\n", "```task\nid: T01\nverify:\n- within: 2m\n  # why\n  file: a\n```\n"},
		{"in a quote in an item", "1. > ~~~task\n   > status: todo  \n   > id: 'T01'\n   > ~~~\n", "1. > ```task\n   > id: T01\n   > status: todo\n   > ```\n"},
		{"what cannot be read", "```task\nid: T01\n```\n\n```decision \nstatus: [\nid: \"D-01\"\n```\n", "```task\nid: T01\n```\n\n```decision\nstatus: [\nid: \"D-01\"\n```\n"},
		{"a key that stands twice", "```task\nstatus: todo\nid: T01\nid: T02\n```\n", "```task\nid: T01\nid: T02\nstatus: todo\n```\n"},
		{"prose and other blocks", "#  A \n\n* b   \n\n~~~ sh\nx  \n~~~\n\n```task\nid: T01\n```\n", "#  A \n\n* b   \n\n~~~ sh\nx  \n~~~\n\n```task\nid: T01\n```\n"},
	} {
		for name, dress := range map[string]func(string) string{"LF": strings.Clone, "CR LF": crlf, "BOM": func(s string) string { return string(bom) + s }} {
			got := Reformat("plan.md", []byte(dress(head+c.before)))
			if d := cmp.Diff(dress(head+c.after), string(got)); d != "" {
				t.Errorf("%s, %s: %s", c.name, name, d)
			}
			if err := reformats([]byte(dress(head + c.before))); err != nil {
				t.Errorf("%s, %s: %v", c.name, name, err)
			}
		}
	}
}

func TestReformatFrontMatter(t *testing.T) {
	const before = "---\nstatus: 'active'\n# ours\nteam: \"x\"\nid: ACME-WP-0001 \ncreated: \"2026-05-18\"\ntype: \"workplan\"\n---\n\n```task\nid: T01\n```\n"
	const after = "---\nid: ACME-WP-0001\ntype: workplan\nstatus: active\ncreated: \"2026-05-18\"\n# ours\nteam: x\n---\n\n```task\nid: T01\n```\n"
	if d := cmp.Diff(after, string(Reformat("plan.md", []byte(before)))); d != "" {
		t.Error(d)
	}
}

// The real plans are written as all plans are.
func TestReformatLeavesTheRealPlansAlone(t *testing.T) {
	for name, src := range inputs(t) {
		if d := cmp.Diff(string(src), string(Reformat(name, src))); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// reformats returns an error where Reformat changes a value, a byte of prose, or something more the second time.
func reformats(src []byte) error {
	out := Reformat("plan.md", src)
	if again := Reformat("plan.md", out); !bytes.Equal(again, out) {
		return fmt.Errorf("the second time differs:\n%q\n%q", out, again)
	}
	p, had := Parse("plan.md", src)
	q, has := Parse("plan.md", out)
	if err := compare(p.facts(everyBlock), q.facts(everyBlock), nil); err != nil {
		return err
	}
	if len(had) < len(has) {
		return fmt.Errorf("it has more to tell of: %s", describe(has))
	}
	if a, b := between(p), between(q); a != b {
		return fmt.Errorf("prose has changed: %s", cmp.Diff(a, b))
	}
	if a, b := comments(src), comments(out); a != b {
		return fmt.Errorf("the lines with a # were %d, and are %d", a, b)
	}
	return reformatsInWords(src)
}

// reformatsInWords returns an error where the plan becomes another one by being spelt in a team's words.
func reformatsInWords(src []byte) error {
	out := teamWords.Reformat("plan.md", src)
	if again := teamWords.Reformat("plan.md", out); !bytes.Equal(again, out) {
		return fmt.Errorf("in words, the second time differs:\n%q\n%q", out, again)
	}
	p, _ := teamWords.Parse("plan.md", src)
	q, _ := teamWords.Parse("plan.md", out)
	if a, b := between(p), between(q); a != b {
		return fmt.Errorf("in words, prose has changed: %s", cmp.Diff(a, b))
	}
	return samePlan(p, q)
}

// between is all that stands outside of blocks and front matter.
func between(p *Plan) string {
	spans := []text.Span{}
	if p.front != nil {
		spans = append(spans, p.front.span)
	}
	for _, b := range p.blocks {
		spans = append(spans, b.span)
	}
	var out strings.Builder
	at := 0
	for _, s := range spans {
		out.Write(p.File.Src[at:s.Start])
		out.WriteString("\x00")
		at = s.End
	}
	out.Write(p.File.Src[at:])
	return out.String()
}

func comments(src []byte) int {
	n := 0
	for line := range bytes.Lines(src) {
		if bytes.IndexByte(line, '#') >= 0 {
			n++
		}
	}
	return n
}

// TestReformatAnyBlock builds blocks of lines in any order, with any comments, blanks and quotes.
func TestReformatAnyBlock(t *testing.T) {
	lines := []string{
		"id: T01", "id: \"T02\"", "status: 'todo' ", "status: \"done\" # c", "needs: [T01,  'T02' ]", "needs:\n- \"T01\"\n# d\n- T02", "labels:\n  - 'a'\n\n  - b # x",
		"x-a: |\n  text \n\n  # more", "x-b: >-\n  one\n  two ", "x-c: \"one\n  two\"", "# a comment", "  # another", "", "   ", "verify:\n  - within: 1m # y\n    file: a\n    # z\n  # w\n  - sh: 'x'\n    name: 'n'",
		"verify:\n- name: \"a\"\n  assert:\n    - self.x\n  file: b", "assignee: \"no\"", "x-d: {a: 'b', c: [\"d\"]}", "x-e: |+\n  a\n\n", "x-f:\n    g: \"h\"\n    # i\n    j: k", "repo: one\n  two", "\tx: y", "- a", "x-g: !t 'u'",
	}
	rapid.Check(t, func(t *rapid.T) {
		body := strings.Join(rapid.SliceOfN(rapid.SampledFrom(lines), 1, 8).Draw(t, "lines"), "\n") + "\n"
		fence := rapid.SampledFrom([]string{"```", "~~~", "`````"}).Draw(t, "fence")
		word := rapid.SampledFrom([]string{"task", " decision", "verify "}).Draw(t, "word")
		src := head + "# A\n\n" + fence + word + "\n" + body + fence + "\n\ntext\n"
		if rapid.Bool().Draw(t, "in front") {
			src = "---\n" + body + "type: workplan\nid: ACME-WP-0001\n---\n\n" + fence + "task\nid: T09\n" + fence
		}
		dress := rapid.SampledFrom([]func(string) string{strings.Clone, crlf, func(s string) string {
			front, rest, _ := strings.Cut(s, "---\n\n")
			return front + "---\n\n> - " + strings.ReplaceAll(rest, "\n", "\n>   ")
		}}).Draw(t, "dress")
		if err := reformats([]byte(dress(src))); err != nil {
			t.Fatalf("%v in\n%s", err, dress(src))
		}
	})
}

// TestReformatAllPlans takes every plan of the repository.
func TestReformatAllPlans(t *testing.T) {
	root := repositoryRoot(t)
	n := 0
	for _, pattern := range []string{"workplans/*.md", "e2e/workspace/*/workplans/*.md", "docs/*.md", "testdata/scripts/*.txtar", "testdata/steps/*/*.txtar"} {
		names, _ := filepath.Glob(filepath.Join(root, pattern))
		for _, name := range names {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range strings.Split(string(src), "\n-- ") {
				if _, plan, ok := strings.Cut(part, " --\n"); ok {
					part = plan
				}
				if !IsWorkplan([]byte(part)) {
					continue
				}
				n++
				if err := reformats([]byte(part)); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
	t.Logf("%d plans", n)
}

func FuzzReformat(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if err := reformats([]byte(s)); err != nil {
			t.Fatal(err)
		}
	})
}
