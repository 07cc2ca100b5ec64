package app

import (
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Verdict is what a task's status is worth beside what was seen.
type Verdict string

// The verdicts, in the order in which they are told.
const (
	Broken      Verdict = "broken"      // it does not hold any more
	Unclear     Verdict = "unknown"     // could not find out
	Unsigned    Verdict = "waiting"     // for a person
	NotChecked  Verdict = "notChecked"  // because of policy
	CouldBeDone Verdict = "couldBeDone" // it holds, and its status does not say so
	Unproven    Verdict = "unproven"    // nothing shows it
	Holds       Verdict = "holds"
	Open        Verdict = "open" // it is not done, and does not hold yet
)

// Verdicts are all of them, in the order in which they are told.
var Verdicts = []Verdict{Broken, Unclear, Unsigned, NotChecked, CouldBeDone, Unproven, Holds, Open}

// String is the verdict in words.
func (v Verdict) String() string {
	switch v {
	case Broken:
		return "no longer holds"
	case Unclear:
		return "could not be looked at"
	case Unsigned:
		return "waits for a person"
	case NotChecked:
		return "not checked"
	case CouldBeDone:
		return "could be done"
	}
	return string(v)
}

// Plural is the verdict in words, about several.
func (v Verdict) Plural() string {
	switch v {
	case Broken:
		return "no longer hold"
	case Unsigned:
		return "wait for a person"
	case Holds:
		return "hold"
	}
	return v.String()
}

// Claim is a task, or a plan with steps of its own, beside what was seen of it.
type Claim struct {
	Task    *runner.TaskReport
	Plan    *workplan.Plan
	Own     bool // of the plan's own steps
	Made    bool // the status says that it is done
	Verdict Verdict
	Why     string   // of the verdict, one line
	Stale   bool     // its steps changed after its findings were written
	Under   string   // the root cause with which it fails: what it rests on and failed as well, or what failed for the same reason
	Suspect []string // what it rests on and failed, while it holds itself
	Claimed []string // its steps that pass on a person's word that is not signed
	Waived  []string // its steps that fail and are accepted for a while
}

// claims judges the selected tasks of a verification, in document order.
func claims(kinds *check.Registry, prog *runner.Program, rep runner.Report) []*Claim {
	var out []*Claim
	for _, p := range rep.Plans {
		for _, t := range p.Tasks {
			if t.Selected && t.Was != workplan.Cancelled {
				task := p.Plan.Task(t.ID)
				out = append(out, claimOf(&Claim{Task: t, Plan: p.Plan, Made: t.Was == workplan.Done}, task.Findings, runner.Digest(kinds, p.Plan, task.Steps...)))
			}
		}
		if p.Own != nil && p.Own.Selected {
			c := &Claim{Task: p.Own, Plan: p.Plan, Own: true, Made: p.Own.Was == workplan.Finished}
			out = append(out, claimOf(c, p.Plan.Findings, runner.Digest(kinds, p.Plan, p.Plan.Steps...)))
		}
	}
	unfinished(out)
	rest(prog, out)
	return out
}

// claimOf judges a claim; findings are those of its section, and digest is that of its steps.
func claimOf(c *Claim, findings *workplan.FindingsBlock, digest string) *Claim {
	c.Stale = c.Made && findings != nil && findings.Steps != "" && !sameSteps(findings, digest)
	c.Verdict, c.Why = judge(c.Task, c.Made), c.Task.Reason
	for _, s := range c.Task.Steps {
		switch {
		case s.Claimed && s.Outcome == check.Passed:
			c.Claimed = append(c.Claimed, s.Name)
		case s.Outcome == check.Waived:
			c.Waived = append(c.Waived, s.Name)
		}
	}
	return c
}

// judge holds a status against what was seen.
func judge(t *runner.TaskReport, made bool) Verdict {
	if !made {
		if t.Outcome == check.Passed {
			return CouldBeDone
		}
		return Open
	}
	switch t.Outcome {
	case check.Failed:
		return Broken
	case check.Passed:
		return Holds
	case check.Unverified:
		if t.NotChecked {
			return NotChecked
		}
		return Unproven
	case check.Awaiting:
		return Unsigned
	}
	return Unclear
}

// unfinished leaves plans' own steps that hold alone while tasks of the plan are not done: nothing could be finished.
func unfinished(claims []*Claim) {
	for _, c := range claims {
		if c.Own && c.Verdict == CouldBeDone && slices.ContainsFunc(c.Plan.Tasks, func(t *workplan.Task) bool {
			s := workplan.Status(t.Status.Text)
			return s != workplan.Done && s != workplan.Cancelled
		}) {
			c.Verdict, c.Why = Open, "its steps hold, and not all tasks are done"
		}
	}
}

// failed tells whether others rest on this in vain: it was claimed and does not hold, or its status says that it failed.
func (c *Claim) failed() bool {
	return c.Verdict == Broken || c.Task.Was == workplan.Failed && c.Verdict != CouldBeDone
}

// rest finds what claims rest on: those that fail as well are told under it, and those that hold are suspect.
// A claim that rests on nothing that failed, and fails for nothing but what made one before it fail, is told under that.
func rest(prog *runner.Program, claims []*Claim) {
	r := &resting{prog: prog, byID: map[string]*Claim{}, roots: map[string][]string{}}
	for _, c := range claims {
		r.byID[c.Task.ID] = c
	}
	for _, c := range claims {
		roots := r.below(c.Task.ID)
		switch {
		case len(roots) == 0 || !c.Made:
		case c.Verdict == Broken || c.Verdict == Unclear:
			c.Under = roots[0]
		default:
			c.Suspect = roots
		}
	}
	first := map[string]string{} // what is at fault → the first root cause that it made fail
	for _, c := range claims {
		if c.Verdict != Broken || c.Under != "" {
			continue
		}
		if root := c.sameAs(first); root != "" {
			c.Under = root
			continue
		}
		for _, s := range c.Task.Steps {
			if s.Fault != "" && first[s.Fault] == "" {
				first[s.Fault] = c.Task.ID
			}
		}
	}
}

// sameAs returns the claim that failed for the same reason, of those that failed first for each reason; "" where a
// required step has a reason of its own.
func (c *Claim) sameAs(first map[string]string) string {
	root := ""
	for _, s := range c.Task.Steps {
		if s.Advisory || s.Outcome != check.Failed {
			continue
		}
		if first[s.Fault] == "" {
			return ""
		}
		if root == "" {
			root = first[s.Fault]
		}
	}
	return root
}

// resting finds the root causes of failures.
type resting struct {
	prog  *runner.Program
	byID  map[string]*Claim
	roots map[string][]string // what failed below an id and has nothing below it that failed
}

// below returns the root causes among all that id rests on.
func (r *resting) below(id string) []string {
	if out, ok := r.roots[id]; ok {
		return out
	}
	r.roots[id] = nil // ids that stand twice could lead back here
	var out []string
	for _, need := range r.prog.Needs(id) {
		roots := r.below(need)
		if len(roots) == 0 && r.failed(need) {
			roots = []string{need}
		}
		for _, root := range roots {
			if !slices.Contains(out, root) {
				out = append(out, root)
			}
		}
	}
	r.roots[id] = out
	return out
}

// failed tells whether a need failed, in this run or as its file says.
func (r *resting) failed(id string) bool {
	if c := r.byID[id]; c != nil {
		return c.failed()
	}
	status, decision, found := r.prog.Status(id)
	return found && !decision && status == string(workplan.Failed)
}
