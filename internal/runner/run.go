package runner

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/graph"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// DefaultParallelism bounds tasks, and steps that run code, where Options do not say.
const DefaultParallelism = 10

// Options say how a program is run. The zero value runs everything that policy is not asked about.
type Options struct {
	Parallelism int                  // of tasks and of steps that run code; 0: DefaultParallelism
	Select      func(id string) bool // the tasks to run; nil: all of them, and the plans' own steps
	FailFast    bool                 // begin no task after one has failed
	Again       bool                 // look at `once` steps that have held already

	Now     func() time.Time                      // nil: time.Now
	Site    func(*Step) (check.Site, error)       // where a step looks; nil: nowhere in particular
	Cluster func(*Step) (name string, named bool) // the cluster that a step looks at, and whether anybody named it
	Allow   func(*Step, []check.Capability) error // a *check.Denied where policy does not allow a step; nil allows all
	Held    func(*Step) (Held, bool)              // earlier proof of a `once` step; nil: none
	Hold    func(*Step, Held)                     // keeps that proof, at the end of the run; nil: nowhere
	Redact  func(string) string                   // nil: as it is
	Notify  func(Event)                           // called from many goroutines; nil: nobody
}

// Held is the proof of a `once` step.
type Held struct {
	Day     string // ISO
	Saw     string
	Records map[string]any
	Claimed bool // it is only written in the findings; nothing here proves it
}

// run is one run of a program.
type run struct {
	*Program
	Options
	limits  *limits
	support map[string]bool // tasks looked at only for their records
	watches map[*Step]*watch
	failed  atomic.Bool // a task has failed, and FailFast is set

	mu      sync.Mutex
	reports map[string]*TaskReport    // of nodes that are through
	records map[string]map[string]any // by task
	proofs  []proof
}

// proof is a `once` step that held in this run.
type proof struct {
	step *Step
	rep  *StepReport
}

// hold keeps the proofs, when all secrets are known that must not be kept with them.
func (r *run) hold() {
	kept := map[*Step]bool{} // a guard is looked at many times
	for _, p := range r.proofs {
		if kept[p.step] {
			continue
		}
		kept[p.step] = true
		h := Held{Day: p.rep.Held, Saw: p.rep.Saw, Records: map[string]any{}}
		for _, rec := range p.rep.Records {
			h.Records[rec.Name] = rec.Value
		}
		r.Hold(p.step, h)
	}
}

// Run looks at the selected tasks along the graph. It returns when nothing of it runs any more.
// When ctx ends, running steps are cancelled and the rest is not begun; the Report tells which.
func (p *Program) Run(ctx context.Context, o Options) Report {
	r := &run{Program: p, Options: o, reports: make(map[string]*TaskReport, len(p.nodes)), records: map[string]map[string]any{}, watches: map[*Step]*watch{}}
	r.defaults()
	r.limits = newLimits(r.Parallelism)
	r.support = p.supporting(r.Select)
	for _, n := range p.nodes {
		for _, g := range n.guards {
			if r.watches[g] == nil {
				r.watches[g] = &watch{}
			}
		}
	}
	rep := Report{Started: r.Now()}
	r.notify(Event{Type: RunStarted, Total: r.total()})
	p.graph.WalkPausing(ctx, r.Parallelism, r.visit)
	r.lastGuards(ctx)
	rep.Ended, rep.Cancelled = r.Now(), ctx.Err() != nil
	for _, plan := range p.plans {
		rep.Plans = append(rep.Plans, r.collect(plan))
	}
	for _, pr := range rep.Plans {
		for _, t := range pr.Tasks {
			r.settle(t)
		}
		if pr.Own != nil {
			r.settle(pr.Own)
		}
	}
	r.hold()
	r.notify(Event{Type: RunEnded, Elapsed: rep.Ended.Sub(rep.Started)})
	return rep
}

func (r *run) defaults() {
	if r.Parallelism <= 0 {
		r.Parallelism = DefaultParallelism
	}
	if r.Now == nil {
		r.Now = time.Now
	}
	if r.Select == nil {
		r.Select = func(string) bool { return true }
	}
	if r.Site == nil {
		r.Site = func(*Step) (check.Site, error) { return check.Site{}, nil }
	}
	if r.Cluster == nil {
		r.Cluster = func(s *Step) (string, bool) { return s.Cluster, s.Cluster != "" }
	}
	if r.Allow == nil {
		r.Allow = func(*Step, []check.Capability) error { return nil }
	}
	if r.Held == nil {
		r.Held = func(*Step) (Held, bool) { return Held{}, false }
	}
	if r.Hold == nil {
		r.Hold = func(*Step, Held) {}
	}
	if r.Redact == nil {
		r.Redact = func(s string) string { return s }
	}
}

func (r *run) notify(e Event) {
	if r.Notify == nil {
		return
	}
	e.Version, e.At = EventVersion, r.Now()
	if n := r.nodes[e.Task]; n != nil && len(r.plans) == 1 {
		e.Short = n.name()
	}
	e.Title, e.Name, e.Text = r.text(e.Title), r.text(e.Name), r.text(e.Text)
	r.Notify(e)
}

