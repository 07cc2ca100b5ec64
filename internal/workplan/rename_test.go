package workplan

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// there and back again: every byte is as before, and in between nothing but the id differs.
func thereAndBack(t *testing.T, name string, src []byte) {
	t.Helper()
	p, diags := Parse(name, src)
	if p.ID.Text == "" || diags.Errors() || !isID(p.ID.Text) {
		return
	}
	ids := map[string]string{p.ID.Text: "OTHER-WP-7777"}
	for i, task := range p.Tasks {
		if strings.HasPrefix(task.ID.Text, p.ID.Text+"-") && i < 10 {
			ids[task.ID.Text] = p.ID.Text + "-ZZ77"
		}
	}
	for _, d := range p.Decisions {
		if strings.HasPrefix(d.ID.Text, p.ID.Text+"-") {
			ids[d.ID.Text] = p.ID.Text + "-ZZ-77"
		}
	}
	for from, to := range ids {
		if bytes.Contains(src, []byte("ZZ")) || bytes.Contains(src, []byte("7777")) {
			continue
		}
		there := Renaming{Plan: p.ID.Text, From: from, To: to, Below: map[string]bool{}, Other: func(string) bool { return false }}
		back := Renaming{Plan: p.ID.Text, From: to, To: from, Below: map[string]bool{}, Other: there.Other}
		if from == p.ID.Text {
			back.Plan = to
			for _, v := range itsIDs(p) {
				there.Below[v] = true
				back.Below[there.ID(v)] = true
			}
		}
		out, _, err := p.Rename(there)
		if err != nil {
			t.Fatalf("%s → %s: %v", from, to, err)
		}
		q, _ := Parse(name, out)
		again, _, err := q.Rename(back)
		if err != nil {
			t.Fatalf("%s → %s: %v in\n%s", to, from, err, out)
		}
		if d := cmp.Diff(string(src), string(again)); d != "" {
			t.Fatalf("%s: %s → %s and back: %s", name, from, to, d)
		}
	}
}

func itsIDs(p *Plan) []string {
	var out []string
	for _, t := range p.Tasks {
		out = append(out, t.ID.Text)
	}
	for _, d := range p.Decisions {
		out = append(out, d.ID.Text)
	}
	return out
}

func TestRenameThereAndBack(t *testing.T) {
	for name, src := range inputs(t) {
		thereAndBack(t, name, src)
		thereAndBack(t, name, []byte(crlf(string(src))))
	}
}

func FuzzRename(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { thereAndBack(t, "plan.md", []byte(s)) })
}

func TestRenameShortOnlyWhereItIsMeant(t *testing.T) {
	for _, c := range []struct{ name, before, after string }{
		{"words", "T01, (T01) **T01** _T01_ T01's “T01” T01/T02\n", "T07, (T07) **T07** _T07_ T07's “T07” T07/T02\n"},
		{"longer words", "T011 XT01 T01a äT01 T01é T01-T02 T01_x\n", "T011 XT01 T01a äT01 T01é T01-T02 T01_x\n"},
		{"paths and addresses", "docs/T01 T01/a.md https://x.example/T01 a\\T01\n", "docs/T01 T01/a.md https://x.example/T01 a\\T01\n"},
		{"code", "`T01` and `run T01`\n\n    T01\n\n```\nT01\n```\n", "`T07` and `run T01`\n\n    T01\n\n```\nT01\n```\n"},
		{"headings and tables", "# T01: x\n\n| T01 | a |\n|---|---|\n| T01 | b |\n", "# T07: x\n\n| T07 | a |\n|---|---|\n| T07 | b |\n"},
		{"another plan's", "OTHER-WP-0002-T01 ACME-WP-0001-T01\n", "OTHER-WP-0002-T01 ACME-WP-0001-T07\n"},
	} {
		const tasks = "\n### T02\n\n```task\nid: T02\n```\n"
		src := head + c.before + "\n### A\n\n```task\nid: T01\n```\n" + tasks
		p, _ := Parse("plan.md", []byte(src))
		out, _, err := p.Rename(Renaming{Plan: "ACME-WP-0001", From: "ACME-WP-0001-T01", To: "ACME-WP-0001-T07", Other: func(string) bool { return false }})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if d := cmp.Diff(head+c.after+"\n### A\n\n```task\nid: T07\n```\n"+tasks, string(out)); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
}

// A plan, a task or an option that has a word for a name: the word is left alone.
func TestRenameLeavesWordsAlone(t *testing.T) {
	const before = `---
id: %s
type: workplan
---
# A shop is a shop

### paint — Paint the shop

` + "```task" + `
id: paint
x-shop: shop
` + "```" + `

### T02 — B

` + "```task" + `
id: T02
needs: [paint, %s-paint, D-01]
verify:
  - file: shop/A
    when: decisions["%s-D-01"].choice == "shop" && tasks["%s-paint"].x == "A"
    guards: [%s-T02]
` + "```" + `

` + "```decision" + `
id: D-01
options: {A: the shop, shop: A}
choice: A
` + "```" + `

We paint A shop, or shop-paint.
`
	for _, from := range []string{"shop", "A"} {
		src := strings.ReplaceAll(before, "%s", from)
		p, diags := Parse("plan.md", []byte(src))
		if p.Task("paint") == nil {
			t.Fatal(diags)
		}
		r := Renaming{Plan: from, From: from, To: "APP-WP-0001", Below: map[string]bool{}, Other: func(string) bool { return false }}
		for _, id := range itsIDs(p) {
			r.Below[id] = true
		}
		out, left, err := p.Rename(r)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(strings.ReplaceAll(before, "%s", "APP-WP-0001"), string(out)); d != "" {
			t.Errorf("%s: %s", from, d)
		}
		if len(left) == 0 {
			t.Errorf("%s: nothing is told of the words", from)
		}
	}
	p, _ := Parse("plan.md", []byte(strings.ReplaceAll(before, "%s", "APP-WP-0001")))
	out, _, err := p.Rename(Renaming{Plan: "APP-WP-0001", From: "APP-WP-0001-paint", To: "APP-WP-0001-T07", Other: func(string) bool { return false }})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"### paint — Paint the shop\n", "id: T07\n", "needs: [T07, APP-WP-0001-T07, D-01]\n", "We paint A shop"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// A plan with mistakes in it can be renamed too.
func TestRenameWithNeedsThatAreNotThere(t *testing.T) {
	src := head + "### T01\n\n```task\nid: T01\nneeds: [T09, ACME-WP-0001-T08]\n```\n"
	p, _ := Parse("plan.md", []byte(src))
	out, _, err := p.Rename(Renaming{Plan: "ACME-WP-0001", From: "ACME-WP-0001", To: "SHOP-1", Below: map[string]bool{"ACME-WP-0001-T01": true}, Other: func(string) bool { return false }})
	if err != nil || !bytes.Contains(out, []byte("id: SHOP-1\n")) {
		t.Errorf("%v in\n%s", err, out)
	}
}
