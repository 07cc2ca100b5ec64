package workplan

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// assignable are the keys of blocks that people set; the others have a command of their own, or belong to wpctl.
var assignable = map[string][]string{
	frontBlock:    {"title", "domain", "repo", "owner", "topic_slug", "status", "created", "planning_priority", "planning_order", "order", "needs"},
	taskBlock:     {"status", "priority", "repo", "cluster", "needs", "assignee", "labels"},
	decisionBlock: {"status", "question", "recommendation", "note"},
}

// otherWords are what tasks and plans call the same thing.
var otherWords = map[string]map[string]string{
	frontBlock: {"priority": "planning_priority", "assignee": "owner"},
	taskBlock:  {"owner": "assignee", "planning_priority": "priority"},
}

// instead says what to do about keys that cannot be assigned.
var instead = map[string]string{
	"id": "`wpctl mv` renames it everywhere", "updated": "wpctl sets it when a status changes", "verify": "`wpctl new step` adds one",
	"choice": "`wpctl decide` writes it", "by": "`wpctl decide` writes it", "date": "`wpctl decide` writes it", "depends_on": "needs= says the same",
}

// Assignment is a key that was given a value.
type Assignment struct {
	ID       string // full: of a task, a decision or the plan
	Key      string // as it stands in the block
	From, To string // "" where it is not written; statuses in the words of the format
}

// Assign returns the edits that give a key of a task, a decision or the plan a value, by an id full or short.
// A list is given with commas, the empty one as []; an empty value takes the key away. There are no edits where the
// value is what is written. Keys and values that would be a mistake are errors.
func (p *Plan) Assign(id, key, value string) ([]text.Edit, Assignment, error) {
	b, full, err := p.blockOf(id)
	if err != nil {
		return nil, Assignment{}, err
	}
	field, err := fieldOf(b, key)
	if err != nil {
		return nil, Assignment{}, err
	}
	a := Assignment{ID: full, Key: field.Name}
	old := find(b.root(), field.Name)
	if a.From = says(old); field.Name == "status" {
		a.From = p.Words.means(b.kind, a.From)
	}
	if value == "" {
		if old == nil {
			return nil, a, nil
		}
		edit, err := p.remove(b, field.Name)
		return []text.Edit{edit}, a, err
	}
	field.Enum = p.Words.enum(field)
	v, err := newValue(field, value)
	if err != nil {
		return nil, a, err
	}
	a.To = v.says
	same := old != nil && v.same(old)
	if key = field.Name; key == "status" {
		a.To = p.Words.means(b.kind, v.says)
		same, v = a.From == a.To, p.Words.text(a.To)
	}
	if same {
		return nil, a, nil
	}
	edit, err := p.give(b, field.Name, v)
	return []text.Edit{edit}, a, err
}

// blockOf returns the block that an id, full or short, stands in, and the full id.
func (p *Plan) blockOf(id string) (*block, string, error) {
	b, full := p.front, p.ID.Text
	if !p.isPlan(id) {
		if d := p.Decision(id); d != nil {
			b, full = d.block, d.ID.Text
		} else if t := p.Task(id); t != nil {
			b, full = t.block, t.ID.Text
		} else {
			return nil, "", fmt.Errorf("this plan has no task or decision %q", id)
		}
	}
	if b == nil || b.root() == nil || b.root().Kind != yaml.MappingNode {
		return nil, "", fmt.Errorf("%s: the block of %s cannot be read", p.File.Name, full)
	}
	return b, full, p.once(full)
}

// fieldOf returns what is known of a key of b that can be assigned.
func fieldOf(b *block, key string) (strict.Field, error) {
	if strings.HasPrefix(key, "x-") && isID(key) {
		return strict.Field{Name: key, Type: reflect.TypeFor[string]()}, nil
	}
	if word, ok := otherWords[b.kind][key]; ok {
		key = word
	}
	what := map[string]string{frontBlock: "a plan", taskBlock: "a task", decisionBlock: "a decision"}[b.kind]
	keys := assignable[b.kind]
	if !slices.Contains(keys, key) {
		hint := diag.DidYouMean(key, keys)
		switch {
		case instead[key] != "":
			hint = instead[key]
		case hint == "":
			hint = "there are " + strings.Join(keys, ", ") + ", and those that begin with x-"
		}
		return strict.Field{}, fmt.Errorf("%q is no key of %s that can be set; %s", key, what, hint)
	}
	of := map[string]reflect.Type{frontBlock: FrontMatterType, taskBlock: TaskType, decisionBlock: DecisionType}[b.kind]
	fields := strict.Fields(of)
	return fields[slices.IndexFunc(fields, func(f strict.Field) bool { return f.Name == key })], nil
}

