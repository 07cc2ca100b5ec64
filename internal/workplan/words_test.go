package workplan

import (
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

var teamWords, _ = NewWords(map[string]string{
	"todo": "open", "in_progress": "läuft", "done": "shipped / closed", "active": "on the way", "finished": "shipped / closed",
	"pending": "open", "resolved": "settled",
})

func TestNewWords(t *testing.T) {
	for _, row := range []struct {
		name string
		own  map[string]string
		key  string // of what is taken
		bad  string
	}{
		{"none", nil, "", ""},
		{"wpctl's own word for the same", map[string]string{"done": "done"}, "", ""},
		{"one word for what no block can both have", map[string]string{"done": "closed", "finished": "closed", "resolved": "closed"}, "done=closed\nfinished=closed\nresolved=closed\n", ""},
		{"a status of another kind of block", map[string]string{"done": "finished"}, "done=finished\n", ""},
		{"words in other scripts", map[string]string{"todo": "à faire", "done": "完了", "failed": "échoué"}, "done=完了\nfailed=échoué\ntodo=à faire\n", ""},
		{"no status", map[string]string{"doen": "closed"}, "", `doen: there is no status "doen"; did you mean "done"? (the status)`},
		{"turned round", map[string]string{"closed": "done"}, "", `closed: there is no status "closed"; the status comes first: done: closed (the status)`},
		{"another status of tasks", map[string]string{"todo": "failed"}, "", `todo: "failed" is another status of tasks already; choose a word of your own`},
		{"two statuses that change places", map[string]string{"draft": "proposed", "proposed": "draft"}, "", `draft: "proposed" is another status of plans already; choose a word of your own` + "\n" +
			`proposed: "draft" is another status of plans already; choose a word of your own`},
		{"one word for two statuses of plans", map[string]string{"blocked": "on hold", "draft": "on hold"}, "blocked=on hold\n", `draft: "on hold" is the word for blocked already, which plans can be, too; choose another word`},
	} {
		w, bad := NewWords(row.own)
		var told []string
		for _, b := range bad {
			s := b.Status + ": " + b.Message + "; " + b.Hint
			if b.NoStatus {
				s += " (the status)"
			}
			told = append(told, s)
		}
		if got := strings.Join(told, "\n"); got != row.bad || w.Key() != row.key {
			t.Errorf("%s: %q, words %q", row.name, got, w.Key())
		}
	}
	for _, word := range []string{"", " a", "a ", "a  b", "a\tb", "a\nb", "no", "Yes", "null", "1st", "-a", "a: b", "a #b", "a,b", "[a]", "a'b", "a\x00", "a\x1b[0m", "\xff", "a\u2028b", "a\u202eb", strings.Repeat("a", 41)} {
		if _, bad := NewWords(map[string]string{"todo": word}); len(bad) != 1 {
			t.Errorf("%q is taken for a word", word)
		}
	}
}

// Each word stands for one status in each kind of block, and what the plan says is in wpctl's words.
func TestParseInWords(t *testing.T) {
	src := "---\nid: A-WP-1\ntype: workplan\nstatus: on the way\n---\n\n" +
		"> - ```task\n>   id: T01\n>   status: 'läuft' # since May\n>   ```\n\n```task\nid: T02\nstatus: shipped / closed\n```\n\n```task\nid: T03\nstatus: in_progress\n```\n\n```task\nid: T04\n```\n\n" +
		"```decision\nid: D-01\nstatus: open\n```\n"
	p, diags := teamWords.Parse("plan.md", []byte(src))
	if diags.Errors() {
		t.Fatal(describe(diags))
	}
	for i, want := range []struct{ text, written string }{{"in_progress", "'läuft'"}, {"done", "shipped / closed"}, {"in_progress", "in_progress"}, {"todo", ""}} {
		s := p.Tasks[i].Status
		if s.Text != want.text || src[s.Span.Start:s.Span.End] != want.written {
			t.Errorf("%s: %q, %q", p.Tasks[i].Short, s.Text, src[s.Span.Start:s.Span.End])
		}
	}
	if p.Status.Text != "active" || p.Meta["status"] != "active" || p.Decisions[0].Status.Text != "pending" {
		t.Errorf("%q, %v, %q", p.Status.Text, p.Meta["status"], p.Decisions[0].Status.Text)
	}
	if _, diags := teamWords.Parse("plan.md", []byte(strings.Replace(src, "status: on the way", "status: settled", 1))); !strings.Contains(describe(diags), `"settled" is no value of status`) {
		t.Error(describe(diags))
	}
	if _, diags := Parse("plan.md", []byte(src)); len(diags) < 3 {
		t.Error("other words are taken for those of the format")
	}
}

// Longer and shorter words take the place of exactly what is written, in any dress.
func TestEditsInWords(t *testing.T) {
	for _, row := range []struct {
		name, block string
		to          Status
		want        string
	}{
		{"a longer word", "```task\nid: T01\nstatus: open\npriority: low\n```\n", Done, "```task\nid: T01\nstatus: shipped / closed\npriority: low\n```\n"},
		{"a shorter one, in quotes, with a remark", "```task\nid: T01\nstatus: \"shipped / closed\"  # so\n```\n", InProgress, "```task\nid: T01\nstatus: \"läuft\"  # so\n```\n"},
		{"wpctl's word", "```task\nid: T01\nstatus: in_progress\n```\n", Todo, "```task\nid: T01\nstatus: open\n```\n"},
		{"one that is wpctl's as well", "```task\nid: T01\nstatus: läuft\n```\n", Failed, "```task\nid: T01\nstatus: failed\n```\n"},
		{"in a quote and a list, with CR LF", "> - ```task\r\n>   id: T01\r\n>   status: läuft\r\n>   ```\r\n", Done, "> - ```task\r\n>   id: T01\r\n>   status: shipped / closed\r\n>   ```\r\n"},
		{"in braces", "```task\n{id: T01, status: läuft, priority: low}\n```\n", Done, "```task\n{id: T01, status: shipped / closed, priority: low}\n```\n"},
		{"none written", "```task\nid: T01\n```\n", Done, "```task\nid: T01\nstatus: shipped / closed\n```\n"},
		{"the same, spelt otherwise", "```task\nid: T01\nstatus: done\n```\n", Done, "```task\nid: T01\nstatus: shipped / closed\n```\n"},
	} {
		out, err := teamWords.Rewrite("plan.md", []byte(head+row.block), func(p *Plan) ([]text.Edit, error) { return one(p.SetStatus("T01", row.to)) })
		if err != nil || string(out) != head+row.want {
			t.Errorf("%s: %v\n%s", row.name, err, out)
		}
	}
}

func TestAssignInWords(t *testing.T) {
	src := head + "```task\nid: T01\nstatus: in_progress\n```\n"
	for _, row := range []struct{ value, to, line, problem string }{
		{"läuft", "in_progress", "status: in_progress", ""}, // it is that already
		{"in_progress", "in_progress", "status: in_progress", ""},
		{"open", "todo", "status: open", ""},
		{"todo", "todo", "status: open", ""},
		{"blocked", "blocked", "status: blocked", ""},
		{"settled", "", "", `"settled" is no status; there are open, läuft, blocked, shipped / closed, failed, cancelled, todo, in_progress, done`},
	} {
		var as Assignment
		out, err := teamWords.Rewrite("plan.md", []byte(src), func(p *Plan) (edits []text.Edit, err error) {
			edits, as, err = p.Assign("T01", "status", row.value)
			return edits, err
		})
		switch {
		case row.problem != "":
			if err == nil || err.Error() != row.problem {
				t.Errorf("%s: %v", row.value, err)
			}
		case err != nil || as.From != "in_progress" || as.To != row.to || !strings.Contains(string(out), "\n"+row.line+"\n"):
			t.Errorf("%s: %v, %+v\n%s", row.value, err, as, out)
		}
	}
}

func TestDecisionInWords(t *testing.T) {
	src := head + "```decision\nid: D-01\nstatus: open\nquestion: What?\n```\n\nWords.\n\n```task\nid: T01\n```\n"
	out, err := teamWords.Rewrite("plan.md", []byte(src), func(p *Plan) ([]text.Edit, error) {
		edits, err := p.SetDecision("D-01", map[string]string{"status": Resolved, "choice": "A", "question": "What?"})
		if err != nil {
			return nil, err
		}
		e, err := p.AddDecision(strings.Index(src, "Words."), NewDecision{ID: "D-02", Status: Pending, Question: "And what else?"})
		return append(edits, e), err
	})
	want := head + "```decision\nid: D-01\nstatus: settled\nquestion: What?\nchoice: A\n```\n\n\n```decision\nid: D-02\nstatus: open\nquestion: \"And what else?\"\n```\n\nWords.\n\n```task\nid: T01\n```\n"
	if err != nil || string(out) != want {
		t.Errorf("%v\n%s", err, out)
	}
}

// Formatting spells statuses in the team's words, and nothing else that looks like one.
func TestReformatInWords(t *testing.T) {
	src := "---\nid: A-WP-1\ntype: workplan\nstatus: 'active' # now\n---\n\nstatus: todo\n\n```task\nid: T01\nstatus: in_progress\nassignee: todo\nverify:\n  - http: {url: https://a.example, status: 200}\n```\n\n" +
		"```task\nid: T02\nstatus: active\n```\n\n```decision\nid: D-01\nstatus: pending\nquestion: todo\n```\n"
	want := strings.NewReplacer("'active' # now", "on the way # now", "in_progress", "läuft", "pending", "open").Replace(src)
	once := teamWords.Reformat("plan.md", []byte(src))
	want = strings.Replace(want, "status: on the way # now", "status: 'on the way' # now", 1)
	if string(once) != want {
		t.Errorf("\n%s", once)
	}
	if twice := teamWords.Reformat("plan.md", once); string(twice) != want {
		t.Errorf("the second time\n%s", twice)
	}
	if same := Reformat("plan.md", once); string(same) != want {
		t.Errorf("without the words\n%s", same)
	}
}
