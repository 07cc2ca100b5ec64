// Package workplan turns the bytes of a workplan into a Plan with positions, and makes the edits that write
// status and findings back into it.
// It never runs anything, never renders markdown, and never reads or writes a file.
package workplan

import (
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// Format is the newest format of workplans that this package knows.
const Format = 1

// Value is a scalar of the file: what it says, and where. That of a status says it in the words of the format.
// A Value that is not in the file has the zero Span; its Text may be a default.
type Value struct {
	Text string
	Span text.Span // the scalar with its quotes
}

// Written tells whether the value stands in the file.
func (v Value) Written() bool { return !v.Span.IsZero() }

// Status is the state of a task or a plan, in the words of the format; see Words.
type Status string

// The statuses of a task.
const (
	Todo       Status = "todo"
	InProgress Status = "in_progress"
	Blocked    Status = "blocked"
	Done       Status = "done"
	Failed     Status = "failed"
	Cancelled  Status = "cancelled"
)

// The statuses of a plan.
const (
	Draft    Status = "draft"
	Proposed Status = "proposed"
	Active   Status = "active"
	Finished Status = "finished"
	Archived Status = "archived"
	// Blocked and Cancelled as above.
)

// Order says how tasks without written needs stand to the task before them.
type Order string

// The orders. Follows is the default: it gives the order and does not gate.
const (
	Follows     Order = ""
	Sequential  Order = "sequential"
	Independent Order = "independent"
)

// Plan is one workplan. Several goroutines may read it at once; what makes edits, and Rewrite, are for one at a time.
type Plan struct {
	File   *text.File
	Words  Words // that its statuses are written in
	ID     Value
	Title  Value
	Status Value // of the plan; Text is "" where not written
	Domain Value
	Repo   Value
	Owner  Value

	Created       Value
	Updated       Value
	Priority      Value // planning_priority
	PlanningOrder *int  // nil where not written
	HubID         Value // state_hub_workstream_id

	Order    Order
	Needs    []Ref
	Defaults Defaults
	// Meta is the decoded front matter, unknown keys included, for CEL.
	Meta map[string]any

	Tasks     []*Task     // in document order
	Decisions []*Decision // in document order
	Steps     []*Step     // the plan's own
	// Findings are those of the plan's own steps; nil where there are none.
	Findings *FindingsBlock

	// AllFindings are all findings blocks of the file, in document order, also those of ids that the plan does not have.
	AllFindings []*FindingsBlock

	body
}

// Mistakes returns the errors among the diagnostics that parsing told.
func (p *Plan) Mistakes() diag.List { return p.mistakes }

// body is what parsing keeps for the functions that write into the plan.
type body struct {
	front        *block
	blocks       []*block // in document order
	outline      *outline
	byID         map[string]*Task
	decisionByID map[string]*Decision
	end          place             // where the findings of the plan's own steps go
	broken       map[string]string // why the findings of an id cannot be written; "" stands for all ids
	twice        map[string]bool   // ids that stand more than once
	wanted       []intent          // what the edits that were handed out are to change
	mistakes     diag.List         // the errors among what parsing told
}

// Defaults are values for steps that do not give their own.
type Defaults struct {
	Cluster   string        `yaml:"cluster" doc:"the cluster that steps look at, a name of the configuration"`
	Namespace string        `yaml:"namespace" doc:"the namespace of steps that do not name one"`
	Timeout   time.Duration `yaml:"timeout" doc:"the time for one look"`
	Within    time.Duration `yaml:"within" doc:"how long to wait for a step to hold"`
	Every     time.Duration `yaml:"every" doc:"the pause between two looks"`
}

// Ref is an id as written somewhere, and the full id that it means.
type Ref struct {
	ID   string // full: RAILIANCE-WP-0002-T04
	Text string // as written: T04
	Span text.Span
}

// Task is a task block with its section.
type Task struct {
	ID       Value  // Text is the full id
	Short    string // the id without the plan's id and a dash; the full id where it does not begin so
	Title    string
	Status   Value // Text is "todo" where not written
	Priority Value
	Repo     Value
	Cluster  Value // of its steps that name none
	Assignee Value
	Labels   []string
	HubID    Value
	HasNeeds bool // needs (or depends_on) is written, if only as []
	Needs    []Ref
	Steps    []*Step
	Findings *FindingsBlock
	Section  text.Span // from its heading (or its block) to the section's end
	Block    text.Span // the task block, fences included

	block *block
	first int   // the index in the outline of its section's first mark
	last  int   // and after its last one
	end   place // where its findings go
}

// Decision is a decision block.
type Decision struct {
	ID             Value
	Short          string
	Status         Value // pending, resolved or superseded; "pending" where not written
	Question       Value
	Options        []Option
	Recommendation Value
	Choice         Value
	By             Value
	Date           Value
	Note           Value
	HubID          Value
	Block          text.Span

	block *block
}

// Option is one choice of a decision.
type Option struct{ Name, Text string }

// FindingsBlock is a block that wpctl wrote earlier.
type FindingsBlock struct {
	ID      string            // whose findings, as the opening marker says
	Steps   string            // the digest of the steps, as the opening marker says
	Date    string            // ISO day of the summary line; "" where it cannot be read
	Cluster string            // that the summary line names; "" where none does
	Text    string            // all between the markers
	Span    text.Span         // markers included, with the last one's line ending
	Values  map[string]string // recorded values, by name, as rendered

	prefix  string // of its further lines
	eol     string
	lines   []string // Text, line by line
	records map[string][]oldRecord
}
