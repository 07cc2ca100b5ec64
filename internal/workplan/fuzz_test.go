package workplan

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// seeds returns plans good and bad, in several dresses.
func seeds(f *testing.F) []string {
	f.Helper()
	var out []string
	names, _ := filepath.Glob("testdata/diagnostics/*.txtar")
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if strings.HasSuffix(file.Name, ".md") {
				out = append(out, string(file.Data))
			}
		}
	}
	plans, _ := filepath.Glob("testdata/plans/*.md")
	for _, name := range plans {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		out = append(out, string(src), crlf(string(src)), string(bom)+string(src))
	}
	for _, src := range inputsIfHere(f) {
		out = append(out, string(src), crlf(string(src)))
	}
	each := 20 // of the examples, where nothing is fuzzed: TestSpecExamplesAsPlans tries them all
	if fuzzing := flag.Lookup("test.fuzz"); fuzzing != nil && fuzzing.Value.String() != "" {
		each = 1
	}
	for i, e := range specExamples(f) {
		switch {
		case i%each != 0:
		case i%3 == 1:
			out = append(out, crlf(aroundTasks(e)))
		default:
			out = append(out, aroundTasks(e))
		}
	}
	return append(out,
		head+"```task\nid: T01\nstatus: !\n```\n",
		head+"- ```task\n\tid: T01\n\tstatus: 'todo'\n  ```\n",
		head+">\t```task\n>\tid: T01\n>\tstatus: \"to\\x64o\"\n>\t```\n",
		head+"```task\n{id: T01, status: todo}\n```\n",
		head+"```task\nid: T01\nstatus: |\n  todo\n```\n",
		head+"```task\nid: T01\u2028status: todo\u0085priority: high\n```\n",
		head+"<!--\n```task\nid: T01\n```\n-->\n",
		"---\rid: a\r---\r",
	)
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		given := bytes.Clone(src)
		p, diags := Parse("plan.md", src)
		if !bytes.Equal(given, src) {
			t.Fatal("Parse has changed the bytes")
		}
		if err := sane(p); err != nil {
			t.Fatal(err)
		}
		for _, d := range diags {
			if d.Pos.Line < 1 || d.Pos.Col < 1 || d.Pos.Line > p.File.Lines() || d.Len < 0 || d.Code == "" || d.Message == "" || strings.ContainsAny(d.Message+d.Hint, "\n\r\x1b") {
				t.Fatalf("%+v", d)
			}
		}
		if len(p.Tasks) == 0 && !diags.Errors() {
			t.Fatal("no tasks, and no error")
		}
		IsWorkplan(src)
	})
}

// sane returns an error where something in the plan stands outside the file or cannot be asked.
func sane(p *Plan) error {
	size := len(p.File.Src)
	in := func(what string, s text.Span) error {
		if s.Start < 0 || s.End < s.Start || s.End > size {
			return fmt.Errorf("%s: %v is not within %d bytes", what, s, size)
		}
		return nil
	}
	var errs []error
	for _, v := range []Value{p.ID, p.Title, p.Status, p.Updated, p.HubID} {
		errs = append(errs, in("front matter", v.Span))
	}
	steps := p.Steps
	for _, t := range p.Tasks {
		for what, s := range map[string]text.Span{"id": t.ID.Span, "status": t.Status.Span, "block": t.Block, "section": t.Section} {
			errs = append(errs, in(what, s))
		}
		if t.Block.Start < t.Section.Start || t.Block.End > t.Section.End || t.end.at < t.Block.End || t.end.at > t.Section.End {
			errs = append(errs, fmt.Errorf("block %v, section %v, end %d", t.Block, t.Section, t.end.at))
		}
		for _, r := range t.Needs {
			errs = append(errs, in("need", r.Span))
		}
		steps = append(steps, t.Steps...)
	}
	for _, d := range p.Decisions {
		errs = append(errs, in("decision", d.Block))
	}
	for _, fb := range p.AllFindings {
		errs = append(errs, in("findings", fb.Span))
	}
	for _, s := range steps {
		errs = append(errs, in("step", s.Span), saneNodes(s, s.node, s.Span))
		p.StepDigest(s)
	}
	p.Edges()
	p.FullID("T01")
	return errors.Join(errs...)
}

