package workplan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// Each row is a plan and what it is after T01 was set to done.
func TestSetStatusChangesOnlyTheScalar(t *testing.T) {
	for _, c := range []struct{ name, before, after string }{
		{"plain", "```task\nid: T01\nstatus: todo\n```\n", "```task\nid: T01\nstatus: done\n```\n"},
		{"in single quotes", "```task\nid: T01\nstatus: 'todo'\n```\n", "```task\nid: T01\nstatus: 'done'\n```\n"},
		{"in double quotes", "```task\nid: T01\nstatus: \"to\\x64o\"\n```\n", "```task\nid: T01\nstatus: \"done\"\n```\n"},
		{"with blanks and a comment", "```task\nid: T01\nstatus:   todo   # soon\n```\n", "```task\nid: T01\nstatus:   done   # soon\n```\n"},
		{"behind letters of several bytes", "```task\n{id: T01, assignee: Jörg, status: todo}\n```\n", "```task\n{id: T01, assignee: Jörg, status: done}\n```\n"},
		{"a word that is no status", "```task\nid: T01\nstatus: finished\n```\n", "```task\nid: T01\nstatus: done\n```\n"},
		{"nothing behind the colon", "```task\nid: T01\nstatus:\n```\n", "```task\nid: T01\nstatus: done\n```\n"},
		{"nothing but a comment", "```task\nid: T01\nstatus: # soon\n```\n", "```task\nid: T01\nstatus: done # soon\n```\n"},
		{"not written", "```task\nid: T01\nrepo: web\n```\n", "```task\nid: T01\nstatus: done\nrepo: web\n```\n"},
		{"not written, in an item", "1. ```task\n   id: T01 # first\n   ```\n", "1. ```task\n   id: T01 # first\n   status: done\n   ```\n"},
		{"not written, in a quote", "> - ```task\n>   id: 'T01'\n>   ```\n", "> - ```task\n>   id: 'T01'\n>   status: done\n>   ```\n"},
		{"not written, with tabs", "-\t```task\n\tid: T01\n\t```\n", "-\t```task\n\tid: T01\n\tstatus: done\n\t```\n"},
		{"not written, indented", "```task\n  id: T01\n  repo: web\n```\n", "```task\n  id: T01\n  status: done\n  repo: web\n```\n"},
		{"not written, behind an id over two lines", "```task\nid: \"T0\\\n  1\"\nrepo: web\n```\n", "```task\nid: \"T0\\\n  1\"\nstatus: done\nrepo: web\n```\n"},
		{"in a quote behind a tab", ">\t```task\n>\tid: T01\n>\tstatus: todo\n>\t```\n", ">\t```task\n>\tid: T01\n>\tstatus: done\n>\t```\n"},
		{"without last newline", "~~~task\nid: T01\nstatus: todo\n~~~", "~~~task\nid: T01\nstatus: done\n~~~"},
	} {
		for name, dress := range map[string]func(string) string{"LF": strings.Clone, "CR LF": crlf, "BOM": func(s string) string { return string(bom) + s }} {
			got, err := Rewrite("plan.md", []byte(dress(head+c.before)), func(p *Plan) ([]text.Edit, error) { return one(p.SetStatus("T01", Done)) })
			if err != nil {
				t.Errorf("%s, %s: %v", c.name, name, err)
			} else if d := cmp.Diff(dress(head+c.after), string(got)); d != "" {
				t.Errorf("%s, %s: %s", c.name, name, d)
			}
		}
	}
}

