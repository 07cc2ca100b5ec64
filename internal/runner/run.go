package runner

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// defaultParallelism bounds tasks, and steps that run code, where Options do not say.
const defaultParallelism = 10

// Options say how a program is run. The zero value runs everything that policy is not asked about.
type Options struct {
	Parallelism int                  // of tasks that do more than shared reads, and of steps that run code; 0: 10
	Select      func(id string) bool // the tasks to run; nil: all of them, and the plans' own steps
	FailFast    bool                 // begin no task after one has failed
	Again       bool                 // look at `once` steps that have held already
	Verify      bool                 // look at all tasks at once, whatever they need and whatever guards them

	Now     func() time.Time                      // nil: time.Now
	Site    func(*Step) (check.Site, error)       // where a step looks; nil: nowhere in particular
	Cluster func(*Step) (name string, named bool) // the cluster that a step looks at, and whether anybody named it
	Allow   func(*Step, []check.Capability) error // a *check.Denied where policy does not allow a step; nil allows all
	Held    func(*Step) (Held, bool)              // earlier proof of a `once` step; nil: none
	Hold    func(*Step, Held)                     // keeps that proof, at the end of the run; nil: nowhere
	Known   func(*Step) (Known, bool)             // what an earlier run saw, to be taken over; nil: nothing
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
	failed  atomic.Bool  // a task has failed, and FailFast is set
	changes atomic.Int64 // looks that may have changed something, and have ended

	mu      sync.Mutex
	reports map[string]*TaskReport    // of nodes that are through
	records map[string]map[string]any // by task
	shared  map[string]*shared        // looks of a verification, by what is looked at
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
	r := &run{Program: p, Options: o, reports: make(map[string]*TaskReport, len(p.nodes)), records: map[string]map[string]any{}, watches: map[*Step]*watch{}, shared: map[string]*shared{}}
	r.defaults()
	r.limits = newLimits(r.Parallelism)
	r.support = p.supporting(r.Select)
	for _, n := range p.nodes {
		for _, g := range n.guards {
			if r.watches[g] == nil && !r.Verify {
				r.watches[g] = &watch{}
			}
		}
	}
	rep := Report{Started: r.Now()}
	r.notify(Event{Type: RunStarted, Total: r.total()})
	r.queue()
	r.walk(ctx)
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
		r.Parallelism = defaultParallelism
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
	e.At = r.Now()
	if n := r.nodes[e.Task]; n != nil && len(r.plans) == 1 {
		e.Short = n.name()
	}
	e.Title, e.Name, e.Text = r.text(e.Title), r.text(e.Name), r.text(e.Text)
	r.Notify(e)
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
	t.Ended, t.Outcome, t.Reason = t.Started, check.Unknown, NotBegun
	if !t.Selected {
		t.Outcome, t.Reason = check.Skipped, "not selected"
	}
	return t
}