// saneNodes asks for the place of each character of each scalar.
func saneNodes(s *Step, n *yaml.Node, span text.Span) error {
	last := text.Pos{}
	exact := n.Kind == yaml.ScalarNode && n.Style == 0 && !strings.ContainsAny(n.Value, " \t\n") || n.Style == yaml.LiteralStyle
	exact = exact && n.Anchor == "" && !bytes.ContainsAny(s.block.raw, "\r\u0085\u2028\u2029\ufeff")
	for i := 0; i <= len(n.Value); i++ {
		at := s.Pos(n, i)
		if f := s.block.file; exact && i < len(n.Value) && n.Value[i] != '\n' && f.Src[f.LineSpan(at.Line).Start+at.Col-1] != n.Value[i] {
			return fmt.Errorf("character %d of %q is not at %v", i, n.Value, at)
		}
		if at.Line < 1 || at.Col < 1 || at.Line < last.Line || at.Line == last.Line && at.Col < last.Col {
			return fmt.Errorf("character %d of %q: %v after %v", i, n.Value, at, last)
		}
		last = at
	}
	s.NodeLen(n)
	for _, c := range n.Content {
		if err := saneNodes(s, c, span); err != nil {
			return err
		}
	}
	return nil
}

func FuzzEdit(f *testing.F) {
	n := uint8(len(taskStatuses))
	spelt := strings.NewReplacer("status: todo", "status: open", "status: in_progress", "status: läuft", "status: done", "status: shipped / closed")
	for _, s := range seeds(f) {
		f.Add([]byte(s), uint8(0))
		f.Add([]byte(s), uint8(3))
		f.Add([]byte(s), n+3)
		f.Add([]byte(spelt.Replace(s)), n)
		f.Add([]byte(spelt.Replace(s)), n+3)
	}
	f.Fuzz(func(t *testing.T, src []byte, which uint8) {
		words := []Words{{}, teamWords}[int(which)/len(taskStatuses)%2]
		p, _ := words.Parse("plan.md", src)
		s := taskStatuses[int(which)%len(taskStatuses)]
		for i, task := range p.Tasks {
			out, err := words.Rewrite("plan.md", src, func(p *Plan) ([]text.Edit, error) { return one(p.SetStatus(task.ID.Text, s)) })
			if err != nil {
				if out != nil {
					t.Fatal("an error, and bytes")
				}
				continue
			}
			q, _ := words.Parse("plan.md", out)
			if len(q.Tasks) != len(p.Tasks) || q.Tasks[i].Status.Text != string(s) || !q.Tasks[i].Status.Written() {
				t.Fatalf("status of %s is not %s in\n%s", task.ID.Text, s, out)
			}
			if err := onlyStatus(src, out, task, words.Of(string(s))); err != nil {
				t.Fatalf("%v\n%q\n%q", err, src, out)
			}
			back, err := words.Rewrite("plan.md", out, func(p *Plan) ([]text.Edit, error) { return one(p.SetStatus(task.ID.Text, s)) })
			if err != nil || !bytes.Equal(back, out) {
				t.Fatalf("the second edit changes something: %v", err)
			}
		}
	})
}

// FuzzPlace puts findings into any plan: there is an error, or all else stays as it was.
func FuzzPlace(f *testing.F) {
	for _, s := range append(seeds(f), findingsPlans...) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		p, _ := Parse("plan.md", src)
		ids := []string{p.ID.Text}
		for _, k := range p.Tasks[:min(len(p.Tasks), 5)] {
			ids = append(ids, k.ID.Text)
		}
		for _, id := range ids {
			set := func(p *Plan) ([]text.Edit, error) { return p.SetFindings(id, healthy("2026-05-19")) }
			out, err := Rewrite("plan.md", src, set)
			if err != nil {
				continue
			}
			q, _ := Parse("plan.md", out)
			if err := samePlan(p, q); err != nil {
				t.Fatalf("%v in\n%s", err, out)
			}
			again, err := Rewrite("plan.md", out, set)
			if err != nil || !bytes.Equal(again, out) {
				t.Fatalf("the second time differs: %v\n%q\n%q", err, out, again)
			}
		}
	})
}

// onlyStatus returns an error where out differs from src in more than the task's status.
func onlyStatus(src, out []byte, task *Task, word string) error {
	span := task.Status.Span
	if !task.Status.Written() {
		added := text.NewFile("", out)
		for n := 1; n <= added.Lines(); n++ {
			if strings.HasSuffix(added.Line(n), "status: "+word) && bytes.Equal(removeAt(out, added.LineSpan(n)), src) {
				return nil
			}
		}
		return fmt.Errorf("more than a line for the status was added")
	}
	if !bytes.HasPrefix(out, src[:span.Start]) || !bytes.HasSuffix(out, src[span.End:]) {
		return fmt.Errorf("more than the status has changed")
	}
	if got := strings.Trim(string(out[span.Start:len(out)-len(src)+span.End]), `"' `); got != word {
		return fmt.Errorf("the status has become %q", got)
	}
	return nil
}

