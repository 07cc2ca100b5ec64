package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// ListRequest chooses what of a workspace to list. Fields that are empty do not choose; in each list one match is
// enough.
type ListRequest struct {
	Plans    []string // ids or files
	Status   []string // in wpctl's words or in those of the plan's team
	State    []string // as derived; also stale, suspect and unproven
	Owner    []string // of the plan, or to whom the task is assigned
	Repo     []string // that the task is carried out in, or the checkout that the plan lies in
	Priority []string
	Label    []string
	Text     string // stands in the id, the title or the section, in any case
	Sort     []string
	Count    bool // how many open tasks wait for each; sorting by that counts, too
}

// sortsByCount tells whether it must be counted before anything is chosen.
func (req ListRequest) sortsByCount() bool {
	return slices.ContainsFunc(req.Sort, func(s string) bool { return strings.TrimPrefix(s, "-") == "unblocks" })
}

// TaskItem is a task of a list.
type TaskItem struct {
	ID        string   `json:"id" doc:"the full id of the task"`
	Short     string   `json:"short" doc:"its id within the plan"`
	Title     string   `json:"title" doc:"its title"`
	Plan      string   `json:"plan" doc:"the id of its plan"`
	PlanTitle string   `json:"planTitle" doc:"the title of its plan"`
	Status    string   `json:"status" doc:"its status, in wpctl's words"`
	Word      string   `json:"statusWord,omitempty" doc:"the word of its team's own for the status, where there is one"`
	State     State    `json:"state" doc:"how it stands: ready, started, queued, blocked, waiting, inactive, done or cancelled"`
	Why       string   `json:"why" doc:"why it stands so, in a few words"`
	Follows   string   `json:"follows" doc:"the full id of the task that it comes after, where that is open and gives the order only"`
	Stale     bool     `json:"stale" doc:"it is done, and its steps changed after its findings were written"`
	Suspect   []string `json:"suspect" doc:"the failed tasks that it needs, of a task that is done"`
	Priority  string   `json:"priority" doc:"high, medium or low; empty where it is not written"`
	Owner     string   `json:"owner" doc:"who owns its plan"`
	Assignee  string   `json:"assignee" doc:"who carries it out"`
	Repo      string   `json:"repo" doc:"the repository that it is carried out in"`
	Labels    []string `json:"labels" doc:"its labels"`
	Steps     int      `json:"steps" doc:"how many steps it has"`
	Found     string   `json:"found" doc:"the day of its findings; \"\" where there are none"`
	Unblocks  int      `json:"unblocks" doc:"how many open tasks wait for it, directly or not; at most 1000 are counted"`
	Updated   string   `json:"updated" doc:"the day of its plan's last change of status"`
	File      string   `json:"file" doc:"the file, as one would write it here"`
	Line      int      `json:"line" doc:"the line of its block"`

	node workspace.Node
}

// PlanItem is a plan of a list.
type PlanItem struct {
	ID       string        `json:"id" doc:"the id of the plan"`
	Title    string        `json:"title" doc:"its title"`
	Status   string        `json:"status" doc:"its status, in wpctl's words"`
	Word     string        `json:"statusWord,omitempty" doc:"the word of its team's own for the status, where there is one"`
	Domain   string        `json:"domain" doc:"its domain"`
	Owner    string        `json:"owner" doc:"who owns it"`
	Repo     string        `json:"repo" doc:"the repository that it is about"`
	Priority string        `json:"priority" doc:"high, medium or low; empty where it is not written"`
	Created  string        `json:"created" doc:"the day on which it was begun"`
	Updated  string        `json:"updated" doc:"the day of its last change of status"`
	Tasks    map[State]int `json:"tasks" doc:"how many of its tasks stand so, by state; all states are there"`
	Failed   int           `json:"failed" doc:"how many of its tasks failed"`
	Stale    int           `json:"stale" doc:"how many of its tasks are stale"`
	Suspect  int           `json:"suspect" doc:"how many of its tasks are suspect"`
	Unproven int           `json:"unproven" doc:"how many of its tasks are done without steps"`
	Pending  int           `json:"pending" doc:"how many of its decisions are pending"`
	Broken   bool          `json:"broken" doc:"the file has errors"`
	File     string        `json:"file" doc:"the file, as one would write it here"`
	Line     int           `json:"line" doc:"the line of its id"`

	plan *workspace.Plan
}

