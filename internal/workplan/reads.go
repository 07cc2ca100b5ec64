package workplan

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"
)

var readsTask = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[^.\w])tasks(?:\.([A-Za-z_]\w*)|\[\s*["']([^"']+)["']\s*\])`)
})

// Reads returns the edges of a task that come from its expressions: a value that another task records is read, so that
// one has to hold first. Each is there once, in the order of the steps.
func (p *Plan) Reads(t *Task) []Edge {
	var out []Edge
	take := func(s *Step, n *yaml.Node, src string) {
		for _, m := range readsTask().FindAllStringSubmatch(src, -1) {
			to := p.FullID(m[1] + m[2])
			if to == t.ID.Text || slices.ContainsFunc(out, func(e Edge) bool { return e.To == to }) {
				continue
			}
			out = append(out, Edge{From: t.ID.Text, To: to, Gates: true, Pos: s.block.pos(s.block.start(n)), Why: "a value of it is read"})
		}
	}
	for _, s := range t.Steps {
		if s.When != nil {
			take(s, s.When.Node, s.When.Src)
		}
		eachScalar(s.Args, func(n *yaml.Node) {
			for rest := n.Value; ; {
				_, after, ok := strings.Cut(rest, "${{")
				if !ok {
					return
				}
				var src string
				src, rest, _ = strings.Cut(after, "}}")
				take(s, n, src)
			}
		})
		for _, e := range s.Assert {
			take(s, e.Node, e.Src)
		}
		for _, r := range s.Record {
			take(s, r.Node, r.Src)
		}
	}
	return out
}

// eachScalar calls f for the scalars below a node that hold an expression.
func eachScalar(n *yaml.Node, f func(*yaml.Node)) {
	if n == nil {
		return
	}
	if n.Kind == yaml.ScalarNode && strings.Contains(n.Value, "${{") {
		f(n)
	}
	for _, c := range n.Content {
		eachScalar(c, f)
	}
}
