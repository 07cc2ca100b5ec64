package workplan

import (
	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// TaskKeys describes the keys of a task block.
type TaskKeys struct {
	ID        string   `yaml:"id" doc:"the task's id; the short form is the part behind the plan's id" required:"true"`
	Status    string   `yaml:"status" doc:"the task's state; todo where it is left out" enum:"todo|in_progress|blocked|done|failed|cancelled"`
	Priority  string   `yaml:"priority" doc:"how urgent the task is" enum:"high|medium|low"`
	Repo      string   `yaml:"repo" doc:"the repository that the task is carried out in, when not the plan's"`
	Cluster   string   `yaml:"cluster" doc:"the cluster that the task's steps look at, when not the plan's"`
	Needs     []string `yaml:"needs" doc:"ids of tasks or decisions, here or in another workplan, that must be done first"`
	DependsOn []string `yaml:"depends_on" doc:"another word for needs"`
	Assignee  string   `yaml:"assignee" doc:"who carries the task out"`
	Labels    []string `yaml:"labels" doc:"words to select tasks by"`
	HubID     string   `yaml:"state_hub_task_id" doc:"the task's UUID in the state hub"`
	Verify    steps    `yaml:"verify" doc:"steps; the short form of a verify block"`
}

// steps is a list of steps inside a task block; they are read by readSteps.
type steps struct{ node *yaml.Node }

// UnmarshalNode keeps the node.
func (s *steps) UnmarshalNode(n *yaml.Node) error {
	s.node = n
	return nil
}

// DescribeType says what a list of steps is.
func (steps) DescribeType() (string, map[string]any) {
	return "a list of steps", map[string]any{"type": "array", "items": map[string]any{"$ref": "#/$defs/step"}}
}

func (p *planParser) readTask(b *block) {
	var keys TaskKeys
	p.decode(b, &keys)
	plan := p.plan
	t := &Task{
		block: b, Block: b.span,
		ID: p.scalar(b, "id", plan.fullID(keys.ID)), Status: p.status(b, keys.Status),
		Priority: p.scalar(b, "priority", keys.Priority), Repo: p.scalar(b, "repo", keys.Repo), Cluster: p.scalar(b, "cluster", keys.Cluster),
		Assignee: p.scalar(b, "assignee", keys.Assignee), Labels: keys.Labels,
		HubID: p.scalar(b, "state_hub_task_id", keys.HubID),
	}
	t.Short = plan.short(t.ID.Text)
	if t.Status.Text == "" {
		t.Status.Text = string(Todo)
	}
	p.checkBlockID(b, keys.ID)
	p.checkUUID(b, "state_hub_task_id", keys.HubID)
	needs, other := find(b.root(), "needs"), find(b.root(), "depends_on")
	t.HasNeeds = needs != nil || other != nil
	if needs != nil && other != nil {
		p.at(b, other, diag.Warning, "two-needs", "write them all under needs", "depends_on is another word for needs, and both stand here")
	}
	for _, n := range append(items(needs), items(other)...) {
		t.Needs = append(t.Needs, Ref{Text: n.Value, Span: b.value(n, "").Span})
	}
	if keys.Verify.node != nil {
		b.steps = p.readSteps(b, keys.Verify.node)
	}
	plan.Tasks = append(plan.Tasks, t)
}

// decode decodes the mapping of a block and reports what is wrong with it.
func (p *planParser) decode(b *block, keys any) {
	for _, problem := range strict.Decode(b.root(), keys, strict.Options{Free: "x-", Enum: p.plan.Words.enum}) {
		p.problem(b, problem, diag.Error)
	}
}

// checkBlockID reports an id that cannot be one, and one that seems to belong to another plan.
func (p *planParser) checkBlockID(b *block, id string) {
	n := find(b.root(), "id")
	switch {
	case n == nil || p.seen[n]:
	case !isID(id):
		p.at(b, n, diag.Error, "bad-id", "letters, digits, dot, dash and underscore", "%q cannot be an id", id)
	case p.plan.ID.Text != "" && id == p.plan.ID.Text:
		p.at(b, n, diag.Error, "bad-id", "add what tells it from the plan: "+id+"-T01", "this is the id of the plan")
	case p.plan.ID.Text != "" && p.plan.fullID(id) == id && p.plan.short(id) == id:
		p.at(b, n, diag.Warning, "foreign-id", "", "the id does not begin with that of the plan, %s", p.plan.ID.Text)
	}
}