func TestSetStatusRefusesWhatItCannotReplaceSafely(t *testing.T) {
	for _, c := range []struct{ name, block, want string }{
		{"over two lines", "id: T01\nstatus: to\n  do\n", "plan.md:8:9: the value of status cannot be replaced safely: it goes over several lines"},
		{"a block of text", "id: T01\nstatus: |\n  todo\n", "plan.md:8:9: the value of status cannot be replaced safely: it is a block of text"},
		{"with a tag", "id: T01\nstatus: !!str todo\n", "plan.md:8:9: the value of status cannot be replaced safely: it has an anchor or a tag"},
		{"with a bare tag", "id: T01\nstatus: !\n", "plan.md:8:9: the value of status cannot be replaced safely: it has an anchor or a tag"},
		{"with an anchor", "id: T01\nstatus: &s todo\n", "plan.md:8:9: the value of status cannot be replaced safely: it has an anchor or a tag"},
		{"a list", "id: T01\nstatus: [todo]\n", "plan.md:8:9: the value of status cannot be replaced safely: it is not a single value"},
		{"twice", "id: T01\nstatus: todo\nstatus: todo\n", "plan.md:8:9: the value of status cannot be replaced safely: the key stands twice"},
		{"in braces and not written", "{id: T01}\n", "plan.md:6:1: status cannot be added: the block is written in braces"},
	} {
		src := []byte(head + "```task\n" + c.block + "```\n")
		out, err := Rewrite("plan.md", src, func(p *Plan) ([]text.Edit, error) { return one(p.SetStatus("T01", Done)) })
		if err == nil || out != nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

func TestSetStatusRefusesWhatIsNotThere(t *testing.T) {
	p, _ := Parse("plan.md", []byte(head+"```task\nid: T01\n```\n\n```task\nid: T02\n```\n\n```task\nid: T02\n```\n"))
	for _, c := range []struct {
		id     string
		status Status
		want   string
	}{
		{"T09", Done, `this plan has no task "T09"`},
		{"OTHER-WP-0002-T01", Done, `this plan has no task "OTHER-WP-0002-T01"`},
		{"T02", Done, "the id ACME-WP-0001-T02 stands more than once"},
		{"T01", Finished, `"finished" is no status of a task`},
		{"ACME-WP-0001", Done, `"done" is no status of a plan`},
	} {
		if _, err := p.SetStatus(c.id, c.status); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.id, err, c.want)
		}
	}
}

func TestEditsOfFrontMatter(t *testing.T) {
	const task = "\n```task\nid: T01\n```\n"
	set := func(p *Plan) ([]text.Edit, error) {
		a, err := p.SetStatus("ACME-WP-0001", Finished)
		if err != nil {
			return nil, err
		}
		b, err := p.SetUpdated("2026-06-01")
		return []text.Edit{a, b}, err
	}
	for _, c := range []struct{ name, before, after string }{
		{"both there", "---\nid: ACME-WP-0001\ntype: workplan\nstatus: active\nupdated: \"2026-05-01\"\n---\n", "---\nid: ACME-WP-0001\ntype: workplan\nstatus: finished\nupdated: \"2026-06-01\"\n---\n"},
		{"without quotes", "---\nid: ACME-WP-0001\ntype: workplan\nupdated: 2026-05-01\nstatus: active\n---\n", "---\nid: ACME-WP-0001\ntype: workplan\nupdated: 2026-06-01\nstatus: finished\n---\n"},
		{"both missing", "---\nid: ACME-WP-0001\ntype: workplan\ntitle: x\n---\n", "---\nid: ACME-WP-0001\ntype: workplan\ntitle: x\nstatus: finished\nupdated: 2026-06-01\n---\n"},
		{"where fmt wants it", "---\nid: ACME-WP-0001\ntype: workplan\nstatus: active\nowner: kim\norder: sequential\n---\n", "---\nid: ACME-WP-0001\ntype: workplan\nstatus: finished\nowner: kim\nupdated: 2026-06-01\norder: sequential\n---\n"},
		{"updated missing", "---\nid: ACME-WP-0001\ntype: workplan\nstatus: draft\ncreated: 2026-01-01\n---\n", "---\nid: ACME-WP-0001\ntype: workplan\nstatus: finished\ncreated: 2026-01-01\nupdated: 2026-06-01\n---\n"},
	} {
		for _, dress := range []func(string) string{strings.Clone, crlf} {
			if d := cmp.Diff(dress(c.after+task), rewrite(t, dress(c.before+task), set)); d != "" {
				t.Errorf("%s: %s", c.name, d)
			}
		}
	}
}

