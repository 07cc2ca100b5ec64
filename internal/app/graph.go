package app

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/drawing"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// GraphView is what waits for what in plans.
type GraphView struct {
	drawing.Graph
	Seen
	Files    map[string]string // plan → its file
	Statuses map[string]string // id → what is drawn as its status, in wpctl's words; where that is another
}

// Graph returns the tasks and decisions of plans, how they stand, and what they wait for; without args of all plans of
// the workspace. What they need of other plans stands beside; the state hub is asked about needs that none of the plans
// has. It takes from plans with errors what it understood.
func (a *App) Graph(ctx context.Context, args []string) (GraphView, error) {
	b := &graphBuilder{asked: map[*workspace.Plan]bool{}, twice: map[string]bool{}, GraphView: GraphView{Files: map[string]string{}, Statuses: map[string]string{}}}
	var err error
	if len(args) == 0 {
		if b.ws, b.Seen, err = a.knowing(ctx); err == nil && len(b.ws.Plans) == 0 {
			err = cmp.Or(b.Seen.whole(), a.noPlans(ctx))
		}
		if err == nil {
			b.ask(b.ws.Plans...)
		}
	} else {
		err = b.find(ctx, a, args)
	}
	if err != nil {
		return GraphView{}, err
	}
	for _, id := range b.ws.Duplicates() {
		b.twice[id] = true
	}
	b.build()
	return b.GraphView, nil
}

// find asks for the plans that args mean.
func (b *graphBuilder) find(ctx context.Context, a *App, args []string) error {
	files, err := a.Find(ctx, args)
	if err != nil {
		return err
	}
	if files, err = a.inWorkspace(ctx, files); err != nil {
		return err
	}
	if b.ws, b.Seen, err = a.knowing(ctx, files...); err != nil {
		return err
	}
	byPath := make(map[string]*workspace.Plan, len(b.ws.Plans))
	for _, p := range b.ws.Plans {
		byPath[p.Path] = p
	}
	for _, f := range files {
		p := byPath[f]
		if p == nil {
			if _, err := a.Files.Read(f); err != nil {
				return err
			}
			return fmt.Errorf("%s is no workplan: its front matter does not say `type: workplan`", a.relative(f))
		}
		b.ask(p)
	}
	return nil
}

// ask takes plans in that are asked for, each once.
func (b *graphBuilder) ask(plans ...*workspace.Plan) {
	for _, p := range plans {
		if !b.asked[p] {
			b.plans, b.asked[p] = append(b.plans, p), true
		}
	}
}

// inWorkspace names files as the workspace does: one that is reached through a link is not another one.
func (a *App) inWorkspace(ctx context.Context, files []string) ([]string, error) {
	paths, _, err := a.Config.PlanFiles(ctx)
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(paths))
	for _, p := range paths {
		known[p] = true
	}
	out := slices.Clone(files)
	var real map[string]string // file without links → as the workspace calls it
	for i, f := range files {
		if known[f] {
			continue
		}
		if real == nil {
			real = map[string]string{}
			for _, p := range paths {
				if at, err := filepath.EvalSymlinks(p); err == nil {
					real[at] = p
				}
			}
		}
		if at, err := filepath.EvalSymlinks(f); err == nil && real[at] != "" {
			out[i] = real[at]
		}
	}
	return out, nil
}

type graphBuilder struct {
	GraphView
	ws     *workspace.Workspace
	plans  []*workspace.Plan // that are asked for
	asked  map[*workspace.Plan]bool
	beside []*workspace.Plan // that they need something of
	nodes  map[*workspace.Plan][]workspace.Node
	drawn  map[string]bool
	absent []string // ids that are in none of the plans
	twice  map[string]bool
}

func (b *graphBuilder) build() {
	b.nodes, b.drawn = map[*workspace.Plan][]workspace.Node{}, map[string]bool{}
	for _, p := range b.plans {
		b.warn(p)
		for n := range p.Nodes() {
			if n.Task != nil || n.Decision != nil || p.Steps > 0 || len(p.Tasks)+len(p.Decisions) == 0 {
				b.draw(n)
			}
		}
	}
	for _, p := range b.plans {
		for _, e := range p.Edges {
			b.edge(p, e)
		}
	}
	for _, p := range b.plans {
		if b.drawn[p.ID] {
			b.whole(p)
		}
	}
	for _, p := range slices.Concat(b.plans, b.beside) {
		b.cluster(p)
	}
	if len(b.absent) > 0 {
		c := drawing.Cluster{Title: "in none of the plans here", Outside: true}
		for _, id := range b.absent {
			n := drawing.Node{ID: id, Short: id, Kind: drawing.Task, State: drawing.Unknown, Why: "it is in none of the plans here"}
			if s, known := b.ws.Elsewhere(id); known {
				if n.Why = "it is " + s.How; s.Met {
					n.State = drawing.Done
				}
			}
			c.Nodes = append(c.Nodes, n)
		}
		b.Clusters = append(b.Clusters, c)
	}
}

// warn tells of what is not drawn as it may be meant.
func (b *graphBuilder) warn(p *workspace.Plan) {
	if p.Broken {
		b.Warnings = append(b.Warnings, fmt.Sprintf("%s has errors and is drawn as far as it is understood: see wpctl lint", p.File))
	}
	var twice []string
	for n := range p.Nodes() {
		if id := n.ID(); b.twice[id] {
			twice = append(twice, id)
			delete(b.twice, id)
		}
	}
	switch {
	case len(twice) == 1:
		b.Warnings = append(b.Warnings, fmt.Sprintf("%s stands more than once and is drawn once: see wpctl lint", twice[0]))
	case len(twice) > 1:
		b.Warnings = append(b.Warnings, fmt.Sprintf("%s and %d more ids of %s stand more than once and are drawn once: see wpctl lint", twice[0], len(twice)-1, p.File))
	}
}

