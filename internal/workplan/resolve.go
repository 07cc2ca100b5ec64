package workplan

import (
	"errors"
	"fmt"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/graph"
)

// index makes tasks and decisions known by their ids, and reports ids that stand twice.
func (p *planParser) index() {
	plan := p.plan
	plan.byID = make(map[string]*Task, len(plan.Tasks))
	plan.decisionByID = make(map[string]*Decision, len(plan.Decisions))
	places := make(map[string][]Value, len(plan.Tasks)+len(plan.Decisions))
	claim := func(id Value) bool {
		if id.Text == "" {
			return false
		}
		places[id.Text] = append(places[id.Text], id)
		return true
	}
	for _, t := range plan.Tasks {
		if claim(t.ID) && plan.byID[t.ID.Text] == nil {
			plan.byID[t.ID.Text] = t
		}
	}
	for _, d := range plan.Decisions {
		if claim(d.ID) && plan.decisionByID[d.ID.Text] == nil {
			plan.decisionByID[d.ID.Text] = d
		}
	}
	p.twice(places)
}

// resolve finds what needs and other references mean, and reports those that are missing or go round in circles.
func (p *planParser) resolve() {
	plan := p.plan
	for i, r := range plan.Needs { // of the plan as a whole: what is not its own is of another plan
		full, here := plan.reference(r.Text)
		switch {
		case !here || full == plan.ID.Text:
		case plan.decisionByID[full] != nil:
			plan.Needs[i].ID = full
		case plan.byID[full] != nil:
			plan.Needs[i].ID = full
			p.report(r.Span.Start, r.Span.Len(), diag.Error, "cycle", "tasks name each other in their own needs", "the plan as a whole needs its own task %s", plan.short(full))
		}
	}
	for _, t := range plan.Tasks {
		for i := range t.Needs {
			p.resolveRef(&t.Needs[i], "task or decision", true)
		}
	}
	for _, b := range plan.blocks {
		for _, s := range b.steps {
			for i := range s.Guards {
				p.resolveRef(&s.Guards[i], "task", false)
			}
		}
		for _, r := range b.refs {
			p.resolveRef(r, "task", false)
		}
	}
	p.findCycle()
}

// twice reports ids that stand more than once, at the second place and with all of them.
func (p *planParser) twice(places map[string][]Value) {
	for id, values := range places {
		if len(values) < 2 {
			continue
		}
		if p.plan.twice == nil {
			p.plan.twice = map[string]bool{}
		}
		p.plan.twice[id] = true
		d := p.report(values[1].Span.Start, values[1].Span.Len(), diag.Error, "duplicate-id", "give each its own", "the id %s stands %d times", id, len(values))
		for _, v := range values {
			d.Related = append(d.Related, diag.Related{Pos: p.file.Pos(v.Span.Start), Message: id})
		}
	}
}

// resolveRef gives r its full id, and reports one of this plan that does not exist.
func (p *planParser) resolveRef(r *Ref, what string, decisions bool) {
	plan := p.plan
	full, here := plan.reference(r.Text)
	r.ID = full
	if !isID(r.Text) {
		p.report(r.Span.Start, r.Span.Len(), diag.Error, "bad-id", "letters, digits, dot, dash and underscore", "%q cannot be an id", r.Text)
		return
	}
	if !here || plan.byID[full] != nil || decisions && plan.decisionByID[full] != nil {
		return
	}
	if full == plan.ID.Text {
		p.report(r.Span.Start, r.Span.Len(), diag.Error, "missing-id", "name one of its tasks", "%s is this plan itself", r.Text)
		return
	}
	hint := ""
	if len(r.Text) <= 64 {
		hint = diag.DidYouMean(plan.short(full), plan.shorts())
	}
	p.report(r.Span.Start, r.Span.Len(), diag.Error, "missing-id", hint, "this plan has no %s %s", what, r.Text)
}

// maxCycles bounds the cycles that are reported at once.
const maxCycles = 10

// findCycle reports tasks that wait for each other.
func (p *planParser) findCycle() {
	needs := map[string][]string{}
	why := map[[2]string]Edge{}
	for _, e := range p.plan.Edges() {
		if e.Gates {
			needs[e.From] = append(needs[e.From], e.To)
			if _, ok := why[[2]string{e.From, e.To}]; !ok {
				why[[2]string{e.From, e.To}] = e
			}
		}
	}
	for range maxCycles {
		var cycle *graph.CycleError[string]
		if _, err := graph.New(needs, nil); !errors.As(err, &cycle) {
			return
		}
		p.reportCycle(cycle.Cycle, why)
		from, to := cycle.Cycle[0], cycle.Cycle[1%len(cycle.Cycle)]
		needs[from] = slices.DeleteFunc(needs[from], func(id string) bool { return id == to })
	}
}

// reportCycle reports one cycle, at the first of its needs in the file and with all of them.
func (p *planParser) reportCycle(cycle []string, why map[[2]string]Edge) {
	d := diag.Diagnostic{Severity: diag.Error, Code: "cycle", Hint: "take one of these needs away"}
	short := make([]string, len(cycle))
	for i, id := range cycle {
		e := why[[2]string{id, cycle[(i+1)%len(cycle)]}]
		short[i] = p.plan.short(id)
		d.Related = append(d.Related, diag.Related{Pos: e.Pos, Message: fmt.Sprintf("%s needs %s (%s)", short[i], p.plan.short(e.To), e.Why)})
		if i == 0 || e.Pos.Line < d.Pos.Line {
			d.Pos = e.Pos
		}
	}
	d.Message = flatten("tasks wait for each other: " + (&graph.CycleError[string]{Cycle: short}).Error())
	p.diags = append(p.diags, d)
}
