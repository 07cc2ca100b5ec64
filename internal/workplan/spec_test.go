package workplan

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// specExamples returns the examples of the CommonMark specification. They come with the module that reads markdown.
func specExamples(t testing.TB) []string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/goldmark").Output()
	if err != nil {
		t.Fatalf("find the specification: %v", err)
	}
	src, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "_test", "spec.json"))
	if err != nil {
		t.Fatal(err)
	}
	var examples []struct{ Markdown string }
	if err := json.Unmarshal(src, &examples); err != nil || len(examples) < 600 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	var out []string
	for _, e := range examples {
		out = append(out, e.Markdown)
	}
	return out
}

const twoTasks = "### T01 — First\n\n```task\nid: T01\n```\n\n%s\n\n### T02 — Second\n\n```task\nid: T02\nstatus: done\n```\n\n%s"

// aroundTasks is a plan with an example before its tasks, in the section of one, and at its end.
func aroundTasks(example string) string {
	return head + example + "\n\n" + fmt.Sprintf(twoTasks, example, example)
}

// TestSpecExamplesAsPlans writes each example of the CommonMark specification into a plan, in four dresses: whatever it
// makes of the tasks behind it, no byte is changed beside a status that is set.
func TestSpecExamplesAsPlans(t *testing.T) {
	plans, whole, edits := 0, 0, 0
	for i, e := range specExamples(t) {
		for _, src := range []string{
			aroundTasks(e), crlf(aroundTasks(e)), string(bom) + aroundTasks(e),
			head + "- one\n\n" + indent("  ", e) + "\n" + indent("  ", fmt.Sprintf(twoTasks, e, e)),
			head + indent("> ", fmt.Sprintf(twoTasks, e, e)),
		} {
			plans++
			p, _ := Parse("plan.md", []byte(src))
			if err := sane(p); err != nil {
				t.Fatalf("example %d: %v in\n%s", i+1, err, src)
			}
			if len(p.Tasks) == 2 {
				whole++
			}
			for _, task := range p.Tasks {
				out, err := Rewrite("plan.md", []byte(src), func(p *Plan) ([]text.Edit, error) { return one(p.SetStatus(task.ID.Text, Failed)) })
				if err != nil {
					continue // an id that is there twice
				}
				if err := onlyStatus([]byte(src), out, task, string(Failed)); err != nil {
					t.Fatalf("example %d: %v\n%s", i+1, err, out)
				}
				edits++
			}
		}
	}
	t.Logf("%d plans, of which %d have both tasks, and %d edits", plans, whole, edits)
	if whole < plans*3/4 {
		t.Errorf("only %d of %d plans have both tasks", whole, plans)
	}
}
