package workplan

import (
	"bytes"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

func TestInputsParseWithoutMistakes(t *testing.T) {
	tasks := map[string]int{"RAILIANCE-WP-0002.md": 8, "RAILIANCE-WP-0004.md": 7}
	for name, src := range inputs(t) {
		p, diags := Parse(name, src)
		if len(diags) > 0 {
			t.Errorf("%s:\n%s", name, describe(diags))
		}
		if len(p.Tasks) != tasks[name] {
			t.Errorf("%s: %d tasks, want %d", name, len(p.Tasks), tasks[name])
		}
		for i, task := range p.Tasks {
			if task.Status.Text != string(Done) || task.Title == "" || task.ID.Text != p.ID.Text+"-"+task.Short {
				t.Errorf("%s: task %d is %+v", name, i, task)
			}
		}
	}
}

func TestInputsChangeOnlyInTheStatus(t *testing.T) {
	for name, src := range inputs(t) {
		p, _ := Parse(name, src)
		for _, task := range p.Tasks {
			for _, s := range taskStatuses {
				out, err := Rewrite(name, src, func(p *Plan) ([]text.Edit, error) { return one(p.SetStatus(task.Short, s)) })
				if err != nil {
					t.Fatalf("%s %s: %v", task.ID.Text, s, err)
				}
				span := task.Status.Span
				want := string(src[:span.Start]) + string(s) + string(src[span.End:])
				if string(out) != want {
					t.Fatalf("%s %s: more than the status has changed", task.ID.Text, s)
				}
				back, err := Rewrite(name, out, func(p *Plan) ([]text.Edit, error) { return one(p.SetStatus(task.Short, Done)) })
				if err != nil || !bytes.Equal(back, src) {
					t.Fatalf("%s %s and back: %v", task.ID.Text, s, err)
				}
			}
		}
	}
}

func TestInputsTakeFindings(t *testing.T) {
	f := Findings{Date: "2026-07-01", Outcome: check.Passed, Passed: 1, Total: 1, Steps: "00ff00ff00ff00ff", Lines: []Line{{Outcome: check.Passed, Name: "it answers"}}}
	for name, src := range inputs(t) {
		out := src
		p, _ := Parse(name, src)
		for _, task := range p.Tasks {
			var err error
			out, err = Rewrite(name, out, func(p *Plan) ([]text.Edit, error) { return p.SetFindings(task.Short, f) })
			if err != nil {
				t.Fatal(err)
			}
		}
		q, diags := Parse(name, out)
		if len(diags) > 0 || len(q.AllFindings) != len(p.Tasks) {
			t.Errorf("%s: %d blocks of findings, %v", name, len(q.AllFindings), diags)
		}
		for _, task := range q.Tasks {
			if task.Findings == nil || !spanIn(task.Findings.Span, task.Section) {
				t.Errorf("%s: findings are not in its section", task.ID.Text)
			}
		}
	}
}

func spanIn(inner, outer text.Span) bool {
	return outer.Start <= inner.Start && inner.End <= outer.End
}
