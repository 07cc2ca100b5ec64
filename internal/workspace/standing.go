package workspace

import (
	"fmt"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// State says how a task stands among the others, as the files are.
type State string

// The states of a task.
const (
	Ready     State = "ready"    // it can be started now
	Started   State = "started"  // in progress
	Queued    State = "queued"   // it only comes after another one that is open
	Blocked   State = "blocked"  // something that it needs is not there
	Waiting   State = "waiting"  // for a person: a decision is open
	Inactive  State = "inactive" // its plan is not active
	Done      State = "done"
	Cancelled State = "cancelled"
)

// States are all of them, in the order in which they are told.
var States = []State{Ready, Started, Queued, Blocked, Waiting, Inactive, Done, Cancelled}

// Standing is how a task stands, and why.
type Standing struct {
	State   State
	Because []Reason // empty where nothing is in the way
	Stale   bool     // it is done, and its steps changed after its findings were written
	Suspect []string // it is done, and these failed that it needs
	Bare    bool     // it is done, and no steps prove it
}

// Follows is the open task that a task comes after without needing it.
func (s Standing) Follows() (_ Node, ok bool) {
	for _, r := range s.Because {
		if r.To != "" && !r.Gates {
			return r.Need.Node, true
		}
	}
	return Node{}, false
}

// Reason is one thing that a task waits for.
type Reason struct {
	Need           // the zero Need where it is the task's own status or its plan's
	Why     string // a few words: "T02 is todo"
	Hint    string // where to look, for what is no need
	Waiting bool   // for a person
	File    string // where what is waited for has its status: file and line
	Path    string // of that file, absolute
	At      int
	Ask     string // who is asked: the one that it is assigned to, else the owner of its plan
}

// closed tells whether nothing is to be done any more for a task of that status.
func closed(status string) bool {
	return workplan.Status(status) == workplan.Done || workplan.Status(status) == workplan.Cancelled
}

// active tells whether tasks of the plan are to be worked on.
func (p *Plan) active() bool {
	switch workplan.Status(p.Status) {
	case workplan.Active, workplan.Blocked, "":
		return true
	}
	return false
}

// Stand returns how a task stands.
func (w *Workspace) Stand(p *Plan, t *Task) Standing {
	if !closed(t.Status) && !p.active() {
		return Standing{State: Inactive, Because: []Reason{Node{Plan: p}.reason(fmt.Sprintf("%s is %s", p.ID, p.Words.Of(p.Status)))}}
	}
	s := Standing{State: Ready}
	switch status := workplan.Status(t.Status); {
	case status == workplan.Cancelled:
		s.State = Cancelled
		return s
	case status == workplan.Done:
		s.State, s.Stale, s.Bare, s.Suspect = Done, t.Stale, t.Steps == 0, w.Suspect(t.ID)
		return s
	case status == workplan.Blocked:
		s.Because = []Reason{Node{Plan: p, Task: t}.reason("said to be blocked")}
	}
	if t.Repo != "" && t.Repo != p.In {
		if where, absent := w.Absent(p, t.Repo); absent {
			r := Node{Plan: p, Task: t}.reason("no checkout of " + t.Repo)
			r.Hint = where
			s.Because = append(s.Because, r)
		}
	}
	queued := false
	for _, n := range w.Needs(t.ID) {
		why, waits := w.unmet(p, n)
		switch {
		case why == "":
		case n.Gates:
			r := n.Node.reason(why)
			r.Need, r.Waiting = n, waits
			s.Because = append(s.Because, r)
		default:
			r := n.Node.reason(why)
			r.Need = n
			s.Because = append(s.Because, r)
			queued = true
		}
	}
	for _, r := range s.Because {
		switch {
		case r.Waiting:
			s.State = Waiting
		case (r.Need.To == "" || r.Gates) && s.State != Waiting:
			s.State = Blocked
		}
	}
	if s.State == Ready {
		switch {
		case workplan.Status(t.Status) == workplan.InProgress:
			s.State = Started
		case queued:
			s.State = Queued
		}
	}
	return s
}

// unmet says why a need of a plan's task is not met as the files are; waits tells that it is for a person to meet it.
func (w *Workspace) unmet(p *Plan, n Need) (why string, waits bool) {
	name := n.To
	if n.Here && n.Node.Plan == p {
		name = n.Node.Short()
	}
	switch {
	case !n.Here:
		s, known := w.Elsewhere(n.To)
		switch {
		case !known:
			return name + " is in none of the plans here", false
		case s.Met:
			return "", false
		}
		return name + " is " + s.How, false
	case n.Node.Decision != nil:
		if n.Node.Status() == "resolved" {
			return "", false
		}
		return name + " is " + n.Node.Word(), true
	case n.Node.Task == nil:
		if workplan.Status(n.Node.Status()) == workplan.Finished {
			return w.doubtful(name, n), false
		}
	case !n.Gates && closed(n.Node.Status()):
		return "", false
	case workplan.Status(n.Node.Status()) == workplan.Done:
		return w.doubtful(name, n), false
	}
	status := n.Node.Word()
	if status == "" {
		status = "without a status"
	}
	return name + " is " + status, false
}

// doubtful says what a need that is met rests on, where that failed.
func (w *Workspace) doubtful(name string, n Need) string {
	roots := w.Suspect(n.To)
	if len(roots) == 0 || !n.Gates {
		return ""
	}
	return fmt.Sprintf("%s is %s, and rests on %s, which failed", name, n.Node.Word(), roots[0])
}

// reason says whom to ask about n, and where its status stands. The zero Node is nobody's.
func (n Node) reason(why string) Reason {
	r := Reason{Why: why}
	if n.Plan == nil {
		return r
	}
	r.File, r.Path, r.Ask, r.At = n.Plan.File, n.Plan.Path, n.Plan.Owner, n.Plan.StatusLine
	switch {
	case n.Task != nil:
		r.At = n.Task.StatusLine
		if n.Task.Assignee != "" {
			r.Ask = n.Task.Assignee
		}
	case n.Decision != nil:
		r.At = n.Decision.StatusLine
	}
	return r
}
