package drawing

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// harbour is a plan with all that can be drawn, and a task of another plan.
func harbour() Graph {
	return Graph{
		Clusters: []Cluster{
			{ID: "COAST-WP-0003", Title: "Bring parcel-desk onto the harbour cluster", Status: "active", Nodes: []Node{
				{ID: "COAST-WP-0003-T01", Short: "T01", Title: "Take stock of what is there", Kind: Task, State: Done},
				{ID: "COAST-WP-0003-T02", Short: "T02", Title: "Describe the image", Kind: Task, State: Failed, Why: "said to be failed"},
				{ID: "COAST-WP-0003-D-01", Short: "D-01", Title: "Which database cluster holds parcel_desk?", Kind: Decision, State: Waiting, Status: "pending"},
				{ID: "COAST-WP-0003-T03", Short: "T03", Title: "Provision the role and the database", Kind: Task, State: Blocked, Why: "waits for D-01"},
				{ID: "COAST-WP-0003-T04", Short: "T04", Title: "Runbook", Kind: Task, State: Cancelled},
				{ID: "COAST-WP-0003", Short: "COAST-WP-0003", Title: "the whole plan", Kind: Plan, State: Started, Status: "active"},
			}},
			{ID: "COAST-WP-0001", Title: "The quay", Status: "finished", Outside: true, Nodes: []Node{
				{ID: "COAST-WP-0001-T07", Short: "T07", Title: "Backups", Kind: Task, State: Ready},
			}},
		},
		Edges: []Edge{
			{From: "COAST-WP-0003-T01", To: "COAST-WP-0003-T02"},
			{From: "COAST-WP-0003-T01", To: "COAST-WP-0003-T03", Gates: true},
			{From: "COAST-WP-0003-D-01", To: "COAST-WP-0003-T03", Gates: true},
			{From: "COAST-WP-0001-T07", To: "COAST-WP-0003-T03", Gates: true},
			{From: "COAST-WP-0003-T03", To: "COAST-WP-0003-T04"},
			{From: "COAST-WP-0003-T04", To: "COAST-WP-0003", Gates: true},
			{From: "COAST-WP-0003-T02", To: "COAST-WP-0003", Gates: true},
			{From: "COAST-WP-0003-T02", To: "NOWHERE-T01", Gates: true},
		},
	}
}

// TestGolden compares drawings with those that somebody has looked at. UPDATE=1 writes them anew.
func TestGolden(t *testing.T) {
	for name, got := range map[string]string{"harbour.svg": SVG(harbour()), "harbour.mmd": Mermaid(harbour()), "harbour.dot": Dot(harbour())} {
		path := filepath.Join("testdata", name)
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s (-want +got):\n%s", path, d)
		}
	}
}

// chains reads "a>b" for an edge that gates, "a-b" for one that gives the order; a node with a capital is done.
func chains(edges string) Graph {
	var g Graph
	c := Cluster{ID: "P"}
	seen := map[string]bool{}
	for _, e := range strings.Fields(edges) {
		from, to, gates := strings.Cut(e, ">")
		if !gates {
			from, to, _ = strings.Cut(e, "-")
		}
		for _, id := range []string{from, to} {
			if id != "" && !seen[id] {
				seen[id] = true
				state := Ready
				if strings.ToUpper(id) == id {
					state = Done
				}
				c.Nodes = append(c.Nodes, Node{ID: id, Short: id, State: state})
			}
		}
		if to != "" {
			g.Edges = append(g.Edges, Edge{From: from, To: to, Gates: gates})
		}
	}
	g.Clusters = []Cluster{c}
	return g
}

func TestCritical(t *testing.T) {
	for _, c := range []struct{ GoCase, edges, want string }{
		{"nothing", "", ""},
		{"one node is no path", "a", ""},
		{"a chain", "a>b b>c", "a b c"},
		{"what is done is no part of it", "A>b b>c c>D D>e", "b c"},
		{"the longest one", "a>b a>c c>d", "a c d"},
		{"edges that only give the order count", "a-b b-c a>d", "a b c"},
		{"of two as long the one that gates", "a-b b-c a>d d>e", "a d e"},
		{"and then the first", "a>b a>c", "a b"},
		{"a cycle does not lead on for ever", "a>b b>c c>a", "a b c"},
		{"a need of itself is none", "a>a a>b", "a b"},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			if got := strings.Join(Critical(chains(c.edges)), " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestArrows(t *testing.T) {
	got := Arrows(chains("a-b a>b b>c c>a b>x>y"))
	want := []Arrow{{From: "a", To: "b", Gates: true, Critical: true}, {From: "b", To: "c", Gates: true, Critical: true}, {From: "c", To: "a", Gates: true, Cycle: true}}
	if d := cmp.Diff(want, slices.DeleteFunc(got, func(a Arrow) bool { return a.To == "x>y" })); d != "" {
		t.Error(d)
	}
}

func TestFold(t *testing.T) {
	for _, c := range []struct{ GoCase, text, want string }{
		{"nothing", "", ""},
		{"a short one", "Runbook", "Runbook"},
		{"at blanks", "Provision the role and the database", "Provision the|role and the|database"},
		{"cut with an ellipsis", "Provision the role and the database for everybody who works here", "Provision the|role and the|database for…"},
		{"behind a hyphen", "vergabe-teilnahme", "vergabe-|teilnahme"},
		{"within a word", strings.Repeat("m", 20), "mmmmmmmm|mmmmmmmm|mmmm"},
		{"wide runes", "日本語日本語日本語", "日本語日本語日|本語"},
	} {
		t.Run(c.GoCase, func(t *testing.T) {
			lines := fold(c.text, 100, titleSize, 3)
			if got := strings.Join(lines, "|"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			for _, l := range lines {
				if width(l, titleSize) > 100 {
					t.Errorf("%q is %v wide", l, width(l, titleSize))
				}
			}
		})
	}
}

func TestNothingToDraw(t *testing.T) {
	for _, g := range []Graph{{}, {Clusters: []Cluster{{ID: "P", Title: "Empty"}}}} {
		checkLayout(t, g)
		parseSVG(t, SVG(g))
		parseDot(t, Dot(g))
		parseMermaid(t, Mermaid(g))
	}
}
