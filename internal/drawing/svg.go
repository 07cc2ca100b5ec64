package drawing

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	titleSize = 12.5
	smallSize = 11
)

// SVG draws the graph as a picture of its own: no scripts, no fonts, no links, nothing from elsewhere.
// It has colours for light and for dark surroundings, and says by sign and word what it says by colour.
func SVG(g Graph) string { return draw(g, false) }

// Inline draws the graph as a part of a page, whose sheet has Style. Boxes with links are links.
func Inline(g Graph) string { return draw(g, true) }

// Style is the sheet that Inline's pictures need.
func Style() string { return style }

func draw(g Graph, inline bool) string {
	l := lay(indexed(g))
	s := &svg{layout: l, onPath: make([]bool, len(l.nodes)), inline: inline}
	for _, e := range l.index.edges {
		if e.critical {
			s.onPath[e.from], s.onPath[e.to] = true, true
		}
	}
	legend, legendWidth, legendHeight := s.legend(max(l.w-2*margin, 420))
	w, h := max(l.w, legendWidth+2*margin), l.h+legendHeight
	role, sheet := "img", "<style>"+style+"</style>\n"
	if inline {
		role, sheet = "group", ""
	}
	s.printf(`<svg xmlns="http://www.w3.org/2000/svg" class="wpctl" viewBox="0 0 %s %s" width="%[1]s" height="%[2]s" role="%[3]s" aria-labelledby="wpctl-title wpctl-desc">`+"\n", px(w), px(h), role)
	s.printf("<title id=\"wpctl-title\">%s</title>\n<desc id=\"wpctl-desc\">%s</desc>\n", escape(s.name()), escape(s.sentence()))
	s.printf("%s%s", sheet, heads)
	s.printf(`<rect class="paper" width="%s" height="%s"/>`+"\n", px(w), px(h))
	for c := range l.Clusters {
		s.frame(c)
	}
	for _, critical := range []bool{false, true} { // above all others
		for i, e := range l.index.edges {
			if e.critical == critical {
				s.edge(i, e)
			}
		}
	}
	for c := range l.Clusters {
		s.frameTitle(c)
	}
	for n := range l.nodes {
		s.box(n)
	}
	s.printf(`<g transform="translate(%d %s)">`+"\n%s</g>\n</svg>\n", margin, px(l.h), legend)
	return s.String()
}

type svg struct {
	*layout
	strings.Builder
	onPath []bool // node → it is on the critical path
	inline bool
}

func (s *svg) printf(format string, args ...any) { fmt.Fprintf(s, format, args...) }

// px writes a length, to a tenth.
func px(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }

// xmlEscapes also keeps quotes from ending attributes.
var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;")

// escape makes a text from outside fit for one line of XML.
func escape(s string) string {
	s = line(s)
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return xmlEscapes.Replace(s)
}

// name is what the picture is called.
func (s *svg) name() string {
	var of []Cluster
	for _, c := range s.Clusters {
		if !c.Outside {
			of = append(of, c)
		}
	}
	if len(of) == 1 {
		return strings.TrimSpace(of[0].ID + " " + of[0].Title)
	}
	return fmt.Sprintf("%d workplans", len(of))
}

// sentence tells what the picture shows.
func (s *svg) sentence() string {
	var out []string
	for _, state := range States {
		if n := s.count(state); n > 0 {
			out = append(out, fmt.Sprintf("%d %s", n, state))
		}
	}
	text := fmt.Sprintf("%d nodes: %s.", len(s.nodes), strings.Join(out, ", "))
	if path := s.path(); len(path) > 0 {
		var names []string
		for _, n := range path {
			names = append(names, n.ID)
		}
		text += fmt.Sprintf(" Critical path of %d: %s.", len(path), strings.Join(names, ", "))
	}
	return text
}

func (s *svg) count(state State) int {
	sum := 0
	for _, n := range s.nodes {
		if n.State == state {
			sum++
		}
	}
	return sum
}

func (s *svg) frame(c int) {
	f := s.frames[c]
	if f.w == 0 {
		return
	}
	class := "frame"
	if s.Clusters[c].Outside {
		class += " outside"
	}
	s.printf(`<rect class="%s" x="%s" y="%s" width="%s" height="%s" rx="12"/>`+"\n", class, px(f.x), px(f.y), px(f.w), px(f.h))
}

// frameTitle stands above the edges that cross it, on a ground of its own.
func (s *svg) frameTitle(c int) {
	f, cluster := s.frames[c], s.Clusters[c]
	if f.w == 0 {
		return
	}
	room := f.w - 2*frameSide
	id := cut(line(cluster.ID), room*0.7, titleSize*boldly)
	s.printf(`<g class="head"><title>%s</title>`, escape(strings.TrimSpace(cluster.ID+" — "+cluster.Title+" ("+cluster.Status+")")))
	s.printf(`<text class="plan" x="%s" y="%s">%s`, px(f.x+frameSide), px(f.y+20), escape(id))
	if rest := room - width(id, titleSize)*boldly - 12; rest > 30 && cluster.Status != "" {
		s.printf(`<tspan class="word" dx="8">%s</tspan>`, escape(cut(line(cluster.Status), rest, smallSize)))
	}
	s.printf("</text>")
	for i, l := range s.abouts[c] {
		s.printf(`<text class="about" x="%s" y="%s">%s</text>`, px(f.x+frameSide), px(f.y+38+float64(i)*lineHeight), escape(l))
	}
	s.printf("</g>\n")
}

