package runner

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/graph"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// maxVerified bounds the tasks that are verified at the same time; their looks have bounds of their own.
const maxVerified = 256

// Known is what an earlier run saw of a step that passed.
type Known struct {
	At      time.Time
	Saw     string
	Records []Record
}

// walk visits the nodes: along their needs, or, to verify them, all at once but for those that read each other's records.
func (r *run) walk(ctx context.Context) {
	if !r.Verify {
		r.graph.WalkPausing(ctx, r.Parallelism, r.free, r.visit)
		return
	}
	reads := make(map[string][]string, len(r.nodes))
	for id, n := range r.nodes {
		reads[id] = slices.Sorted(maps.Keys(n.uses))
	}
	g, err := graph.New(reads, func(id string) int { return r.nodes[id].rank })
	if err != nil {
		g = r.graph // cannot be: a part of a graph without cycles has none
	}
	g.WalkPausing(ctx, maxVerified, r.free, r.visit)
}

// Needs returns the ids of what a section rests on: what must be met before it, sections of plans for whole plans,
// and for a plan's own steps all its tasks.
func (p *Program) Needs(id string) []string {
	n := p.nodes[id]
	if n == nil {
		return nil
	}
	var out []string
	for _, e := range n.gates {
		if c := p.lookup(e.To); c.plan != nil {
			out = append(out, sections(c.plan)...)
			continue
		}
		out = append(out, e.To)
	}
	if n.task == nil && n.decision == nil {
		for _, t := range n.plan.Tasks {
			out = append(out, t.ID.Text)
		}
	}
	return out
}

// claimed tells whether the file says that what the step proves is done.
func (s *Step) claimed() bool {
	if s.Task == nil {
		return workplan.Status(s.Plan.Status.Text) == workplan.Finished
	}
	return workplan.Status(s.Task.Status.Text) == workplan.Done
}

// within is how long to wait for a step to hold. What nobody claims is verified without waiting.
func (l *looking) within() time.Duration {
	if l.Verify && !l.step.claimed() {
		return 0
	}
	return l.step.Within
}

// alone tells whether what comes of a look rests on nothing but the step itself: it reads nothing that others
// recorded, asks nobody, and changes nothing.
func (s *Step) alone() bool {
	if len(s.templates) > 0 || s.Barrier() || slices.Contains(s.Caps, check.AsksPeople) {
		return false
	}
	for _, p := range s.asserts {
		if len(p.Refs) > 0 {
			return false
		}
	}
	for _, b := range s.records {
		if len(b.prog.Refs) > 0 {
			return false
		}
	}
	return true
}

// shared is a look that identical steps have in common.
type shared struct {
	done     chan struct{} // closed when the rest is there
	attempt  attempt
	warnings []string
}

// common looks, or takes over what an identical step of this verification sees.
func (l *looking) common(ctx context.Context) attempt {
	if !l.Verify || !l.step.alone() {
		return l.eventually(ctx)
	}
	key := l.same()
	l.run.mu.Lock()
	s, follows := l.run.shared[key]
	if !follows {
		s = &shared{done: make(chan struct{}), attempt: attempt{outcome: check.Unknown}}
		l.run.shared[key] = s
	}
	l.run.mu.Unlock()
	if !follows {
		defer close(s.done)
		s.attempt = l.explained(ctx, l.eventually(ctx))
		s.warnings = slices.Clone(l.warnings)
		return s.attempt.copied()
	}
	l.place.wait(func() {
		select {
		case <-s.done:
		case <-ctx.Done():
		}
	})
	select {
	case <-s.done:
	default:
		return cancelled()
	}
	l.rep.Shared, l.warnings = true, slices.Clone(s.warnings)
	return s.attempt.copied()
}

// same is what identical looks have in common.
func (l *looking) same() string {
	cluster, _ := l.Cluster(l.step)
	return strings.Join([]string{
		l.step.LookDigest(), cluster, l.site.Namespace, l.site.Dir, l.site.Root,
		l.step.Timeout.String(), l.within().String(), l.step.Every.String(),
	}, "\x00")
}

// explained adds what takes further looking, so that it is looked for once.
func (l *looking) explained(ctx context.Context, a attempt) attempt {
	if a.outcome == check.Failed {
		a.result.Why = l.why(ctx, a)
	}
	a.result.Explain = nil
	return a
}

// copied is an attempt whose lists are its own.
func (a attempt) copied() attempt {
	a.records, a.result.Why = slices.Clone(a.records), slices.Clone(a.result.Why)
	return a
}

// known takes over what an earlier run saw, where nothing else rests on the step's records.
func (l *looking) known() bool {
	if l.Known == nil || !l.step.alone() || l.isRead() {
		return false
	}
	k, ok := l.Known(l.step)
	if !ok {
		return false
	}
	l.rep.Outcome, l.rep.Saw, l.rep.Seen, l.rep.Records = check.Passed, k.Saw, k.At, k.Records
	return true
}

// isRead tells whether another step may read what this one records.
func (l *looking) isRead() bool {
	if len(l.step.records) == 0 {
		return false
	}
	id := l.step.Section()
	for _, s := range l.nodes[id].steps {
		if s.after > l.step.index {
			return true
		}
	}
	return l.read[id]
}
