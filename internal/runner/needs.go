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
	status   string
	name     string
}

// lookup finds an id among the plans of the program and those beside them.
func (p *Program) lookup(id string) claim {
	for _, plan := range p.plans {
		if c := claimIn(plan, id); c.found {
			return c
		}
	}
	for _, plan := range p.others {
		if c := claimIn(plan, id); c.found {
			return c
		}
	}
	return claim{name: id}
}

func claimIn(p *workplan.Plan, id string) claim {
	if !strings.HasPrefix(id, p.ID.Text) {
		return claim{}
	}
	if id == p.ID.Text {
		return claim{found: true, status: p.Status.Text, name: id}
	}
	if t := p.Task(id); t != nil {
		return claim{found: true, status: t.Status.Text, name: id}
	}
	if d := p.Decision(id); d != nil {
		return claim{found: true, decision: true, status: d.Status.Text, name: id}
	}
	return claim{}
}

// unmet says why a need is not met; ok is true where it is.
// Rests tells that it is met by a claim that this run did not prove.
type verdict struct {
	ok      bool
	rests   bool
	outcome check.Outcome // of the task that waits: blocked, unknown or waiting
	reason  string
	cause   string // the id to tell of
}

// judge tells whether the need e of a task is met, with what this run found out so far.
func (r *run) judge(e workplan.Edge) verdict {
	c := r.lookup(e.To)
	short := r.shortName(e)
	switch {
	case !c.found:
		return verdict{outcome: check.Unknown, cause: e.To, reason: fmt.Sprintf("needs %s, which is in none of the plans here", short)}
	case c.decision:
		return judgeDecision(c, short, e.To)
	}
	if t := r.reports[e.To]; t != nil && r.nodes[e.To].task != nil {
		return judgeTask(c, t, short)
	}
	switch workplan.Status(c.status) {
	case workplan.Done, workplan.Finished:
		return verdict{ok: true, rests: true}
	}
	return verdict{outcome: check.Blocked, cause: e.To, reason: fmt.Sprintf("needs %s, which is %s", short, orNone(c.status))}
}

func judgeDecision(c claim, short, id string) verdict {
	switch c.status {
	case "resolved":
		return verdict{ok: true}
	case "pending", "":
		return verdict{outcome: check.Blocked, cause: id, reason: fmt.Sprintf("waits for the decision %s", short)}
	}
	return verdict{outcome: check.Blocked, cause: id, reason: fmt.Sprintf("needs the decision %s, which is %s", short, c.status)}
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
		return verdict{outcome: check.Blocked, cause: cause, reason: fmt.Sprintf("needs %s, which is cancelled", short)}
	case t.Selected:
		return verdict{outcome: check.Blocked, cause: cause, reason: fmt.Sprintf("needs %s, which is %s", short, t.Outcome)}
	}
	return verdict{outcome: check.Blocked, cause: cause, reason: fmt.Sprintf("needs %s, which is %s", short, orNone(c.status))}
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
