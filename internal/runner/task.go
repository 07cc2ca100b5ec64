package runner

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/graph"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// visit looks at one node, when all that it comes after is through.
func (r *run) visit(ctx context.Context, id string, pause graph.Pause) {
	n := r.nodes[id]
	if n.decision != nil {
		return
	}
	t := r.begin(n)
	if outcome, reason, cause, ok := r.mayRun(ctx, n, t); !ok {
		t.Outcome, t.Reason, t.Cause = outcome, reason, cause
	} else {
		r.runTask(ctx, n, t, &place{pause: pause})
	}
	t.Ended = r.Now()
	if t.Outcome == check.Failed && r.FailFast && t.Selected {
		r.failed.Store(true)
	}
	r.mu.Lock()
	r.reports[id] = t
	r.mu.Unlock()
	if t.Selected {
		r.notify(Event{Type: TaskEnded, Task: id, Title: t.Title, Outcome: t.Outcome, Text: t.Reason, Cause: t.Cause, Elapsed: t.Ended.Sub(t.Started)})
	}
}

func (r *run) begin(n *node) *TaskReport {
	t := &TaskReport{ID: n.id, Short: n.name(), Pos: n.pos(), End: n.end(), Selected: r.Select(n.id), Started: r.Now(), Steps: []*StepReport{}, own: n.task == nil}
	t.Title, t.Was = n.title(), workplan.Status(n.plan.Status.Text)
	if n.task != nil {
		t.Was = workplan.Status(n.task.Status.Text)
	}
	t.Word = n.plan.Words.Of(string(t.Was))
	return t
}

// title is what people read of a node that is no decision.
func (n *node) title() string {
	if n.task != nil {
		return n.task.Title
	}
	return "the plan's own steps"
}

// mayRun tells whether a task is looked at at all, and if not, what comes of it.
func (r *run) mayRun(ctx context.Context, n *node, t *TaskReport) (o check.Outcome, reason, cause string, ok bool) {
	switch {
	case !t.Selected && !r.support[n.id]:
		return check.Skipped, "not selected", "", false
	case n.task != nil && t.Was == workplan.Cancelled:
		return check.Skipped, "cancelled", "", false
	case r.failed.Load():
		return check.Skipped, "not begun: another task failed, and --fail-fast is set", "", false
	case ctx.Err() != nil:
		return check.Unknown, NotBegun, "", false
	case r.Verify && len(n.steps) > 0:
		return "", "", "", true
	case r.Verify:
		return check.Unverified, "no verify steps", "", false
	}
	for _, e := range n.gates {
		r.mu.Lock()
		v := r.judge(e)
		r.mu.Unlock()
		if !v.ok {
			t.Guard = v.guard
			return v.outcome, v.reason, v.cause, false
		}
		if v.rests && !slices.Contains(t.Rests, r.shortName(e)) {
			t.Rests = append(t.Rests, r.shortName(e))
		}
	}
	if len(n.steps) == 0 {
		return check.Unverified, "no verify steps", "", false
	}
	if g, rep := r.guarded(ctx, n, t, "before "+n.name()); g != nil {
		o := check.Blocked
		switch {
		case rep.Outcome != check.Failed:
			o, t.Auth = check.Unknown, rep.Auth
		case g.Section() == n.id:
			o = check.Failed // it is one of its own steps
		}
		t.Guard = g.Title
		return o, r.text(blockedBy(g, rep)), g.Section(), false
	}
	return "", "", "", true
}

// runTask looks at the steps of a task: in the order written, neighbours that only read at the same time.
func (r *run) runTask(ctx context.Context, n *node, t *TaskReport, p *place) {
	if t.Selected {
		r.notify(Event{Type: TaskStarted, Task: n.id, Title: t.Title, Total: len(n.steps)})
	}
	t.Steps = make([]*StepReport, len(n.steps))
	r.clusters(n, t)
	for at := 0; at < len(n.steps); {
		end := group(n.steps, at)
		p.begin(end - at)
		var wg sync.WaitGroup
		for _, s := range n.steps[at:end] {
			if end-at == 1 {
				t.Steps[s.index] = r.step(ctx, n, t, s, p)
				break
			}
			wg.Go(func() { t.Steps[s.index] = r.step(ctx, n, t, s, p) })
		}
		wg.Wait()
		if last := n.steps[end-1]; !r.Verify && last.Barrier() && ran(t.Steps[end-1]) {
			if g, rep := r.guarded(ctx, n, t, fmt.Sprintf("after %s, step %d (%s)", n.name(), end, last.Title)); g != nil && rep.Outcome == check.Failed {
				r.stop(n, t, end, r.text(blockedBy(g, rep)))
				break
			}
		}
		at = end
	}
	conclude(t)
}

