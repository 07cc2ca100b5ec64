package workplan

import (
	"bytes"
	"reflect"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
)

// workplanType is the type of what is ours.
const workplanType = "workplan"

// FrontMatter describes the keys of the front matter; other keys are kept and reported as information.
type FrontMatter struct {
	ID               string    `yaml:"id" doc:"the plan's id: letters, digits, dot, dash, underscore" required:"true"`
	Type             string    `yaml:"type" doc:"workplan; a file without it is not ours" required:"true"`
	Title            string    `yaml:"title" doc:"one line for people"`
	Domain           string    `yaml:"domain" doc:"the domain that the plan belongs to"`
	Repo             string    `yaml:"repo" doc:"the repository that the plan lives in"`
	Owner            string    `yaml:"owner" doc:"who answers for the plan"`
	TopicSlug        string    `yaml:"topic_slug" doc:"the topic in the state hub"`
	Status           string    `yaml:"status" doc:"the state of the whole plan" enum:"draft|proposed|active|blocked|finished|cancelled|archived"`
	Created          string    `yaml:"created" doc:"an ISO day"`
	Updated          string    `yaml:"updated" doc:"an ISO day; wpctl sets it when it changes a status"`
	PlanningPriority string    `yaml:"planning_priority" doc:"how urgent the plan is" enum:"high|medium|low"`
	PlanningOrder    *int      `yaml:"planning_order" doc:"its place among plans of one priority"`
	Workstream       string    `yaml:"state_hub_workstream_id" doc:"the UUID of the workstream in the state hub"`
	Order            string    `yaml:"order" doc:"how tasks without needs stand to the task before them" enum:"sequential|independent"`
	Needs            []string  `yaml:"needs" doc:"workplans, tasks of other workplans, or decisions, here or in another one, that must be done first"`
	Defaults         *Defaults `yaml:"defaults" doc:"values for steps that do not give their own"`
	Format           *int      `yaml:"format" doc:"the version of the format; 1"`
}

// readFront decodes the front matter into the plan.
func (p *planParser) readFront(b *block) {
	p.plan.front = b
	if !p.load(b) {
		return
	}
	if b.root() == nil || b.root().Kind != yaml.MappingNode {
		p.report(b.span.Start, 0, diag.Error, "wrong-type", "", "the front matter is not a mapping of keys to values")
		return
	}
	var keys FrontMatter
	for _, problem := range strict.Decode(b.root(), &keys, strict.Options{Free: "x-", Enum: p.plan.Words.enum}) {
		severity := diag.Error
		if problem.Code == "unknown-key" && isChild(b.root(), problem.Node) {
			severity = diag.Info
		}
		p.problem(b, problem, severity)
	}
	strict.Decode(b.root(), &p.plan.Meta, strict.Options{})
	if word, ok := p.plan.Meta["status"].(string); ok {
		p.plan.Meta["status"] = p.plan.Words.means(frontBlock, word)
	}
	p.front = &keys
	plan := p.plan
	plan.ID = p.scalar(b, "id", keys.ID)
	plan.Title = p.scalar(b, "title", keys.Title)
	plan.Status = p.status(b, keys.Status)
	plan.Domain = p.scalar(b, "domain", keys.Domain)
	plan.Repo = p.scalar(b, "repo", keys.Repo)
	plan.Owner = p.scalar(b, "owner", keys.Owner)
	plan.Created = p.scalar(b, "created", keys.Created)
	plan.Updated = p.scalar(b, "updated", keys.Updated)
	plan.Priority = p.scalar(b, "planning_priority", keys.PlanningPriority)
	plan.HubID = p.scalar(b, "state_hub_workstream_id", keys.Workstream)
	plan.PlanningOrder = keys.PlanningOrder
	if keys.Order == string(Sequential) || keys.Order == string(Independent) {
		plan.Order = Order(keys.Order)
	}
	if keys.Defaults != nil {
		plan.Defaults = *keys.Defaults
		p.checkDefaults(b)
	}
	p.checkFront(b, keys)
}

