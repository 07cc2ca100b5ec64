package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	goast "go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	gmtext "github.com/yuin/goldmark/text"
	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// hostile are texts that would break a report, or be a command to whoever reads it.
var hostile = []string{
	"", " ", "\n::error::boom", "\r\n::set-output name=a::b", "::stop-commands::x", "##[error]boom", "%0A::error::boom",
	"\x1b[31mred\x1b[0m", "\x1b]8;;https://example.org\x07link", "\u202egnp.exe", "\u200b\ufeff", "\x00\x01\x08\x0b\x0c\x1f\x7f", "\xff\xfe", "\ufffe\uffff", "\U000e0001",
	"]]>", "</failure></testcase>", "<!--", "<![CDATA[", `" onerror="x`, "&amp;&#10;&lt;", "<script>alert(1)</script>", "<img src=x>",
	"=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1",
	"`", "``` \n# heading", "````````", "[a](https://example.org)", "![a](https://example.org/x.png)", "@everyone", "#1", "https://example.org/", "| a | b |", "\n---\n", "\n- [ ] task", "~~~", "\\", "*a*", "$x$",
	"# SKIP", "\\# TODO", "\nok 99 - more", "\n1..1", "\nBail out!", "\n  ...\n",
	"\"} 1\nwpctl_exit_code 0", `\"`, "{a=\"b\"}",
	strings.Repeat("x", 100_000),
}

func TestHostileTextsBreakNoReport(t *testing.T) {
	for _, text := range hostile {
		sound(t, text)
	}
}

func FuzzReports(f *testing.F) {
	for _, text := range hostile[:len(hostile)-1] {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { sound(t, text) })
}

// sound writes all reports of a run whose texts from outside end in text, and reads them as their readers would.
func sound(t *testing.T, text string) {
	t.Helper()
	res := sample(text)
	wrong := mistakes(text)
	for _, r := range []Run{
		OfVerify(res, "1.2.3", site), OfRun(res.RunResult, "1.2.3", site), OfVerify(res, "1.2.3", site).With(wrong, site),
		OfMistakes("run", "1.2.3", wrong, 2, site),
	} {
		out := map[string]string{}
		for name, f := range formats {
			b, err := f(r)
			if err != nil {
				t.Fatalf("%s of %q: %v", name, text, err)
			}
			out[name] = string(b)
			for _, line := range strings.Split(string(b), "\n") {
				if safe.Line(line) != line && strings.TrimSpace(line) == line {
					t.Fatalf("%s of %q has the line %q", name, text, line)
				}
				if name != "github.txt" && (strings.HasPrefix(strings.TrimSpace(line), "::") || strings.HasPrefix(line, "##[")) {
					t.Fatalf("%s of %q has a command: %q", name, text, line)
				}
			}
		}
		for name, err := range map[string]error{
			"junit": junitSound(out["junit.xml"], r), "sarif": sarifSound(out["sarif.json"], r), "github": githubSound(out["github.txt"], r),
			"markdown": markdownSound(out["markdown.md"]), "tap": tapSound(out["tap.txt"], r), "prometheus": prometheusSound(out["prometheus.prom"], r),
		} {
			if err != nil {
				t.Fatalf("%s of %q: %v", name, text, err)
			}
		}
	}
}

func junitSound(src string, r Run) error {
	var doc junitSuites
	if err := xml.Unmarshal([]byte(src), &doc); err != nil {
		return err
	}
	want, have, suites := 0, 0, map[string]bool{}
	for _, s := range r.Sections {
		want += len(cases(r, s))
		suites[s.Plan] = true
	}
	for _, s := range doc.Suites {
		have += len(s.Cases)
	}
	if len(doc.Suites) != len(suites) || have != want || doc.Tests != want {
		return fmt.Errorf("%d suites, %d tests, want %d", len(doc.Suites), doc.Tests, want)
	}
	return nil
}

func sarifSound(src string, r Run) error {
	var doc sarif.Report
	d := json.NewDecoder(strings.NewReader(src))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		return err
	}
	schema, err := sarifSchemaOf()
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(src))
	if err != nil {
		return err
	}
	if err := schema.Validate(v); err != nil {
		return err
	}
	if len(doc.Runs) != 1 || len(doc.Runs[0].Results) < len(r.at(Error))+len(r.at(Warning))+len(r.at(Note)) {
		return errors.New("results are missing")
	}
	for _, result := range doc.Runs[0].Results {
		if at := *result.Locations[0].PhysicalLocation; *at.ArtifactLocation.URI != "workplans/shop.md" || *at.Region.StartLine < 1 || *at.Region.EndLine < *at.Region.StartLine {
			return fmt.Errorf("a result at %s:%d", *at.ArtifactLocation.URI, *at.Region.StartLine)
		}
	}
	return nil
}