// clusters notes on which cluster a task's steps look.
func (r *run) clusters(n *node, t *TaskReport) {
	var seen []string
	for _, s := range n.steps {
		if !slices.ContainsFunc(s.Caps, func(c check.Capability) bool { return c == check.ClusterRead || c == check.ClusterWrite }) {
			continue
		}
		name, named := r.Cluster(s)
		t.OnDefaultCluster = t.OnDefaultCluster || !named
		if name != "" && !slices.Contains(seen, name) {
			seen = append(seen, name)
		}
	}
	slices.Sort(seen) // their order in the task is no news
	t.Clusters, t.Cluster = seen, strings.Join(seen, ", ")
}

// group returns the end of the steps that may run beside the one at i.
func group(steps []*Step, i int) int {
	end := i + 1
	if steps[i].Barrier() {
		return end
	}
	for end < len(steps) && !steps[end].Barrier() && steps[end].after <= i {
		end++
	}
	return end
}

func ran(s *StepReport) bool { return s.Looks > 0 }

// stop gives the rest of a task's steps up, because a guard was broken in it.
func (r *run) stop(n *node, t *TaskReport, from int, why string) {
	for _, s := range n.steps[from:] {
		rep := r.newReport(s)
		rep.Outcome, rep.Saw = check.Skipped, "not begun: "+why
		t.Steps[s.index] = rep
	}
	last := t.Steps[from-1]
	last.Outcome = check.Failed
	last.Why = append(last.Why, why)
}

// step looks at one step and tells of it.
func (r *run) step(ctx context.Context, n *node, t *TaskReport, s *Step, p *place) *StepReport {
	defer p.end()
	if t.Selected {
		r.notify(Event{Type: StepStarted, Task: n.id, Step: s.index + 1, Name: s.Title, Kind: s.Kind.Name})
	}
	var rep *StepReport
	if s.Effect && !t.Selected {
		rep = r.newReport(s)
		rep.Outcome, rep.Saw = check.Skipped, "its task is not selected, and it has an effect"
	} else if t.unguarded != "" && s.Barrier() {
		rep = r.newReport(s)
		rep.Outcome, rep.Policy, rep.Saw = check.Skipped, true, "not begun: "+t.unguarded
	} else if why := effectAfterFailure(t, s); why != "" && !r.Verify {
		rep = r.newReport(s)
		rep.Outcome, rep.Saw = check.Skipped, why
	} else {
		rep = r.lookAt(ctx, s, p)
	}
	r.violated(s, rep)
	r.keep(n.id, rep)
	if t.Selected {
		r.notify(Event{Type: StepEnded, Task: n.id, Step: s.index + 1, Name: s.Title, Kind: s.Kind.Name, Outcome: rep.Outcome, Text: rep.told(), Elapsed: rep.Ended.Sub(rep.Started)})
	}
	return rep
}

// effectAfterFailure says why a step that changes something is not begun: an earlier one of its task does not hold,
// waits for a person, or was kept from looking.
func effectAfterFailure(t *TaskReport, s *Step) string {
	if !s.Effect {
		return ""
	}
	for i, earlier := range t.Steps[:s.index] {
		switch {
		case earlier == nil, earlier.Advisory:
		case slices.Contains([]check.Outcome{check.Failed, check.Unknown, check.Awaiting}, earlier.Outcome):
			return fmt.Sprintf("not begun: it has an effect, and step %d is %s", i+1, earlier.Outcome)
		case earlier.Outcome == check.Skipped && earlier.Policy:
			return fmt.Sprintf("not begun: it has an effect, and policy kept step %d from looking", i+1)
		}
	}
	return ""
}

// keep makes a step's records readable by later steps and tasks.
func (r *run) keep(id string, rep *StepReport) {
	if len(rep.Records) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.records[id] == nil {
		r.records[id] = map[string]any{}
	}
	for _, rec := range rep.Records {
		r.records[id][rec.Name] = rec.Value
	}
}
