package workplan

import (
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

func readPlan(t testing.TB, name string) string {
	t.Helper()
	src, err := os.ReadFile("testdata/plans/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func TestParseReadsAPlan(t *testing.T) {
	p := parse(t, readPlan(t, "harbour.md"))
	type task struct {
		ID, Short, Title, Status, Priority, Repo string
		Needs                                    []string
		HasNeeds                                 bool
		Steps                                    []string
	}
	var got []task
	for _, k := range p.Tasks {
		one := task{k.ID.Text, k.Short, k.Title, k.Status.Text, k.Priority.Text, k.Repo.Text, nil, k.HasNeeds, nil}
		for _, r := range k.Needs {
			one.Needs = append(one.Needs, r.ID)
		}
		for _, s := range k.Steps {
			one.Steps = append(one.Steps, s.Kind)
		}
		got = append(got, one)
	}
	want := []task{
		{"HARBOUR-WP-0007-T01", "T01", "Look at what there is", "done", "high", "", nil, false, nil},
		{"HARBOUR-WP-0007-T02", "T02", "Build the image", "in_progress", "", "tide-calendar", nil, true, []string{"image", "sh"}},
		{"HARBOUR-WP-0007-T03", "T03", "Create the role", "todo", "", "", []string{"HARBOUR-WP-0007-T01", "HARBOUR-WP-0007-D-01", "COAST-WP-0002-T04"}, true, []string{"postgres"}},
		{"HARBOUR-WP-0007-T04", "T04", "Open the door", "todo", "medium", "", []string{"HARBOUR-WP-0007-T03"}, true, []string{"k8s", "http", "manual"}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if p.Title.Text != "Move the tide calendar to the new cluster" || p.Status.Text != "active" || p.Meta["planning_order"] != int64(3) {
		t.Errorf("front matter: %+v", p.Meta)
	}
	if p.Defaults.Cluster != "pier" || p.Defaults.Namespace != "tides" || p.Defaults.Timeout != 20*time.Second {
		t.Errorf("defaults: %+v", p.Defaults)
	}
	if len(p.Steps) != 1 || !p.Steps[0].GuardAll || p.Steps[0].When.Src != `tasks.T04.server != ""` {
		t.Errorf("the plan's own steps: %+v", p.Steps)
	}
	d := p.Decision("D-01")
	if d == nil || d.Choice.Text != "A" || len(d.Options) != 2 || d.Options[1] != (Option{"B", "one for each"}) || d.By.Text != "ines" {
		t.Errorf("decision: %+v", d)
	}
	if f := p.Task("T01").Findings; f != nil {
		t.Errorf("findings that people wrote are not ours: %+v", f)
	}
}

func TestParseReadsSteps(t *testing.T) {
	p := parse(t, readPlan(t, "harbour.md"))
	role := p.Task("T03").Steps[0]
	if role.Name != "the role connects" || len(role.Assert) != 1 || !strings.HasPrefix(role.Assert[0].Src, "self.version") {
		t.Errorf("%+v", role)
	}
	if role.From == nil || role.From.Pod == nil || role.From.Pod.Image != "registry.harbour.example/tools/psql:16" {
		t.Errorf("from: %+v", role.From)
	}
	if len(role.Record) != 1 || role.Record[0].Name != "server" || role.Record[0].Src != "self.version" {
		t.Errorf("record: %+v", role.Record)
	}
	door := p.Task("T04").Steps
	if *door[0].Within != 5*time.Minute || len(door[1].Assert) != 2 || door[2].Defer.Until != "2026-04-01" || door[2].Args.Value != "the harbour master can log in" {
		t.Errorf("%+v %+v", door[1], door[2].Defer)
	}
}

func TestStepShortForms(t *testing.T) {
	p := parse(t, head+"```task\nid: T01\n```\n\n```verify\n"+strings.Join([]string{
		"- sh: make\n  once: true",
		"- sh: make\n  once: 2026-05-18",
		"- sh: make\n  once: false",
		"- sh: make\n  defer: later",
		"- sh: make\n  guards: true",
		"- sh: make\n  guards: []",
		"- sh: make\n  guards: T01",
		"- sh: make\n  guards: all",
		"- sh: make\n  waive: {until: 2026-12-31, by: ines, reason: known}\n  advisory: true\n  effect: true\n  ifEmpty: skip",
		"- sh: make\n  x-mine: {a: b}\n  cluster: pier\n  namespace: tides\n  repo: web\n  every: 1s\n  timeout: 1h\n  note: mind the gap",
	}, "\n")+"\n```\n")
	s := p.Task("T01").Steps
	if !s[0].Once || s[0].OnceDate != "" || s[1].OnceDate != "2026-05-18" || !s[1].Once || s[2].Once {
		t.Error("once")
	}
	if s[3].Defer == nil || s[3].Defer.Reason != "later" || s[0].Defer != nil {
		t.Error("defer")
	}
	if !s[4].Guard || !s[5].Guard || len(s[5].Guards) != 0 || len(s[6].Guards) != 1 || s[6].Guards[0].ID != "ACME-WP-0001-T01" || !s[7].GuardAll || s[0].Guard {
		t.Error("guards")
	}
	if s[8].Waive == nil || s[8].Waive.By != "ines" || !s[8].Advisory || !s[8].Effect || s[8].IfEmpty != "skip" {
		t.Error("waive and the like")
	}
	if s[9].Cluster != "pier" || s[9].Namespace != "tides" || s[9].Repo != "web" || *s[9].Every != time.Second || *s[9].Timeout != time.Hour || s[9].Note == "" {
		t.Error("the rest")
	}
}

func TestParseReadsTasksInListsAndQuotes(t *testing.T) {
	src := readPlan(t, "nested.md")
	for name, src := range map[string]string{
		"LF": src, "CR LF": crlf(src), "with BOM": string(bom) + src, "without last newline": strings.TrimRight(src, "\n"),
	} {
		p := parse(t, src)
		var got []string
		for _, k := range p.Tasks {
			got = append(got, k.Short+" "+k.Status.Text+" "+k.Title)
		}
		want := []string{"T01 todo ", "T02 todo ", "T03 blocked In a quote", "T04 todo Setext — as a title", "T05 todo Setext — as a title"}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", name, d)
		}
		if len(p.Steps) != 1 {
			t.Errorf("%s: the step behind the end of the inner list is the plan's: %d", name, len(p.Steps))
		}
		for _, k := range p.Tasks {
			if got := src[k.ID.Span.Start:k.ID.Span.End]; got != k.Short {
				t.Errorf("%s: id of %s stands at %q", name, k.Short, got)
			}
		}
	}
}

func TestTitleIsTheHeadingLessTheID(t *testing.T) {
	for _, c := range []struct{ heading, title string }{
		{"### T01 — Go", "Go"},
		{"### T01 – Go", "Go"},
		{"### T01 - Go", "Go"},
		{"### T01: Go", "Go"},
		{"### T01 Go", "Go"},
		{"### T01", ""},
		{"### ACME-WP-0001-T01 — Go", "Go"},
		{"### T01b — Go", "T01b — Go"},
		{"### Go T01", "Go T01"},
		{"### T01 — Go ###", "Go"},
		{"T01 — Go\n===", "Go"},
		{"### T01. Go", "Go"},
		{"### T01.2 Go", "T01.2 Go"},
		{"### `T01` — Go", "Go"},
		{"### **T01** — Go", "Go"},
		{"### **`T01`**: Go", "Go"},
		{"### ~~T01~~ Go", "Go"},
		{"### [T01] Go", "Go"},
		{"### (T01) Go", "Go"},
		{"### [T01](https://example.org/a_(b)) — Go", "Go"},
		{"### [`ACME-WP-0001-T01`][ref] — Go", "Go"},
		{"### **T01 — Go**", "Go"},
		{"### [T01 — Go](go.md)", "Go"},
		{"### [T01](go.md", "[T01](go.md"},
		{"### **T011** — Go", "**T011** — Go"},
		{"### **T01 Go** now", "**T01 Go** now"},
		{"### [Go](go.md) and `T01`", "[Go](go.md) and `T01`"},
		{"### `go` *now* & then", "`go` *now* & then"},
		{"### " + strings.Repeat("*", 500) + "T01", strings.Repeat("*", 500) + "T01"}, // read in all ways, it would never end
		{"### " + strings.Repeat("_", 500) + "T02", strings.Repeat("_", 500) + "T02"},
		{"", ""},
	} {
		p := parse(t, head+c.heading+"\n\n```task\nid: T01\n```\n")
		if got := p.Tasks[0].Title; got != c.title {
			t.Errorf("%q: title %q, want %q", c.heading, got, c.title)
		}
	}
}

func TestSectionsOfTasks(t *testing.T) {
	const block = "```task\nid: T01\n```\n"
	for _, c := range []struct{ name, src, section string }{
		{"to the next heading of the same level", "## A\n" + block + "x\n## B\ny\n", "## A\n" + block + "x\n"},
		{"to a heading of a higher level", "### A\n" + block + "x\n# B\ny\n", "### A\n" + block + "x\n"},
		{"over headings of lower levels", "## A\n" + block + "### B\ny\n", "## A\n" + block + "### B\ny\n"},
		{"over headings in quotes", "## A\n" + block + "> # B\n\ny\n", "## A\n" + block + "> # B\n\ny\n"},
		{"to a heading that is underlined", "## A\n" + block + "\nB\n---\ny\n", "## A\n" + block + "\n"},
		{"over a line under a table, which underlines nothing", "## A\n" + block + "\n| B |\n|---|\n| y |\n---\ny\n", "## A\n" + block + "\n| B |\n|---|\n| y |\n---\ny\n"},
		{"to the next task", "## A\n" + block + "x\n\n```task\nid: T02\n```\n", "## A\n" + block + "x\n\n"},
		{"to the heading of the next task", "## A\n" + block + "x\n### B\n\n```task\nid: T02\n```\n", "## A\n" + block + "x\n"},
		{"to the list that holds the next task", "## A\n" + block + "x\n\n- y\n- z\n\n  ```task\n  id: T02\n  ```\n", "## A\n" + block + "x\n\n"},
		{"to the end of the file", block + "x", block + "x"},
	} {
		p := parse(t, head+c.src)
		s := p.Tasks[0].Section
		if got := string(p.File.Src[s.Start:s.End]); got != c.section {
			t.Errorf("%s: %q, want %q", c.name, got, c.section)
		}
	}
}

func TestStepsBelongToTheSectionTheyStandIn(t *testing.T) {
	const task, verify = "```task\nid: T01\n```\n", "```verify\n- sh: x\n```\n"
	for _, c := range []struct {
		name, src   string
		task, whole int
	}{
		{"behind the task", "## A\n" + task + verify, 1, 0},
		{"between heading and task", "## A\n" + verify + task, 1, 0},
		{"before the heading", verify + "## A\n" + task, 0, 1},
		{"under a lower heading", "## A\n" + task + "### B\n" + verify, 1, 0},
		{"under the next heading", "## A\n" + task + "## B\n" + verify, 0, 1},
		{"in a quote within the section", "## A\n" + task + "> - ```verify\n>   - sh: x\n>   ```\n", 1, 0},
		{"twice", "## A\n" + task + verify + "\n" + verify, 2, 0},
		{"before a task whose section begins above", "## A\n- # B\n  ```task\n  id: T01\n  ```\n\n  " + strings.ReplaceAll(verify, "\n", "\n  ") + "\n```task\nid: T02\n```\n", 1, 0},
		{"behind the item that holds the task", "- ```task\n  id: T01\n  ```\n\nx\n\n" + verify, 0, 1},
	} {
		p := parse(t, head+c.src)
		if got := len(p.Tasks[0].Steps); got != c.task || len(p.Steps) != c.whole {
			t.Errorf("%s: %d steps of the task and %d of the plan, want %d and %d", c.name, got, len(p.Steps), c.task, c.whole)
		}
	}
}

func TestParseSeesNoBlocksWhereMarkdownSeesNone(t *testing.T) {
	for _, c := range []struct{ name, src string }{
		{"in a comment", "<!--\n```task\nid: T02\n```\n-->\n"},
		{"in another fence", "````\n```task\nid: T02\n```\n````\n"},
		{"in an indented block", "    ```task\n    id: T02\n    ```\n"},
		{"in HTML", "<pre>\n```task\nid: T02\n```\n</pre>\n"},
		{"with another word", "```tasklist\nid: T02\n```\n"},
	} {
		p := parse(t, head+"```task\nid: T01\n```\n\n"+c.src)
		if len(p.Tasks) != 1 {
			t.Errorf("%s: %d tasks", c.name, len(p.Tasks))
		}
	}
}

func TestBytesThatDoNotBelong(t *testing.T) {
	const task = "```task\nid: T01\n```\n"
	for _, c := range []struct{ name, src, want string }{
		{"NUL", head + task + "a\x00b\n", "9:2+1 error nul: a NUL byte has no place in a workplan\n    hint: remove it, or write it as \\0 in double quotes\n"},
		{"Latin-1", head + task + "caf\xe9\n", "9:4+1 error not-utf8: byte 0xe9 is not UTF-8\n    hint: save the file as UTF-8\n"},
		{"a CR alone", head + task + "a\rb\n", "9:2+1 warning lone-cr: a CR without LF: some readers end the line here, others do not\n    hint: end lines with LF or CR LF\n"},
		{"only CRs", strings.ReplaceAll(head+task, "\n", "\r"), "1:1+0 error lone-cr: the lines end with CR alone, as on old Macs\n    hint: save it with LF or CR LF at the ends of lines\n"},
		{"UTF-16", "\xff\xfe-\x00-\x00-\x00\n\x00", "1:1+0 error not-utf8: the file is in UTF-16\n    hint: save it as UTF-8\n"},
	} {
		_, diags := Parse("plan.md", []byte(c.src))
		if d := cmp.Diff(c.want, describe(diags)); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

func TestIsWorkplan(t *testing.T) {
	for _, c := range []struct {
		src string
		is  bool
	}{
		{"---\ntype: workplan\n---\n", true},
		{"---\r\nid: x\r\ntype: \"workplan\" # ours\r\n---\r\n", true},
		{"---\rid: x\rtype: workplan\r---\r", true},
		{"\n \n---\ntype: workplan\n---\n", true},
		{"\xfe\xff\x00-\x00-\x00-\x00\n\x00t\x00y\x00p\x00e\x00:\x00w\x00o\x00r\x00k\x00p\x00l\x00a\x00n\x00\n", true},
		{"\xef\xbb\xbf---\ntype: workplan\n---\n", true},
		{"--- \ntype: workplan\n...\n", true},
		{"---\ntype: workplan", true},
		{"---\n\"type\": workplan\n---\n", true},
		{"---\n'id': x\n'type' : 'workplan'\n---\n", true},
		{"---\ntype : workplan\n---\n", true},
		{"---\n  id: x\n  type: workplan\n---\n", true},
		{"---\n{id: x, type: workplan}\n---\n", true},
		{"---\ntype: >-\n  workplan\n---\n", true},
		{"---\n\"type\": runbook\ntitle: a workplan\n---\n", false},
		{"---\ntitle: a workplan\n---\n", false},
		{"---\ntitle: 'workplan\n---\n", false},
		{"---\ntype: runbook\n---\n", false},
		{"---\nid: x\n---\ntype: workplan\n", false},
		{"---\nx:\n  type: workplan\n---\n", false},
		{"type: workplan\n", false},
		{"", false},
	} {
		if got := IsWorkplan([]byte(c.src)); got != c.is {
			t.Errorf("%q: %v", c.src, got)
		}
	}
}

func TestFullID(t *testing.T) {
	p := parse(t, head+"```task\nid: T01\n```\n\n```task\nid: build-web\n```\n\n```decision\nid: D-01\n```\n")
	for _, c := range []struct{ id, full string }{
		{"T01", "ACME-WP-0001-T01"},
		{"ACME-WP-0001-T01", "ACME-WP-0001-T01"},
		{"D-01", "ACME-WP-0001-D-01"},
		{"build-web", "ACME-WP-0001-build-web"},
		{"T99", "ACME-WP-0001-T99"},
		{"OTHER-WP-0002-T01", "OTHER-WP-0002-T01"},
		{"OTHER-WP-0002", "OTHER-WP-0002"},
		{"WP-0003", "WP-0003"},
	} {
		if got := p.FullID(c.id); got != c.full {
			t.Errorf("%s: %s, want %s", c.id, got, c.full)
		}
	}
	if p.Task("T01") == nil || p.Task("ACME-WP-0001-T01") != p.Task("T01") || p.Task("OTHER-WP-0002-T01") != nil || p.Task("D-01") != nil || p.Decision("T01") != nil {
		t.Error("Task and Decision")
	}
}

func TestParseIsSafeForConcurrentUse(t *testing.T) {
	src := []byte(readPlan(t, "harbour.md"))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				if p, diags := Parse("plan.md", src); len(p.Tasks) != 4 || diags.Errors() {
					t.Error("differs")
				}
			}
		})
	}
	wg.Wait()
}

func TestKeysHaveDocsAndSchemas(t *testing.T) {
	for _, k := range []reflect.Type{FrontMatterType, TaskType, StepType, DecisionType} {
		for _, f := range strict.Fields(k) {
			if f.Doc == "" || f.TypeWords() == "" {
				t.Errorf("%s.%s is not described", k.Name(), f.Name)
			}
		}
		if s := strict.Schema(k, "x-", reflect.Value{}); s["type"] != "object" {
			t.Errorf("%s: %v", k.Name(), s)
		}
	}
}

// A plan says the same whatever its line endings and whatever holds its blocks.
func TestDressDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		status := rapid.SampledFrom([]string{"todo", "done", "'failed'", `"blocked"`}).Draw(t, "status")
		fence := rapid.SampledFrom([]string{"```", "~~~", "`````"}).Draw(t, "fence")
		prefix := rapid.SampledFrom([]string{"", " ", "  ", "> ", "> > ", ">"}).Draw(t, "prefix")
		first := rapid.SampledFrom([]string{"", "- ", "1. ", "- - "}).Draw(t, "item")
		if prefix == ">" {
			first = "" // the blank behind > would be missing in front of the next line
		}
		rest := strings.Repeat(" ", len(first))
		src := head
		for i, line := range []string{fence + "task", "id: T01", "status: " + status, fence} {
			if i == 0 {
				src += prefix + first + line + "\n"
			} else {
				src += prefix + rest + line + "\n"
			}
		}
		if rapid.Bool().Draw(t, "crlf") {
			src = crlf(src)
		}
		p, diags := Parse("plan.md", []byte(src))
		if len(diags) > 0 || len(p.Tasks) != 1 {
			t.Fatalf("%q:\n%s", src, describe(diags))
		}
		v := p.Tasks[0].Status
		if v.Text != strings.Trim(status, `"'`) || src[v.Span.Start:v.Span.End] != status {
			t.Fatalf("%q: status %+v", src, v)
		}
	})
}