// draw takes a node in, once.
func (b *graphBuilder) draw(n workspace.Node) {
	if b.drawn[n.ID()] {
		return
	}
	b.drawn[n.ID()] = true
	if len(b.nodes[n.Plan]) == 0 && !b.asked[n.Plan] {
		b.beside = append(b.beside, n.Plan)
	}
	b.nodes[n.Plan] = append(b.nodes[n.Plan], n)
}

// edge draws a need. What a plan needs as a whole leads to the tasks that it begins with.
func (b *graphBuilder) edge(p *workspace.Plan, e workspace.Edge) {
	from := e.To
	if n, ok := b.ws.Find(e.To); ok {
		from = n.ID()
		b.draw(n)
	} else if !b.drawn[e.To] {
		b.drawn[e.To], b.absent = true, append(b.absent, e.To)
	}
	to := []string{e.From}
	if e.From == p.ID && !slices.ContainsFunc(p.Tasks, func(t workspace.Task) bool { return t.ID == p.ID }) {
		to = b.begins(p)
	}
	for _, id := range to {
		b.Edges = append(b.Edges, drawing.Edge{From: from, To: id, Gates: e.Gates})
	}
}

// begins returns the tasks of a plan that wait for no other of it.
func (b *graphBuilder) begins(p *workspace.Plan) []string {
	later := map[string]bool{}
	for _, e := range p.Edges {
		if n, ok := b.ws.Find(e.To); ok && n.Plan == p {
			later[e.From] = true
		}
	}
	return tasksWithout(p, later)
}

// whole joins a plan as a whole to the tasks after which no other of it comes: it is finished when they are.
func (b *graphBuilder) whole(p *workspace.Plan) {
	earlier := map[string]bool{}
	for _, e := range p.Edges {
		if n, ok := b.ws.Find(e.From); ok && n.Plan == p {
			earlier[e.To] = true
		}
	}
	for _, id := range tasksWithout(p, earlier) {
		b.Edges = append(b.Edges, drawing.Edge{From: id, To: p.ID, Gates: true})
	}
}

// tasksWithout returns the ids of a plan's tasks that are not in a set; of a plan without tasks its own.
func tasksWithout(p *workspace.Plan, set map[string]bool) []string {
	var out []string
	for _, t := range p.Tasks {
		if !set[t.ID] && t.ID != p.ID {
			out = append(out, t.ID)
		}
	}
	if len(p.Tasks) == 0 {
		return []string{p.ID}
	}
	return out
}

func (b *graphBuilder) cluster(p *workspace.Plan) {
	c := drawing.Cluster{ID: p.ID, Title: p.Title, Status: p.Words.Of(p.Status), Outside: !b.asked[p]}
	b.said(p.ID, p.Status, c.Status)
	nodes := b.nodes[p]
	slices.SortStableFunc(nodes, func(x, y workspace.Node) int {
		last := func(n workspace.Node) int {
			if n.Task == nil && n.Decision == nil {
				return 1 // the whole comes behind its parts
			}
			return 0
		}
		return cmp.Or(cmp.Compare(last(x), last(y)), cmp.Compare(x.Line(), y.Line()))
	})
	for _, n := range nodes {
		c.Nodes = append(c.Nodes, b.node(n))
	}
	b.Files[p.ID] = p.File
	b.Clusters = append(b.Clusters, c)
}

func (b *graphBuilder) node(n workspace.Node) drawing.Node {
	out := drawing.Node{ID: n.ID(), Short: n.Short(), Title: n.Title(), Kind: drawing.Kind(n.What())}
	switch {
	case n.Task != nil:
		b.task(&out, n)
	case n.Decision != nil:
		out.State, out.Status = decisionStates[n.Decision.Status], strings.TrimSpace(n.Word()+" "+n.Decision.Choice)
		b.said(out.ID, strings.TrimSpace(n.Status()+" "+n.Decision.Choice), out.Status)
	default:
		out.State, out.Status, out.Title = planStates[n.Plan.Status], n.Word(), "the whole plan"
		if n.Plan.Steps > 0 {
			out.Title = "the whole plan, with steps of its own"
		}
	}
	if out.State == "" {
		out.State = drawing.Unknown
	}
	return out
}

// said notes what a status is that is drawn in a word of a team's own.
func (b *graphBuilder) said(id, status, word string) {
	if status != word {
		b.Statuses[id] = status
	}
}

func (b *graphBuilder) task(out *drawing.Node, n workspace.Node) {
	stands := b.ws.Stand(n.Plan, n.Task)
	out.State, out.Why = drawing.State(stands.State), whyAlone(stands)
	switch {
	case workplan.Status(n.Task.Status) == workplan.Failed && stands.State != workspace.Inactive:
		out.State, out.Status = drawing.Failed, n.Own()
		b.said(out.ID, n.Status(), cmp.Or(out.Status, n.Status()))
	case len(stands.Suspect) > 0:
		out.Status = "done, suspect"
	case stands.Stale:
		out.Status = "done, stale"
	}
}

var decisionStates = map[string]drawing.State{
	workplan.Pending: drawing.Waiting, workplan.Resolved: drawing.Done, workplan.Superseded: drawing.Cancelled,
}

var planStates = map[string]drawing.State{
	string(workplan.Finished): drawing.Done, string(workplan.Active): drawing.Started, string(workplan.Blocked): drawing.Blocked,
	string(workplan.Cancelled): drawing.Cancelled, string(workplan.Archived): drawing.Inactive,
	string(workplan.Draft): drawing.Inactive, string(workplan.Proposed): drawing.Inactive,
}
