package drawing

import (
	"fmt"
	"slices"
	"strings"
)

// signs are the states' signs, drawn and not written, so that no font has to have them.
var signs = map[State]string{
	Done:      `<path class="sign" d="M14 15.5l4 4 7-8.5"/>`,
	Started:   `<circle class="sign" cx="19" cy="15" r="5.5"/><path class="sign full" d="M19 9.5a5.5 5.5 0 0 1 0 11z"/>`,
	Ready:     `<path class="sign full" d="M15 10l8.5 5-8.5 5z"/>`,
	Queued:    `<circle class="sign" cx="19" cy="15" r="5.5"/>`,
	Inactive:  `<circle class="sign" cx="19" cy="15" r="5.5" stroke-dasharray="2.2 2.2"/>`,
	Waiting:   `<circle class="sign" cx="19" cy="15" r="5.5"/><path class="sign" d="M19 12v3.2l2.2 1.6"/>`,
	Blocked:   `<circle class="sign" cx="19" cy="15" r="5.5"/><path class="sign" d="M15.2 11.2l7.6 7.6"/>`,
	Failed:    `<path class="sign" d="M14.5 10.5l9 9m0-9l-9 9"/>`,
	Cancelled: `<path class="sign" d="M13.5 15h11"/>`,
	Unknown:   `<path class="sign" d="M16 12.5a3 3 0 1 1 4.4 2.7c-1 .5-1.4 1-1.4 2m0 2.8v.4"/>`,
}

// hue is the colours of a state: its ground, its line, and its sign and word.
type hue struct{ ground, line, word string }

var light = map[State]hue{
	Done:      {"#e9f6ec", "#4aa564", "#1c6b34"},
	Queued:    {"#ffffff", "#8c959f", "#57606a"},
	Inactive:  {"#f3f4f6", "#a3aab5", "#5c6470"},
	Started:   {"#e6f1fd", "#3b82d6", "#175097"},
	Ready:     {"#ffffff", "#3b82d6", "#175097"},
	Waiting:   {"#f4ecfd", "#8b5cd0", "#5f2fa8"},
	Blocked:   {"#fdf5e0", "#c99a2e", "#7a5600"},
	Failed:    {"#fdeaea", "#d64545", "#a31f1f"},
	Cancelled: {"#f3f4f6", "#a3aab5", "#5c6470"},
	Unknown:   {"#f3f4f6", "#6b7280", "#4b5260"},
}

var dark = map[State]hue{
	Done:      {"#12281a", "#3f8f57", "#7fd49a"},
	Queued:    {"#161b22", "#6e7681", "#a7b0bb"},
	Inactive:  {"#1b1f25", "#59616d", "#9aa3af"},
	Started:   {"#10263f", "#4a8fdc", "#93c4fb"},
	Ready:     {"#161b22", "#4a8fdc", "#93c4fb"},
	Waiting:   {"#261a3b", "#9a70db", "#c9aef5"},
	Blocked:   {"#2d2410", "#b58a2c", "#ecc767"},
	Failed:    {"#361618", "#d65353", "#ff9d9d"},
	Cancelled: {"#1b1f25", "#59616d", "#9aa3af"},
	Unknown:   {"#1b1f25", "#8a93a0", "#b3bbc6"},
}

// scheme is the colours of all that has no state.
type scheme struct{ paper, frame, frameLine, ink, faint, edge, met, critical, cycle string }

var style = sheetText()

func sheetText() string {
	var b strings.Builder
	b.WriteString(`
.wpctl text{font:12.5px -apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",Verdana,sans-serif}
.wpctl .id,.wpctl .plan{font-weight:600}
.wpctl .word{font-size:11px;font-weight:400}
.wpctl .box .word{text-anchor:end}
.wpctl .shape{stroke-width:1.2}
.wpctl .box.critical .shape{stroke-width:2.6}
.wpctl .outside .shape,.wpctl .frame.outside{stroke-dasharray:5 4}
.wpctl .cancelled .id,.wpctl .cancelled text{text-decoration:line-through}
.wpctl .cancelled .word{text-decoration:none}
.wpctl .sign{fill:none;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.wpctl .edge{fill:none;stroke-width:1.5}
.wpctl .follows,.wpctl .dashed{stroke-dasharray:5 4}
.wpctl .critical.edge{stroke-width:3}
.wpctl .cycle{stroke-width:2;stroke-dasharray:2 3}
.wpctl .head text{paint-order:stroke;stroke-width:5px;stroke-linejoin:round}
`)
	colours(&b, scheme{"#ffffff", "#f7f8fa", "#d0d7de", "#1f2328", "#57606a", "#6b7683", "#b4bcc6", "#c2410c", "#d62f2f"}, light)
	b.WriteString("@media (prefers-color-scheme:dark){\n")
	colours(&b, scheme{"#0d1117", "#13181f", "#30363d", "#e6edf3", "#9aa4af", "#8b95a1", "#4a525c", "#ff9248", "#ff6b6b"}, dark)
	b.WriteString("}\n")
	return b.String()
}

