package prose

import "strings"

var (
	needLabels = labelSet(`dep; deps; gate; gates on; depends on; depends; dependency; dependencies; dependent on; blocked by; blocked on; blocked until; blocker; blockers; needs; need; requires; required;
		required first; prerequisite; prerequisites; pre-requisite; pre-requisites; prereq; prereqs; precondition; preconditions; pre-condition; pre-conditions; after; waits for;
		wait for; waiting for; waiting on; predecessor; predecessors; upstream; before you start; before starting; before you begin; start after; runs after; run after; gated by; entry criteria; entry condition; entry conditions; condition; conditions; required before; before this; before that; beforehand; entry; entry gate; starts when; begins when; starts after; go/no-go criteria; go/no-go; go criteria; go; start criteria; ready when; definition of ready; can start when; start when;
		relies on; builds on; follows; comes after; not before; depends upon; needed first; must come first; inputs from; input from; from; from task; source; provided by; produced by; comes from; origin; needs first; pending; must be done first; depends-on; blockedby;
		voraussetzung; voraussetzungen; abhängig von; abhängigkeit; abhängigkeiten; hängt ab von; benötigt; braucht; wartet auf; blockiert durch; blockiert von; vorbedingung; vorbedingungen; baut auf; setzt voraus; erst nach; nach; vorher; startet nach`)
	waitLabels = labelSet(`blocks; unblocks; blocking; required by; required for; needed by; needed for; needed in; blockiert; benötigt von; benötigt für; gebraucht von; gebraucht für; voraussetzung für; nachfolger; enables; used by; used in; consumer; consumers; consumed by; dependents;
		dependants; downstream; feeds; successor; successors; before; prerequisite for; prerequisite of; input for; input to; gates; is needed by`)
	taskColumns = set(`task id item step tasks # action phase milestone work-item what ticket`)
)

func labelSet(list string) *wordSet {
	return &wordSet{fill: func(add func(string)) {
		for phrase := range strings.SplitSeq(list, ";") {
			add(strings.Join(strings.Fields(phrase), " "))
		}
	}}
}

// labelOf returns what a label makes of the mentions behind it.
func labelOf(s string) role {
	s = strings.TrimRight(strings.TrimSpace(s), ":?.— –-")
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(s, "(s)"), "(tasks)"))
	switch {
	case needLabels.has(s):
		return needed
	case waitLabels.has(s):
		return waiter
	}
	return nothing
}

// maxLabel bounds how long a label can be.
const maxLabel = 40

// label returns what the beginning of a passage, up to a colon, a dash or the end of bold print, makes of what follows,
// and where that begins.
func (g *grammar) label(p *passage) (role, int) {
	src := g.plan.File.Src[p.span.Start:p.span.End]
	head := string(src[:min(len(src), maxLabel+8)])
	bold := strings.HasPrefix(head, "**") || strings.HasPrefix(head, "__")
	from := 0
	if bold {
		from = 2
	}
	end := -1
	for i := from; i < len(head); i++ {
		if head[i] == ':' || bold && strings.HasPrefix(head[i:], head[:2]) || strings.HasPrefix(head[i:], " — ") || strings.HasPrefix(head[i:], " – ") {
			end = i
			break
		}
		if head[i] == '\n' {
			break
		}
	}
	if end < 0 {
		return nothing, 0
	}
	r := labelOf(plainWords(head[:end]))
	if r == nothing {
		return nothing, 0
	}
	return r, p.span.Start + end
}

// inherited returns what introduces a passage makes of the mentions in it: "Prerequisites:" above a list, "depends on" above
// a column or beside a cell.
func (g *grammar) inherited(p *passage) role {
	if p.kind == cell {
		if r := labelOf(p.column()); r != nothing {
			return r
		}
		if p.at == 1 && len(p.cells()) == 2 {
			return labelOf(g.words(p.cells()[0]))
		}
		return nothing
	}
	for lead := p.lead; lead != nil; lead = lead.lead {
		if r := g.introduces(lead); r != nothing {
			return r
		}
		if lead.kind != item {
			break
		}
	}
	return nothing
}

// introduces tells what a passage as a whole makes of a list that follows.
func (g *grammar) introduces(p *passage) role {
	if r, ok := g.leads[p]; ok {
		return r
	}
	words := g.words(p)
	r := nothing
	switch {
	case len(words) <= maxLabel && labelOf(words) != nothing:
		r = labelOf(words)
	case p.kind != heading && strings.HasSuffix(words, ":"):
		r = g.openEnd(p)
	}
	g.leads[p] = r
	return r
}

// openEnd returns the role of the cue that a passage ends with: "This can start once the following are done:".
func (g *grammar) openEnd(p *passage) role {
	toks := g.names.tokens(p.span)
	for len(toks) > 0 && (toks[len(toks)-1].is(":") || ends.has(toks[len(toks)-1].word)) {
		toks = toks[:len(toks)-1]
	}
	s := &sentence{grammar: g, toks: toks, passage: p}
	l := s.left(len(toks))
	if (l.role != needed && l.role != waiter) || s.negated(l.start, l.flips) != l.wants || s.hedged(l.start) {
		return nothing
	}
	return l.role
}

// ends may stand between a cue and the colon before a list.
var ends = set(`the following these tasks task steps are is have has been done finished complete completed to be first all of two three four that both everything below items`)

func (g *grammar) words(p *passage) string {
	return plainWords(string(g.plan.File.Src[p.span.Start:p.span.End]))
}

// scoped takes what stands behind "Depends on:", below it in a list, or in its column.
func (s *sentence) scoped(i int, scope role, later bool) bool {
	t := s.at(i)
	if scope == nothing || s.me == nil && s.row() == nil && s.subject(i) < 0 {
		return false
	}
	if later && !(s.word(i-1) == "by" && s.word(i-2) == "tracked") && !s.trackedBy(i) {
		return false
	}
	if s.negated(i, false) || s.hedged(i) || s.anymore(i) {
		return true
	}
	if s.passage.kind == cell && (i > 0 && !s.at(i-1).is(",") && !fillers.has(s.word(i-1)) && !s.at(0).mention() || s.sentenceVerb(i)) {
		return false
	}
	who := []*node{s.me}
	if row := s.row(); row != nil {
		who = row
	} else if j := s.subject(i); j >= 0 && j != i && s.word(j+1) == ":" {
		who = s.at(j).nodes
	}
	for _, w := range who {
		for _, n := range t.nodes {
			if scope == needed {
				s.add(w, n, t.span, true)
			} else {
				s.add(n, w, t.span, true)
			}
		}
	}
	return true
}

// trackedBy tells whether the words before i say where something is tracked.
func (s *sentence) trackedBy(i int) bool {
	for j := i - 1; j > 0 && j > i-6; j-- {
		if s.word(j) == "by" && (s.word(j-1) == "tracked" || s.word(j-1) == "provided" || s.word(j-1) == "delivered") || s.word(j) == "in" && s.word(j-1) == "tracked" {
			return true
		}
	}
	return false
}

// row returns the task that a row of a table is about, where its first cell is a task's id and the column says so.
func (s *sentence) row() []*node {
	p := s.passage
	if p.kind != cell || len(p.cells()) == 0 || p.at == 0 {
		return nil
	}
	if !s.sieve.holds(p.cells()[0].span) {
		return nil
	}
	toks := s.names.apart(p.cells()[0].span)
	if len(toks) == 0 || !toks[0].mention() || toks[0].any {
		return nil
	}
	if s.me == nil || taskColumns.has(p.cells()[0].column()) {
		return toks[0].nodes
	}
	return nil
}
