package workplan

import (
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// Edge says that From needs To. Both are full ids; To may be one of another plan.
type Edge struct {
	From, To string
	Gates    bool     // From waits until To is done and holds; else it only comes after To
	Pos      text.Pos // of the need, or of the task that has none
	Why      string   // one line for people
}

// Edges returns what tasks need and follow, in document order.
//
// A task with written needs has exactly those, and they gate; `needs: []` is an explicit root.
// A task without needs follows the task before it. With `order: sequential` these edges gate,
// and also tasks with needs have them; with `order: independent` there are none.
// What a plan itself needs comes first, with the plan's id as From: all its tasks wait for it.
// An edge that only gives the order is left out where the needs say the opposite, so that it is never part of a cycle.
func (p *Plan) Edges() []Edge {
	var edges []Edge
	for _, r := range p.Needs {
		edges = append(edges, Edge{From: p.ID.Text, To: r.ID, Gates: true, Pos: p.File.Pos(r.Span.Start), Why: "written in the front matter"})
	}
	rank := p.needsFirst()
	for i, t := range p.Tasks {
		for _, r := range t.Needs {
			edges = append(edges, Edge{From: t.ID.Text, To: r.ID, Gates: true, Pos: p.File.Pos(r.Span.Start), Why: "written"})
		}
		if i == 0 || p.Order == Independent || t.HasNeeds && (p.Order != Sequential || len(t.Needs) == 0) {
			continue
		}
		before := p.Tasks[i-1]
		if before.ID.Text == t.ID.Text {
			continue // has its diagnostic
		}
		e := Edge{From: t.ID.Text, To: before.ID.Text, Pos: p.File.Pos(t.ID.Span.Start), Why: "follows it"}
		if p.Order == Sequential {
			e.Gates, e.Why = true, "order: sequential"
		}
		if e.Gates || rank[e.To] < rank[e.From] {
			edges = append(edges, e)
		}
	}
	return edges
}

// needsFirst gives each task its place in the order of the document, changed only so that
// what is needed by written needs comes first.
func (p *Plan) needsFirst() map[string]int {
	rank := make(map[string]int, len(p.Tasks))
	type visit struct {
		task *Task
		next int // the need to look at
	}
	seen := make(map[string]bool, len(p.Tasks))
	var stack []visit
	for _, t := range p.Tasks {
		if seen[t.ID.Text] {
			continue
		}
		seen[t.ID.Text] = true
		stack = append(stack, visit{t, 0})
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(top.task.Needs) {
				rank[top.task.ID.Text] = len(rank)
				stack = stack[:len(stack)-1]
				continue
			}
			need := top.task.Needs[top.next].ID
			top.next++
			if t := p.byID[need]; t != nil && !seen[need] {
				seen[need] = true
				stack = append(stack, visit{t, 0})
			}
		}
	}
	return rank
}