// findingsPlans are well-formed plans in which findings of T01 have their place in all kinds of surroundings.
var findingsPlans = []string{
	head + "### T01 — First\n\n```task\nid: T01\n```\n\nWords.\n\n---\n\n### T02 — Second\n\n```task\nid: T02\n```\n",
	head + "### T01\n```task\nid: T01\n```\n### T02\n```task\nid: T02\n```",
	head + "- one\n\n  ```task\n  id: T01\n  ```\n\n- two\n\n  ```task\n  id: T02\n  ```\n",
	head + "> ## T01\n>\n> ```task\n> id: T01\n> ```\n> more\n\nBehind it.\n",
	head + ">- ```task\n>   id: T01\n>   ```\n>- ```task\n>   id: T02\n>   ```\n",
	head + ">```task\n>id: T01\n>```\n>words\n",
	head + "-\t```task\n\tid: T01\n\t```\n\n\twords\n",
	head + "1. > - ~~~task\n   >   id: T01\n   >   ~~~\n",
	crlf(head + "### T01\n\n```task\nid: T01\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n***\n\n---\n"),
	head + "### T01\n\n```task\nid: T01\n```\n\n<!-- wpctl:findings ACME-WP-0001-T01 steps=0123456789ab -->\n**Findings (2026-05-18):** failed.\n\n- server: `old`\n\n<!-- /wpctl:findings -->\n",
}

func FuzzFindings(f *testing.F) {
	for _, s := range []string{
		"200 `{\"status\":\"ok\"}`", "a\n# b", "```task\nid: T09\n```", "--> <!-- /wpctl:findings -->", "<h1>x</h1>", "https://example.org/ www.example.org a@b.c",
		"\x1b[31mred\x1b[0m", "\u202eabc\u2028def\u0085ghi\v\f\r", "`", "``` ``", "| a | b |\n|---|---|", "---", "1. x", "# x", "\\", "&amp; ![x](y) [x](javascript:y)",
		"<!--", "a`b\\", "* * *", "===", "\t\tx", "\xff\xfe", strings.Repeat("`a ", 400), "$x$ ~~y~~ _z_ __w__ *v*", ":smile: #12 @me",
	} {
		f.Add(s, s, s, uint8(0))
	}
	f.Fuzz(func(t *testing.T, name, says, why string, which uint8) {
		src := []byte(findingsPlans[int(which)%len(findingsPlans)])
		findings := Findings{
			Date: "2026-06-01", Outcome: check.Failed, Total: 1, Steps: "00112233445566", Cluster: name,
			Lines:   []Line{{Outcome: check.Failed, Name: name, Text: says, Why: []string{why, says}, Note: why}, {Outcome: check.Passed, Name: says, Held: "2026-05-18"}},
			Records: []Record{{Name: "server", Value: says}, {Name: "other", Value: why}},
		}
		set := func(p *Plan) ([]text.Edit, error) { return p.SetFindings("T01", findings) }
		p, _ := Parse("plan.md", src)
		out, err := Rewrite("plan.md", src, set)
		if err != nil {
			t.Fatal(err)
		}
		q, diags := Parse("plan.md", out)
		if diags.Errors() {
			t.Fatalf("%s\n%s", describe(diags), out)
		}
		if err := samePlan(p, q); err != nil {
			t.Fatalf("%v in\n%s", err, out)
		}
		if err := harmless(out, q.Task("T01").Findings); err != nil {
			t.Fatalf("%v in\n%s", err, out)
		}
		if k := q.Task("T01"); !spanIn(k.Findings.Span, k.Section) {
			t.Fatalf("the findings are not in their section:\n%s", out)
		}
		again, err := Rewrite("plan.md", out, set)
		if err != nil || !bytes.Equal(again, out) {
			t.Fatalf("the second time differs: %v\n%s\n%s", err, out, again)
		}
		if diff := len(out) - len(src); !bytes.Equal(removeAt(out, q.Task("T01").Findings.Span), removeAt(src, spanOf(p.Task("T01").Findings))) && diff < 0 {
			t.Fatal("words of others have gone")
		}
	})
}

func spanOf(f *FindingsBlock) text.Span {
	if f == nil {
		return text.Span{}
	}
	return f.Span
}

func removeAt(src []byte, s text.Span) []byte {
	return append(bytes.Clone(src[:s.Start]), src[s.End:]...)
}

// samePlan returns an error where q has other tasks, statuses or headings than p.
func samePlan(p, q *Plan) error {
	tell := func(p *Plan) string {
		var b strings.Builder
		for _, t := range p.Tasks {
			fmt.Fprintf(&b, "%s %s %q %s\n", t.ID.Text, t.Status.Text, t.Title, p.Digest(t.Steps))
		}
		for _, m := range p.outline.marks {
			if m.kind == headingMark {
				fmt.Fprintf(&b, "%d %s\n", m.level, m.title)
			}
		}
		return b.String()
	}
	if a, b := tell(p), tell(q); a != b {
		return fmt.Errorf("the plan has become\n%s", b)
	}
	return nil
}
