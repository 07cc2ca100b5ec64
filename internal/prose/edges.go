package prose

import (
	"cmp"
	"slices"

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

// inOrder returns what each task needs by edges: tasks in the order of the document, then decisions, then other plans.
func inOrder(edges []*Edge) map[string][]*node {
	out := map[string][]*node{}
	for _, e := range edges {
		out[e.From] = append(out[e.From], e.to)
	}
	for _, needs := range out {
		sortNodes(needs)
	}
	return out
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
	g.detours()
	slices.SortStableFunc(g.edges, func(a, b *Edge) int { return a.Span.Start - b.Span.Start })
	d.all = withoutParts(g.edges)
	d.read = true
	return slices.Clone(d.all)
}

// says tells whether a passage can say anything of tasks without their ids.
func (g *grammar) says(p *passage, me *node) bool {
	return p.speaks && p.kind != heading || g.hints.any
}

// withoutParts leaves out needs of a task of another plan where the plan is needed as well: that is enough.
func withoutParts(edges []*Edge) []*Edge {
	whole := map[[2]string]bool{}
	for _, e := range edges {
		if e.to.foreign {
			whole[[2]string{e.From, e.To}] = true
		}
	}
	return slices.DeleteFunc(edges, func(e *Edge) bool {
		for i := 0; e.to.foreign && i < min(len(e.To), longestID); i++ {
			if e.To[i] == '-' && whole[[2]string{e.From, e.To[:i]}] {
				return true
			}
		}
		return false
	})
}

// detours leaves out faint edges where others lead.
func (g *grammar) detours() {
	leads := map[string][]string{}
	for _, e := range g.edges {
		if !e.faint {
			leads[e.From] = append(leads[e.From], e.To)
		}
	}
	others := newReach(leads)
	g.edges = slices.DeleteFunc(g.edges, func(e *Edge) bool { return e.faint && others.leads(e.From, e.To) })
}

// isOption tells whether a passage is an option of a decision that is written as prose: what could be, and not what is.
func (d *document) isOption(p *passage) bool {
	if p.kind != item && p.kind != cell || !p.decides {
		return false
	}
	first := p
	if p.kind == cell && len(p.cells()) > 0 {
		first = p.cells()[0]
	}
	return optionCell().Match(d.plan.File.Src[first.span.Start:first.span.End])
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
	own, written := d.plan.ID.Text, newReach(needs)
	return slices.DeleteFunc(edges, func(e *Edge) bool {
		return written.leads(e.From, e.To) || written.leads(e.To, e.From) || e.to.foreign && written.leads(own, e.To)
	})
}
