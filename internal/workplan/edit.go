package workplan

import (
	"bytes"
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

// SetStatus returns the edit that writes a status; id is that of a task, full or short, or the plan's.
// It keeps the quoting of the value that is there, and adds the key where it is missing.
// It is an error where the value cannot be replaced safely.
func (p *Plan) SetStatus(id string, s Status) (text.Edit, error) {
	if p.isPlan(id) {
		if !slices.Contains(planStatuses, s) {
			return text.Edit{}, fmt.Errorf("%q is no status of a plan", s)
		}
		return p.set(p.front, "status", string(s), "type", "id")
	}
	t, err := p.oneTask(id)
	if err != nil {
		return text.Edit{}, err
	}
	if !slices.Contains(taskStatuses, s) {
		return text.Edit{}, fmt.Errorf("%q is no status of a task", s)
	}
	return p.set(t.block, "status", string(s), "id")
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
		if n := find(b.root, key); n != nil && n.Value != "" && !strings.EqualFold(n.Value, hubID) {
			return text.Edit{}, fmt.Errorf("%s: %s has another %s already", b.pos(b.start(n)), id, key)
		}
	}
	return p.setAs(b, key, hubID, yaml.DoubleQuotedStyle, "planning_order", "repo", "priority", "updated", "status", "id")
}

// SetDecision returns the edits that write fields of a decision: status, choice, by, date, recommendation, question.
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
		case !slices.Contains([]string{"status", "choice", "by", "date", "recommendation", "question"}, key):
			return nil, fmt.Errorf("%q is no field of a decision that can be set", key)
		case key == "status" && !slices.Contains(decisionStatuses, value):
			return nil, fmt.Errorf("%q is no status of a decision", value)
		case key == "date" && !IsDay(value):
			return nil, fmt.Errorf("%q is no day", value)
		}
	}
	var edits []text.Edit
	for _, key := range []string{"status", "question", "recommendation", "choice", "by", "date"} {
		value, ok := fields[key]
		if !ok {
			continue
		}
		e, err := p.set(d.block, key, oneLine(value), "status", "id")
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
	if find(b.root, "depends_on") != nil {
		return text.Edit{}, fmt.Errorf("%s: %s writes its needs as depends_on", b.file.Pos(b.span.Start), id)
	}
	if n := find(b.root, "needs"); n != nil {
		start, end, why := b.listEnd(n)
		if why != "" {
			return text.Edit{}, fmt.Errorf("%s: the needs of %s cannot be replaced: %s", b.pos(start), id, why)
		}
		return p.intend(text.Edit{Span: b.fileSpan(start, end), New: list}, b, "needs", value, true), nil
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

// set returns the edit that gives a key of a block its value. A key that is missing goes behind the first of after that is there.
func (p *Plan) set(b *block, key, value string, after ...string) (text.Edit, error) {
	return p.setAs(b, key, value, 0, after...)
}

// setAs is set with the style of a key that is missing.
func (p *Plan) setAs(b *block, key, value string, style yaml.Style, after ...string) (text.Edit, error) {
	if b == nil || b.root == nil {
		return text.Edit{}, fmt.Errorf("%s: the block for %s cannot be read", p.File.Name, key)
	}
	n := find(b.root, key)
	if n == nil {
		e, err := b.insert(key, quoteAs(style, value), after...)
		if err != nil {
			return text.Edit{}, err
		}
		return p.intend(e, b, key, value, false), nil
	}
	start := b.start(n)
	end, why := b.scalarEnd(n)
	if why == "" && stands(b.root, key) > 1 {
		why = "the key stands twice"
	}
	if why != "" {
		return text.Edit{}, fmt.Errorf("%s: the value of %s cannot be replaced safely: %s", b.pos(start), key, why)
	}
	written := quoteAs(n.Style, value)
	if start == end { // nothing is written behind the colon
		written = " " + written
	}
	return p.intend(text.Edit{Span: b.fileSpan(start, end), New: written}, b, key, value, false), nil
}

// stands returns how often a key stands in mapping n.
func stands(n *yaml.Node, key string) int {
	count := 0
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			count++
		}
	}
	return count
}

