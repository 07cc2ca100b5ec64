package workplan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// healthy is what a run says of a task with four lines and a record.
func healthy(day string) Findings {
	f := Findings{
		Date: day, Outcome: check.Passed, Cluster: "pier", Steps: "1f3a9c0011223344556677",
		Lines: []Line{
			{Outcome: check.Passed, Name: "the certificate is issued", Text: "`Certificate/tides-tls` Ready=True, until 2026-08-17"},
			{Outcome: check.Passed, Name: "health answers", Text: "200 `{\"status\":\"ok\"}`"},
			{Outcome: check.Deferred, Name: "the harbour master can log in", Text: "deferred, she is at sea"},
		},
		Records: []Record{{"server", "PostgreSQL 16.13"}},
	}
	f.Tally()
	return f
}

const healthyBlock = "<!-- wpctl:findings ACME-WP-0001-T01 steps=1f3a9c001122 -->\n" +
	"**Findings (2026-05-19):** passed, 2 of 2 checks, 1 deferred, cluster `pier`.\n\n" +
	"- ✅ the certificate is issued: `Certificate/tides-tls` Ready=True, until 2026-08-17\n" +
	"- ✅ health answers: 200 `{\"status\":\"ok\"}`\n" +
	"- ⏸ the harbour master can log in: deferred, she is at sea\n" +
	"- server: `PostgreSQL 16.13`\n\n" +
	"<!-- /wpctl:findings -->\n"

func setFindings(f Findings) func(*Plan) ([]text.Edit, error) {
	return func(p *Plan) ([]text.Edit, error) { return p.SetFindings("T01", f) }
}

func indent(prefix, s string) string {
	lines := strings.SplitAfter(s, "\n")
	for i, line := range lines {
		switch {
		case line == "\n":
			lines[i] = strings.TrimRight(prefix, " ") + "\n"
		case line != "":
			lines[i] = prefix + line
		}
	}
	return strings.Join(lines, "")
}

func TestFindingsHaveTheirPlace(t *testing.T) {
	const task = "```task\nid: T01\n```\n"
	const next = "### B\n\n```task\nid: T02\n```\n"
	for _, c := range []struct{ name, before, after string }{
		{"at the end of the file", "### A\n\n" + task, "### A\n\n" + task + "\n" + healthyBlock},
		{"behind the words", "### A\n\n" + task + "\nwords\n\n\n" + next, "### A\n\n" + task + "\nwords\n\n" + healthyBlock + "\n\n" + next},
		{"before a thematic break", "### A\n\n" + task + "\nwords\n\n---\n\n" + next, "### A\n\n" + task + "\nwords\n\n" + healthyBlock + "\n---\n\n" + next},
		{"before several of them", "### A\n\n" + task + "\n***\n\n---\n\n" + next, "### A\n\n" + task + "\n" + healthyBlock + "\n***\n\n---\n\n" + next},
		{"not before one in the middle", "### A\n\n" + task + "\n---\n\nwords\n\n" + next, "### A\n\n" + task + "\n---\n\nwords\n\n" + healthyBlock + "\n" + next},
		{"where the next heading is near", "### A\n" + task + "words\n" + next, "### A\n" + task + "words\n\n" + healthyBlock + "\n" + next},
		{"behind lower headings", "### A\n\n" + task + "\n#### C\n\nwords\n", "### A\n\n" + task + "\n#### C\n\nwords\n\n" + healthyBlock},
		{"without last newline", "### A\n\n" + task + "\nwords", "### A\n\n" + task + "\nwords\n\n" + strings.TrimSuffix(healthyBlock, "\n")},
		{"behind the list that ends the section", "### A\n\n" + task + "\n- x\n  - y\n", "### A\n\n" + task + "\n- x\n  - y\n\n" + healthyBlock},
		{"behind the quote that ends the section", "### A\n\n" + task + "\n> x\ny\n", "### A\n\n" + task + "\n> x\ny\n\n" + healthyBlock},
		{"in the item that holds the task", "- " + indent("  ", task)[2:] + "\n  words\n\n- other\n", "- " + indent("  ", task)[2:] + "\n  words\n\n" + indent("  ", healthyBlock) + "\n- other\n"},
		{"in the quote that holds the task", indent("> ", task+"\nwords\n") + "\nbehind\n", indent("> ", task+"\nwords\n\n"+healthyBlock) + "\nbehind\n"},
		{"in an item in a quote", "> 1. " + indent(">    ", task)[5:] + "> 2. other\n", "> 1. " + indent(">    ", task+"\n"+healthyBlock)[5:] + ">\n> 2. other\n"},
	} {
		for _, dress := range []func(string) string{strings.Clone, crlf} {
			got := rewrite(t, dress(head+c.before), setFindings(healthy("2026-05-19")))
			if d := cmp.Diff(dress(head+c.after), got); d != "" {
				t.Errorf("%s: %s", c.name, d)
			}
			if again := rewrite(t, got, setFindings(healthy("2026-05-20"))); again != got {
				t.Errorf("%s: the same findings on another day: %s", c.name, cmp.Diff(got, again))
			}
		}
	}
}

