package board

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/internal/drawing"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

// drawnAtMost is how many boxes a picture has that somebody can still read.
const drawnAtMost = 300

// readAtMost is how many tasks a picture is chosen from.
const readAtMost = 10_000

// graphPage is what waits for what in a plan.
type graphPage struct {
	planHead
	Drawing string
	Left    int // boxes that are not drawn
}

func (s *Server) graph(v *visit) error {
	head, err := s.head(v, "Graph")
	if err != nil {
		return err
	}
	p := graphPage{planHead: head}
	if p.Drawing, p.Left, err = s.draw(v, head, drawnAtMost); err != nil {
		return err
	}
	return v.show(graphView(p))
}

// drawings keeps pictures as long as their plans stay as they are: many may look at one while it changes.
type drawings struct {
	mu   sync.Mutex
	last map[string]drawn
}

type drawn struct {
	seq     int64
	picture string
	left    int
}

// drawingsKept is how many pictures are kept.
const drawingsKept = 32

// draw draws a plan's tasks and decisions: all of them, or those that are open and what they need first. What is
// drawn is the same for everybody who may see the plan.
func (s *Server) draw(v *visit, p planHead, most int) (picture string, left int, err error) {
	key := fmt.Sprint(p.ID, most)
	s.drawings.mu.Lock()
	d, ok := s.drawings.last[key]
	s.drawings.mu.Unlock()
	if ok && d.seq == p.Seq {
		return d.picture, d.left, nil
	}
	if picture, left, err = s.drawAnew(v, p, most); err != nil {
		return "", 0, err
	}
	s.drawings.mu.Lock()
	defer s.drawings.mu.Unlock()
	if len(s.drawings.last) >= drawingsKept || s.drawings.last == nil {
		s.drawings.last = map[string]drawn{}
	}
	s.drawings.last[key] = drawn{p.Seq, picture, left}
	return picture, left, nil
}

func (s *Server) drawAnew(v *visit, p planHead, most int) (picture string, left int, err error) {
	which := store.Cards{Kind: hub.KindTask, Workstream: p.ID, Limit: readAtMost}
	tasks, err := s.Store.Cards(v.ctx(), v.who, which)
	if err != nil {
		return "", 0, err
	}
	which.Kind = hub.KindDecision
	decisions, err := s.Store.Cards(v.ctx(), v.who, which)
	if err != nil || len(tasks)+len(decisions) == 0 {
		return "", 0, err
	}
	d := sketch{plan: p.Plan.Plan, byKey: map[string]int{}}
	for _, c := range decisions {
		d.add(decisionNode(c), nil, body[hub.Decision](c.Record).Status != "pending")
	}
	for _, t := range taskRows(tasks) {
		d.add(taskNode(t), t.Needs, t.Task.Status == "done" || t.Task.Status == "cancelled")
	}
	keep := d.chosen(most)
	g := drawing.Graph{Clusters: []drawing.Cluster{{ID: p.Plan.Plan, Title: p.Plan.Title, Status: p.Plan.Status}}}
	for i, n := range d.nodes {
		if !keep[i] {
			left++
			continue
		}
		if n.State == drawing.Ready && slices.ContainsFunc(d.needs[i], func(need int) bool { return !d.met[need] }) {
			n.State = drawing.Queued
		}
		n.Short = label(d.plan, n.ID)
		g.Clusters[0].Nodes = append(g.Clusters[0].Nodes, n)
		for _, need := range d.needs[i] {
			if keep[need] {
				g.Edges = append(g.Edges, drawing.Edge{From: d.nodes[need].ID, To: n.ID, Gates: true})
			}
		}
	}
	return drawing.Inline(g), left, nil
}

// sketch is a plan on its way to a picture.
type sketch struct {
	plan  string
	nodes []drawing.Node
	names [][]string // that each needs
	needs [][]int    // the same as numbers
	met   []bool
	byKey map[string]int
}

func (d *sketch) add(n drawing.Node, needs []string, met bool) {
	for _, name := range forms(d.plan, n.ID) {
		d.byKey[strings.ToLower(name)] = len(d.nodes)
	}
	d.nodes, d.names, d.met = append(d.nodes, n), append(d.names, needs), append(d.met, met)
}

// chosen are the nodes to draw: what is open first, then what that needs, then the rest, each in the plan's order.
func (d *sketch) chosen(most int) []bool {
	d.needs = make([][]int, len(d.nodes))
	keep, n := make([]bool, len(d.nodes)), 0
	take := func(i int) {
		if !keep[i] && n < most {
			keep[i], n = true, n+1
		}
	}
	for i, names := range d.names {
		for _, name := range names {
			if need, ok := d.byKey[strings.ToLower(name)]; ok && need != i {
				d.needs[i] = append(d.needs[i], need)
			}
		}
	}
	for i := range d.nodes {
		if !d.met[i] {
			take(i)
		}
	}
	for i := range d.nodes {
		if !d.met[i] {
			for _, need := range d.needs[i] {
				take(need)
			}
		}
	}
	for i := range d.nodes {
		take(i)
	}
	return keep
}

func taskNode(t taskRow) drawing.Node {
	n := drawing.Node{ID: t.Key, Title: t.Title, Kind: drawing.Task, Link: t.link()}
	switch t.Task.Status {
	case "todo":
		n.State, n.Status = drawing.Ready, "to do"
	case "in_progress":
		n.State, n.Status = drawing.Started, "in progress"
	case "blocked":
		n.State = drawing.Blocked
	case "done":
		n.State = drawing.Done
		if t.Verified {
			n.Status = "verified"
		}
	case "failed":
		n.State = drawing.Failed
	case "cancelled":
		n.State = drawing.Cancelled
	default:
		n.State = drawing.Unknown
	}
	if t.Holder != "" {
		n.Why = "claimed by " + t.Holder
	}
	return n
}

func decisionNode(c store.Card) drawing.Node {
	d := body[hub.Decision](c.Record)
	n := drawing.Node{ID: d.Key, Title: d.Question, Kind: drawing.Decision, Link: "/plans/" + c.Workstream + "/decisions/" + c.ID}
	switch d.Status {
	case "resolved":
		n.State, n.Status = drawing.Done, d.Choice
	case "superseded":
		n.State, n.Status = drawing.Cancelled, "superseded"
	default:
		n.State, n.Status = drawing.Waiting, "pending"
	}
	return n
}
