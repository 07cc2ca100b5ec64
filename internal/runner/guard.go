package runner

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/graph"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// guards finds over which tasks each guarding step stands: those that it names; with `all` every task of its plan;
// without names the task that it stands in and all that come after it, or everything in a plan's own block.
func (c *compiler) guards(g *graph.Graph[string]) {
	for _, id := range g.Order() {
		n := c.byID[id]
		if n.task != nil && workplan.Status(n.task.Status.Text) == workplan.Cancelled {
			continue
		}
		for _, s := range n.steps {
			if s.Guard {
				for _, guarded := range c.guarded(g, n, s) {
					guarded.guards = append(guarded.guards, s)
				}
			}
		}
	}
}

// guarded returns the tasks that the guard s of the node n stands over.
func (c *compiler) guarded(g *graph.Graph[string], n *node, s *Step) []*node {
	var out []*node
	switch {
	case s.GuardAll || len(s.Guards) == 0 && n.task == nil:
		for _, t := range n.plan.Tasks {
			out = append(out, c.byID[t.ID.Text])
		}
	case len(s.Guards) == 0:
		out = append(out, n)
		for _, id := range g.Below(n.id) {
			out = append(out, c.byID[id])
		}
	default:
		for _, ref := range s.Guards {
			out = append(out, c.byID[ref.ID])
		}
	}
	return slices.DeleteFunc(out, func(o *node) bool { return o == nil || o.task == nil })
}

// watch is what is known of a guard in a run: once it was seen not to hold, that stays.
type watch struct {
	mu     sync.Mutex
	used   bool // a task that it guards wanted to begin
	broken *StepReport
	where  string
}

func (w *watch) saw(rep *StepReport, where string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.used = true
	if rep.Outcome == check.Failed && w.broken == nil {
		w.broken, w.where = rep, where
	}
}

// guarded looks at the guards over a node and returns the first that does not hold now, with its report.
// When says before or after what the look is made.
// A guard that policy does not let look leaves reading steps alone: the report notes it for those that do more.
func (r *run) guarded(ctx context.Context, n *node, t *TaskReport, when string) (*Step, *StepReport) {
	for _, g := range n.guards {
		rep := r.lookAt(ctx, g, nil)
		r.watches[g].saw(rep, when)
		switch {
		case rep.Policy:
			t.unguarded = fmt.Sprintf("the guard %q was not looked at: %s", g.Title, rep.Saw)
		case g.Advisory:
		case rep.Outcome == check.Failed, rep.Outcome == check.Unknown, rep.Outcome == check.Awaiting:
			return g, rep
		}
	}
	return nil, nil
}

// blockedBy says why a task is not started, or not gone on with, because of a guard.
func blockedBy(g *Step, rep *StepReport) string {
	if rep.Outcome == check.Failed {
		return fmt.Sprintf("the guard %q does not hold: %s", g.Title, rep.Saw)
	}
	return fmt.Sprintf("could not look at the guard %q: %s", g.Title, rep.Saw)
}

// violated makes a guard that was seen not to hold at some time in the run a failure, whatever its last look saw.
func (r *run) violated(s *Step, rep *StepReport) {
	w := r.watches[s]
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil && rep.Outcome == check.Passed {
		rep.Outcome, rep.Want, rep.Saw = check.Failed, w.broken.Want, w.broken.Saw
		rep.Why = append(slices.Clone(w.broken.Why), "it did not hold "+w.where)
	}
}

// lastGuards looks at the guards once more when everything else is through,
// and brings what they saw in the run to the reports of the sections that they stand in.
func (r *run) lastGuards(ctx context.Context) {
	if len(r.watches) == 0 {
		return
	}
	for _, id := range r.graph.Order() {
		for _, g := range r.nodes[id].steps {
			if w := r.watches[g]; w != nil {
				r.lastGuard(ctx, g, w)
			}
		}
	}
}

func (r *run) lastGuard(ctx context.Context, g *Step, w *watch) {
	t := r.reports[g.Section()]
	ran := t != nil && g.index < len(t.Steps)
	// A plan's own steps come last anyway.
	again := ran && g.Task != nil && t.Steps[g.index].Outcome == check.Passed || !ran && w.used && w.broken == nil
	if again && ctx.Err() == nil {
		w.saw(r.lookAt(ctx, g, nil), "at the end of the run")
	}
	switch {
	case w.broken == nil:
	case !ran && !g.Advisory:
		r.breach(g)
	case ran:
		before := t.Steps[g.index].Outcome
		if r.violated(g, t.Steps[g.index]); t.Steps[g.index].Outcome != before {
			conclude(t)
		}
	}
}

// breach reports a broken guard in a section that was not looked at otherwise.
func (r *run) breach(g *Step) {
	n := r.nodes[g.Section()]
	t := r.reportOf(n)
	why := "not begun: " + t.Reason
	t.Cut, t.Selected = t.Cut || !t.Selected, true
	for _, s := range n.steps {
		rep := r.newReport(s)
		rep.Outcome, rep.Saw = check.Skipped, why
		if w := r.watches[s]; w != nil && w.broken != nil {
			*rep = *w.broken
			rep.Why = append(slices.Clone(rep.Why), "it did not hold "+w.where)
		}
		t.Steps = append(t.Steps, rep)
	}
	conclude(t)
	r.reports[n.id] = t
}
