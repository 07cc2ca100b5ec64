package view

import (
	"cmp"
	"slices"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// Progress shows a run on its way: Live, Lines or Silent.
type Progress interface {
	Notify(runner.Event)
	Close()
}

var (
	_ Progress = (*Live)(nil)
	_ Progress = (*Lines)(nil)
	_ Progress = Silent{}
)

// Silent shows nothing.
type Silent struct{}

// Notify does nothing.
func (Silent) Notify(runner.Event) {}

// Close does nothing.
func (Silent) Close() {}

// progress is what is known of a run by its events so far. It has one owner.
type progress struct {
	total   int // selected tasks; 0: not known
	started time.Time
	queued  []*taskNow // have not started, in the order in which they come
	running []*taskNow // in the order of their start
	failed  []string   // ids, in the order of their end
	over    map[string]bool
	place   map[string]int // where tasks stand in the order of the run
	counts  runner.Counts
	ended   int
	told    told
}

// taskNow is a task that runs.
type taskNow struct {
	id, title string
	needs     []string // ids of what it comes after
	started   time.Time
	steps     []*stepNow // that run or wait, in the order of their start
	total     int        // of all its steps
	ended     runner.Counts
	findings  []finding // of the steps that did not pass
}

// stepNow is a step that runs or waits.
type stepNow struct {
	number  int
	name    string
	started time.Time
	waiting string     // what it saw and waits to see changed
	until   *time.Time // nil: it does not wait
}

// finding is a step that ended, and what it saw.
type finding struct {
	outcome    check.Outcome
	name, text string
}

// ownTitle is the title of a plan's own steps.
const ownTitle = "the plan's own steps"

// apply takes in an event. It returns the task that the event is about, as it is after it, for TaskEnded as it was
// before; a task that never started has no steps.
func (p *progress) apply(e runner.Event) *taskNow {
	switch e.Type {
	case runner.RunStarted:
		p.total, p.started = e.Total, e.At
		return nil
	case runner.RunEnded:
		return nil
	case runner.TaskQueued:
		return p.queue(e)
	case runner.TaskStarted:
		p.unqueue(e.Task)
		t := &taskNow{id: e.Task, title: cmp.Or(e.Title, ownTitle), started: e.At, total: e.Total}
		p.running = append(p.running, t)
		return t
	case runner.TaskEnded:
		return p.end(e)
	}
	t := p.task(e.Task)
	if t != nil {
		t.apply(e, &p.told)
	}
	return t
}

func (p *progress) task(id string) *taskNow {
	for _, t := range p.running {
		if t.id == id {
			return t
		}
	}
	return nil
}

func (p *progress) end(e runner.Event) *taskNow {
	if p.counts == nil {
		p.counts = runner.Counts{}
	}
	p.counts[e.Outcome]++
	p.ended++
	if p.over == nil {
		p.over = map[string]bool{}
	}
	p.over[e.Task] = true
	if e.Outcome == check.Failed {
		p.failed = append(p.failed, e.Task)
	}
	p.unqueue(e.Task)
	t := p.task(e.Task)
	if t == nil {
		return &taskNow{id: e.Task, title: cmp.Or(e.Title, ownTitle), started: e.At}
	}
	p.running = slices.DeleteFunc(p.running, func(r *taskNow) bool { return r == t })
	return t
}

func (p *progress) queue(e runner.Event) *taskNow {
	if p.place == nil {
		p.place = map[string]int{}
	}
	t := &taskNow{id: e.Task, title: cmp.Or(e.Title, ownTitle), needs: e.Needs}
	p.place[t.id] = len(p.place)
	p.queued = append(p.queued, t)
	return t
}

func (p *progress) unqueue(id string) {
	if i := slices.IndexFunc(p.queued, func(t *taskNow) bool { return t.id == id }); i >= 0 { // near the front: they start in about their order
		p.queued = slices.Delete(p.queued, i, i+1)
	}
}

// waiting returns the queued tasks that come after something that has not ended, those first that wait for nothing
// but what runs.
func (p *progress) waiting() []*taskNow {
	var next, later []*taskNow
	for _, t := range p.queued {
		after := p.after(t)
		switch {
		case len(after) == 0: // it waits for its turn alone
		case slices.ContainsFunc(after, func(id string) bool { return p.task(id) == nil }):
			later = append(later, t)
		default:
			next = append(next, t)
		}
	}
	return append(next, later...)
}

// after returns the ids of what a queued task still waits for.
func (p *progress) after(t *taskNow) []string {
	return slices.DeleteFunc(slices.Clone(t.needs), func(id string) bool { return p.over[id] })
}

// left is the number of tasks that have not started.
func (p *progress) left() int { return max(0, p.total-p.ended-len(p.running)) }

func (t *taskNow) apply(e runner.Event, told *told) {
	at := slices.IndexFunc(t.steps, func(s *stepNow) bool { return s.number == e.Step })
	switch {
	case e.Type == runner.StepEnded:
		if t.ended == nil {
			t.ended = runner.Counts{}
		}
		t.ended[e.Outcome]++
		if at >= 0 {
			t.steps = slices.Delete(t.steps, at, at+1)
		}
		if e.Outcome != check.Passed && e.Outcome != check.Skipped && !told.again(e.Outcome, e.Text) {
			t.findings = append(t.findings, finding{e.Outcome, e.Name, e.Text})
		}
	case at < 0:
		s := &stepNow{number: e.Step, name: e.Name, started: e.At}
		t.steps = append(t.steps, s)
		s.wait(e)
	default:
		t.steps[at].wait(e)
	}
}

func (s *stepNow) wait(e runner.Event) {
	if e.Type == runner.StepWaiting {
		s.waiting, s.until = e.Text, e.Until
	}
}

// waits tells whether all that the task does is waiting.
func (t *taskNow) waits() bool {
	return len(t.steps) > 0 && !slices.ContainsFunc(t.steps, func(s *stepNow) bool { return s.waiting == "" && s.until == nil })
}