// DecisionItem is a decision of a list.
type DecisionItem struct {
	ID             string            `json:"id" doc:"the full id of the decision"`
	Short          string            `json:"short" doc:"its id within the plan"`
	Plan           string            `json:"plan" doc:"the id of its plan"`
	Status         string            `json:"status" doc:"its status, in wpctl's words"`
	Word           string            `json:"statusWord,omitempty" doc:"the word of its team's own for the status, where there is one"`
	Question       string            `json:"question" doc:"what is to be decided"`
	Options        []workspace.Named `json:"options" doc:"what there is to choose from"`
	Recommendation string            `json:"recommendation" doc:"the name of the option that is recommended"`
	Choice         string            `json:"choice" doc:"the name of the option that was chosen"`
	By             string            `json:"by" doc:"who decided"`
	Date           string            `json:"date" doc:"the day of the decision"`
	Blocks         []string          `json:"blocks" doc:"the ids of the open tasks that need it"`
	Owner          string            `json:"owner" doc:"who owns its plan"`
	Repo           string            `json:"repo" doc:"the repository that its plan is about"`
	File           string            `json:"file" doc:"the file, as one would write it here"`
	Line           int               `json:"line" doc:"the line of its block"`

	node workspace.Node
}

// ListTasks returns the tasks of the workspace that a request chooses, in the order of the plans unless it says
// otherwise, and what could not be seen.
func (a *App) ListTasks(ctx context.Context, req ListRequest) ([]TaskItem, Seen, error) {
	w, seen, err := a.wholeWorkspace(ctx)
	if err != nil {
		return nil, seen, err
	}
	out, err := a.tasks(w, req)
	return out, seen, err
}

func (a *App) tasks(w *workspace.Workspace, req ListRequest) ([]TaskItem, error) {
	n := 0
	for _, p := range w.Plans {
		n += len(p.Tasks)
	}
	all, first := make([]TaskItem, 0, n), req.sortsByCount()
	for _, p := range w.Plans {
		for i := range p.Tasks {
			all = append(all, taskItem(w, workspace.Node{Plan: p, Task: &p.Tasks[i]}, first))
		}
	}
	out, err := pick(a, w, req, all, func(t *TaskItem) listed {
		return listed{
			node: t.node, status: t.Status, word: t.Word, title: t.Title, priority: t.Priority, states: states(t.State, t.Stale, len(t.Suspect) > 0, unproven(t)),
			owners: []string{t.Owner, t.Assignee}, repos: repos(t.node), labels: t.Labels, updated: t.Updated, unblocks: t.Unblocks,
		}
	})
	for i := range out {
		if t := &out[i]; req.Count && !first && !closed(t.State) {
			t.Unblocks = w.Below(t.ID, maxUnblocks)
		}
	}
	return out, err
}

// ListPlans is ListTasks for plans.
func (a *App) ListPlans(ctx context.Context, req ListRequest) ([]PlanItem, Seen, error) {
	w, seen, err := a.wholeWorkspace(ctx)
	if err != nil {
		return nil, seen, err
	}
	all := make([]PlanItem, 0, len(w.Plans))
	for _, p := range w.Plans {
		all = append(all, planItem(w, p))
	}
	out, err := pick(a, w, req, all, func(p *PlanItem) listed {
		l := listed{
			node: workspace.Node{Plan: p.plan}, status: p.Status, word: p.Word, title: p.Title, priority: p.Priority, owners: []string{p.Owner},
			states: states("", p.Stale > 0, p.Suspect > 0, p.Unproven > 0), repos: []string{p.Repo, p.plan.In}, updated: p.Updated,
		}
		for s, n := range p.Tasks {
			if n > 0 {
				l.states = append(l.states, string(s))
			}
		}
		for _, t := range p.plan.Tasks {
			l.labels = append(l.labels, t.Labels...)
		}
		return l
	})
	return out, seen, err
}

// ListDecisions is ListTasks for decisions.
func (a *App) ListDecisions(ctx context.Context, req ListRequest) ([]DecisionItem, Seen, error) {
	w, seen, err := a.wholeWorkspace(ctx)
	if err != nil {
		return nil, seen, err
	}
	var all []DecisionItem
	for _, p := range w.Plans {
		for i := range p.Decisions {
			all = append(all, decisionItem(w, workspace.Node{Plan: p, Decision: &p.Decisions[i]}))
		}
	}
	out, err := pick(a, w, req, all, func(d *DecisionItem) listed {
		return listed{
			node: d.node, status: d.Status, word: d.Word, title: d.Question, priority: d.node.Plan.Priority, owners: []string{d.Owner, d.By},
			repos: repos(d.node), updated: cmp.Or(d.Date, d.node.Plan.Updated), unblocks: len(d.Blocks),
		}
	})
	return out, seen, err
}

// wholeWorkspace is the workspace, which has plans. That plans have errors is among the warnings: they are known as far
// as they are understood.
func (a *App) wholeWorkspace(ctx context.Context) (*workspace.Workspace, Seen, error) {
	w, seen, err := a.knowing(ctx)
	if err != nil {
		return nil, seen, err
	}
	if len(w.Plans) == 0 {
		return nil, seen, cmp.Or(seen.whole(), a.noPlans(ctx))
	}
	var broken []string
	for _, p := range w.Plans {
		if p.Broken {
			broken = append(broken, p.File)
		}
	}
	for i, name := range broken {
		if i == maxBroken && len(broken) > maxBroken+1 {
			seen.Warnings = append(seen.Warnings, fmt.Sprintf("%d more plans have errors: see wpctl check", len(broken)-i))
			break
		}
		seen.Warnings = append(seen.Warnings, name+" has errors, and is known as far as it is understood: see wpctl lint")
	}
	return w, seen, nil
}

