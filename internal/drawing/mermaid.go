package drawing

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// Mermaid writes the graph for mermaid, as a flowchart with one subgraph for each frame.
// Every mark in a text is written by its number, so that none ends the text, begins a directive or becomes markup.
func Mermaid(g Graph) string {
	x := indexed(g)
	names := x.names()
	var b strings.Builder
	b.WriteString("flowchart TB\n")
	for c, cluster := range x.Clusters {
		members := x.members(c)
		if len(members) == 0 {
			continue
		}
		fmt.Fprintf(&b, "  subgraph plan%d[\"%s\"]\n", c+1, mermaidText(join(" · ", cluster.ID, cluster.Title)))
		b.WriteString("    direction TB\n")
		for _, n := range members {
			open, end := `["`, `"]`
			switch x.nodes[n].Kind {
			case Decision:
				open, end = `{{"`, `"}}`
			case Plan:
				open, end = `(["`, `"])`
			}
			fmt.Fprintf(&b, "    %s%s%s%s\n", names[n], open, mermaidText(label(x.nodes[n], " · ")), end)
		}
		b.WriteString("  end\n")
	}
	critical := []string{}
	for i, e := range x.edges {
		arrow := "-->"
		switch {
		case !e.gates:
			arrow = "-.->"
		case e.critical:
			arrow = "==>"
		}
		if e.critical {
			critical = append(critical, strconv.Itoa(i))
		}
		fmt.Fprintf(&b, "  %s %s %s\n", names[e.from], arrow, names[e.to])
	}
	x.mermaidStyle(&b, names, critical)
	return b.String()
}

// mermaidStyle writes colours: boxes have those for light surroundings and text of their own, so that they can be read in
// the dark; frames have none.
func (x *index) mermaidStyle(b *strings.Builder, names, critical []string) {
	for _, state := range States {
		var of []string
		for n, node := range x.nodes {
			if node.State == state {
				of = append(of, names[n])
			}
		}
		if len(of) > 0 {
			h := light[state]
			fmt.Fprintf(b, "  classDef %s fill:%s,stroke:%s,color:#1f2328\n  class %s %[1]s\n", state, h.ground, h.line, strings.Join(of, ","))
		}
	}
	for c, cluster := range x.Clusters {
		if len(x.members(c)) > 0 {
			dashes := ""
			if cluster.Outside {
				dashes = ",stroke-dasharray:5 4"
			}
			fmt.Fprintf(b, "  style plan%d fill:none,stroke:#8c959f%s\n", c+1, dashes)
		}
	}
	var outside []string
	for n := range x.nodes {
		if x.Clusters[x.cluster[n]].Outside {
			outside = append(outside, names[n])
		}
	}
	if len(outside) > 0 {
		fmt.Fprintf(b, "  classDef outside stroke-dasharray:5 4\n  class %s outside\n", strings.Join(outside, ","))
	}
	if len(critical) > 0 {
		fmt.Fprintf(b, "  linkStyle %s stroke:#c2410c,stroke-width:3px\n", strings.Join(critical, ","))
	}
}

// marks are the states' signs in text.
var marks = map[State]string{
	Done: "✓", Started: "◐", Ready: "▶", Queued: "○", Waiting: "…", Blocked: "⊘", Failed: "✗", Inactive: "◌", Cancelled: "–", Unknown: "?",
}

// label is what a node's box says: its sign, what it is called, its title and its state.
func label(n Node, sep string) string {
	return marks[n.State] + " " + join(sep, line(n.Short)+" ("+line(n.Word())+")", line(n.Title))
}

func join(sep string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, sep)
}

// members returns the nodes of a cluster.
func (x *index) members(c int) []int {
	var out []int
	for n, of := range x.cluster {
		if of == c {
			out = append(out, n)
		}
	}
	return out
}

// mermaidText makes a text from outside fit for a quoted label. Hyphens and points within words mean nothing.
func mermaidText(s string) string {
	var b strings.Builder
	word := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	runes := []rune(line(s))
	for i, r := range runes {
		within := i > 0 && i+1 < len(runes) && word(runes[i-1]) && word(runes[i+1])
		switch {
		case word(r), strings.ContainsRune(" ,()", r), r > 0x7f && unicode.IsGraphic(r), within && (r == '-' || r == '.'):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	return b.String()
}

// names gives each node a name of letters, digits and underscores, made of its id.
func (x *index) names() []string {
	out, taken := make([]string, len(x.nodes)), map[string]bool{}
	for n, node := range x.nodes {
		name := strings.Map(func(r rune) rune {
			if r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
				return r
			}
			return '_'
		}, node.ID)
		if len(name) > 80 {
			name = name[:80]
		}
		if name == "" || name[0] < 'A' || name[0] > 'Z' { // end, graph and others are words of the languages
			name = "N_" + name
		}
		for try, i := name, 2; ; i++ {
			if !taken[strings.ToLower(try)] {
				name = try
				break
			}
			try = fmt.Sprintf("%s_%d", name, i)
		}
		out[n], taken[strings.ToLower(name)] = name, true
	}
	return out
}