// newText is a value on its way into a block.
type newText struct {
	says    string
	written string // as YAML, on one line
	fact    string // what the key's value becomes, see facts; of scalars their text
	list    bool
}

// newValue makes a value of a key's type.
func newValue(f strict.Field, value string) (newText, error) {
	value = oneLine(value)
	switch {
	case f.Type.Kind() == reflect.Slice:
		return newList(f.Name, value)
	case f.Type.Kind() == reflect.Pointer && f.Type.Elem().Kind() == reflect.Int:
		if _, err := strconv.Atoi(value); err != nil {
			return newText{}, fmt.Errorf("%s is a whole number, not %q", f.Name, value)
		}
		return newText{says: value, written: value, fact: value}, nil
	case len(f.Enum) > 0 && !slices.Contains(f.Enum, value):
		hint := diag.DidYouMean(value, f.Enum)
		if hint == "" {
			hint = "there are " + strings.Join(f.Enum, ", ")
		}
		return newText{}, fmt.Errorf("%q is no %s; %s", value, f.Name, hint)
	case f.Name == "created" && !IsDay(value):
		return newText{}, fmt.Errorf("%q is no day such as 2026-05-18", value)
	}
	return newText{says: value, written: plainOrQuoted(value), fact: value}, nil
}

func newList(key, value string) (newText, error) {
	v := newText{list: true}
	if value != "[]" && strings.HasPrefix(value, "[") {
		return v, fmt.Errorf("%s is written with commas and without brackets: %s=%s", key, key, strings.Trim(value, "[]"))
	}
	var items, facts, raw []string
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item == "" || value == "[]" || slices.Contains(raw, item) {
			continue
		}
		if key == "needs" && !isID(item) {
			return v, fmt.Errorf("%q cannot be an id", item)
		}
		items, facts, raw = append(items, plainOrQuoted(item)), append(facts, "!!str "+strconv.Quote(item)), append(raw, item)
	}
	if len(items) == 0 && value != "[]" {
		return v, fmt.Errorf("%s has no items; write %s=[] for an empty list, %s= to take the key away", key, key, key)
	}
	v.written = "[" + strings.Join(items, ", ") + "]"
	v.says, v.fact = "["+strings.Join(raw, ", ")+"]", "["+strings.Join(facts, ",")+"]"
	return v, nil
}

// plainOrQuoted writes text so that YAML reads it as text, with quotes only where it needs them.
func plainOrQuoted(s string) string {
	if isWord(s) || isPlain(s) && isLetter(s[0]) && !isAmbiguous(s) {
		return s
	}
	return quoteAs(yaml.DoubleQuotedStyle, s)
}

// isWord tells whether s is a day or an id that begins with a letter.
func isWord(s string) bool {
	return IsDay(s) || s != "" && isLetter(s[0]) && isID(s) && !isAmbiguous(s)
}

// isAmbiguous tells whether some reader of YAML takes s for something else than a text.
func isAmbiguous(s string) bool {
	return slices.Contains([]string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}, strings.ToLower(s))
}

// same tells whether n says this already.
func (v newText) same(n *yaml.Node) bool {
	if !v.list {
		return n.Kind == yaml.ScalarNode && n.Value == v.says && !strict.IsNull(n)
	}
	var s strings.Builder
	canonical(&s, n, false)
	return s.String() == v.fact
}

// says is a value in one line for people.
func says(n *yaml.Node) string {
	switch {
	case n == nil || n.Kind == yaml.ScalarNode && strict.IsNull(n):
		return ""
	case n.Kind == yaml.ScalarNode:
		return oneLine(n.Value)
	case n.Kind == yaml.SequenceNode:
		var out []string
		for _, c := range n.Content {
			out = append(out, says(c))
		}
		return "[" + strings.Join(out, ", ") + "]"
	}
	return "{…}"
}