func TestEditsOfDecisions(t *testing.T) {
	const before = "```decision\nid: D-01\nstatus: pending\nquestion: \"Which?\"\noptions: {A: one, B: two}\n```\n"
	const after = "```decision\nid: D-01\nstatus: resolved\nquestion: \"Which?\"\noptions: {A: one, B: two}\nchoice: B\nby: \"Inês: harbour\"\ndate: 2026-06-01\n```\n"
	got := rewrite(t, head+"```task\nid: T01\n```\n\n"+before, func(p *Plan) ([]text.Edit, error) {
		return p.SetDecision("D-01", map[string]string{"status": "resolved", "choice": "B", "by": "Inês: harbour", "date": "2026-06-01"})
	})
	if d := cmp.Diff(head+"```task\nid: T01\n```\n\n"+after, got); d != "" {
		t.Error(d)
	}
	p := parse(t, got)
	for _, fields := range []map[string]string{{"status": "done"}, {"date": "today"}, {"id": "D-02"}, {"options": "C"}} {
		if _, err := p.SetDecision("D-01", fields); err == nil {
			t.Errorf("%v was accepted", fields)
		}
	}
	if _, err := p.SetDecision("D-02", nil); err == nil {
		t.Error("a decision that is not there was accepted")
	}
}

func TestEditsOfNeedsOrderAndHubIDs(t *testing.T) {
	const uuid = "0f6c2b1e-6c1f-4b0a-9f57-0d5c1f1f6a01"
	src := head + "```task\nid: T01\n```\n\n```task\nid: T02\nneeds: [ T01 ] # first\n```\n\n```task\nid: T03\nstatus: todo\n```\n\n```decision\nid: D-01\n```\n"
	got := rewrite(t, src, func(p *Plan) ([]text.Edit, error) {
		var edits []text.Edit
		for _, f := range []func() (text.Edit, error){
			func() (text.Edit, error) { return p.SetNeeds("T02", []string{"T01", "D-01"}) },
			func() (text.Edit, error) { return p.SetNeeds("T03", nil) },
			func() (text.Edit, error) { return p.SetOrder(Independent) },
			func() (text.Edit, error) { return p.SetHubID("T01", uuid) },
			func() (text.Edit, error) { return p.SetHubID("D-01", uuid) },
			func() (text.Edit, error) { return p.SetHubID("ACME-WP-0001", uuid) },
		} {
			e, err := f()
			if err != nil {
				return nil, err
			}
			edits = append(edits, e)
		}
		return edits, nil
	})
	want := "---\nid: ACME-WP-0001\ntype: workplan\norder: independent\nstate_hub_workstream_id: \"" + uuid + "\"\n---\n\n" +
		"```task\nid: T01\nstate_hub_task_id: \"" + uuid + "\"\n```\n\n```task\nid: T02\nneeds: [T01, D-01] # first\n```\n\n" +
		"```task\nid: T03\nstatus: todo\nneeds: []\n```\n\n```decision\nid: D-01\nstate_hub_decision_id: \"" + uuid + "\"\n```\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	p := parse(t, got)
	if _, err := p.SetHubID("T01", "1"+uuid[1:]); err == nil {
		t.Error("an id of the state hub was replaced")
	}
	if _, err := p.SetNeeds("T01", []string{"a b"}); err == nil {
		t.Error("an id that cannot be one was accepted")
	}
}