// insert returns the edit that adds a line with a key and its value behind the first key of after that is there.
func (b *block) insert(key, value string, after ...string) (text.Edit, error) {
	fail := func(why string) (text.Edit, error) {
		return text.Edit{}, fmt.Errorf("%s: %s cannot be added: %s", b.file.Pos(b.span.Start), key, why)
	}
	if b.open {
		return fail("the block is not closed")
	}
	if b.root.Kind != yaml.MappingNode || b.root.Style&yaml.FlowStyle != 0 {
		return fail("the block is written in braces")
	}
	for _, a := range after {
		for i := 0; i+1 < len(b.root.Content); i += 2 {
			k, v := b.root.Content[i], b.root.Content[i+1]
			if k.Value != a {
				continue
			}
			end, why := b.scalarEnd(v)
			if why != "" {
				return fail("the value of " + a + " cannot be told from what follows: " + why)
			}
			return b.insertBehind(b.start(k), end, key+": "+value)
		}
	}
	return fail("there is no key to put it behind")
}

func (b *block) insertBehind(keyStart, valueEnd int, entry string) (text.Edit, error) {
	src := b.file.Src
	at := b.at(keyStart)
	line := b.file.LineSpan(b.file.Pos(at).Line)
	if last := b.file.LineSpan(b.file.Pos(b.at(valueEnd)).Line); valueEnd > 0 && b.at(valueEnd-1) >= line.End {
		line.End = last.End
	}
	prefix := src[line.Start:at]
	if len(bytes.Trim(prefix, " \t>")) > 0 {
		return text.Edit{}, fmt.Errorf("%s: nothing can be added here: something stands before the key", b.file.Pos(at))
	}
	entry = string(prefix) + entry + lineEnding(src[line.Start:line.End])
	return text.Edit{Span: text.Span{Start: line.End, End: line.End}, New: entry}, nil
}

// listEnd returns the span in raw of a list in brackets on one line, or of a scalar, or why it cannot be told.
func (b *block) listEnd(n *yaml.Node) (start, end int, why string) {
	start = b.start(n)
	if n.Kind == yaml.ScalarNode {
		end, why = b.scalarEnd(n)
		return start, end, why
	}
	switch {
	case n.Kind != yaml.SequenceNode || n.Style&yaml.FlowStyle == 0:
		return start, 0, "it is not written in brackets"
	case n.Anchor != "" || n.Style&yaml.TaggedStyle != 0:
		return start, 0, "it has an anchor or a tag"
	}
	end = start + 1
	for _, c := range n.Content {
		if end, why = b.scalarEnd(c); why != "" {
			return start, 0, why
		}
	}
	for end < len(b.raw) && strings.IndexByte(" \t,", b.raw[end]) >= 0 {
		end++
	}
	if end >= len(b.raw) || b.raw[end] != ']' || b.raw[start] != '[' {
		return start, 0, "it goes over several lines"
	}
	return start, end + 1, ""
}

// quoteAs writes value in a style; a plain one gets quotes where it would mean something else without.
func quoteAs(style yaml.Style, value string) string {
	switch {
	case style&yaml.SingleQuotedStyle != 0:
		return "'" + strings.ReplaceAll(value, "'", "''") + "'"
	case style&yaml.DoubleQuotedStyle != 0 || !isPlain(value):
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
	}
	return value
}

// isPlain tells whether value can stand in YAML without quotes and means the same.
func isPlain(value string) bool {
	if value == "" || !isAlnum(value[0]) || strings.HasSuffix(value, " ") || isNull(value) {
		return false
	}
	for i := range len(value) {
		if c := value[i]; !isAlnum(c) && strings.IndexByte(" ._-/()", c) < 0 {
			return false
		}
	}
	return true
}

func isNull(s string) bool { return strings.EqualFold(s, "null") }
