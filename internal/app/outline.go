package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// PlanView is what there is to show of a plan before it runs.
type PlanView struct {
	ID        string         `json:"id" doc:"the id of the plan"`
	Title     string         `json:"title" doc:"its title"`
	Status    string         `json:"status" doc:"its status, in wpctl's words"`
	Word      string         `json:"statusWord,omitempty" doc:"the word of its team's own for the status, where there is one"`
	File      string         `json:"file" doc:"the file, as one would write it here"`
	Tasks     []PlanTask     `json:"tasks" doc:"its tasks, in the order in which they run"`
	Decisions []PlanDecision `json:"decisions" doc:"its decisions"`
	Own       []PlanStep     `json:"ownSteps" doc:"the plan's own steps"`
}

// State says how a task stands among the others, as the files are.
type State = workspace.State

// PlanTask is a task of a PlanView.
type PlanTask struct {
	ID      string     `json:"id" doc:"its full id"`
	Short   string     `json:"short" doc:"its id within its plan"`
	Title   string     `json:"title" doc:"its title"`
	Status  string     `json:"status" doc:"its status, in wpctl's words"`
	Word    string     `json:"statusWord,omitempty" doc:"the word of its team's own for the status, where there is one"`
	State   State      `json:"state" doc:"how it stands, as the files are"`
	Why     string     `json:"why" doc:"why it stands so, in a few words"`
	Needs   []string   `json:"needs" doc:"the ids of what it needs"`
	Follows string     `json:"follows" doc:"the task before it, where that gives the order only"`
	Steps   []PlanStep `json:"steps" doc:"its steps"`
}

// PlanStep is a step that a task would look at.
type PlanStep struct {
	Name   string             `json:"name" doc:"its name, or one that is made of its kind and target"`
	Kind   string             `json:"kind" doc:"its kind"`
	Caps   []check.Capability `json:"capabilities" doc:"what it does: read files, the network or a cluster, run code, write"`
	Within time.Duration      `json:"-"`
	Note   string             `json:"note" doc:"what is special about it: guards all, deferred, advisory"`
}

// PlanDecision is a decision of a plan.
type PlanDecision struct {
	ID       string `json:"id" doc:"the full id of the decision"`
	Short    string `json:"short" doc:"its id within its plan"`
	Status   string `json:"status" doc:"its status, in wpctl's words"`
	Word     string `json:"statusWord,omitempty" doc:"the word of its team's own for the status, where there is one"`
	Question string `json:"question" doc:"what is to be decided"`
	Choice   string `json:"choice" doc:"the name of the option that was chosen"`

	Options        []PlanOption `json:"options" doc:"what there is to choose from"`
	Recommendation string       `json:"recommendation" doc:"the name of the option that is recommended"`
	By             string       `json:"by" doc:"who decided"`
	Date           string       `json:"date" doc:"the day of the decision"`
	Note           string       `json:"note" doc:"a remark on the decision"`
}

// PlanOption is one choice of a decision.
type PlanOption struct {
	Name string `json:"name" doc:"its name"`
	Text string `json:"text" doc:"what it is"`
}

// Plan tells what a run of plans would do. It looks at nothing but the files, and asks the state hub about needs that
// none of them has.
func (a *App) Plan(ctx context.Context, args []string) ([]PlanView, error) {
	sources, prog, err := a.valid(ctx, args)
	if err != nil {
		return nil, err
	}
	ws, err := a.around(ctx, sources)
	if err != nil {
		return nil, err
	}
	out := make([]PlanView, 0, len(sources))
	for _, s := range sources {
		out = append(out, outline(s, prog, ws))
	}
	return out, nil
}

// around is a workspace that has plans, and all that decides on how their tasks stand: where they need something of
// other plans, that is the whole one.
func (a *App) around(ctx context.Context, sources []source) (*workspace.Workspace, error) {
	if len(foreign(sources)) == 0 {
		var plans []*workspace.Plan
		for _, s := range sources {
			digest := func(steps ...*workplan.Step) string { return runner.Digest(a.Kinds, s.plan, steps...) }
			plans = append(plans, &workspace.Plan{Summary: workspace.Summarize(s.plan, digest, false), File: s.name, Path: s.path, Words: s.plan.Words})
		}
		return a.workspaceOf(plans, nil), nil
	}
	w, _, err := a.lately(ctx)
	if err != nil {
		return nil, err
	}
	var beside []string
	for _, s := range sources {
		if w.At(s.path) == nil {
			beside = append(beside, s.path)
		}
	}
	if len(beside) > 0 {
		w, _, err = a.Workspace(ctx, beside...)
	}
	if err != nil {
		return nil, err
	}
	w, _ = a.askElsewhere(ctx, w) // where the hub did not say, each of these needs says so
	return w, nil
}

