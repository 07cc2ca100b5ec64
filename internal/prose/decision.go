package prose

import (
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// decision is a decision of the plan: a block, or a passage that begins with its id.
type decision struct {
	id, short string
	in        *workplan.Task // in whose section it stands
	block     *workplan.Decision
	question  string
	span      text.Span // of its first passage
	first     int       // the passage that it begins with, and the one behind its last
	last      int
}

// decisionHead is how a decision begins in prose: **Decision D-01 — which cluster**, or ### D-01: which cluster.
var decisionHead = lazy(`^(?:\*\*|__)?(?:[Dd]ecision\s+)?([A-Z0-9-]*D-?[0-9]+)(?:\*\*|__)?\s*(?:—|–|-|:|\.)\s*(?:\*\*|__)?\s*(.*)`)

// readDecisions finds all decisions of the plan.
func (d *document) readDecisions() {
	known := map[string]bool{}
	tasks := d.plan.Tasks
	for _, b := range d.plan.Decisions {
		for len(tasks) > 0 && tasks[0].Section.End <= b.Block.Start {
			tasks = tasks[1:]
		}
		var in *workplan.Task // in whose section it stands
		if len(tasks) > 0 && tasks[0].Section.Contains(b.Block.Start) {
			in = tasks[0]
		}
		known[b.ID.Text] = true
		d.decisions = append(d.decisions, &decision{id: b.ID.Text, short: b.Short, in: in, block: b})
	}
	for i, p := range d.passages {
		if p.kind == cell || p.span.Len() < 4 {
			continue
		}
		if c := d.plan.File.Src[p.span.Start]; p.kind != heading && c != '*' && c != '_' {
			continue
		}
		if !numbersDecision(d.plan.File.Src[p.span.Start:min(p.span.End, p.span.Start+160)]) {
			continue
		}
		head := d.source(p)
		if !strings.Contains(head[:min(len(head), 60)], "D") {
			continue
		}
		m := decisionHead().FindStringSubmatch(head)
		if m == nil || p.kind != heading && !strings.HasPrefix(head, "**") && !strings.HasPrefix(head, "__") {
			continue
		}
		id := d.plan.FullID(m[1])
		if known[id] || d.plan.Task(m[1]) != nil || d.plan.ID.Text == "" || !strings.HasPrefix(id, d.plan.ID.Text+"-") {
			continue
		}
		known[id] = true
		last := d.decisionEnd(i)
		for _, p := range d.passages[i:last] {
			p.decides = true
		}
		question, _, _ := strings.Cut(m[2], "**")
		d.decisions = append(d.decisions, &decision{
			id: id, short: strings.TrimPrefix(id, d.plan.ID.Text+"-"), in: p.owner, question: strings.TrimSpace(question), span: p.span, first: i, last: last,
		})
	}
}

// numbersDecision tells whether something such as D-01 is in a text.
func numbersDecision(src []byte) bool {
	for i := 0; i+1 < len(src); i++ {
		if src[i] == 'D' && (isDigit(src[i+1]) || src[i+1] == '-' && i+2 < len(src) && isDigit(src[i+2])) {
			return true
		}
	}
	return false
}

// decisionEnd returns the passage behind the last one of the decision that begins at passage i.
func (d *document) decisionEnd(i int) int {
	head := d.passages[i]
	for j := i + 1; j < len(d.passages); j++ {
		p := d.passages[j]
		switch {
		case p.owner != head.owner, p.kind == heading && (head.kind != heading || p.level <= head.level), p.kind != cell && strings.HasPrefix(d.source(p), "**") && decisionHead().MatchString(d.source(p)):
			return j
		}
	}
	return len(d.passages)
}
