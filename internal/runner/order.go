package runner

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/graph"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// order makes the graph: written and implied needs, references to records, and plans' own steps after all their tasks.
func (c *compiler) order(p *Program) *graph.Graph[string] {
	needs := map[string][]string{}
	where := map[[2]string]text.Pos{}
	for _, plan := range c.Plans {
		for _, e := range perTask(plan) {
			from := c.byID[e.From]
			if from == nil {
				continue
			}
			if c.Alias != nil && len(c.meant(e.To)) == 0 {
				e.To = c.Alias(e.To)
			}
			if e.Gates {
				from.gate(e)
			}
			c.foreign(p, plan, e)
			for _, to := range c.meant(e.To) {
				needs[e.From] = append(needs[e.From], to)
				where[[2]string{e.From, to}] = e.Pos
			}
		}
		if own := c.byID[plan.ID.Text]; own != nil && own.task == nil {
			for _, t := range plan.Tasks {
				needs[own.id] = append(needs[own.id], t.ID.Text)
			}
		}
	}
	for id, n := range c.byID {
		for _, used := range slices.Sorted(maps.Keys(n.uses)) {
			needs[id] = append(needs[id], used)
			n.gate(workplan.Edge{From: id, To: used, Gates: true, Pos: n.uses[used], Why: valueRead})
		}
		if needs[id] == nil {
			needs[id] = []string{}
		}
	}
	g, err := graph.New(needs, func(id string) int { return c.byID[id].rank })
	var cycle *graph.CycleError[string]
	if errors.As(err, &cycle) && !c.told(cycle.Cycle, where) {
		c.cycle(cycle.Cycle, where)
	}
	return g
}

// gate makes a need one that has to be met; needing twice is needing once.
func (n *node) gate(e workplan.Edge) {
	if n.gated[e.To] {
		return
	}
	if n.gated == nil {
		n.gated = map[string]bool{}
	}
	n.gated[e.To] = true
	n.gates = append(n.gates, e)
}

// meant returns the nodes that a need means: one, or all of a plan.
func (c *compiler) meant(id string) []string {
	if p := c.plans[id]; p != nil {
		return slices.DeleteFunc(sections(p), func(id string) bool { return c.byID[id] == nil })
	}
	if c.byID[id] != nil {
		return []string{id}
	}
	return nil
}

// perTask returns the edges of a plan; what the plan as a whole needs is a need of each of its tasks.
func perTask(p *workplan.Plan) []workplan.Edge {
	var out []workplan.Edge
	for _, e := range p.Edges() {
		if e.From != p.ID.Text {
			out = append(out, e)
			continue
		}
		for _, t := range p.Tasks {
			e.From = t.ID.Text
			out = append(out, e)
		}
	}
	return out
}

// foreign warns of a need of a plan in another one that is not to be found.
func (c *compiler) foreign(p *Program, plan *workplan.Plan, e workplan.Edge) {
	if c.warned == nil {
		c.warned = map[text.Pos]bool{}
	}
	if c.warned[e.Pos] {
		return
	}
	c.warned[e.Pos] = true
	if own := plan.ID.Text + "-"; strings.HasPrefix(e.From, own) && strings.HasPrefix(e.To, own) {
		return // of the plan itself: parsing has told of it
	}
	if len(c.meant(e.To)) == 0 && (c.Foreign == nil || !c.Foreign(e)) && !p.lookup(e.To).found {
		c.diags = append(c.diags, UnknownNeed(e))
	}
}

// valueRead is why a task needs another one whose records it reads.
const valueRead = "a value of it is read"

// UnknownNeed is the warning of a need that is in none of the plans at hand; where a value of it is read, an error.
func UnknownNeed(e workplan.Edge) diag.Diagnostic {
	if e.Why == valueRead {
		return diag.Diagnostic{
			Pos: e.Pos, Severity: diag.Error, Code: "unknown-reference", Hint: "is its plan in this workspace?",
			Message: fmt.Sprintf("no task %q here", e.To),
		}
	}
	return diag.Diagnostic{
		Pos: e.Pos, Severity: diag.Warning, Code: "unknown-need", Hint: "is its plan in this workspace?",
		Message: fmt.Sprintf("%s needs %s, which is in none of the plans here: unless a state hub knows it, it stays blocked", e.From, e.To),
	}
}

// told tells whether a cycle is one of written or implied needs within one plan, which parsing has told of.
func (c *compiler) told(ids []string, where map[[2]string]text.Pos) bool {
	for i, id := range ids {
		next := ids[(i+1)%len(ids)]
		if _, ok := where[[2]string{id, next}]; !ok || c.byID[id].plan != c.byID[next].plan {
			return false
		}
	}
	return true
}

// cycle reports a cycle over several plans or through references; parsing has told of those within one plan.
func (c *compiler) cycle(ids []string, where map[[2]string]text.Pos) {
	d := diag.Diagnostic{Severity: diag.Error, Code: "cycle", Hint: "remove one of these needs"}
	for i, id := range ids {
		next := ids[(i+1)%len(ids)]
		n := c.byID[id]
		pos, ok := where[[2]string{id, next}]
		if !ok {
			pos = n.pos()
		}
		if i == 0 {
			d.Pos = pos
		}
		d.Related = append(d.Related, diag.Related{Pos: pos, Message: fmt.Sprintf("%s needs %s", id, next)})
	}
	d.Message = "these need each other: " + strings.Join(append(slices.Clone(ids), ids[0]), " → ")
	c.diags = append(c.diags, d)
}
