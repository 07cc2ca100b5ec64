package workplan

import (
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// FuzzChange makes all changes that people ask for on any text: each is made as it was asked for, or refused.
func FuzzChange(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s, "priority", "high")
		f.Add(s, "labels", "a, b: c")
		f.Add(s, "x-a", "# x: 'y'")
		f.Add(s, "needs", "")
	}
	f.Fuzz(func(t *testing.T, s, key, value string) {
		src := []byte(s)
		p, _ := Parse("plan.md", src)
		ids := append(itsIDs(p), p.ID.Text)
		for _, id := range ids[:min(len(ids), 4)] {
			var made Assignment
			out, err := Rewrite("plan.md", src, func(p *Plan) (edits []text.Edit, err error) {
				edits, made, err = p.Assign(id, key, value)
				return edits, err
			})
			if err != nil {
				continue
			}
			q, _ := Parse("plan.md", out)
			b, full, err := q.blockOf(id)
			if err != nil || full != made.ID || says(find(b.root(), made.Key)) != made.To {
				t.Fatalf("%s=%s of %s is not in\n%s\n%v", made.Key, made.To, id, out, err)
			}
			if out, err := p.AddStep(id, "file: a\nname: b\n"); err == nil {
				if q, _ := Parse("plan.md", out); len(q.blocks) < len(p.blocks) {
					t.Fatalf("a block has gone in\n%s", out)
				}
			}
		}
		n, err := p.NextTask()
		if err != nil {
			return
		}
		if out, err := p.AddTask(n, n.Heading+"More\n\n```task\nid: "+n.ID+"\n```\n"); err == nil {
			if q, _ := Parse("plan.md", out); q.Tasks[len(q.Tasks)-1].Title != "More" && len(p.Tasks) > 0 && p.Tasks[len(p.Tasks)-1].block.in == nil {
				t.Fatalf("the last task is %q in\n%s", q.Tasks[len(q.Tasks)-1].Title, out)
			}
		}
	})
}
