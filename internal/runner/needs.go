package runner

import (
	"fmt"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// claim is what a file says of a task, a decision or a plan.
type claim struct {
	found    bool
	decision bool
	plan     *workplan.Plan // of a plan as a whole; else nil
	status   string
	word     string // of the plan's team for it
	hub      *Claim // what the state hub says of what is in none of the plans here; else nil
}

// Elsewhere is what a state hub says of needs that are in none of the plans here.
type Elsewhere struct {
	Found map[string]Claim // by full id; what is not there the hub does not know; nil where it was not asked
	Err   error            // why the hub could not say; nil where it did, or was not asked
}

// Claim is what a state hub says of a plan, a task or a decision.
type Claim struct {
	What     string // plan, task or decision
	Status   string
	Proposed bool  // the status is the hub's alone: no file has said it
	Err      error // why the hub's answer says nothing; else nil
}

// claims are what files say, by full id.
type claims map[string]claim

// add takes in what a plan says; an id that is known already keeps its first claim.
func (c claims) add(p *workplan.Plan) {
	put := func(id string, says claim) {
		if !c[id].found {
			says.found, says.word = true, p.Words.Of(says.status)
			c[id] = says
		}
	}
	put(p.ID.Text, claim{plan: p, status: p.Status.Text})
	for _, t := range p.Tasks {
		put(t.ID.Text, claim{status: t.Status.Text})
	}
	for _, d := range p.Decisions {
		put(d.ID.Text, claim{decision: true, status: d.Status.Text})
	}
}

// lookup finds an id, or what it is an alias of, among the plans of the program, those beside them and what a hub said.
func (p *Program) lookup(id string) claim {
	c := p.claims[id]
	if !c.found && p.alias != nil {
		c = p.claims[p.alias(id)]
	}
	return c
}

// verdict says whether a need is met, and if not, why.
// Rests tells that it is met by a claim that this run did not prove.
type verdict struct {
	ok      bool
	rests   bool
	outcome check.Outcome // of the task that waits: blocked, unknown or waiting
	reason  string
	cause   string // the id to tell of
	guard   string // the name of the guard that blocks what is needed
}

// judge tells whether the need e of a task is met, with what this run found out so far.
func (r *run) judge(e workplan.Edge) verdict {
	c := r.lookup(e.To)
	short := r.shortName(e)
	switch {
	case !c.found && r.hub.Err != nil:
		return verdict{outcome: check.Unknown, cause: e.To, reason: fmt.Sprintf("needs %s, which is in none of the plans here; %v", short, r.hub.Err)}
	case !c.found && r.hub.Found != nil:
		return verdict{outcome: check.Unknown, cause: e.To, reason: fmt.Sprintf("needs %s, which is %s", short, NotThere)}
	case !c.found:
		return verdict{outcome: check.Unknown, cause: e.To, reason: fmt.Sprintf("needs %s, which is in none of the plans here", short)}
	case c.hub != nil:
		return judgeElsewhere(*c.hub, short, e.To)
	case c.decision:
		return judgeDecision(c, short, e.To, r.question(e.To))
	case c.plan != nil:
		return r.judgePlan(c, short)
	}
	if t := r.reports[e.To]; t != nil && r.nodes[e.To].task != nil {
		return judgeTask(c, t, short)
	}
	if workplan.Status(c.status) == workplan.Done {
		return verdict{ok: true, rests: true}
	}
	return verdict{outcome: check.Blocked, cause: e.To, reason: fmt.Sprintf("needs %s, which is %s", short, orNone(c.word))}
}

// judgePlan judges a need on a whole plan: met when it is finished and nothing of it failed now,
// or when this run finishes it.
func (r *run) judgePlan(c claim, short string) verdict {
	open, proven := 0, 0
	for _, id := range sections(c.plan) {
		t := r.reports[id]
		if t == nil || r.nodes[id].plan != c.plan {
			open++
			continue
		}
		switch {
		case t.Outcome == check.Failed:
			return verdict{outcome: check.Blocked, cause: t.ID, reason: fmt.Sprintf("needs %s, and %s failed", short, t.Short)}
		case t.Outcome == check.Passed:
			proven++
		case r.nodes[id].task == nil || t.Was != workplan.Done && t.Was != workplan.Cancelled:
			open++
		}
	}
	switch {
	case open == 0 && proven > 0:
		return verdict{ok: true}
	case workplan.Status(c.status) == workplan.Finished:
		return verdict{ok: true, rests: true}
	}
	return verdict{outcome: check.Blocked, cause: c.plan.ID.Text, reason: fmt.Sprintf("needs %s, which is %s", short, orNone(c.word))}
}

// sections returns the ids of a plan's tasks, and its own where it has steps of its own.
func sections(p *workplan.Plan) []string {
	out := make([]string, 0, len(p.Tasks)+1)
	for _, t := range p.Tasks {
		out = append(out, t.ID.Text)
	}
	if len(p.Steps) > 0 {
		out = append(out, p.ID.Text)
	}
	return out
}

// hubMet is the status of what a need in the hub is met by.
var hubMet = map[string]string{"plan": string(workplan.Finished), "task": string(workplan.Done), "decision": workplan.Resolved}

// NotThere is how a need stands that neither the plans nor the hub know, as a sentence goes on.
const NotThere = "in none of the plans here, and not in the hub"

// Stands says how what is needed stands, as a sentence goes on, and whether that meets the need.
// A status that no file has said is a proposal, and meets nothing.
func (c Claim) Stands() (how string, met bool) {
	switch {
	case c.Err != nil:
		return "in none of the plans here; " + c.Err.Error(), false
	case c.Status != hubMet[c.What]:
		return orNone(c.Status) + " in the hub", false
	case c.Proposed:
		return c.Status + " in the hub only: no file has said it", false
	}
	return c.Status + " in the hub", true
}

// judgeElsewhere judges a need by what the state hub says.
func judgeElsewhere(c Claim, short, id string) verdict {
	how, met := c.Stands()
	if met {
		return verdict{ok: true, rests: true}
	}
	outcome := check.Blocked
	if c.Err != nil {
		outcome = check.Unknown
	}
	return verdict{outcome: outcome, cause: id, reason: fmt.Sprintf("needs %s, which is %s", short, how)}
}

func judgeDecision(c claim, short, id, question string) verdict {
	switch c.status {
	case workplan.Resolved:
		return verdict{ok: true}
	case workplan.Pending, "":
		return verdict{outcome: check.Blocked, cause: id, reason: fmt.Sprintf("waits for the decision %s%s", short, question)}
	}
	return verdict{outcome: check.Blocked, cause: id, reason: fmt.Sprintf("needs the decision %s, which is %s", short, c.word)}
}

// question is what a pending decision asks, with its options, as a sentence goes on.
func (r *run) question(id string) string {
	n := r.nodes[id]
	if n == nil || n.decision == nil || n.decision.Question.Text == "" {
		return ""
	}
	d := n.decision
	out := ": " + d.Question.Text
	var options []string
	for _, o := range d.Options {
		options = append(options, o.Name+": "+o.Text)
	}
	if len(options) > 0 {
		out += " (" + strings.Join(options, ", ")
		if d.Recommendation.Text != "" {
			out += "; recommended: " + d.Recommendation.Text
		}
		out += ")"
	}
	return out
}

// judgeTask judges a need on a task of this run: met when it is done and did not fail now.
func judgeTask(c claim, t *TaskReport, short string) verdict {
	done := workplan.Status(c.status) == workplan.Done
	cause := t.ID
	if t.Cause != "" {
		cause = t.Cause
	}
	switch {
	case t.Outcome == check.Passed:
		return verdict{ok: true}
	case t.Outcome == check.Failed:
		return verdict{outcome: check.Blocked, cause: cause, reason: fmt.Sprintf("needs %s, which failed", short)}
	case done:
		return verdict{ok: true, rests: true}
	case workplan.Status(c.status) == workplan.Cancelled:
		return verdict{outcome: check.Blocked, cause: cause, reason: fmt.Sprintf("needs %s, which is %s", short, c.word)}
	case t.Selected:
		return verdict{outcome: check.Blocked, cause: cause, guard: t.Guard, reason: fmt.Sprintf("needs %s, which is %s", short, t.Outcome)}
	}
	return verdict{outcome: check.Blocked, cause: cause, reason: fmt.Sprintf("needs %s, which is %s", short, orNone(c.word))}
}

func orNone(status string) string {
	if status == "" {
		return "without a status"
	}
	return status
}

// shortName is how a plan calls another node: by its short id within the plan, else in full.
func (r *run) shortName(e workplan.Edge) string {
	from, to := r.nodes[e.From], r.nodes[e.To]
	if from != nil && to != nil && from.plan == to.plan {
		return to.name()
	}
	return e.To
}

// Status returns what the files say of a task, a decision or a plan.
func (p *Program) Status(id string) (status string, decision, found bool) {
	c := p.lookup(id)
	return c.status, c.decision, c.found
}
