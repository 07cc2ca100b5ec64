// Package workspace knows all plans of a workspace without reading each of them again: what they are, what their tasks
// need, and how each task stands among the others.
// A Workspace does not change and is safe for concurrent use.
package workspace

import (
	"cmp"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Workspace is all plans at hand, by path.
type Workspace struct {
	Plans []*Plan

	Options
	byPath map[string]*Plan
	byID   map[string]Node
	more   map[string][]Node // of ids that stand more than once, all but the first
	links  links

	suspects map[string][]string // id → the failed tasks that it rests on
	below    below
}

// Plan is what a workspace keeps of a plan.
type Plan struct {
	Summary
	File string // as the user may write it
	Path string // absolute
	Repo string // the name of the checkout that it lies in; "" is the one that wpctl was called in

	Words workplan.Words // that its statuses are written in
}

// Node is a plan, or one of its tasks or decisions.
type Node struct {
	Plan     *Plan
	Task     *Task     // or nil
	Decision *Decision // or nil
}

// Options are what a workspace does not know from plans. Fields may be nil.
type Options struct {
	Alias func(id string) string // the id that is meant by one
	// Absent tells whether a repository that a task of a plan names is not at hand, and where it would be said where it is.
	Absent func(p *Plan, repo string) (where string, absent bool)
	// Elsewhere says how a need stands that is in none of the plans; not known where nobody was asked.
	Elsewhere func(id string) (s Stands, known bool)
}

// Stands is how something stands that is in none of the plans.
type Stands struct {
	How string // as a sentence goes on: "todo in the hub"
	Met bool   // it is as those want it who need it
}

// New returns the workspace of plans.
func New(plans []*Plan, o Options) *Workspace {
	plans = slices.SortedFunc(slices.Values(plans), func(a, b *Plan) int {
		return cmp.Or(cmp.Compare(a.Repo, b.Repo), cmp.Compare(a.Path, b.Path))
	})
	if o.Alias == nil {
		o.Alias = func(id string) string { return id }
	}
	if o.Absent == nil {
		o.Absent = func(*Plan, string) (string, bool) { return "", false }
	}
	if o.Elsewhere == nil {
		o.Elsewhere = func(string) (Stands, bool) { return Stands{}, false }
	}
	nodes := 0
	for _, p := range plans {
		nodes += 1 + len(p.Tasks) + len(p.Decisions)
	}
	w := &Workspace{Plans: plans, Options: o, byPath: make(map[string]*Plan, len(plans)), byID: make(map[string]Node, nodes), more: map[string][]Node{}}
	for _, p := range plans {
		w.byPath[p.Path] = p
		for n := range p.Nodes() {
			id := n.ID()
			if id == "" {
				continue
			}
			if _, twice := w.byID[id]; twice {
				w.more[id] = append(w.more[id], n)
				continue
			}
			w.byID[id] = n
		}
	}
	w.link()
	w.suspect()
	return w
}

// Knowing is the workspace where somebody can say of needs that are in none of the plans how they stand.
func (w *Workspace) Knowing(elsewhere func(id string) (s Stands, known bool)) *Workspace {
	out := &Workspace{Plans: w.Plans, Options: w.Options, byPath: w.byPath, byID: w.byID, more: w.more, links: w.links, suspects: w.suspects}
	out.Elsewhere = elsewhere
	return out
}

// Nodes yields the plan, its tasks and its decisions, in the order of the file.
func (p *Plan) Nodes() func(func(Node) bool) {
	return func(yield func(Node) bool) {
		if !yield(Node{Plan: p}) {
			return
		}
		for i := range p.Tasks {
			if !yield(Node{Plan: p, Task: &p.Tasks[i]}) {
				return
			}
		}
		for i := range p.Decisions {
			if !yield(Node{Plan: p, Decision: &p.Decisions[i]}) {
				return
			}
		}
	}
}

// Find returns what an id means: as it is written, or by an alias.
func (w *Workspace) Find(id string) (Node, bool) {
	if n, ok := w.byID[id]; ok {
		return n, true
	}
	n, ok := w.byID[w.Alias(id)]
	return n, ok
}

// At returns the plan of a file, by its absolute path; nil for none.
func (w *Workspace) At(path string) *Plan { return w.byPath[path] }

// All returns all that have an id, more than one where a workspace is not in order.
func (w *Workspace) All(id string) []Node {
	n, ok := w.Find(id)
	if !ok {
		return nil
	}
	return append([]Node{n}, w.more[n.ID()]...)
}

// Short returns the nodes whose short id is id, in the order of the plans.
func (w *Workspace) Short(id string) (out []Node) {
	for _, p := range w.Plans {
		for n := range p.Nodes() {
			if n.Short() == id {
				out = append(out, n)
			}
		}
	}
	return out
}

// IDs returns all ids, in the order of the plans.
func (w *Workspace) IDs() (out []string) {
	for _, p := range w.Plans {
		for n := range p.Nodes() {
			if id := n.ID(); id != "" {
				out = append(out, id)
			}
		}
	}
	return out
}

// Duplicates returns the ids that stand more than once, sorted.
func (w *Workspace) Duplicates() []string {
	out := make([]string, 0, len(w.more))
	for id := range w.more {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// ID returns the full id.
func (n Node) ID() string {
	switch {
	case n.Task != nil:
		return n.Task.ID
	case n.Decision != nil:
		return n.Decision.ID
	}
	return n.Plan.ID
}

// Short returns the id within its plan, of a plan its own.
func (n Node) Short() string {
	switch {
	case n.Task != nil:
		return n.Task.Short
	case n.Decision != nil:
		return n.Decision.Short
	}
	return n.Plan.ID
}

// What says what the node is, in one word.
func (n Node) What() string {
	switch {
	case n.Task != nil:
		return "task"
	case n.Decision != nil:
		return "decision"
	}
	return "plan"
}

// Title returns the title, of a decision its question.
func (n Node) Title() string {
	switch {
	case n.Task != nil:
		return n.Task.Title
	case n.Decision != nil:
		return n.Decision.Question
	}
	return n.Plan.Title
}

// Word returns the status in the words of its plan's team.
func (n Node) Word() string { return n.Plan.Words.Of(n.Status()) }

// Own returns the word that its plan's team has for the status; "" where it has none of its own.
func (n Node) Own() string { return n.Plan.Words.Own(n.Status()) }

// Status returns the status.
func (n Node) Status() string {
	switch {
	case n.Task != nil:
		return n.Task.Status
	case n.Decision != nil:
		return n.Decision.Status
	}
	return n.Plan.Status
}

// Line returns where it stands in its file, from 1.
func (n Node) Line() int {
	switch {
	case n.Task != nil:
		return n.Task.Line
	case n.Decision != nil:
		return n.Decision.Line
	}
	return n.Plan.Line
}
