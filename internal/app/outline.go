package app

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// PlanView is what there is to show of a plan before it runs.
type PlanView struct {
	ID        string         `json:"id"`
	Title     string         `json:"title"`
	Status    string         `json:"status"`
	File      string         `json:"file"`
	Tasks     []PlanTask     `json:"tasks"` // in the order in which they run
	Decisions []PlanDecision `json:"decisions"`
	Own       []PlanStep     `json:"ownSteps"` // the plan's own steps
}

// State says how a task stands in its plan.
type State string

// The states of a task.
const (
	Ready     State = "ready"
	Blocked   State = "blocked"
	Waiting   State = "waiting" // for a person
	Done      State = "done"
	Cancelled State = "cancelled"
)

// PlanTask is a task of a PlanView.
type PlanTask struct {
	ID      string     `json:"id"`
	Short   string     `json:"short"`
	Title   string     `json:"title"`
	Status  string     `json:"status"` // as written
	State   State      `json:"state"`
	Why     string     `json:"why"` // of the state, a few words
	Needs   []string   `json:"needs"`
	Follows string     `json:"follows"` // the task before it, where that gives the order only
	Steps   []PlanStep `json:"steps"`
}

// PlanStep is a step that a task would look at.
type PlanStep struct {
	Name   string             `json:"name"`
	Kind   string             `json:"kind"`
	Caps   []check.Capability `json:"capabilities"`
	Within time.Duration      `json:"-"`
	Note   string             `json:"note"` // what is special: "from deployment web", "guards all", "deferred", "advisory"
}

// PlanDecision is a decision of a plan.
type PlanDecision struct {
	ID       string `json:"id"`
	Short    string `json:"short"`
	Status   string `json:"status"`
	Question string `json:"question"`
	Choice   string `json:"choice"`

	Options        []PlanOption `json:"options"`
	Recommendation string       `json:"recommendation"`
	By             string       `json:"by"`
	Date           string       `json:"date"`
	Note           string       `json:"note"`
}

// PlanOption is one choice of a decision.
type PlanOption struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Plan tells what a run of plans would do. It looks at nothing but the files.
func (a *App) Plan(args []string) ([]PlanView, error) {
	sources, prog, err := a.valid(args)
	if err != nil {
		return nil, err
	}
	var out []PlanView
	for _, s := range sources {
		out = append(out, outline(s, prog))
	}
	return out, nil
}

func outline(s source, prog *runner.Program) PlanView {
	p := s.plan
	v := PlanView{
		ID: p.ID.Text, Title: p.Title.Text, Status: p.Status.Text, File: s.name,
		Tasks: []PlanTask{}, Decisions: []PlanDecision{}, Own: planSteps(prog.Steps(p.ID.Text)),
	}
	edges := map[string][]workplan.Edge{}
	for _, e := range p.Edges() {
		edges[e.From] = append(edges[e.From], e)
	}
	for _, id := range prog.Order() {
		if t := p.Task(id); t != nil && t.ID.Text == id {
			v.Tasks = append(v.Tasks, planTask(p, t, slices.Concat(edges[p.ID.Text], edges[id]), prog)) // the plan's needs are each task's
		}
	}
	for _, d := range p.Decisions {
		v.Decisions = append(v.Decisions, planDecision(d))
	}
	return v
}

func planDecision(d *workplan.Decision) PlanDecision {
	v := PlanDecision{
		ID: d.ID.Text, Short: d.Short, Status: d.Status.Text, Question: d.Question.Text, Choice: d.Choice.Text,
		Options: []PlanOption{}, Recommendation: d.Recommendation.Text, By: d.By.Text, Date: d.Date.Text, Note: d.Note.Text,
	}
	for _, o := range d.Options {
		v.Options = append(v.Options, PlanOption(o))
	}
	return v
}

func planTask(p *workplan.Plan, t *workplan.Task, edges []workplan.Edge, prog *runner.Program) PlanTask {
	v := PlanTask{
		ID: t.ID.Text, Short: t.Short, Title: t.Title, Status: t.Status.Text, State: Ready,
		Needs: []string{}, Steps: planSteps(prog.Steps(t.ID.Text)),
	}
	var open []string
	for _, e := range edges {
		name := shortIn(p, e.To)
		if !e.Gates {
			v.Follows = name
			continue
		}
		v.Needs = append(v.Needs, name)
		if why, waits := unmet(prog, e.To, name); why != "" {
			open = append(open, why)
			if waits {
				v.State = Waiting
			} else if v.State == Ready {
				v.State = Blocked
			}
		}
	}
	switch workplan.Status(t.Status.Text) {
	case workplan.Done:
		v.State, open = Done, nil
		if len(t.Steps) == 0 {
			v.Why = "unproven: no verify steps"
		}
	case workplan.Cancelled:
		v.State, open = Cancelled, nil
	}
	if len(open) > 0 {
		v.Why = strings.Join(open, ", ")
	}
	return v
}

// unmet says why a need is not met as the files are; waits tells that it is for a person to meet it.
func unmet(prog *runner.Program, id, name string) (why string, waits bool) {
	status, decision, found := prog.Status(id)
	switch {
	case !found:
		return name + " is in none of the plans here", false
	case decision && status != "resolved":
		return name + " is " + status, true
	case !decision && status != string(workplan.Done) && status != string(workplan.Finished):
		return name + " is " + status, false
	}
	return "", false
}

func shortIn(p *workplan.Plan, id string) string {
	if t := p.Task(id); t != nil {
		return t.Short
	}
	if d := p.Decision(id); d != nil {
		return d.Short
	}
	return id
}

func planSteps(steps []*runner.Step) []PlanStep {
	out := make([]PlanStep, 0, len(steps))
	for _, s := range steps {
		out = append(out, PlanStep{Name: s.Title, Kind: s.Kind.Name, Caps: s.Caps, Within: s.Within, Note: special(s)})
	}
	return out
}

// special says in a few words what a step's common keys make of it.
func special(s *runner.Step) string {
	var out []string
	add := func(on bool, format string, args ...any) {
		if on {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	if s.From != nil {
		out = append(out, "from "+vantage(s).String())
	}
	add(s.Defer != nil, "deferred")
	add(s.Once, "once")
	add(s.OnceDate != "", "said to have held on %s", s.OnceDate)
	add(s.Effect, "has an effect")
	add(s.Advisory, "advisory")
	add(s.Guard, "guard")
	if s.Waive != nil {
		add(true, "waived until %s", s.Waive.Until)
	}
	return strings.Join(out, ", ")
}
