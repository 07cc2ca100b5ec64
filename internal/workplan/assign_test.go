package workplan

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

func TestEveryKeyHasItsPlace(t *testing.T) {
	for kind, fields := range map[string][]strict.Field{
		frontBlock: strict.Fields(FrontMatterType), taskBlock: strict.Fields(TaskType),
		decisionBlock: strict.Fields(DecisionType), verifyBlock: strict.Fields(StepType),
	} {
		for _, f := range fields {
			if !slices.Contains(keyOrder[kind], f.Name) {
				t.Errorf("the order of keys of a %s block leaves out %s", kind, f.Name)
			}
		}
		for _, key := range assignable[kind] {
			if !slices.ContainsFunc(fields, func(f strict.Field) bool { return f.Name == key }) {
				t.Errorf("%s of a %s block can be set, and is no key", key, kind)
			}
		}
	}
}

// Each row is a block of T01 and what it is after KEY=VALUE.
func TestAssign(t *testing.T) {
	for _, c := range []struct{ name, set, before, after string }{
		{"a word", "status=blocked", "id: T01\nstatus: todo # soon\n", "id: T01\nstatus: blocked # soon\n"},
		{"the same word", "status=todo", "id: T01\nstatus: 'todo'\n", "id: T01\nstatus: 'todo'\n"},
		{"in the quotes that are there", "assignee=Ada L.", "id: T01\nassignee: \"B\"\n", "id: T01\nassignee: \"Ada L.\"\n"},
		{"a word that YAML takes for something else", "assignee=yes", "id: T01\n", "id: T01\nassignee: \"yes\"\n"},
		{"a number as text", "x-count=12", "id: T01\nx-count: 11\n", "id: T01\nx-count: \"12\"\n"},
		{"another word for a key", "owner=ada", "id: T01\n", "id: T01\nassignee: ada\n"},
		{"a list", "labels=a, b: c ,d", "id: T01\n", "id: T01\nlabels: [a, \"b: c\", d]\n"},
		{"a list over lines", "labels=a", "id: T01\nlabels: # all\n  - x\n  # the second\n  - y\n\n# of the hub\nstatus: todo\n", "id: T01\nlabels: [a] # all\n\n# of the hub\nstatus: todo\n"},
		{"each item once", "labels=a,,b,a,", "id: T01\n", "id: T01\nlabels: [a, b]\n"},
		{"an empty list", "needs=[]", "id: T01\nneeds: [T02]\n", "id: T01\nneeds: []\n"},
		{"a key away", "needs=", "id: T01\n# why\nneeds:\n  - T02\n  - T03\nstatus: todo\n", "id: T01\n# why\nstatus: todo\n"},
		{"the last key away", "x-a=", "id: T01\nx-a: |\n  text\n  # text\n", "id: T01\n"},
		{"a key away that is not there", "needs=", "id: T01\n", "id: T01\n"},
		{"a block of text", "x-a=b", "id: T01\nx-a: |\n  text\n\n  more\nx-c: d\n", "id: T01\nx-a: b\nx-c: d\n"},
		{"text over lines", "assignee=ada", "id: T01\nassignee: one\n  two\nstatus: todo\n", "id: T01\nassignee: ada\nstatus: todo\n"},
		{"in its place", "priority=low", "id: T01\nstatus: todo\nneeds:\n- T02\nx-a: 1\n", "id: T01\nstatus: todo\npriority: low\nneeds:\n- T02\nx-a: 1\n"},
		{"behind steps", "labels=a", "id: T01\nassignee: x\nverify:\n  - file: a\n", "id: T01\nassignee: x\nlabels: [a]\nverify:\n  - file: a\n"},
		{"before the end of the document", "assignee=ada", "id: T01\nstatus: todo\n...\n", "id: T01\nstatus: todo\nassignee: ada\n...\n"},
		{"a key away before another document", "status=", "id: T01\nstatus: todo\n---\nid: T02\n", "id: T01\n---\nid: T02\n"},
		{"in braces", "status=failed", "{id: T01, status: todo}\n", "{id: T01, status: failed}\n"},
	} {
		rest := "\n### T02 — B\n\n```task\nid: T02\n```\n\n### T03 — C\n\n```task\nid: T03\n```\n"
		key, value, _ := strings.Cut(c.set, "=")
		for name, dress := range map[string]func(string) string{
			"LF": strings.Clone, "CR LF": crlf, "BOM": func(s string) string { return string(bom) + s },
			"in a quote": func(s string) string {
				front, body, _ := strings.Cut(s, "---\n\n")
				return front + "---\n\n> " + strings.ReplaceAll(strings.TrimSuffix(body, "\n"), "\n", "\n> ") + "\n"
			},
			"in an item behind a tab": func(s string) string {
				front, body, _ := strings.Cut(s, "---\n\n")
				return front + "---\n\n-\t" + strings.ReplaceAll(strings.TrimSuffix(body, "\n"), "\n", "\n\t") + "\n"
			},
		} {
			before := dress(head + "### T01 — A\n\n```task\n" + c.before + "```\n" + rest)
			after := dress(head + "### T01 — A\n\n```task\n" + c.after + "```\n" + rest)
			got, err := Rewrite("plan.md", []byte(before), func(p *Plan) ([]text.Edit, error) {
				edits, _, err := p.Assign("T01", key, value)
				return edits, err
			})
			if err != nil {
				t.Errorf("%s, %s: %v", c.name, name, err)
			} else if d := cmp.Diff(after, string(got)); d != "" {
				t.Errorf("%s, %s: %s", c.name, name, d)
			}
		}
	}
}

func TestAssignRefuses(t *testing.T) {
	p := parse(t, head+"```task\nid: T01\n```\n\n```decision\nid: D-01\n```\n")
	for _, c := range []struct{ id, key, value, want string }{
		{"T01", "stat", "todo", `"stat" is no key of a task that can be set; did you mean "status"?`},
		{"T01", "status", "don", `"don" is no status; did you mean "done"?`},
		{"T01", "id", "T02", "\"id\" is no key of a task that can be set; `wpctl mv` renames it everywhere"},
		{"D-01", "choice", "A", "\"choice\" is no key of a decision that can be set; `wpctl decide` writes it"},
		{"ACME-WP-0001", "planning_order", "first", `planning_order is a whole number, not "first"`},
		{"ACME-WP-0001", "created", "today", `"today" is no day such as 2026-05-18`},
		{"ACME-WP-0001", "status", "done", `"done" is no status; there are draft, proposed, active, blocked, finished, cancelled, archived`},
		{"T01", "needs", "a b", `"a b" cannot be an id`},
		{"T01", "labels", "[a, b]", `labels is written with commas and without brackets: labels=a, b`},
		{"T01", "labels", ",", "labels has no items; write labels=[] for an empty list, labels= to take the key away"},
		{"T09", "status", "todo", `this plan has no task or decision "T09"`},
	} {
		if _, _, err := p.Assign(c.id, c.key, c.value); err == nil || err.Error() != c.want {
			t.Errorf("%s %s=%s: %v, want %s", c.id, c.key, c.value, err, c.want)
		}
	}
}
