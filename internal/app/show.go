package app

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/state"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// Shown is all that is known of a plan, a task or a decision. One of Task, Decision and Plan is set.
type Shown struct {
	What     string        `json:"what"`
	Task     *TaskItem     `json:"task,omitempty"`
	Decision *DecisionItem `json:"decision,omitempty"`
	Plan     *PlanItem     `json:"plan,omitempty"`

	Needs      []ShownNeed    `json:"needs"`
	Dependents []ShownNeed    `json:"dependents"`
	Steps      []ShownStep    `json:"steps"`
	Tasks      []TaskItem     `json:"tasks"`     // of a plan
	Decisions  []DecisionItem `json:"decisions"` // of a plan
	Text       string         `json:"text"`      // the section, as it is written; of a plan nothing
	Findings   string         `json:"findings"`  // of the last run that wrote them, as they stand in the file
	Last       *ShownRun      `json:"last"`      // the last run that looked at it here; null where there was none
}

// ShownNeed is something that is needed, or that needs.
type ShownNeed struct {
	ID     string `json:"id"`
	What   string `json:"what"` // "" where it is in none of the plans here
	Title  string `json:"title"`
	Status string `json:"status"`
	Gates  bool   `json:"gates"` // else it gives the order only
	Hub    string `json:"hub"`   // how it stands in the state hub, where it is in none of the plans here and the hub was asked
	File   string `json:"file"`
	Line   int    `json:"line"`
}

// ShownStep is a step of what is shown.
type ShownStep struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	Line int    `json:"line"`
}

// ShownRun is what a run of the past made of a task.
type ShownRun struct {
	ID      string        `json:"id"`
	When    time.Time     `json:"when"`
	Verb    string        `json:"verb"`
	Outcome check.Outcome `json:"outcome"`
	Reason  string        `json:"reason"`
}

// Show returns what is known of the plan, task or decision that an id means.
func (a *App) Show(ctx context.Context, id string) (Shown, Seen, error) {
	w, seen, err := a.knowing(ctx)
	if err != nil {
		return Shown{}, seen, err
	}
	n, err := w.Resolve(id)
	if err != nil {
		return Shown{}, seen, seen.missing(err)
	}
	s, _, err := a.load(n.Plan.Path)
	if err != nil {
		return Shown{}, seen, err
	}
	out := Shown{
		What: n.What(), Needs: []ShownNeed{}, Dependents: []ShownNeed{}, Steps: []ShownStep{}, Tasks: []TaskItem{}, Decisions: []DecisionItem{},
	}
	for _, need := range w.Needs(n.ID()) {
		n := shownNeed(need.Node, need.To, need.Gates)
		if !need.Here {
			stands, _ := w.Elsewhere(need.To)
			n.Hub = stands.How
		}
		out.Needs = append(out.Needs, n)
	}
	for _, d := range w.Dependents(n.ID()) {
		from, _ := w.Find(d)
		out.Dependents = append(out.Dependents, shownNeed(from, d, true))
	}
	switch {
	case n.Task != nil:
		item := taskItem(w, n, true)
		out.Task = &item
		if t := s.plan.Task(n.Task.ID); t != nil {
			out.section(s.plan, t)
			out.Steps = a.shownSteps(w, s, t.ID.Text, t.Steps)
		}
	case n.Decision != nil:
		item := decisionItem(w, n)
		out.Decision = &item
		if d := s.plan.Decision(n.Decision.ID); d != nil {
			out.Text = string(s.plan.File.Src[d.Block.Start:d.Block.End])
		}
	default:
		item := planItem(w, n.Plan)
		out.Plan = &item
		out.Steps = a.shownSteps(w, s, s.plan.ID.Text, s.plan.Steps)
		if s.plan.Findings != nil {
			out.Findings = s.plan.Findings.Text
		}
		for i := range n.Plan.Tasks {
			out.Tasks = append(out.Tasks, taskItem(w, workspace.Node{Plan: n.Plan, Task: &n.Plan.Tasks[i]}, true))
		}
		for i := range n.Plan.Decisions {
			out.Decisions = append(out.Decisions, decisionItem(w, workspace.Node{Plan: n.Plan, Decision: &n.Plan.Decisions[i]}))
		}
	}
	if n.Decision == nil {
		if out.Last, err = a.last(n); err != nil {
			seen.Warnings = append(seen.Warnings, fmt.Sprintf("past runs: %v", err))
		}
	}
	return out, seen, nil
}

// section takes in what stands under a task.
func (s *Shown) section(p *workplan.Plan, t *workplan.Task) {
	s.Text = string(p.File.Src[t.Section.Start:t.Section.End])
	if f := t.Findings; f != nil {
		s.Findings = f.Text
		if f.Span.Start >= t.Section.Start && f.Span.End <= t.Section.End {
			s.Text = string(p.File.Src[t.Section.Start:f.Span.Start]) + string(p.File.Src[f.Span.End:t.Section.End])
		}
	}
}

// shownSteps are steps as a run names them, where the plan can be run.
func (a *App) shownSteps(w *workspace.Workspace, s source, id string, written []*workplan.Step) []ShownStep {
	out := []ShownStep{}
	sources := []source{s}
	if prog, diags := a.bind(sources, a.othersIn(w, sources, foreign(sources)), runner.Elsewhere{}); prog != nil && !diags.Errors() {
		for _, step := range prog.Steps(id) {
			out = append(out, ShownStep{Name: step.Title, Kind: step.Kind.Name, Line: s.plan.File.Pos(step.Span.Start).Line})
		}
		return out
	}
	for _, step := range written {
		out = append(out, ShownStep{Name: cmp.Or(step.Name, step.Kind), Kind: step.Kind, Line: s.plan.File.Pos(step.Span.Start).Line})
	}
	return out
}

func shownNeed(n workspace.Node, id string, gates bool) ShownNeed {
	out := ShownNeed{ID: id, Gates: gates}
	if n.Plan != nil {
		out.What, out.Title, out.Status, out.File, out.Line = n.What(), n.Title(), n.Status(), n.Plan.File, n.Line()
	}
	return out
}

// last returns the last run that looked at a task, or at a plan.
func (a *App) last(n workspace.Node) (*ShownRun, error) {
	st, err := a.State()
	if err != nil {
		return nil, err
	}
	f := state.Filter{Plan: n.Plan.ID, Limit: 1}
	if n.Task != nil {
		f.Task = n.Task.ID
	}
	for r, err := range st.Runs(f) {
		if err != nil {
			return nil, err
		}
		out := &ShownRun{ID: r.ID, When: r.Started, Verb: r.Verb}
		for _, p := range r.Plans {
			if p.ID == n.Plan.ID && n.Task == nil {
				out.Outcome = p.Outcome
			}
		}
		if n.Task != nil {
			t, _ := r.Task(n.Task.ID)
			out.Outcome, out.Reason = t.Outcome, t.Reason
		}
		return out, nil
	}
	return nil, nil
}