func TestFindingsStayWherePeopleMovedThem(t *testing.T) {
	src := head + "Before all.\n\n> Kept here:\n>\n" + indent("> ", healthyBlock) + "\n### A\n\n```task\nid: T01\n```\n"
	f := healthy("2026-06-01")
	f.Lines = f.Lines[:2]
	f.Tally()
	got := rewrite(t, src, setFindings(f))
	want := strings.Replace(src, "> - ⏸ the harbour master can log in: deferred, she is at sea\n", "", 1)
	want = strings.Replace(want, "(2026-05-19):** passed, 2 of 2 checks, 1 deferred", "(2026-06-01):** passed, 2 of 2 checks", 1)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestFindingsKeepTheDayOnWhichTheyWereFirstSeen(t *testing.T) {
	src := rewrite(t, head+"```task\nid: T01\n```\n", setFindings(healthy("2026-05-19")))
	if got := rewrite(t, src, setFindings(healthy("2026-06-01"))); got != src {
		t.Errorf("the same findings later: %s", cmp.Diff(src, got))
	}
	other := healthy("2026-06-01")
	other.Steps = "aaaa00000000"
	got := rewrite(t, src, setFindings(other))
	if want := strings.Replace(src, "steps=1f3a9c001122", "steps=aaaa00000000", 1); got != want {
		t.Errorf("the same findings of other steps: %s", cmp.Diff(want, got))
	}
	other.Outcome = check.Failed
	if got := rewrite(t, src, setFindings(other)); !strings.Contains(got, "**Findings (2026-06-01):** failed") {
		t.Errorf("other findings: %s", got)
	}
}

func TestFindingsSayWhatARecordWas(t *testing.T) {
	src := head + "```task\nid: T01\n```\n"
	for _, c := range []struct{ day, value, want string }{
		{"2026-05-19", "one", "- server: `one`\n"},
		{"2026-05-20", "one", "- server: `one`\n"},
		{"2026-06-01", "two", "- server: `two` (was `one` until 2026-05-19)\n"},
		{"2026-06-02", "two", "- server: `two` (was `one` until 2026-05-19)\n"},
		{"2026-07-01", "a`b", "- server: ``a`b`` (was `two` until 2026-06-01)\n"},
		{"2026-07-02", "a`b", "- server: ``a`b`` (was `two` until 2026-06-01)\n"},
		{"2026-07-03", "`", "- server: `` ` `` (was ``a`b`` until 2026-07-01)\n"},
		{"2026-07-04", "", "- server: ` ` (was `` ` `` until 2026-07-03)\n"},
		{"2026-07-05", "", "- server: ` ` (was `` ` `` until 2026-07-03)\n"},
		{"2026-07-06", "(was x until 2026-01-01)", "- server: `(was x until 2026-01-01)` (was ` ` until 2026-07-04)\n"},
	} {
		f := healthy(c.day)
		f.Records[0].Value = c.value
		src = rewrite(t, src, setFindings(f))
		if !strings.Contains(src, c.want) {
			t.Errorf("%s: want %sgot %s", c.day, c.want, src)
		}
		if got := parse(t, src).Tasks[0].Findings.Values["server"]; got != c.value {
			t.Errorf("%s: the value reads %q", c.day, got)
		}
	}
}

// Several steps may record under one name, and names may hold what markdown would read.
func TestFindingsOfEqualRecords(t *testing.T) {
	src := head + "```task\nid: T01\n```\n"
	f := healthy("2026-05-19")
	f.Records = []Record{{"_a_", "one"}, {"_a_", "two"}, {"b", "three"}}
	src = rewrite(t, src, setFindings(f))
	if !strings.Contains(src, "- \\_a\\_: `one`\n- \\_a\\_: `two`\n- b: `three`\n") {
		t.Error(src)
	}
	f.Date = "2026-05-20"
	if again := rewrite(t, src, setFindings(f)); again != src {
		t.Error(cmp.Diff(src, again))
	}
	f.Records[1].Value = "four"
	if got := rewrite(t, src, setFindings(f)); !strings.Contains(got, "`one`\n- \\_a\\_: `four` (was `two` until 2026-05-19)\n") {
		t.Error(got)
	}
}

func TestFindingsBlockIsRead(t *testing.T) {
	p := parse(t, head+"```task\nid: T01\n```\n\n"+healthyBlock)
	f := p.Tasks[0].Findings
	if f == nil || f.Date != "2026-05-19" || f.Steps != "1f3a9c001122" || f.ID != "ACME-WP-0001-T01" || f.Cluster != "pier" || f.Values["server"] != "PostgreSQL 16.13" {
		t.Fatalf("%+v", f)
	}
	if got := string(p.File.Src[f.Span.Start:f.Span.End]); got != healthyBlock {
		t.Errorf("%q", got)
	}
	if !strings.HasPrefix(f.Text, "**Findings (2026-05-19):**") || !strings.HasSuffix(f.Text, "`PostgreSQL 16.13`\n") {
		t.Errorf("%q", f.Text)
	}
}

func TestFindingsOfThePlan(t *testing.T) {
	f := healthy("2026-05-19")
	src := head + "```task\nid: T01\n```\n\n## Done when\n\n```verify\n- sh: make\n```\n\nAll is well.\n\n## Notes\n\nMore.\n"
	got := rewrite(t, src, func(p *Plan) ([]text.Edit, error) { return p.SetFindings("ACME-WP-0001", f) })
	want := strings.Replace(src, "All is well.\n\n", "All is well.\n\n"+strings.Replace(healthyBlock, "-T01", "", 1)+"\n", 1)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if parse(t, got).Findings == nil {
		t.Error("they are not read as the plan's")
	}
	if _, err := parse(t, head+"```task\nid: T01\n```\n").SetFindings("ACME-WP-0001", f); err == nil {
		t.Error("a plan without steps of its own took findings")
	}
}

func TestFindingsLevels(t *testing.T) {
	src := head + "```task\nid: T01\n```\n"
	f := healthy("2026-05-19")
	f.Level = Summary
	got := rewrite(t, src, setFindings(f))
	want := src + "\n<!-- wpctl:findings ACME-WP-0001-T01 steps=1f3a9c001122 -->\n**Findings (2026-05-19):** passed, 2 of 2 checks, 1 deferred, cluster `pier`.\n\n<!-- /wpctl:findings -->\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	f.Level = None
	if got := rewrite(t, src, setFindings(f)); got != src {
		t.Error("something was written")
	}
}

func TestFindingsLines(t *testing.T) {
	for _, c := range []struct {
		name string
		line Line
		want string
	}{
		{"failed, with why", Line{Outcome: check.Failed, Name: "web runs", Text: "wanted 1 ready, saw 0", Why: []string{"ImagePullBackOff", "# not a heading"}}, "- ❌ web runs: wanted 1 ready, saw 0\n  - ImagePullBackOff\n  - \\# not a heading"},
		{"unknown", Line{Outcome: check.Unknown, Name: "web runs", Text: "no answer in 30s"}, "- ❓ web runs: no answer in 30s"},
		{"waiting", Line{Outcome: check.Awaiting, Name: "log in", Text: "signature of ines"}, "- ⏳ log in: signature of ines"},
		{"skipped", Line{Outcome: check.Skipped, Name: "x", Text: "policy"}, "- ⏭ x: policy"},
		{"waived", Line{Outcome: check.Waived, Name: "x", Text: "until 2026-12-31"}, "- ⚠️ x: until 2026-12-31"},
		{"held once", Line{Outcome: check.Passed, Name: "first revision", Held: "2026-05-18"}, "- ✅ first revision: held on 2026-05-18"},
		{"held once, a person says", Line{Outcome: check.Skipped, Name: "first revision", Held: "2026-05-18", Claimed: true}, "- ⏭ first revision: claimed to have held on 2026-05-18"},
		{"claimed", Line{Outcome: check.Passed, Name: "log in", Claimed: true, Text: "by ines"}, "- ✅ log in: claimed, by ines"},
		{"advisory with a note", Line{Outcome: check.Failed, Name: "x", Text: "no", Advisory: true, Note: "mind the gap"}, "- ❌ x: no (advisory) — mind the gap"},
		{"nothing to say", Line{Outcome: check.Passed}, "- ✅"},
	} {
		if got := strings.Join(c.line.render(), "\n"); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestProseAndCode(t *testing.T) {
	for _, c := range []struct{ name, in, prose string }{
		{"plain words", "Ready=True, until 2026-08-17", "Ready=True, until 2026-08-17"},
		{"lines", "a\r\nb\n\n  c\u2028d\u0085e\vf", "a b c d e f"},
		{"terminal escapes", "\x1b[31;1mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07", "red link"},
		{"characters that cannot be seen", "a\u202eb\u200bc\ufeffd\u2066e", "abcde"},
		{"code stays code", "200 `{\"a\": *b*}`", "200 `{\"a\": *b*}`"},
		{"a lone backtick", "it`s", "it\\`s"},
		{"empty code", "a `` b", "a \\`\\` b"},
		{"emphasis", "*a* _b_ __c__ snake_case_word ~~d~~", "\\*a\\* \\_b\\_ \\_\\_c\\_\\_ snake_case_word \\~\\~d\\~\\~"},
		{"HTML", "<!-- x --> <b>&amp;", "\\<!-- x --> \\<b>\\&amp;"},
		{"links", "[x](y) ![z](u)", "\\[x\\](y) !\\[z\\](u)"},
		{"addresses", "see https://a.example/x, or www.b.example (ines@harbour.example)", "see `https://a.example/x`, or `www.b.example` (`ines@harbour.example`)"},
		{"mentions and issues", "@ines web#12 # @", "`@ines` `web#12` # @"},
		{"a table", "a | b", "a \\| b"},
		{"a heading", "# a", "\\# a"},
		{"a rule", "--- a", "\\--- a"},
		{"a numbered item", "12. a", "12\\. a"},
		{"a path", `C:\temp\x`, `C:\\temp\\x`},
		{"not UTF-8", "a\xffb", "a\ufffdb"},
	} {
		if got := prose(c.in); got != c.prose {
			t.Errorf("%s: %q, want %q", c.name, got, c.prose)
		}
	}
	long := prose(strings.Repeat("ä", 1000))
	if n := len([]rune(long)); n != maxText || !strings.HasSuffix(long, "…") {
		t.Errorf("%d characters", n)
	}
}

func TestSetFindingsRefusesMarkersInDisorder(t *testing.T) {
	const task = "```task\nid: T01\n```\n\n```task\nid: T02\n```\n\n"
	const open = "<!-- wpctl:findings ACME-WP-0001-T01 steps=00 -->\n"
	const end = "\n<!-- /wpctl:findings -->\n\n"
	for _, c := range []struct{ name, src, want string }{
		{"unclosed", task + open, "plan.md:14:1: these findings are not closed"},
		{"twice", task + open + end + open + end, "plan.md:18:1: ACME-WP-0001-T01 has findings twice"},
		{"changed", task + "<!-- wpctl:findings T01 -->\n" + end, "plan.md:14:1: this marker of findings was changed by hand"},
	} {
		out, err := Rewrite("plan.md", []byte(head+c.src), setFindings(healthy("2026-05-19")))
		if err == nil || out != nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	p, _ := Parse("plan.md", []byte(head+task+open+end+open+end))
	if _, err := p.SetFindings("T02", healthy("2026-05-19")); err != nil {
		t.Errorf("findings of another task: %v", err)
	}
	for _, f := range []Findings{{Date: "today"}, {Date: "2026-05-19", Steps: "-->"}} {
		if _, err := p.SetFindings("T02", f); err == nil {
			t.Errorf("%+v was accepted", f)
		}
	}
	if _, err := Rewrite("plan.md", []byte(head+task+"<!-- a comment that never ends\n"), func(p *Plan) ([]text.Edit, error) { return p.SetFindings("T02", healthy("2026-05-19")) }); err == nil || !strings.Contains(err.Error(), "is a fence or a comment above it not closed?") {
		t.Error("findings within a comment were accepted")
	}
}

// Plans that have no mistakes take findings under each task, in any dress.
func TestFindingsFitIntoPlans(t *testing.T) {
	for _, name := range []string{"harbour.md", "nested.md"} {
		src := readPlan(t, name)
		for dress, src := range map[string]string{"LF": src, "CR LF": crlf(src), "BOM": string(bom) + src, "no last newline": strings.TrimRight(src, "\n")} {
			p := parse(t, src)
			out := src
			for _, k := range p.Tasks {
				out = rewrite(t, out, func(p *Plan) ([]text.Edit, error) { return p.SetFindings(k.ID.Text, healthy("2026-05-19")) })
			}
			q := parse(t, out)
			if err := samePlan(p, q); err != nil {
				t.Errorf("%s, %s: %v", name, dress, err)
			}
			for _, k := range q.Tasks {
				if k.Findings == nil || !spanIn(k.Findings.Span, k.Section) {
					t.Errorf("%s, %s: findings of %s are not in its section\n%s", name, dress, k.Short, out)
				}
			}
			if dress == "CR LF" && strings.Contains(strings.ReplaceAll(out, "\r\n", ""), "\n") {
				t.Errorf("%s: a lone LF", name)
			}
		}
	}
}