// sarifSchemaOf is the schema of SARIF 2.1.0, which stands as a string in the library that the tests read SARIF with.
var sarifSchemaOf = sync.OnceValues(func() (*jsonschema.Schema, error) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3").Output()
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "pkg/report/v210/sarif/schema.go"), nil, 0)
	if err != nil {
		return nil, err
	}
	var source string
	goast.Inspect(file, func(n goast.Node) bool {
		if lit, ok := n.(*goast.BasicLit); ok && lit.Kind == token.STRING && len(lit.Value) > 10_000 {
			source, err = strconv.Unquote(lit.Value)
		}
		return true
	})
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(source))
	if err != nil {
		return nil, err
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("sarif.json", doc); err != nil {
		return nil, err
	}
	return c.Compile("sarif.json")
})

func githubSound(src string, r Run) error {
	lines := strings.Split(strings.TrimSuffix(src, "\n"), "\n")
	if want := len(r.at(Error)) + len(r.at(Warning)) + len(r.at(Note)); len(lines) != want {
		return fmt.Errorf("%d lines, want %d", len(lines), want)
	}
	for _, l := range lines {
		command, message, ok := strings.Cut(strings.TrimPrefix(l, "::"), "::")
		level, properties, _ := strings.Cut(command, " ")
		if !ok || !strings.HasPrefix(l, "::") || !strings.Contains("error warning notice", level) || len(message) > 3*maxAnnotation {
			return fmt.Errorf("the line %q", l)
		}
		if n := strings.Count(properties, ","); n != 3 || strings.Count(properties, "=") < 4 {
			return fmt.Errorf("the properties %q", properties)
		}
	}
	return nil
}

// markdownSound parses a summary and expects nothing in it but headings, lists and code.
func markdownSound(src string) error {
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(gmtext.NewReader([]byte(src)))
	headings := 0
	err := ast.Walk(doc, func(n ast.Node, enter bool) (ast.WalkStatus, error) {
		if !enter {
			return ast.WalkContinue, nil
		}
		switch n.Kind() {
		case ast.KindHeading:
			headings++
		case ast.KindDocument, ast.KindList, ast.KindListItem, ast.KindParagraph, ast.KindTextBlock, ast.KindText, ast.KindCodeSpan:
		default:
			return ast.WalkStop, fmt.Errorf("it has a %s", n.Kind())
		}
		return ast.WalkContinue, nil
	})
	if err == nil && headings != strings.Count(src, "\n#### ")+1 {
		err = fmt.Errorf("%d headings", headings)
	}
	return err
}

func tapSound(src string, r Run) error {
	n, inside, block := 0, false, ""
	for i, l := range strings.Split(strings.TrimSuffix(src, "\n"), "\n") {
		switch {
		case i == 0 && l == "TAP version 14", i == 1 && l == fmt.Sprintf("1..%d", len(r.Sections)):
		case l == "  ---":
			inside, block = true, ""
		case l == "  ...":
			inside = false
			var v map[string]string
			if err := yaml.Load([]byte(block), &v); err != nil || v["message"] == "" {
				return fmt.Errorf("the block %q: %w", block, err)
			}
		case inside:
			block += strings.TrimPrefix(l, "  ") + "\n"
		case strings.HasPrefix(l, fmt.Sprintf("ok %d - ", n+1)), strings.HasPrefix(l, fmt.Sprintf("not ok %d - ", n+1)):
			n++
		default:
			return fmt.Errorf("the line %q", l)
		}
	}
	if n != len(r.Sections) {
		return fmt.Errorf("%d tests", n)
	}
	return nil
}

func prometheusSound(src string, r Run) error {
	p := expfmt.NewTextParser(model.LegacyValidation)
	families, err := p.TextToMetricFamilies(bytes.NewReader([]byte(src)))
	if err != nil {
		return err
	}
	n, tasks := 0.0, 0
	for _, s := range r.Sections {
		if !s.Mistake {
			tasks++
		}
	}
	for _, m := range families["wpctl_tasks"].GetMetric() {
		n += m.GetGauge().GetValue()
	}
	known := 6
	if tasks == 0 {
		known -= 2 // those that are about tasks are empty
	}
	if len(families) != known || int(n) != tasks {
		return fmt.Errorf("%d families, %g tasks", len(families), n)
	}
	if v := families["wpctl_exit_code"].GetMetric()[0].GetGauge().GetValue(); int(v) != r.Exit {
		return fmt.Errorf("exit code %g", v)
	}
	return nil
}

func TestAnnotationsAreBounded(t *testing.T) {
	r := OfVerify(sample(""), "1", site)
	s := r.at(Error)[0]
	s.Message = strings.Repeat("ä", 10_000)
	r.Sections = nil
	for range 200 {
		r.Sections = append(r.Sections, s)
	}
	lines := strings.Split(strings.TrimSpace(string(GitHub(r))), "\n")
	if len(lines) != maxAnnotations || !strings.Contains(lines[9], "and 191 more") || len(lines[0]) > maxAnnotation+200 {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
	if n := strings.Count(string(Markdown(r)), "no longer holds"); n != maxListed {
		t.Errorf("markdown lists %d", n)
	}
}