func colours(b *strings.Builder, s scheme, hues map[State]hue) {
	fmt.Fprintf(b, ".wpctl .paper{fill:%s}\n.wpctl .frame{fill:%s;stroke:%s}\n.wpctl text{fill:%s}\n", s.paper, s.frame, s.frameLine, s.ink)
	fmt.Fprintf(b, ".wpctl .about,.wpctl .head .word,.wpctl .legend{fill:%s}\n.wpctl .head text{stroke:%s}\n", s.faint, s.frame)
	for _, e := range []struct{ class, colour string }{
		{"needs", s.edge}, {"follows", s.edge}, {"met", s.met}, {"critical", s.critical}, {"cycle", s.cycle},
	} {
		fmt.Fprintf(b, ".wpctl .edge.%s{stroke:%s}\n.wpctl .tip.%[1]s{fill:%[2]s}\n", e.class, e.colour)
	}
	for _, state := range States {
		h := hues[state]
		fmt.Fprintf(b, ".wpctl .%s .shape{fill:%s;stroke:%s}\n.wpctl .%[1]s .sign{stroke:%[4]s}\n.wpctl .%[1]s .full{fill:%[4]s}\n.wpctl .%[1]s .word{fill:%[4]s}\n", state, h.ground, h.line, h.word)
	}
	fmt.Fprintf(b, ".wpctl .box.critical .shape{stroke:%s}\n", s.critical)
}

// heads are the arrowheads, one for each colour of edges.
var heads = func() string {
	var b strings.Builder
	b.WriteString("<defs>\n")
	for _, class := range []string{"needs", "follows", "met", "critical", "cycle"} {
		fmt.Fprintf(&b, `<marker id="wpctl-%s" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path class="tip %[1]s" d="M0 0l8 4-8 4z"/></marker>`+"\n", class)
	}
	b.WriteString("</defs>\n")
	return b.String()
}()

// legendLine is how high a line of the legend is.
const legendLine = 28

// legend explains what occurs in the picture, in lines that are about as wide as most. It returns its elements and
// their size.
func (s *svg) legend(most float64) (elements string, wide, high float64) {
	var b strings.Builder
	x, y := 0.0, 0.0
	entry := func(drawn string, room float64, text string) {
		w := room + width(text, titleSize)
		if x > 0 && x+w > most {
			x, y = 0, y+legendLine
		}
		fmt.Fprintf(&b, `<g transform="translate(%s %s)">%s<text class="legend" x="%s" y="19">%s</text></g>`+"\n", px(x), px(y), drawn, px(room), text)
		wide = max(wide, x+w)
		x += w + 20
	}
	for _, state := range States {
		if s.count(state) > 0 {
			entry(fmt.Sprintf(`<g class="%s" transform="translate(-12 0)">%s</g>`, state, signs[state]), 20, string(state))
		}
	}
	line := func(class, text string) {
		entry(fmt.Sprintf(`<path class="edge %s" d="M0 15H22" marker-end="url(#wpctl-%[1]s)"/>`, class), 36, text)
	}
	shape := func(class, drawn, text string) {
		entry(fmt.Sprintf(`<g class="box %s" transform="translate(0 8)">%s</g>`, class, drawn), 32, text)
	}
	if slices.ContainsFunc(s.nodes, func(n Node) bool { return n.Kind == Decision }) {
		shape("queued", outline(Decision, rect{w: 26, h: 15}), "decision")
	}
	if slices.ContainsFunc(s.Clusters, func(c Cluster) bool { return c.Outside && len(c.Nodes) > 0 }) {
		shape("queued outside", outline(Task, rect{w: 26, h: 15}), "of another plan")
	}
	var gates, follows, cycle bool
	for _, e := range s.index.edges {
		gates, follows, cycle = gates || e.gates, follows || !e.gates, cycle || e.back
	}
	if gates {
		line("needs", "is needed by")
	}
	if follows {
		line("follows", "comes before")
	}
	if n := len(s.path()); n > 0 {
		line("critical", fmt.Sprintf("critical path: %d open in a row", n))
	}
	if cycle {
		line("cycle", "closes a cycle")
	}
	return b.String(), wide, y + legendLine + 12
}