func (r *run) total() int {
	n := 0
	for id, node := range r.nodes {
		if node.decision == nil && r.Select(id) {
			n++
		}
	}
	return n
}

// supporting returns the tasks that are not selected and whose records selected ones read, directly or not.
func (p *Program) supporting(selected func(id string) bool) map[string]bool {
	out := map[string]bool{}
	var add func(n *node)
	add = func(n *node) {
		for id := range n.uses {
			if !out[id] && !selected(id) {
				out[id] = true
				add(p.nodes[id])
			}
		}
	}
	for id, n := range p.nodes {
		if selected(id) {
			add(n)
		}
	}
	return out
}

// Reached returns the steps that a run of the selected tasks can come to: their own, those of tasks whose records
// they read, and the guards over all these.
func (p *Program) Reached(selected func(id string) bool) map[*Step]bool {
	support, out := p.supporting(selected), map[*Step]bool{}
	for id, n := range p.nodes {
		if !selected(id) && !support[id] {
			continue
		}
		for _, s := range n.steps {
			out[s] = out[s] || selected(id) || !s.Effect
		}
		for _, g := range n.guards {
			out[g] = true
		}
	}
	return out
}

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
		r.notify(Event{Type: TaskEnded, Task: id, Title: t.Title, Outcome: t.Outcome, Text: t.Reason, Elapsed: t.Ended.Sub(t.Started)})
	}
}

func (r *run) begin(n *node) *TaskReport {
	t := &TaskReport{ID: n.id, Short: n.name(), Pos: n.pos(), Selected: r.Select(n.id), Started: r.Now(), Steps: []*StepReport{}}
	if n.task != nil {
		t.Title, t.Was = n.task.Title, workplan.Status(n.task.Status.Text)
	} else {
		t.Title, t.Was = "the plan's own steps", workplan.Status(n.plan.Status.Text)
	}
	return t
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
		return check.Unknown, "not begun: the run was cancelled", "", false
	}
	for _, e := range n.gates {
		r.mu.Lock()
		v := r.judge(e)
		r.mu.Unlock()
		if !v.ok {
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
			o = check.Unknown
		case g.Section() == n.id:
			o = check.Failed // it is one of its own steps
		}
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
		if last := n.steps[end-1]; last.Barrier() && ran(t.Steps[end-1]) {
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
	t.Cluster = strings.Join(seen, ", ")
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
	} else if why := effectAfterFailure(t, s); why != "" {
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

// effectAfterFailure says why a step that changes something is not begun: an earlier one of its task does not hold.
func effectAfterFailure(t *TaskReport, s *Step) string {
	if !s.Effect {
		return ""
	}
	for i, earlier := range t.Steps[:s.index] {
		if earlier != nil && !earlier.Advisory && (earlier.Outcome == check.Failed || earlier.Outcome == check.Unknown) {
			return fmt.Sprintf("not begun: it has an effect, and step %d is %s", i+1, earlier.Outcome)
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

// collect puts the reports of a plan in document order; nodes that the walk never reached were not begun.
func (r *run) collect(plan *workplan.Plan) PlanReport {
	out := PlanReport{Plan: plan, Tasks: make([]*TaskReport, 0, len(plan.Tasks))}
	for _, t := range plan.Tasks {
		if n := r.nodes[t.ID.Text]; n != nil && n.task == t {
			out.Tasks = append(out.Tasks, r.reportOf(n))
		}
	}
	if n := r.nodes[plan.ID.Text]; n != nil && n.task == nil && n.decision == nil {
		out.Own = r.reportOf(n)
	}
	return out
}

func (r *run) reportOf(n *node) *TaskReport {
	if t := r.reports[n.id]; t != nil {
		return t
	}
	t := r.begin(n)
	t.Ended, t.Outcome, t.Reason = t.Started, check.Unknown, "not begun: the run was cancelled"
	if !t.Selected {
		t.Outcome, t.Reason = check.Skipped, "not selected"
	}
	return t
}

// text redacts, flattens and bounds a text.
func (r *run) text(s string) string {
	return oneLine(r.Redact(s), maxText)
}

// redacted redacts and flattens a text, and leaves it whole: a secret that is learned later would not be found in a
// part of it.
func (r *run) redacted(s string) string { return oneLine(r.Redact(s), maxRaw) }

// settle gives a report its last form. What was learned to be secret after a text was made is taken out of it now,
// and what the texts are bounded to is the rest.
func (r *run) settle(t *TaskReport) {
	t.Title, t.Reason = r.text(t.Title), r.text(t.Reason)
	for _, s := range t.Steps {
		s.each(r.text)
		t.Cut = t.Cut || s.Cut
	}
}

// The bounds of each text of a report, in bytes, and of what is kept of it during the run.
const (
	maxText = 1024
	maxRaw  = 64 << 10
)

// oneLine joins the lines of a text and bounds it.
func oneLine(s string, limit int) string {
	if strings.ContainsAny(s, "\r\n\t\v\f") {
		s = strings.Join(strings.Fields(s), " ")
	}
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xC0 == 0x80 {
		limit--
	}
	return s[:limit] + "…"
}