func TestRewriteRefusesWhatChangesMore(t *testing.T) {
	src := head + "### T01 — A\n\n```task\nid: T01\nstatus: todo\n```\n\n### T02 — B\n\n```task\nid: T02\n```\n"
	for _, c := range []struct {
		name string
		edit func(*Plan) text.Edit
		want string
	}{
		{"an edit of its own", func(p *Plan) text.Edit { return text.Edit{Span: p.Tasks[1].Block, New: ""} }, "an edit that the plan did not make"},
		{"an edit that does something else", func(p *Plan) text.Edit {
			e := text.Edit{Span: p.Tasks[0].Status.Span, New: "failed"}
			return p.intend(e, p.Tasks[0].block, "status", "done", false)
		}, "block 1 (task)/status would not become done"},
		{"an edit that does more", func(p *Plan) text.Edit {
			e := text.Edit{Span: p.Tasks[0].Status.Span, New: "done\npriority: high"}
			return p.intend(e, p.Tasks[0].block, "status", "done", false)
		}, "block 1 (task)/priority would come into being"},
		{"an edit that takes something away", func(p *Plan) text.Edit {
			e := text.Edit{Span: text.Span{Start: p.Tasks[0].Status.Span.Start, End: p.Tasks[1].Block.Start}, New: "done\n```\n"}
			return p.intend(e, p.Tasks[0].block, "status", "done", false)
		}, "heading 2 would change as well"},
		{"an edit that breaks the plan", func(p *Plan) text.Edit {
			e := text.Edit{Span: p.Tasks[0].Status.Span, New: "done: x"}
			return p.intend(e, p.Tasks[0].block, "status", "done", false)
		}, "block 1 (task)/status would not become done"},
		{"an edit that makes a mistake", func(p *Plan) text.Edit {
			e, err := p.SetNeeds("T01", []string{"T01"})
			if err != nil {
				t.Fatal(err)
			}
			return e
		}, "(cycle)"},
	} {
		out, err := Rewrite("plan.md", []byte(src), func(p *Plan) ([]text.Edit, error) { return []text.Edit{c.edit(p)}, nil })
		if err == nil || out != nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}

// Steps that go over to another section have changed, though each block, heading and rule says the same; so have findings.
func TestWhatStandsBesideBlocksIsCompared(t *testing.T) {
	const verify = "```verify\n- file: a\n```\n\n"
	for _, c := range []struct{ was, is, want string }{
		{
			"### T01 — A\n\n```task\nid: T01\n```\n\n" + verify + "### T02 — B\n\n```task\nid: T02\n```\n",
			"### T01 — A\n\n```task\nid: T01\n```\n\n### T02 — B\n\n" + verify + "```task\nid: T02\n```\n",
			"task 1 would change as well",
		},
		{
			"- T01\n\n  ```task\n  id: T01\n  ```\n\n  " + strings.ReplaceAll(strings.TrimSpace(verify), "\n", "\n  ") + "\n",
			"- T01\n\n  ```task\n  id: T01\n  ```\n\n" + verify,
			"the plan's own steps would change as well",
		},
		{
			"```task\nid: T01\n```\n\n<!-- wpctl:findings ACME-WP-0001-T01 steps=0 -->\nx\n<!-- /wpctl:findings -->\n",
			"```task\nid: T01\n```\n\n<!-- wpctl:findings ACME-WP-0001-T01 steps=0 -->\ny\n<!-- /wpctl:findings -->\n",
			"findings of ACME-WP-0001-T01 would change as well",
		},
	} {
		facts := func(src string) facts { return parse(t, head+src).facts(func(int) bool { return false }) }
		if err := compare(facts(c.was), facts(c.was), nil); err != nil {
			t.Error(err)
		}
		if err := compare(facts(c.was), facts(c.is), nil); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}

func TestRewriteWithoutEditsGivesTheSameBytes(t *testing.T) {
	for _, f := range []func(*Plan) ([]text.Edit, error){
		func(*Plan) ([]text.Edit, error) { return nil, nil },
		func(p *Plan) ([]text.Edit, error) { return one(p.SetStatus("T01", Done)) },
	} {
		src := readPlan(t, "harbour.md")
		if got := rewrite(t, src, f); got != src {
			t.Error(cmp.Diff(src, got))
		}
	}
}

// Whatever a person writes as a choice, it reads back as one line of the same, in any quotes that were there.
func TestDecisionsTakeAnyWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		written := rapid.SampledFrom([]string{"", "by: x\n", "by: 'x'\n", "by: \"x\"\n", "by:\n"}).Draw(t, "written")
		words := rapid.OneOf(rapid.String(), rapid.StringMatching(`[ #:'"\\{}\[\]&*!|>%@,?~a-]{0,8}`), rapid.SampledFrom([]string{"null", "true", "1", "~", "no", "2026-05-18", "a: b", "a #b", "- a", "'", "\\"})).Draw(t, "words")
		src := head + "```task\nid: T01\n```\n\n```decision\nid: D-01\n" + written + "```\n"
		out, err := Rewrite("plan.md", []byte(src), func(p *Plan) ([]text.Edit, error) {
			return p.SetDecision("D-01", map[string]string{"by": words})
		})
		if err != nil {
			if out != nil || !strings.ContainsFunc(words, func(r rune) bool { return r > '~' || r < ' ' }) {
				t.Fatalf("%q: %v", words, err)
			}
			return // what YAML does not take
		}
		p, diags := Parse("plan.md", out)
		if got := p.Decision("D-01").By.Text; got != oneLine(words) || diags.Errors() {
			t.Fatalf("%q reads back as %q in %q", words, got, out)
		}
	})
}
