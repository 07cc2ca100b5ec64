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
	What     string        `json:"what" doc:"plan, task or decision: which of these three keys is there"`
	Task     *TaskItem     `json:"task,omitempty" doc:"the task"`
	Decision *DecisionItem `json:"decision,omitempty" doc:"the decision"`
	Plan     *PlanItem     `json:"plan,omitempty" doc:"the plan"`

	Needs      []ShownNeed    `json:"needs" doc:"what it needs and follows"`
	Dependents []ShownNeed    `json:"dependents" doc:"what needs it"`
	Steps      []ShownStep    `json:"steps" doc:"its steps"`
	Tasks      []TaskItem     `json:"tasks" doc:"of a plan, its tasks"`
	Decisions  []DecisionItem `json:"decisions" doc:"of a plan, its decisions"`
	Text       string         `json:"text" doc:"the section as it is written; of a plan nothing"`
	Findings   string         `json:"findings" doc:"of the last run that wrote them, as they stand in the file"`
	Last       *ShownRun      `json:"last" doc:"the last run here that looked at it; null where there was none"`
}

// ShownNeed is something that is needed, or that needs.
type ShownNeed struct {
	ID     string `json:"id" doc:"the full id"`
	What   string `json:"what" doc:"plan, task or decision; empty where it is in none of the plans here"`
	Title  string `json:"title" doc:"its title"`
	Status string `json:"status" doc:"its status, in wpctl's words"`
	Word   string `json:"statusWord,omitempty" doc:"the word of its team's own for the status, where there is one"`
	Hub    string `json:"hub,omitempty" doc:"how it stands in the state hub, where it is in none of the plans here and the hub was asked"`
	Gates  bool   `json:"gates" doc:"it is waited for; else it gives the order only"`
	File   string `json:"file" doc:"the file, as one would write it here"`
	Line   int    `json:"line" doc:"where it stands, from 1"`
}

// ShownStep is a step of what is shown.
type ShownStep struct {
	Name string `json:"name" doc:"its name"`
	Kind string `json:"kind" doc:"its kind"`
	Line int    `json:"line" doc:"the line in the file, from 1"`
}

// ShownRun is what a run of the past made of a task.
type ShownRun struct {
	ID      string        `json:"id" doc:"the id of the run, for 'wpctl log'"`
	When    time.Time     `json:"when" doc:"when it began"`
	Verb    string        `json:"verb" doc:"run or verify"`
	Outcome check.Outcome `json:"outcome" doc:"what came of it"`
	Reason  string        `json:"reason" doc:"why, in one line"`
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
			out.Steps = a.shownSteps(ctx, w, s, t.ID.Text, t.Steps)
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
		out.Steps = a.shownSteps(ctx, w, s, s.plan.ID.Text, s.plan.Steps)
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
func (a *App) shownSteps(ctx context.Context, w *workspace.Workspace, s source, id string, written []*workplan.Step) []ShownStep {
	out := []ShownStep{}
	lent, _ := a.lent(ctx, []source{s})
	sources := append([]source{s}, lent...)
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
		out.What, out.Title, out.Status, out.Word, out.File, out.Line = n.What(), n.Title(), n.Status(), n.Own(), n.Plan.File, n.Line()
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
