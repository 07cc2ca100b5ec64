package workspace

import (
	"math"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Summary is what is kept of the text of a plan. Adding, taking away or reordering fields needs another format.
type Summary struct {
	_ struct{} `cbor:",toarray"`

	ID, Title, Status, Domain, Owner string
	In                               string // the repository that it is about, as written
	Created, Updated, Priority       string
	Rank                             int // planning_order; math.MaxInt where not written
	HubID                            string
	Line                             int // of the id
	StatusLine                       int
	Steps                            int // the plan's own
	Stale                            bool
	Broken                           bool // the file has errors
	Tasks                            []Task
	Decisions                        []Decision
	Edges                            []Edge
}

// Task is what is kept of a task.
type Task struct {
	_ struct{} `cbor:",toarray"`

	ID, Short, Title, Status string
	Priority, Assignee       string
	Repo                     string // that it is carried out in, as written
	Labels                   []string
	HubID                    string
	Line, StatusLine         int
	Start, End               int    // of its section, in bytes
	Steps                    int    // how many
	Found                    string // the day of its findings
	Stale                    bool   // done, and its steps changed after its findings were written
}

// Decision is what is kept of a decision.
type Decision struct {
	_ struct{} `cbor:",toarray"`

	ID, Short, Status, Question, Recommendation, Choice, By, Date string
	Options                                                       []Option
	Line, StatusLine                                              int
}

// Option is one choice of a decision.
type Option struct {
	_          struct{} `cbor:",toarray"`
	Name, Text string
}

// Edge says that From needs To, or only comes after it; both are full ids.
type Edge struct {
	_ struct{} `cbor:",toarray"`

	From, To  string
	Gates     bool
	Line, Col int
}

// Summarize returns what is kept of a plan. digest is taken over steps, see runner.Digest; broken tells that the file
// has errors.
func Summarize(p *workplan.Plan, digest func(...*workplan.Step) string, broken bool) Summary {
	stale := func(status workplan.Status, f *workplan.FindingsBlock, steps []*workplan.Step) bool {
		claimed := status == workplan.Done || status == workplan.Finished
		return claimed && f != nil && f.Steps != "" && len(steps) > 0 && !strings.HasPrefix(digest(steps...), f.Steps)
	}
	line := func(v workplan.Value, otherwise int) int {
		if v.Written() {
			return p.File.Pos(v.Span.Start).Line
		}
		return p.File.Pos(otherwise).Line
	}
	s := Summary{
		ID: p.ID.Text, Title: p.Title.Text, Status: p.Status.Text, Domain: p.Domain.Text, Owner: p.Owner.Text, In: p.Repo.Text,
		Created: p.Created.Text, Updated: p.Updated.Text, Priority: p.Priority.Text, Rank: math.MaxInt, HubID: p.HubID.Text,
		Line: p.File.Pos(p.ID.Span.Start).Line, StatusLine: line(p.Status, p.ID.Span.Start), Steps: len(p.Steps), Broken: broken,
		Stale: stale(workplan.Status(p.Status.Text), p.Findings, p.Steps),
	}
	if p.PlanningOrder != nil {
		s.Rank = *p.PlanningOrder
	}
	for _, t := range p.Tasks {
		task := Task{
			ID: t.ID.Text, Short: t.Short, Title: t.Title, Status: t.Status.Text, Priority: t.Priority.Text,
			Assignee: t.Assignee.Text, Repo: t.Repo.Text, Labels: slices.Clone(t.Labels), HubID: t.HubID.Text,
			Line: p.File.Pos(t.Block.Start).Line, StatusLine: line(t.Status, t.ID.Span.Start), Start: t.Section.Start, End: t.Section.End, Steps: len(t.Steps),
			Stale: stale(workplan.Status(t.Status.Text), t.Findings, t.Steps),
		}
		if t.Findings != nil {
			task.Found = t.Findings.Date
		}
		s.Tasks = append(s.Tasks, task)
	}
	for _, d := range p.Decisions {
		decision := Decision{
			ID: d.ID.Text, Short: d.Short, Status: d.Status.Text, Question: d.Question.Text, Recommendation: d.Recommendation.Text,
			Choice: d.Choice.Text, By: d.By.Text, Date: d.Date.Text, Line: p.File.Pos(d.Block.Start).Line, StatusLine: line(d.Status, d.ID.Span.Start),
		}
		for _, o := range d.Options {
			decision.Options = append(decision.Options, Option{Name: o.Name, Text: o.Text})
		}
		s.Decisions = append(s.Decisions, decision)
	}
	for _, e := range p.Edges() {
		s.Edges = append(s.Edges, Edge{From: e.From, To: e.To, Gates: e.Gates, Line: e.Pos.Line, Col: e.Pos.Col})
	}
	for _, t := range p.Tasks {
		for _, e := range p.Reads(t) {
			i := slices.IndexFunc(s.Edges, func(o Edge) bool { return o.From == e.From && o.To == e.To })
			if i < 0 {
				s.Edges = append(s.Edges, Edge{From: e.From, To: e.To, Gates: true, Line: e.Pos.Line, Col: e.Pos.Col})
				continue
			}
			s.Edges[i].Gates = true
		}
	}
	return s
}

// Named is an Option as it is shown.
type Named struct {
	Name string `json:"name" doc:"its name"`
	Text string `json:"text" doc:"what it is"`
}
