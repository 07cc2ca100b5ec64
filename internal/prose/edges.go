package prose

import (
	"cmp"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Edge is a need that the text implies and no block says.
type Edge struct {
	From, To string    // full ids
	Span     text.Span // of the mention that it was read from

	soft     bool // no id says so
	faint    bool // it counts only where nothing else leads there
	passage  *passage
	also     []evidence // other places that say so
	from, to *node
}

// evidence is a mention in a passage.
type evidence struct {
	passage *passage
	span    text.Span
}

// inOrder returns what a task needs by edges: tasks in the order of the document, then decisions, then other plans.
func inOrder(edges []*Edge, from string) []*node {
	var out []*node
	for _, e := range edges {
		if e.From == from {
			out = append(out, e.to)
		}
	}
	return sortNodes(out)
}

// sortNodes sorts tasks by their place, and puts decisions and other plans behind them.
func sortNodes(out []*node) []*node {
	class := func(n *node) int {
		switch {
		case n.foreign:
			return 2
		case n.decision:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(out, func(a, b *node) int { return cmp.Or(class(a)-class(b), a.rank-b.rank) })
	return out
}

// edges returns all edges that the prose of a plan implies, also those that are written already.
func (d *document) edges() []*Edge {
	if d.read {
		return slices.Clone(d.all)
	}
	h := newHints(d)
	g := &grammar{german: d.german, hints: h, sieve: newSieve(d.names, h), plan: d.plan, names: d.names, leads: map[*passage]role{}, known: map[[2]string]*Edge{}, leadsTo: map[string][]string{}, denied: map[[2]string]bool{}, about: map[*passage]*node{}}
	for _, x := range d.decisions {
		if x.block == nil {
			g.about[d.passages[x.first]] = d.names.byWord[x.id]
		}
	}
	for _, p := range d.passages {
		if !d.isOption(p) {
			g.read(p)
			g.sequence(p)
		}
	}
	g.readGerman(d)
	g.soft = true
	h.choose(len(d.names.tasks))
	for _, p := range d.passages {
		if me := d.names.byTask[p.owner]; me != nil && me.rank > 0 && g.says(p, me) && !d.isOption(p) {
			if g.topics == nil {
				g.topics = newTopics(d)
			}
			g.refer(p)
		}
	}
	hintsPool.Put(h)
	if g.topics != nil && g.topics.pairs != nil {
		compoundsPool.Put(g.topics.pairs)
		g.topics.pairs = nil
	}
	g.artefacts(d)
	g.edges = slices.DeleteFunc(g.edges, func(e *Edge) bool { return e.soft && g.denied[[2]string{e.From, e.To}] })
	g.edges = slices.DeleteFunc(g.edges, func(e *Edge) bool { return e.faint && g.detour(e) })
	slices.SortStableFunc(g.edges, func(a, b *Edge) int { return a.Span.Start - b.Span.Start })
	// Of another plan and one of its tasks the plan is enough.
	all := slices.Clone(g.edges)
	d.all = slices.DeleteFunc(g.edges, func(e *Edge) bool {
		return e.to.foreign && slices.ContainsFunc(all, func(o *Edge) bool {
			return o.from == e.from && o.to.foreign && o != e && strings.HasPrefix(e.To, o.To+"-")
		})
	})
	d.read = true
	return slices.Clone(d.all)
}

// says tells whether a passage can say anything of tasks without their ids.
func (g *grammar) says(p *passage, me *node) bool {
	return p.speaks && p.kind != heading || g.hints.any
}

// detour tells whether other edges lead where an edge leads.
func (g *grammar) detour(e *Edge) bool {
	leads := map[string][]string{}
	for _, o := range g.edges {
		if !o.faint {
			leads[o.From] = append(leads[o.From], o.To)
		}
	}
	return reaches(leads, e.From, e.To)
}

// isOption tells whether a passage is an option of a decision that is written as prose: what could be, and not what is.
func (d *document) isOption(p *passage) bool {
	if p.kind != item && p.kind != cell {
		return false
	}
	for _, x := range d.decisions {
		if x.block != nil || p.span.Start < x.span.Start || x.last < len(d.passages) && p.span.Start >= d.passages[x.last].span.Start {
			continue
		}
		first := p
		if p.kind == cell && len(p.cells()) > 0 {
			first = p.cells()[0]
		}
		return optionCell().Match(d.plan.File.Src[first.span.Start:first.span.End])
	}
	return false
}

// Edges returns the needs that the text of a plan implies and its blocks do not say, in the order of the text.
func Edges(p *workplan.Plan) []*Edge { return newDocument(p).implied() }

// implied returns the edges that are neither written nor follow from what is written.
func (d *document) implied() []*Edge {
	edges := d.edges()
	if len(edges) == 0 {
		return nil
	}
	needs := map[string][]string{}
	for _, e := range d.plan.Edges() {
		if e.Gates {
			needs[e.From] = append(needs[e.From], e.To)
		}
	}
	own := d.plan.ID.Text
	return slices.DeleteFunc(edges, func(e *Edge) bool {
		return reaches(needs, e.From, e.To) || reaches(needs, e.To, e.From) || e.to.foreign && reaches(needs, own, e.To)
	})
}

// reaches tells whether a leads to b.
func reaches(needs map[string][]string, a, b string) bool {
	seen := map[string]bool{a: true}
	for todo := []string{a}; len(todo) > 0; todo = todo[1:] {
		for _, n := range needs[todo[0]] {
			if n == b {
				return true
			}
			if !seen[n] {
				seen[n] = true
				todo = append(todo, n)
			}
		}
	}
	return false
}