func (s *svg) edge(i int, e link) {
	route := s.routes[i]
	if len(route) == 0 {
		return
	}
	class, head := "needs", "needs"
	switch {
	case e.back:
		class, head = "cycle", "cycle"
	case e.critical:
		class, head = "critical", "critical"
	case !e.gates:
		class, head = "follows", "follows"
	}
	if e.critical && !e.gates {
		class += " dashed"
	}
	if !e.back && !e.critical && s.nodes[e.from].State == Done {
		class, head = class+" met", "met"
	}
	if upper, _ := s.ends(i); upper != e.from {
		route = reversed(route)
	}
	s.printf(`<path class="edge %s" d="%s" marker-end="url(#wpctl-%s)"><title>%s</title></path>`+"\n",
		class, pathOf(route), head, escape(s.told(e)))
}

// told says an edge as a sentence.
func (s *svg) told(e link) string {
	from, to := s.nodes[e.from].ID, s.nodes[e.to].ID
	switch {
	case e.back:
		return to + " needs " + from + ", and " + from + " needs " + to + ": a cycle"
	case e.gates:
		return to + " needs " + from
	}
	return to + " comes after " + from
}

func reversed(route []curve) []curve {
	out := make([]curve, len(route))
	for i, c := range route {
		out[len(route)-1-i] = curve{c[3], c[2], c[1], c[0]}
	}
	return out
}

// arrow is how long an arrowhead is: the line ends before it.
const arrow = 5

// pathOf writes a route as the data of a path; pieces that go straight on are one.
func pathOf(route []curve) string {
	var b strings.Builder
	fmt.Fprintf(&b, "M%s %s", px(route[0][0].x), px(route[0][0].y))
	for i, c := range route {
		end := c[3]
		if i == len(route)-1 {
			end.y -= math.Copysign(arrow, end.y-c[2].y)
		}
		switch {
		case c[0].x == c[1].x && c[2].x == c[3].x && c[0].x == c[3].x:
			if next := i + 1; next < len(route) && route[next][0].x == route[next][1].x && route[next][3].x == c[3].x && route[next][2].x == c[3].x {
				continue
			}
			fmt.Fprintf(&b, "V%s", px(end.y))
		case c[0].y == c[1].y && c[2].y == c[3].y && c[0].y == c[3].y:
			fmt.Fprintf(&b, "H%s", px(end.x))
		default:
			fmt.Fprintf(&b, "C%s %s %s %s %s %s", px(c[1].x), px(c[1].y), px(c[2].x), px(c[2].y), px(end.x), px(end.y))
		}
	}
	return b.String()
}

func (s *svg) box(n int) {
	node, b := s.nodes[n], s.boxes[n]
	class := string(node.State)
	if s.Clusters[s.cluster[n]].Outside {
		class += " outside"
	}
	if s.onPath[n] {
		class += " critical"
	}
	linked := s.inline && node.Link != ""
	if linked {
		s.printf(`<a href="%s">`, xmlEscapes.Replace(node.Link))
	}
	s.printf(`<g class="box %s" transform="translate(%s %s)"><title>%s</title>`, class, px(b.x), px(b.y), escape(hint(node)))
	s.printf(`%s%s`, outline(node.Kind, b), signs[node.State])
	word := cut(line(node.Word()), 92, smallSize)
	room := boxWidth - 34 - 12 - width(word, smallSize) - 8
	s.printf(`<text class="id" x="33" y="19">%s</text>`, escape(cut(line(node.Short), room, titleSize*boldly)))
	s.printf(`<text class="word" x="%d" y="19">%s</text>`, boxWidth-12, escape(word))
	for i, l := range s.lines[n] {
		s.printf(`<text x="12" y="%d">%s</text>`, headHeight+11+i*lineHeight, escape(l))
	}
	s.printf("</g>")
	if linked {
		s.printf("</a>")
	}
	s.printf("\n")
}

// hint is what is shown of a node when it is pointed at.
func hint(n Node) string {
	out := n.ID
	if n.Title != "" {
		out += " — " + n.Title
	}
	out += " (" + n.Word() + ")"
	if n.Why != "" {
		out += ": " + n.Why
	}
	return out
}

// outline is the shape of a box: what is to be decided has cut corners, a plan as a whole is round.
func outline(k Kind, b rect) string {
	if k == Decision {
		c := min(11, b.h/3)
		w, h := px(b.w), px(b.h)
		return fmt.Sprintf(`<path class="shape" d="M%[1]s 0H%[2]sL%[3]s %[1]sV%[4]sL%[2]s %[5]sH%[1]sL0 %[4]sV%[1]sz"/>`, px(c), px(b.w-c), w, px(b.h-c), h)
	}
	rx := 7.0
	if k == Plan {
		rx = min(b.h/2, 22)
	}
	return fmt.Sprintf(`<rect class="shape" width="%s" height="%s" rx="%s"/>`, px(b.w), px(b.h), px(rx))
}