func (p *planParser) checkFront(b *block, keys FrontMatter) {
	if keys.Type != workplanType && find(b.root(), "type") != nil {
		p.at(b, find(b.root(), "type"), diag.Error, "not-a-workplan", "write type: workplan", "type is %q: this is no workplan", keys.Type)
	}
	if n := find(b.root(), "id"); n != nil && !isID(keys.ID) {
		p.at(b, n, diag.Error, "bad-id", "letters, digits, dot, dash and underscore", "%q cannot be an id", keys.ID)
	}
	if n := find(b.root(), "format"); keys.Format != nil && *keys.Format != Format && !p.seen[n] {
		hint := ""
		if *keys.Format > Format {
			hint = "use a newer wpctl"
		}
		p.at(b, n, diag.Error, "unknown-format", hint, "the plan is written in format %d, and this wpctl knows format %d", *keys.Format, Format)
	}
	p.checkDay(b, "created", keys.Created)
	p.checkDay(b, "updated", keys.Updated)
	p.checkUUID(b, "state_hub_workstream_id", keys.Workstream)
	for _, n := range items(find(b.root(), "needs")) {
		if !isID(n.Value) {
			p.at(b, n, diag.Error, "bad-id", "letters, digits, dot, dash and underscore", "%q cannot be an id", n.Value)
		}
		p.plan.Needs = append(p.plan.Needs, Ref{ID: n.Value, Text: n.Value, Span: b.value(n, "").Span})
	}
}

// checkDefaults reports times that are no times.
func (p *planParser) checkDefaults(b *block) {
	n := find(b.root(), "defaults")
	d := p.plan.Defaults
	for _, t := range []struct {
		key string
		is  time.Duration
	}{{"timeout", d.Timeout}, {"within", d.Within}, {"every", d.Every}} {
		if v := find(n, t.key); v != nil && t.is <= 0 && v.Kind == yaml.ScalarNode {
			p.atOnce(b, v, "bad-value", "leave it out for the default", "%s has to be more than nothing", t.key)
		}
	}
}

// IsWorkplan tells whether src has front matter with `type: workplan`, without parsing the rest.
// It looks at lines, and decodes YAML only where they leave it open: what it takes for a workplan may still have errors.
// Blank lines above the front matter, lines that end with CR alone, and UTF-16 are such errors, which Parse tells.
func IsWorkplan(src []byte) bool {
	src = bytes.TrimPrefix(headOf(src), bom)
	first, src := headLine(src)
	for len(first) == 0 && len(src) > 0 {
		first, src = headLine(src)
	}
	if !isDashes(first) {
		return false
	}
	front, open := src, false
	for len(src) > 0 {
		line, rest := headLine(src)
		if isDashes(line) || string(line) == "..." {
			break
		}
		src = rest
		open = open || bytes.Contains(line, []byte(workplanType))
		if value, ok := bytes.CutPrefix(line, []byte("type:")); ok {
			if i := bytes.Index(value, []byte(" #")); i >= 0 {
				value = value[:i]
			}
			if value = bytes.Trim(value, " \t\"'"); len(value) > 0 && bytes.IndexByte([]byte("|>!&"), value[0]) < 0 {
				return string(value) == workplanType
			}
		}
	}
	return open && saysWorkplan(front[:len(front)-len(src)])
}

// saysWorkplan tells whether front matter has the type, however YAML may write it: with its key in quotes, in braces.
func saysWorkplan(front []byte) bool {
	root, _, err := readYAML(front)
	if err != nil {
		return false
	}
	n := find(root, "type")
	return n != nil && n.Kind == yaml.ScalarNode && strings.TrimSpace(n.Value) == workplanType
}

// headLine returns the line that src begins with, whatever ends it, without blanks at its end, and the rest.
func headLine(src []byte) (line, rest []byte) {
	line = src
	if i := bytes.IndexAny(src, "\r\n"); i >= 0 {
		line, rest = src[:i], src[i+1:]
		if src[i] == '\r' {
			rest = bytes.TrimPrefix(rest, []byte("\n"))
		}
	}
	return bytes.TrimRight(line, " \t"), rest
}

// The types of the keys that a plan's blocks may have, for documentation and schemas; see strict.Schema.
var (
	FrontMatterType = reflect.TypeFor[FrontMatter]()
	TaskType        = reflect.TypeFor[TaskKeys]()
	StepType        = reflect.TypeFor[StepKeys]()
	DecisionType    = reflect.TypeFor[DecisionKeys]()
)
