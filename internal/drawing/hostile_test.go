package drawing

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// hostiles are texts that mean something in one of the languages.
var hostiles = []string{
	`a"]; click n1 call alert(1)`, "%%{init: {'theme':'dark'}}%%", "<script>alert(1)</script><img src=x onerror=alert(1)>",
	"`md` **b** # style a:#35; classDef x:#f;", "1. list", "- item", "end", `back\slash\`, `\N \G \n \l`, "&amp; &lt;b&gt; &#35;",
	"\x1b[31mred\x00 \u202egnp", "]] }} )) --> A", "\xff\xfe bad", "]]> <!-- -->", "subgraph x", "$$x^2$$", "fa:fa-car http://x.y/z",
	`"`, `'/><a href="javascript:alert(1)">`, "two\nlines\r\n", "\ufffe\uffff", strings.Repeat("long ", 200_000), "", " ",
}

func hostile(texts []string) Graph {
	g := Graph{Clusters: []Cluster{{ID: texts[0], Title: texts[len(texts)-1], Status: texts[len(texts)/2]}}}
	for i, s := range texts {
		g.Clusters[0].Nodes = append(g.Clusters[0].Nodes, Node{
			ID: s, Short: s, Title: s, Status: s, Why: s, Kind: []Kind{Task, Decision, Plan}[i%3], State: States[i%len(States)],
		})
		g.Edges = append(g.Edges, Edge{From: texts[(i+1)%len(texts)], To: s, Gates: i%2 == 0})
	}
	return g
}

// TestHostileTexts: whatever a plan says, each drawing is well formed, holds what the plan says as text, and nothing else.
func TestHostileTexts(t *testing.T) {
	checkTexts(t, hostile(hostiles))
}

func TestAnyTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.OneOf(rapid.String(), rapid.SampledFrom(hostiles[:len(hostiles)-3]), rapid.StringMatching("[\x00-\x7f]{0,20}"))
		checkTexts(t, hostile(rapid.SliceOfN(some, 1, 6).Draw(t, "texts")))
	})
}

func checkTexts(t rapid.TB, g Graph) {
	t.Helper()
	titles := parseSVG(t, SVG(g))
	tips := parseDot(t, Dot(g))
	labels := parseMermaid(t, Mermaid(g))
	for _, n := range indexed(g).nodes {
		if !slices.Contains(titles, line(hint(n))) {
			t.Fatalf("the SVG does not say %q", hint(n))
		}
		if !slices.Contains(tips, strings.ToValidUTF8(line(hint(n)), "\uFFFD")) {
			t.Fatalf("the dot text does not say %q", hint(n))
		}
		if !slices.Contains(labels, line(label(n, " · "))) {
			t.Fatalf("the mermaid text does not say %q", label(n, " · "))
		}
	}
}

// parseSVG returns the titles in an SVG, which has only such elements and attributes as we write.
func parseSVG(t rapid.TB, text string) []string {
	t.Helper()
	elements := strings.Fields("svg title desc style defs marker path rect g text tspan circle")
	attributes := strings.Fields("xmlns class viewBox width height role aria-labelledby id refX refY markerWidth markerHeight markerUnits orient d x y rx cx cy r dx transform marker-end stroke-dasharray")
	var titles []string
	title := false
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return titles
		}
		if err != nil {
			t.Fatalf("not well formed: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if !slices.Contains(elements, e.Name.Local) {
				t.Fatalf("an element %s", e.Name.Local)
			}
			for _, a := range e.Attr {
				if !slices.Contains(attributes, a.Name.Local) || a.Name.Local == "marker-end" && !strings.HasPrefix(a.Value, "url(#wpctl-") {
					t.Fatalf("an attribute %s=%q", a.Name.Local, a.Value)
				}
			}
			if title = e.Name.Local == "title"; title {
				titles = append(titles, "")
			}
		case xml.CharData:
			if title {
				titles[len(titles)-1] += string(e)
			}
			for _, r := range string(e) {
				if r != '\n' && safe.Visible(r) != string(r) {
					t.Fatalf("%q in a text", r)
				}
			}
		case xml.EndElement:
			title = false
		case xml.Comment, xml.Directive, xml.ProcInst:
			t.Fatalf("a %T", e)
		}
	}
}

var (
	dotQuoted = `"(?:[^"\\]|\\.)*"`
	dotLine   = regexp.MustCompile(`^ *(digraph workplans \{|\}|subgraph cluster_\d+ \{|label=` + dotQuoted +
		`|style=` + dotQuoted + `; color=` + dotQuoted + `; fillcolor=` + dotQuoted +
		`|(?:[A-Z]\w*|graph|node|edge)(?: -> [A-Z]\w*)?(?: \[(?:[a-z]+=(?:\w+|[\d.]+|` + dotQuoted + `)(?:, )?)*\])?)$`)
	dotTip = regexp.MustCompile(`tooltip=(` + dotQuoted + `)`)
)

// parseDot returns the tooltips in a dot text, which has only such lines as we write.
func parseDot(t rapid.TB, text string) []string {
	t.Helper()
	var tips []string
	for l := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if !dotLine.MatchString(l) {
			t.Fatalf("a line of dot: %q", l)
		}
		if m := dotTip.FindStringSubmatch(l); m != nil {
			tip := m[1][1 : len(m[1])-1]
			tips = append(tips, strings.NewReplacer(`\"`, `"`, `\\`, `\`, "&amp;", "&").Replace(tip))
		}
	}
	return tips
}

var (
	mermaidLabel = `((?:[^"#;&<>%` + "`" + `\[\]{}\\]|#\d+;)*)`
	mermaidLine  = regexp.MustCompile(`^(?:flowchart TB|  subgraph plan\d+\["` + mermaidLabel + `"\]|    [A-Z]\w*(?:\["|\{\{"|\(\[")` + mermaidLabel +
		`(?:"\]|"\}\}|"\]\))|    direction TB|  style plan\d+ fill:none,stroke:#8c959f(?:,stroke-dasharray:5 4)?|  end|  [A-Z]\w* (?:-->|==>|-\.->) [A-Z]\w*|  classDef [a-z]+ [-\w:#, ]+|  class [\w,]+ [a-z]+|  linkStyle [\d,]+ stroke:#c2410c,stroke-width:3px)$`)
	mermaidNumber = regexp.MustCompile(`#\d+;`)
)

// parseMermaid returns the labels in a mermaid text, which has only such lines as we write.
func parseMermaid(t rapid.TB, text string) []string {
	t.Helper()
	var labels []string
	for l := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		m := mermaidLine.FindStringSubmatch(l)
		if m == nil {
			t.Fatalf("a line of mermaid: %q", l)
		}
		labels = append(labels, mermaidNumber.ReplaceAllStringFunc(m[2], func(s string) string {
			n, _ := strconv.Atoi(s[1 : len(s)-1])
			return string(rune(n))
		}))
	}
	return labels
}
