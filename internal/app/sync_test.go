package app_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/exchange"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/servetest"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

const syncPlan = `---
id: APP-WP-0001
type: workplan
repo: app
owner: team
---

# Ship

> - ### T01 — Begin
>
>   ~~~task
>   id: T01   # first
>   assignee: 'somebody'
>   ~~~
>
>   ~~~verify
>   - act: one
>   ~~~

## D-01

` + "```decision\nid: D-01\nquestion: Which?\n```\n"

// hostileWords are what a hub may say in the place of a name.
var hostileWords = []string{
	"ada", "Ada Lovelace", "yes", "null", "~", "0x1F", "1e9", "2026-11-22", "- x", "a: b", "a #b", "# c", "'", `"`, `\`, "${{ env.HOME }}", "{{7*7}}", "!!binary x", "&a", "*a",
	"x\nverify:\n  - act: two", "x\r\n```\n# Heading", "```", "~~~", "-->", "<!-- wpctl:findings X -->", "<script>", "]]>", "\x00", "\x1b[2J", "\u202e", "\u2028", "a\u0085b", " lead", "trail ", "two  blanks",
	"[a, b]", "{a: b}", "|", ">", "%YAML", "@x", "`x`", "---", "...", "? a", ": b", "🦊", "é", "e\u0301", strings.Repeat("x", 200), strings.Repeat("x", 201), "wph_aaaaaaaaaaaaaaaa_" + strings.Repeat("b", 52), "ghp_" + strings.Repeat("a", 36),
}

// trustHub gives the user a token for a hub, and wires the app anew.
func (b *bench) trustHub(base, token string) {
	b.t.Helper()
	for name, text := range map[string]string{"config.yaml": "hub: {tokens: {\"" + base + "\": t}}\n", "t": token} {
		path := filepath.Join(b.home, "config", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	b.open(nil)
}

// TestHostileHub lets a hub say hostile words wherever it may say something: each comes into the file as this very
// word, or not at all and is a conflict, and of the file nothing else changes.
func TestHostileHub(t *testing.T) {
	s := servetest.Open(t, filepath.Join(t.TempDir(), "hub.db"))
	base := servetest.Serve(t, servetest.Server(s))
	token := servetest.Token(t, s, hub.Token{Name: "ci", Role: hub.Human})
	b := newBench(t, "workplans/a.md", syncPlan, ".wpctl.yaml", "hub: {base: \""+base+"\"}\n")
	b.trustHub(base, token)
	sync := func() app.PlanSync {
		t.Helper()
		res, err := b.Sync(t.Context(), app.SyncRequest{})
		if err != nil || len(res.Plans) != 1 || res.Plans[0].Err != nil {
			t.Fatal(err, res)
		}
		return res.Plans[0]
	}
	first := sync()
	parsed := func() *workplan.Plan {
		p, diags := workplan.Parse("a.md", []byte(b.read("workplans/a.md")))
		if diags.Errors() {
			t.Fatal(diags)
		}
		return p
	}
	steps := parsed().Digest(parsed().Tasks[0].Steps)
	lines := strings.Split(b.read("workplans/a.md"), "\n")
	set := func(kind hub.Kind, id string, fields map[string]any) bool {
		t.Helper()
		r, err := s.Get(t.Context(), first.Workstream, kind, id)
		if err != nil {
			t.Fatal(err)
		}
		patch, _ := json.Marshal(fields)
		res, err := s.Apply(t.Context(), hub.Token{ID: "x", Name: "ada", Role: hub.Human}, first.Workstream, []hub.Operation{{Verb: hub.Update, Kind: kind, ID: id, IfMatch: r.Rev, Body: patch}})
		if err != nil {
			t.Fatal(err)
		}
		return res[0].Problem == nil
	}
	p := parsed()
	written, refused := 0, 0
	for _, word := range hostileWords {
		before, said := parsed(), map[string]bool{}
		places := []struct {
			kind  hub.Kind
			id    string
			patch map[string]any
			now   func(*workplan.Plan) string
		}{
			{hub.KindTask, p.Tasks[0].HubID.Text, map[string]any{"assignee": word}, func(p *workplan.Plan) string { return p.Tasks[0].Assignee.Text }},
			{hub.KindWorkstream, p.HubID.Text, map[string]any{"owner": word}, func(p *workplan.Plan) string { return p.Owner.Text }},
			{hub.KindDecision, p.Decisions[0].HubID.Text, map[string]any{"status": "resolved", "choice": word, "note": word}, func(p *workplan.Plan) string { return p.Decisions[0].Choice.Text }},
		}
		for _, to := range places {
			said[to.id] = set(to.kind, to.id, to.patch) // else the hub itself does not take it
		}
		got := sync()
		after := parsed()
		for _, to := range places {
			if !said[to.id] {
				continue
			}
			before := to.now(before)
			conflict := slices.ContainsFunc(got.Conflicts, func(d exchange.Difference) bool { return d.ID == to.id })
			switch now := to.now(after); {
			case now == word && !conflict:
				written++
			case now == before && conflict:
				refused++
			default:
				t.Errorf("%s %q: the file says %q, said %q, conflicts %+v", to.kind, word, now, before, got.Conflicts)
			}
		}
		if len(after.Tasks) != 1 || len(after.Decisions) != 1 || len(after.Steps) != 0 || after.Digest(after.Tasks[0].Steps) != steps {
			t.Fatalf("%q: another plan: %s", word, b.read("workplans/a.md"))
		}
		for _, line := range strings.Split(b.read("workplans/a.md"), "\n") {
			key, _, _ := strings.Cut(strings.TrimLeft(line, "> "), ":")
			if !slices.Contains(lines, line) && !slices.Contains([]string{"assignee", "owner", "status", "choice", "by", "date", "note", "updated"}, key) {
				t.Errorf("%q: a line of its own: %q", word, line)
			}
		}
	}
	if written < 60 || refused < 30 {
		t.Errorf("%d words were written, %d were not", written, refused)
	}
}
