package drawing

import (
	"fmt"
	"strings"
)

// Dot writes the graph for graphviz, with one cluster for each frame.
func Dot(g Graph) string {
	x := indexed(g)
	names := x.names()
	var b strings.Builder
	b.WriteString(`digraph workplans {
  graph [fontname="Helvetica", fontsize=11, rankdir=TB, nodesep=0.3, ranksep=0.45]
  node [fontname="Helvetica", fontsize=11, shape=box, style="rounded,filled", color="#8c959f", fillcolor="#ffffff", fontcolor="#1f2328"]
  edge [color="#6b7683"]
`)
	for c, cluster := range x.Clusters {
		members := x.members(c)
		if len(members) == 0 {
			continue
		}
		style := "rounded,filled"
		if cluster.Outside {
			style = "rounded,dashed"
		}
		fmt.Fprintf(&b, "  subgraph cluster_%d {\n    label=\"%s\"\n    style=\"%s\"; color=\"#d0d7de\"; fillcolor=\"#f7f8fa\"\n", c+1,
			dotText(join(" · ", cluster.ID, cluster.Title)), style)
		for _, n := range members {
			x.dotNode(&b, n, names[n])
		}
		b.WriteString("  }\n")
	}
	for _, e := range x.edges {
		var with []string
		if !e.gates {
			with = append(with, "style=dashed")
		}
		if e.critical {
			with = append(with, `color="#c2410c"`, "penwidth=3")
		}
		if e.back {
			with = append(with, `color="#d62f2f"`, "constraint=false")
		}
		fmt.Fprintf(&b, "  %s -> %s", names[e.from], names[e.to])
		if len(with) > 0 {
			fmt.Fprintf(&b, " [%s]", strings.Join(with, ", "))
		}
		b.WriteString("\n")
	}
	b.WriteString("}\n")
	return b.String()
}

func (x *index) dotNode(b *strings.Builder, n int, name string) {
	node := x.nodes[n]
	h := light[node.State]
	lines := append([]string{label(Node{Short: node.Short, State: node.State, Status: node.Status}, "")}, fold(line(node.Title), boxWidth-24, titleSize, 3)...)
	for i := range lines {
		lines[i] = dotText(lines[i])
	}
	with := ""
	switch node.Kind {
	case Decision:
		with = `, shape=octagon, style="filled"`
	case Plan:
		with = `, shape=ellipse, style="filled"`
	}
	if x.Clusters[x.cluster[n]].Outside {
		with = strings.ReplaceAll(with, `style="filled"`, `style="filled,dashed"`)
		if with == "" {
			with = `, style="rounded,filled,dashed"`
		}
	}
	fmt.Fprintf(b, "    %s [label=\"%s\", tooltip=\"%s\", color=\"%s\", fillcolor=\"%s\"%s]\n", name, strings.Join(lines, `\n`), dotText(hint(node)), h.line, h.ground, with)
}

// dotEscapes keep quotes and backslashes from meaning anything, and ampersands from beginning an entity of HTML.
var dotEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "&", "&amp;")

// dotText makes a text from outside fit for a quoted label.
func dotText(s string) string { return dotEscapes.Replace(strings.ToValidUTF8(line(s), "\uFFFD")) }