// maxBroken is how many plans with errors are named.
const maxBroken = 5

// maxUnblocks bounds what is counted behind one task: more does not change what is best.
const maxUnblocks = 1000

// taskItem is a task of a list; count asks how many wait for it.
func taskItem(w *workspace.Workspace, n workspace.Node, count bool) TaskItem {
	p, t := n.Plan, n.Task
	s := w.Stand(p, t)
	unblocks := 0
	if count && !closed(s.State) {
		unblocks = w.Below(t.ID, maxUnblocks)
	}
	follows := ""
	if before, ok := s.Follows(); ok {
		follows = before.ID()
	}
	return TaskItem{
		ID: t.ID, Short: t.Short, Title: t.Title, Plan: p.ID, PlanTitle: p.Title, Status: t.Status, Word: n.Own(), State: s.State, Why: whyAlone(s), Follows: follows,
		Stale: s.Stale, Suspect: orEmpty(s.Suspect), Priority: t.Priority, Owner: p.Owner, Assignee: t.Assignee,
		Repo: cmp.Or(t.Repo, p.In, p.Repo), Labels: orEmpty(t.Labels), Steps: t.Steps, Found: t.Found, Unblocks: unblocks,
		Updated: p.Updated, File: p.File, Line: t.Line, node: n,
	}
}

func planItem(w *workspace.Workspace, p *workspace.Plan) PlanItem {
	item := PlanItem{
		ID: p.ID, Title: p.Title, Status: p.Status, Word: p.Words.Own(p.Status), Domain: p.Domain, Owner: p.Owner, Repo: cmp.Or(p.In, p.Repo), Priority: p.Priority,
		Created: p.Created, Updated: p.Updated, Tasks: map[State]int{}, Broken: p.Broken, File: p.File, Line: p.Line, plan: p,
	}
	for _, s := range workspace.States {
		item.Tasks[s] = 0
	}
	count := func(n *int, is bool) {
		if is {
			*n++
		}
	}
	for i := range p.Tasks {
		s := w.Stand(p, &p.Tasks[i])
		item.Tasks[s.State]++
		count(&item.Failed, workplan.Status(p.Tasks[i].Status) == workplan.Failed)
		count(&item.Stale, s.Stale)
		count(&item.Suspect, len(s.Suspect) > 0)
		count(&item.Unproven, s.Bare)
	}
	for i := range p.Decisions {
		count(&item.Pending, p.Decisions[i].Status == workplan.Pending)
	}
	return item
}

func decisionItem(w *workspace.Workspace, n workspace.Node) DecisionItem {
	d := n.Decision
	item := DecisionItem{
		ID: d.ID, Short: d.Short, Plan: n.Plan.ID, Status: d.Status, Word: n.Own(), Question: d.Question, Options: []workspace.Named{},
		Recommendation: d.Recommendation, Choice: d.Choice, By: d.By, Date: d.Date, Blocks: []string{}, Owner: n.Plan.Owner,
		Repo: cmp.Or(n.Plan.In, n.Plan.Repo), File: n.Plan.File, Line: d.Line, node: n,
	}
	for _, o := range d.Options {
		item.Options = append(item.Options, workspace.Named{Name: o.Name, Text: o.Text})
	}
	for _, id := range w.Dependents(d.ID) {
		if on, ok := w.Find(id); ok && on.Task != nil && !closed(State(on.Task.Status)) {
			item.Blocks = append(item.Blocks, id)
		}
	}
	return item
}

// closed tells whether nothing is to be done any more.
func closed(s State) bool { return s == workspace.Done || s == workspace.Cancelled }

func unproven(t *TaskItem) bool { return t.State == workspace.Done && t.Steps == 0 }

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// states are the words that choose a task by how it stands.
func states(s State, stale, suspect, unproven bool) (out []string) {
	if s != "" {
		out = append(out, string(s))
	}
	for _, is := range []struct {
		so   bool
		word string
	}{{stale, "stale"}, {suspect, "suspect"}, {unproven, "unproven"}} {
		if is.so {
			out = append(out, is.word)
		}
	}
	return out
}

// repos are the names by which the repository of a node can be chosen.
func repos(n workspace.Node) []string {
	if n.Task != nil && n.Task.Repo != "" {
		return []string{n.Task.Repo}
	}
	return []string{n.Plan.In, n.Plan.Repo}
}