func outline(s source, prog *runner.Program, ws *workspace.Workspace) PlanView {
	p := s.plan
	v := PlanView{
		ID: p.ID.Text, Title: p.Title.Text, Status: p.Status.Text, Word: p.Words.Own(p.Status.Text), File: s.name,
		Tasks: []PlanTask{}, Decisions: []PlanDecision{}, Own: planSteps(prog.Steps(p.ID.Text)),
	}
	edges := map[string][]workplan.Edge{}
	for _, e := range p.Edges() {
		edges[e.From] = append(edges[e.From], e)
	}
	for _, id := range prog.Order() {
		if t := p.Task(id); t != nil && t.ID.Text == id {
			v.Tasks = append(v.Tasks, planTask(s, t, slices.Concat(edges[p.ID.Text], edges[id]), prog, ws)) // the plan's needs are each task's
		}
	}
	for _, d := range p.Decisions {
		v.Decisions = append(v.Decisions, planDecision(p, d))
	}
	return v
}

func planDecision(p *workplan.Plan, d *workplan.Decision) PlanDecision {
	v := PlanDecision{
		ID: d.ID.Text, Short: d.Short, Status: d.Status.Text, Word: p.Words.Own(d.Status.Text), Question: d.Question.Text, Choice: d.Choice.Text,
		Options: []PlanOption{}, Recommendation: d.Recommendation.Text, By: d.By.Text, Date: d.Date.Text, Note: d.Note.Text,
	}
	for _, o := range d.Options {
		v.Options = append(v.Options, PlanOption(o))
	}
	return v
}

func planTask(s source, t *workplan.Task, edges []workplan.Edge, prog *runner.Program, ws *workspace.Workspace) PlanTask {
	p := s.plan
	v := PlanTask{
		ID: t.ID.Text, Short: t.Short, Title: t.Title, Status: t.Status.Text, Word: p.Words.Own(t.Status.Text),
		Needs: []string{}, Steps: planSteps(prog.Steps(t.ID.Text)),
	}
	for _, e := range slices.Concat(edges, p.Reads(t)) {
		if to := shortIn(p, e.To); e.Gates && !slices.Contains(v.Needs, to) {
			v.Needs = append(v.Needs, to)
		} else if !e.Gates {
			v.Follows = shortIn(p, e.To)
		}
	}
	if slices.Contains(v.Needs, v.Follows) {
		v.Follows = ""
	}
	if here := ws.At(s.path); here != nil {
		if i := slices.IndexFunc(here.Tasks, func(o workspace.Task) bool { return o.ID == t.ID.Text }); i >= 0 {
			stands := ws.Stand(here, &here.Tasks[i])
			v.State, v.Why = stands.State, why(stands)
		}
	}
	return v
}

// why says in a few words why a task stands as it does. That it comes after another one is not among them.
func why(s workspace.Standing) string {
	var out []string
	if s.Bare {
		out = append(out, "unproven: no verify steps")
	}
	if s.Stale {
		out = append(out, "stale: its steps changed after its findings were written")
	}
	if len(s.Suspect) > 0 {
		out = append(out, "suspect: "+strings.Join(s.Suspect, ", ")+" failed")
	}
	for _, r := range s.Because {
		if r.Need.To == "" || r.Gates {
			out = append(out, strings.TrimSuffix(r.Why+": "+r.Hint, ": "))
		}
	}
	return strings.Join(out, ", ")
}

// whyAlone is why where what a task comes after is not told beside it: of one that is queued, that is why.
func whyAlone(s workspace.Standing) string {
	if before, ok := s.Follows(); ok && s.State == workspace.Queued {
		return "after " + before.Short()
	}
	return why(s)
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