// give returns the edit that writes a key's value, whatever is there.
func (p *Plan) give(b *block, key string, v newText) (text.Edit, error) {
	n := find(b.root(), key)
	if n == nil {
		return p.add(b, key, v)
	}
	if stands(b.root(), key) > 1 {
		return text.Edit{}, fmt.Errorf("%s: the value of %s cannot be replaced safely: the key stands twice", b.pos(b.start(n)), key)
	}
	start, end, why := b.listEnd(n)
	if why == "" {
		written := v.written
		if !v.list && n.Style&quoted != 0 {
			written = quoteAs(n.Style, v.says)
		}
		if start == end { // nothing is written behind the colon
			written = " " + written
		}
		return p.intend(text.Edit{Span: b.fileSpan(start, end), New: written}, b, key, v.fact, v.list), nil
	}
	l, entries, err := b.keys()
	if err != nil || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		return text.Edit{}, fmt.Errorf("%s: the value of %s cannot be replaced safely: %s", b.pos(start), key, why)
	}
	e := entries[slices.IndexFunc(entries, func(e entry) bool { return e.value == n })]
	prefix, err := l.before(e.key)
	if err != nil {
		return text.Edit{}, fmt.Errorf("%s: the value of %s cannot be replaced safely: %w", b.pos(start), key, err)
	}
	edit := text.Edit{Span: l.lineSpan(e.start, e.end), New: prefix + key + ": " + v.written + l.remark(e) + b.eol}
	return p.intend(edit, b, key, v.fact, v.list), nil
}

// remark is the comment behind a key whose value goes over several lines.
func (l *blockLines) remark(e entry) string {
	line := l.raw[e.start]
	rest := l.start(e.key) - l.starts[e.start] + len(e.key.Value)
	if e.value.Style&quoted != 0 || rest > len(line) {
		return ""
	}
	if i := strings.Index(line[rest:], " #"); i >= 0 {
		return line[rest+i:]
	}
	return ""
}

// add returns the edit that adds a line with a key, behind the last key that comes before it in the order of keys.
func (p *Plan) add(b *block, key string, v newText) (text.Edit, error) {
	fail := func(err error) (text.Edit, error) {
		return text.Edit{}, fmt.Errorf("%s: %s cannot be added: %w", b.file.Pos(b.span.Start), key, err)
	}
	l, entries, err := b.keys()
	if err != nil {
		return fail(err)
	}
	if len(entries) == 0 {
		return fail(errors.New("there is no key to put it behind"))
	}
	place := placeOf
	if placeOf(b.kind, key) != rankOf(b.kind, key) { // among those that stand in any order it goes by its own
		place = rankOf
	}
	behind := entries[0]
	for _, e := range entries[1:] {
		if r := place(b.kind, e.key.Value); r < place(b.kind, key) && r >= place(b.kind, behind.key.Value) {
			behind = e
		}
	}
	prefix, err := l.before(behind.key)
	if err != nil {
		return fail(err)
	}
	at := l.lineSpan(behind.end, behind.end)
	edit := text.Edit{Span: at, New: prefix + key + ": " + v.written + b.eol}
	return p.intend(edit, b, key, v.fact, v.list), nil
}

// remove returns the edit that takes a key and its value away. Comments above it stay.
func (p *Plan) remove(b *block, key string) (text.Edit, error) {
	fail := func(err error) (text.Edit, error) {
		return text.Edit{}, fmt.Errorf("%s: %s cannot be taken away: %w", b.file.Pos(b.span.Start), key, err)
	}
	l, entries, err := b.keys()
	if err != nil {
		return fail(err)
	}
	if stands(b.root(), key) > 1 {
		return fail(errors.New("the key stands twice"))
	}
	e := entries[slices.IndexFunc(entries, func(e entry) bool { return e.key.Value == key })]
	if _, err := l.before(e.key); err != nil {
		return fail(err)
	}
	edit := text.Edit{Span: l.lineSpan(e.start, e.end)}
	p.intend(edit, b, key, "", true)
	p.wanted[len(p.wanted)-1].gone = true
	return edit, nil
}

// Scalar writes a text as a YAML scalar on one line, with quotes only where it needs them.
func Scalar(s string) string { return plainOrQuoted(oneLine(s)) }
