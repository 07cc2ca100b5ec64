package workplan

import (
	"time"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// Step is a verify step: its common keys decoded, its kind's arguments as a node.
type Step struct {
	Name string // "" where not written
	Note string
	Kind string // "" where there is none, which has its diagnostic
	Args *yaml.Node

	Assert  []Expr
	Record  []NamedExpr
	When    *Expr
	Within  *time.Duration
	Every   *time.Duration
	Timeout *time.Duration

	Once     bool
	OnceDate string // ISO day: a person says that it held then
	Effect   bool
	Defer    *Defer
	Advisory bool
	Waive    *Waive
	Guard    bool  // `guards` is written: the step is an invariant
	Guards   []Ref // the tasks that it guards; none, in a task: that task and its dependents; in the plan's own block: all
	GuardAll bool
	IfEmpty  string // fail, skip, unknown; "" where not written
	From     *From

	Repo      string
	Cluster   string
	Namespace string

	Span    text.Span // of the step's item in the file
	KindPos text.Pos
	block   *block
	node    *yaml.Node
	task    *Task // nil: the plan's own
}

// Expr is a CEL expression and its place.
type Expr struct {
	Src  string
	Node *yaml.Node
}

// NamedExpr is an entry of `record`.
type NamedExpr struct {
	Name string
	Expr
}

// Defer says why a step is put off.
type Defer struct {
	Reason string `yaml:"reason" doc:"why" required:"true"`
	Until  string `yaml:"until" doc:"an ISO day"`
	Task   string `yaml:"task" doc:"the task that takes it up"`
}

// Waive accepts a failure until the end of a day.
type Waive struct {
	Until  string `yaml:"until" doc:"the last ISO day on which the failure is accepted" required:"true"`
	By     string `yaml:"by" doc:"who accepts it" required:"true"`
	Reason string `yaml:"reason" doc:"why" required:"true"`
}

// From says from where in the cluster a step looks.
type From struct {
	Pod        *FromPod `yaml:"pod" doc:"a disposable pod, shared by the steps that say the same and deleted at the end of the run"`
	Deployment string   `yaml:"deployment" doc:"a running Deployment: one of its pods is used"`
	Namespace  string   `yaml:"namespace" doc:"the Deployment's namespace"`
}

// FromPod is the disposable pod of a From.
type FromPod struct {
	Namespace string            `yaml:"namespace" doc:"its namespace"`
	Image     string            `yaml:"image" doc:"its image, which needs sleep and one of nc, socat, bash, perl, python3, node"`
	Labels    map[string]string `yaml:"labels" doc:"its labels, such as those that a NetworkPolicy asks for"`
}

// Pos returns the place of a byte offset within the decoded text of a scalar of this step; offset 0 is its first character.
// It is exact for plain and quoted scalars on one line and for block scalars, and the right line for folded ones.
func (s *Step) Pos(n *yaml.Node, offset int) text.Pos {
	if n == nil {
		n, offset = s.node, 0
	}
	return s.block.pos(s.block.within(n, offset))
}

// NodePos returns the place of a node of this step.
func (s *Step) NodePos(n *yaml.Node) text.Pos {
	if n == nil {
		n = s.node
	}
	return s.block.pos(s.block.start(n))
}

// CommonPos returns the place of the value of a common key, or of the step where that is not written.
func (s *Step) CommonPos(key string) text.Pos { return s.NodePos(find(s.node, key)) }

// NodeLen returns the number of bytes that a scalar of this step takes in the file; of other nodes, the rest of their first line.
func (s *Step) NodeLen(n *yaml.Node) int {
	if n == nil {
		n = s.node
	}
	start, end := s.block.extent(n)
	return s.block.fileSpan(start, end).Len()
}

// Node returns the step's whole mapping.
func (s *Step) Node() *yaml.Node { return s.node }
