package workplan

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

var (
	taskStatuses     = []Status{Todo, InProgress, Blocked, Done, Failed, Cancelled}
	planStatuses     = []Status{Draft, Proposed, Active, Blocked, Finished, Cancelled, Archived}
	decisionStatuses = []string{Pending, Resolved, Superseded}
)

// Statuses returns all words that a task, a plan or a decision can have as its status, each once.
func Statuses() []string {
	var out []string
	for _, s := range slices.Concat(taskStatuses, planStatuses) {
		if !slices.Contains(out, string(s)) {
			out = append(out, string(s))
		}
	}
	return append(out, decisionStatuses...)
}

// The Set methods of a Plan note what they are asked for, for Rewrite: they are not for several goroutines at once.

// SetStatus returns the edit that writes a status; id is that of a task, full or short, or the plan's.
// It keeps the quoting of the value that is there, and adds the key where it is missing.
// It is an error where the value cannot be replaced safely.
func (p *Plan) SetStatus(id string, s Status) (text.Edit, error) {
	if p.isPlan(id) {
		if !slices.Contains(planStatuses, s) {
			return text.Edit{}, fmt.Errorf("%q is no status of a plan", s)
		}
		return p.set(p.front, "status", p.Words.Of(string(s)), "type", "id")
	}
	t, err := p.oneTask(id)
	if err != nil {
		return text.Edit{}, err
	}
	if !slices.Contains(taskStatuses, s) {
		return text.Edit{}, fmt.Errorf("%q is no status of a task", s)
	}
	return p.set(t.block, "status", p.Words.Of(string(s)), "id")
}

// SetUpdated returns the edit that writes the day into the front matter's `updated`.
func (p *Plan) SetUpdated(day string) (text.Edit, error) {
	if !IsDay(day) {
		return text.Edit{}, fmt.Errorf("%q is no day", day)
	}
	return p.set(p.front, "updated", day, "created", "status", "type", "id")
}

// SetHubID returns the edit that adds the state hub's id of a task, a decision or the plan.
// It is an error where there is another one already.
func (p *Plan) SetHubID(id, hubID string) (text.Edit, error) {
	if !isUUID(hubID) {
		return text.Edit{}, fmt.Errorf("%q is no UUID", hubID)
	}
	b, key, err := p.front, "state_hub_workstream_id", error(nil)
	if d := p.Decision(id); d != nil {
		b, key = d.block, "state_hub_decision_id"
		err = p.once(d.ID.Text)
	} else if !p.isPlan(id) {
		var t *Task
		if t, err = p.oneTask(id); err == nil {
			b, key = t.block, "state_hub_task_id"
		}
	}
	if err != nil {
		return text.Edit{}, err
	}
	if b != nil {
		if n := find(b.root(), key); n != nil && n.Value != "" && !strings.EqualFold(n.Value, hubID) {
			return text.Edit{}, fmt.Errorf("%s: %s has another %s already", b.pos(b.start(n)), id, key)
		}
	}
	return p.setAs(b, key, hubID, yaml.DoubleQuotedStyle, "planning_order", "repo", "priority", "updated", "status", "id")
}

// SetDecision returns the edits that write fields of a decision: status, choice, by, date, note, recommendation,
// question. A field that is empty is taken away.
func (p *Plan) SetDecision(id string, fields map[string]string) ([]text.Edit, error) {
	d := p.Decision(id)
	if d == nil {
		return nil, fmt.Errorf("this plan has no decision %q", id)
	}
	if err := p.once(d.ID.Text); err != nil {
		return nil, err
	}
	for key, value := range fields {
		switch {
		case !slices.Contains([]string{"status", "choice", "by", "date", "note", "recommendation", "question"}, key):
			return nil, fmt.Errorf("%q is no field of a decision that can be set", key)
		case key == "status" && !slices.Contains(decisionStatuses, value):
			return nil, fmt.Errorf("%q is no status of a decision", value)
		case key == "date" && value != "" && !IsDay(value):
			return nil, fmt.Errorf("%q is no day", value)
		}
	}
	var edits []text.Edit
	for _, key := range keyOrder[decisionBlock] {
		value, ok := fields[key]
		value = oneLine(value)
		old := find(d.block.root(), key)
		was, v := says(old), newText{says: value, written: plainOrQuoted(value), fact: value}
		if key == "status" {
			was, v = p.Words.means(decisionBlock, was), p.Words.text(value)
		}
		var e text.Edit
		var err error
		switch {
		case !ok, value == "" && old == nil, value != "" && was == value:
			continue
		case value == "":
			e, err = p.remove(d.block, key)
		default:
			e, err = p.give(d.block, key, v)
		}
		if err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	return edits, nil
}

// SetNeeds returns the edit that writes a task's needs, in the form of a list in brackets.
// A list that is there can be replaced where it stands on one line.
func (p *Plan) SetNeeds(id string, needs []string) (text.Edit, error) {
	t, err := p.oneTask(id)
	if err != nil {
		return text.Edit{}, err
	}
	want := make([]string, len(needs))
	for i, need := range needs {
		if !isID(need) {
			return text.Edit{}, fmt.Errorf("%q cannot be an id", need)
		}
		want[i] = fmt.Sprintf("!!str %q", need)
		if !isLetter(need[0]) || isNull(need) {
			return text.Edit{}, fmt.Errorf("%q cannot be written without quotes", need)
		}
	}
	b, list := t.block, "["+strings.Join(needs, ", ")+"]"
	value := "[" + strings.Join(want, ",") + "]"
	if find(b.root(), "depends_on") != nil {
		return text.Edit{}, fmt.Errorf("%s: %s writes its needs as depends_on", b.file.Pos(b.span.Start), id)
	}
	if n := find(b.root(), "needs"); n != nil {
		start, end, why := b.listEnd(n)
		if why != "" {
			return text.Edit{}, fmt.Errorf("%s: the needs of %s cannot be replaced: %s", b.pos(start), id, why)
		}
		return p.intend(text.Edit{Span: b.fileSpan(start, end), New: list}, b, "needs", value, true), nil
	}
	if e, err := p.add(b, "needs", newText{says: list, written: list, fact: value, list: true}); err == nil {
		return e, nil
	}
	e, err := b.insert("needs", list, "priority", "status", "id")
	if err != nil {
		return text.Edit{}, err
	}
	return p.intend(e, b, "needs", value, true), nil
}

// SetOrder returns the edit that writes the front matter's `order`.
func (p *Plan) SetOrder(o Order) (text.Edit, error) {
	if o != Sequential && o != Independent {
		return text.Edit{}, fmt.Errorf("%q is no order", o)
	}
	return p.set(p.front, "order", string(o), "planning_order", "planning_priority", "status", "type", "id")
}

func (p *Plan) isPlan(id string) bool { return id != "" && id == p.ID.Text }

// oneTask returns the task of that id, which has to be the only one.
func (p *Plan) oneTask(id string) (*Task, error) {
	t := p.Task(id)
	if t == nil {
		return nil, fmt.Errorf("this plan has no task %q", id)
	}
	return t, p.once(t.ID.Text)
}

// once returns an error where several blocks have the id.
func (p *Plan) once(id string) error {
	if p.twice[id] {
		return fmt.Errorf("the id %s stands more than once", id)
	}
	return nil
}
