package workplan

import (
	"slices"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

// DecisionKeys describes the keys of a decision block.
type DecisionKeys struct {
	ID             string            `yaml:"id" doc:"the decision's id; the short form is the part behind the plan's id" required:"true"`
	Status         string            `yaml:"status" doc:"the decision's state; pending where it is left out" enum:"pending|resolved|superseded"`
	Question       string            `yaml:"question" doc:"what is to be decided"`
	Options        map[string]string `yaml:"options" doc:"what there is to choose from, by name"`
	Recommendation string            `yaml:"recommendation" doc:"the name of the option that is recommended"`
	Choice         string            `yaml:"choice" doc:"the name of the option that was chosen"`
	By             string            `yaml:"by" doc:"who decided"`
	Date           string            `yaml:"date" doc:"the ISO day of the decision"`
	Note           string            `yaml:"note" doc:"a remark on the decision"`
	HubID          string            `yaml:"state_hub_decision_id" doc:"the decision's UUID in the state hub"`
}

// The statuses of a decision.
const (
	Pending    = "pending"
	Resolved   = "resolved"
	Superseded = "superseded"
)

func (p *planParser) readDecision(b *block) {
	var keys DecisionKeys
	p.decode(b, &keys)
	d := &Decision{
		block: b, Block: b.span,
		ID: p.scalar(b, "id", p.plan.fullID(keys.ID)), Status: p.status(b, keys.Status),
		Question: p.scalar(b, "question", keys.Question), Recommendation: p.scalar(b, "recommendation", keys.Recommendation),
		Choice: p.scalar(b, "choice", keys.Choice), By: p.scalar(b, "by", keys.By), Date: p.scalar(b, "date", keys.Date),
		Note: p.scalar(b, "note", keys.Note), HubID: p.scalar(b, "state_hub_decision_id", keys.HubID),
	}
	d.Short = p.plan.short(d.ID.Text)
	if d.Status.Text == "" {
		d.Status.Text = Pending
	}
	p.checkBlockID(b, keys.ID)
	p.checkUUID(b, "state_hub_decision_id", keys.HubID)
	p.checkDay(b, "date", keys.Date)
	names := p.readOptions(b, d)
	for _, key := range []string{"recommendation", "choice"} {
		if n := find(b.root(), key); n != nil && n.Kind == yaml.ScalarNode && n.Value != "" && len(names) > 0 && !slices.Contains(names, n.Value) {
			p.at(b, n, diag.Warning, "unknown-option", diag.DidYouMean(n.Value, names), "%q is no option of this decision", n.Value)
		}
	}
	if d.Status.Text == Resolved && d.Choice.Text == "" {
		p.at(b, find(b.root(), "status"), diag.Warning, "no-choice", "write choice:, by: and date:", "the decision is resolved, and there is no choice")
	}
	p.plan.Decisions = append(p.plan.Decisions, d)
}

func (p *planParser) readOptions(b *block, d *Decision) []string {
	options := find(b.root(), "options")
	if options == nil || options.Kind != yaml.MappingNode {
		return nil
	}
	var names []string
	for i := 0; i+1 < len(options.Content); i += 2 {
		name := options.Content[i].Value
		names = append(names, name)
		d.Options = append(d.Options, Option{Name: name, Text: options.Content[i+1].Value})
	}
	return names
}
