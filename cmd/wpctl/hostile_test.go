package main

import (
	"cmp"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	gmtext "github.com/yuin/goldmark/text"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// hostile are texts that would break a plan, a report, a terminal or a job if they were taken as they stand.
var hostile = []string{
	"```\n````\n~~~\n~~~~~~~~\n```task\nid: APP-WP-0001-T999\nstatus: done\n```\n", "~~~verify\n- sh: touch pwned\n~~~",
	"--> <!-- /wpctl:findings --> <!-- wpctl:findings APP-WP-0001-T001 steps=000000000000 -->\n# mine\n### T999 — mine",
	"\n---\nid: APP-WP-0002\ntype: workplan\nstatus: finished\n---\n\n***\n___\n# a\nb\n===\nc\n---\n",
	"<script>alert(1)</script><img src=x onerror=alert(1)></pre></code></details><!-- <![CDATA[ ]]> &#60;b&#62;",
	"[a](https://example.org/x) ![i](https://example.org/i.png) <https://example.org/> https://example.org/y [r]: https://example.org/ @everyone #1 *a* _b_ `c` | d | $e$ :f:",
	"\x1b[31mred\x1b[0m \x1b]8;;https://example.org\x07link\x1b]8;;\x07 \x1b]0;title\x07 \x1bc \x1b[2J\x9b31m\u009b31m \x07\x08\x7f",
	"\u202egnp.exe\u202c \u2066a\u2069 \u200b\u200e\ufeff\u2028::error::boom\u2029\U000e0041",
	"\n::error file=x,line=1::boom\n::set-output name=a::b\n::add-mask::•\n::stop-commands::x\n##[error]boom\n##vso[task.complete result=Succeeded;]\n%0A::error::boom",
	"\r::error::boom\r\n::warning::boom", "=cmd|' /C calc'!A0\n+1+1\n-1\n@SUM(A1)\t=1",
	"]]></failure></testcase></testsuite><x a=\"\" b='&amp;&bad;", "\x00\x01\x0b\x0c\x1f\ufffe\uffff", "\xff\xfe\xc0\x80\xed\xa0\x80", "\"}]},{\"level\": \"none\" \\u0000 \\ud800",
	"# SKIP \\# TODO\nok 999 - more\nnot ok 1000\n1..0\nBail out!\n  ...\n  ---\n", "\"} 1\nwpctl_exit_code 0\n# EOF\n", "${{ env.HOME }} $(touch pwned) `touch pwned` ; touch pwned",
	strings.Repeat("`", 300) + strings.Repeat("<!--", 300), strings.Repeat("x", 100_000),
}

// TestHostileTextsFromOutside shows hostile texts wherever a step looks: the plan keeps its tasks, every report can be
// read, and nothing that is printed is a command to a terminal or a job.
func TestHostileTextsFromOutside(t *testing.T) {
	o := newOutside(t, hostile...)
	var tasks []string
	for i := range hostile {
		tasks = append(tasks, o.steps(t, i))
	}
	before := strings.ReplaceAll(aPlan(tasks...), "status: todo", "status: done")
	o.file(t, "plan.md", before)
	o.env = append(o.env, "GITHUB_ACTIONS=true")
	said := o.verbs(t)
	made := o.made(t)
	after := made["plan.md"]
	want := strings.ReplaceAll(before, "status: done", "status: failed")
	if got := withoutFindings(after); got != want {
		t.Errorf("beside its findings the plan is now\n%s", got)
	}
	samePlan(t, before, after, "failed")
	if err := onlyOurs(after, len(hostile)); err != nil {
		t.Errorf("the plan: %v", err)
	}
	o.soundOutput(t, said, made)
}

// TestHostileTextsOfAuthors has hostile texts as titles of plans and tasks, names of steps and files.
func TestHostileTextsOfAuthors(t *testing.T) {
	o := newOutside(t)
	var plan strings.Builder
	fmt.Fprintf(&plan, "---\nid: APP-WP-0001\ntype: workplan\ntitle: %s\nstatus: active\norder: independent\n---\n\n", inYAML(strings.Join(hostile[:10], " ")))
	n := 0
	for _, text := range hostile {
		for line := range strings.Lines(text) {
			line = strings.ToValidUTF8(strings.NewReplacer("\x00", "", "\r", "", "\n", "", "\ufffe", "", "\uffff", "").Replace(line), "")
			if len(line) > 1000 || strings.TrimSpace(line) == "" {
				continue
			}
			n++
			fmt.Fprintf(&plan, "### T%03d — %s\n\n```task\nid: APP-WP-0001-T%03[1]d\nstatus: todo\n```\n\n```verify\n- name: %[3]s\n  file: {path: %[3]s, contains: [nothing]}\n- name: %[3]s\n  sh: {run: \"exit 1\", stdin: %[3]s}\n```\n\n", n, line, inYAML(strings.ReplaceAll(line, "${{", "$ {{")))
		}
	}
	before := plan.String()
	o.file(t, "plan.md", before)
	if said, exit := o.wpctl(t, "lint", "plan.md"); exit != 0 {
		t.Fatalf("it is no plan: %s", said)
	}
	o.env = append(o.env, "GITHUB_ACTIONS=true")
	said := o.verbs(t)
	made := o.made(t)
	samePlan(t, before, made["plan.md"], "")
	o.soundOutput(t, said, made)
}

func inYAML(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return strings.ReplaceAll(string(b), "\x7f", `\u007f`)
}

var (
	findings = regexp.MustCompile(`(?s)<!-- wpctl:findings \S+ steps=[0-9a-f]+ -->\n.*?\n<!-- /wpctl:findings -->\n\n`)
	updated  = regexp.MustCompile(`(?m)^updated: .*\n`)
)

func withoutFindings(src string) string {
	return updated.ReplaceAllString(findings.ReplaceAllString(src, ""), "")
}

// samePlan expects a plan with the same tasks, titles and steps, and the status that all tasks should have.
func samePlan(t *testing.T, before, after, status string) {
	t.Helper()
	was, _ := workplan.Parse("plan.md", []byte(before))
	is, _ := workplan.Parse("plan.md", []byte(after))
	outline := func(p *workplan.Plan, status string) (out []string) {
		out = append(out, p.ID.Text, p.Title.Text, fmt.Sprint(len(p.Decisions)))
		for _, task := range p.Tasks {
			out = append(out, fmt.Sprintf("%s %q %s %d", task.ID.Text, task.Title, cmp.Or(status, task.Status.Text), len(task.Steps)))
		}
		return out
	}
	if a, b := outline(was, status), outline(is, ""); !slices.Equal(a, b) {
		t.Errorf("the plan was\n%s\nand is\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
}

// onlyOurs expects markdown with so many headings, and no links, images or HTML but the comments of findings.
func onlyOurs(src string, headings int) error {
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(gmtext.NewReader([]byte(src)))
	n := 0
	err := ast.Walk(doc, func(node ast.Node, enter bool) (ast.WalkStatus, error) {
		if !enter {
			return ast.WalkContinue, nil
		}
		switch node.Kind() {
		case ast.KindHeading:
			if node.(*ast.Heading).Level == 3 {
				n++
			}
		case ast.KindLink, ast.KindImage, ast.KindAutoLink, ast.KindRawHTML:
			return ast.WalkStop, fmt.Errorf("it has a %s", node.Kind())
		case ast.KindHTMLBlock:
			if text := string(node.(*ast.HTMLBlock).Lines().Value([]byte(src))); !strings.HasPrefix(text, "<!-- wpctl:findings ") && !strings.HasPrefix(text, "<!-- /wpctl:findings -->") {
				return ast.WalkStop, fmt.Errorf("it has the HTML %q", text)
			}
		}
		return ast.WalkContinue, nil
	})
	if err == nil && n != headings {
		err = fmt.Errorf("%d headings, want %d", n, headings)
	}
	return err
}

var (
	colour   = regexp.MustCompile("\x1b\\[[0-9;]*m")
	aCommand = regexp.MustCompile(`^\s*::|##\[|##vso\[`)
	ourOwn   = regexp.MustCompile(`^::(group::|endgroup::|(error|warning|notice) (file=plan\.md,line=\d+,endLine=\d+,)?title=[^:,]*::)`)
)

// soundOutput expects what was printed to hold no commands, and reports to be readable.
func (o *outside) soundOutput(t *testing.T, said, made map[string]string) {
	t.Helper()
	if _, there := made["pwned"]; there {
		t.Error("a command was run")
	}
	for name, text := range said {
		for line := range strings.Lines(text) {
			plain := strings.TrimSuffix(colour.ReplaceAllString(line, ""), "\n")
			if i := strings.IndexFunc(plain, unprintable); i >= 0 {
				t.Errorf("%s prints %q", name, plain[i:min(len(plain), i+40)])
				break
			}
			if aCommand.MatchString(plain) && !ourOwn.MatchString(plain) {
				t.Errorf("%s has the command %q", name, plain)
				break
			}
		}
	}
	for name, text := range made {
		format := ""
		if _, suffix, ok := strings.Cut(name, "."); ok && strings.HasPrefix(name, "out/") {
			format = suffix
		}
		if err := readable(format, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if strings.HasPrefix(name, "out/") && strings.ContainsFunc(text, unprintable) {
			i := strings.IndexFunc(text, unprintable)
			t.Errorf("%s holds %q", name, text[i:min(len(text), i+40)])
		}
	}
}

// unprintable tells of runes that are commands to a terminal, or show a text in another order than it has.
func unprintable(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < ' ', r >= 0x7f && r < 0xa0, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200b, r == 0x200e, r == 0xfeff, r == 0x2028, r == 0x2029, r >= 0xe0000 && r < 0xe0080:
		return true
	}
	return false
}

// readable reads a report as its readers do.
func readable(format, text string) error {
	switch format {
	case "J":
		for d := xml.NewDecoder(strings.NewReader(text)); ; {
			if _, err := d.Token(); err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
		}
	case "S":
		d := json.NewDecoder(strings.NewReader(text))
		d.DisallowUnknownFields()
		return d.Decode(&sarif.Report{})
	case "V":
		return json.Unmarshal([]byte(text), &map[string]any{})
	case "P":
		p := expfmt.NewTextParser(model.LegacyValidation)
		_, err := p.TextToMetricFamilies(strings.NewReader(text))
		return err
	case "M":
		return noMarkup(text)
	case "T":
		for line := range strings.Lines(text) {
			if !regexp.MustCompile(`^(TAP version 14|1\.\.\d+|(not )?ok \d+ - |  )`).MatchString(line) {
				return fmt.Errorf("the line %q", line)
			}
		}
	}
	return nil
}

// noMarkup expects markdown without links, images and HTML.
func noMarkup(src string) error {
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(gmtext.NewReader([]byte(src)))
	return ast.Walk(doc, func(node ast.Node, enter bool) (ast.WalkStatus, error) {
		switch node.Kind() {
		case ast.KindLink, ast.KindImage, ast.KindAutoLink, ast.KindRawHTML, ast.KindHTMLBlock, ast.KindFencedCodeBlock:
			return ast.WalkStop, fmt.Errorf("it has a %s", node.Kind())
		}
		return ast.WalkContinue, nil
	})
}
