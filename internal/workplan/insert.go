package workplan

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// NewTask is where the next task of a plan goes, and how the tasks of this plan are written.
type NewTask struct {
	ID      string // as the last task writes its own: full or short
	Short   string
	Heading string // the title's line up to the title: "### T09 — "
	at      place
}

var numbered = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(.*?)(\d+)$`) })

// NextTask says how the next task of the plan is called, and where it goes: behind the section of the last one.
func (p *Plan) NextTask() (NewTask, error) {
	n := NewTask{Heading: "## \x00 — ", at: place{at: len(p.File.Src), eol: lineEnding(firstLine(p.File.Src)), ok: true}}
	if !isID(p.ID.Text) {
		return n, fmt.Errorf("%s: the plan has no id", p.File.Name)
	}
	letters, width, last := "T", 2, 0
	full := true
	if len(p.Tasks) > 0 {
		t := p.Tasks[len(p.Tasks)-1]
		if t.block.in != nil {
			return n, fmt.Errorf("%s: the last task stands in a list item or a quote: add the next one by hand", p.File.Pos(t.Block.Start))
		}
		if m := numbered().FindStringSubmatch(t.Short); m != nil {
			letters, width = m[1], len(m[2])
		}
		id := find(t.block.root(), "id")
		full = id != nil && id.Value == t.ID.Text
		n.at = t.end
		n.Heading = p.headingLike(t)
	}
	for _, t := range p.Tasks {
		if m := numbered().FindStringSubmatch(t.Short); m != nil && m[1] == letters {
			if i, err := strconv.Atoi(m[2]); err == nil {
				last = max(last, i)
			}
		}
	}
	n.Short = fmt.Sprintf("%s%0*d", letters, width, last+1)
	if p.Task(n.Short) != nil || p.Decision(n.Short) != nil {
		return n, fmt.Errorf("%s: %s is there already", p.File.Name, n.Short)
	}
	n.ID = n.Short
	if full {
		n.ID = p.ID.Text + "-" + n.Short
	}
	n.Heading = strings.Replace(n.Heading, "\x00", n.Short, 1)
	n.Heading = strings.Replace(n.Heading, "\x01", p.ID.Text+"-"+n.Short, 1)
	return n, nil
}

// headingLike is the beginning of a heading like that of t; \x00 stands for the short id in it, \x01 for the full one.
func (p *Plan) headingLike(t *Task) string {
	m := p.outline.marks[t.first]
	if m.kind != headingMark {
		return "### \x00 — "
	}
	level := strings.Repeat("#", m.level) + " "
	for id, sign := range map[string]string{t.ID.Text: "\x01", t.Short: "\x00"} {
		rest, ok := strings.CutPrefix(m.title, id)
		if !ok || !strings.HasSuffix(m.title, t.Title) {
			continue
		}
		between := strings.TrimSuffix(rest, t.Title)
		if strings.Trim(between, " —–-:") == "" && between != "" {
			return level + sign + between
		}
	}
	return level
}

// AddTask returns the text of the plan with the section of one more task at its place. The section is lines that end
// with LF. It is an error where anything else of the plan would change.
func (p *Plan) AddTask(n NewTask, section string) ([]byte, error) {
	out, err := p.insertLines(n.at, section)
	if err != nil {
		return nil, err
	}
	after, err := p.with(out)
	if err != nil {
		return nil, err
	}
	id := p.fullID(n.ID)
	if len(after.Tasks) != len(p.Tasks)+1 || after.Task(id) == nil || p.Task(id) != nil {
		return nil, fmt.Errorf("the text is not that of one task with the id %s", id)
	}
	return out, p.sameIn(after, func(t *Task) bool { return t.ID.Text != id })
}

// AddStep returns the text of the plan with one more step, in YAML without its dash, at the end of those of a task, or
// of the plan's own by its id. It is an error where anything else would change.
func (p *Plan) AddStep(id, step string) ([]byte, error) {
	b, at, err := p.stepsPlace(id)
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimRight(step, "\n"), "\n")
	var out []byte
	if b == nil {
		fence := "```"
		for strings.Contains(step, fence) {
			fence += "`"
		}
		out, err = p.insertLines(at, fence+verifyBlock+"\n"+dashed(lines, "")+fence+"\n")
	} else {
		out, err = p.appendStep(b, lines)
	}
	if err != nil {
		return nil, err
	}
	after, err := p.with(out)
	if err != nil {
		return nil, err
	}
	before, now, kept := p.Steps, after.Steps, func(*Task) bool { return true }
	if !p.isPlan(id) {
		t := p.Task(id)
		before, now = t.Steps, after.Task(t.ID.Text).Steps
		kept = func(other *Task) bool { return other.ID.Text != t.ID.Text }
	}
	if len(now) != len(before)+1 || p.Digest(before) != after.Digest(now[:len(before)]) {
		return nil, fmt.Errorf("%s: the text is not that of one more step", p.File.Name)
	}
	return out, p.sameIn(after, kept)
}

// stepsPlace returns the block whose list the next step of a task or of the plan goes to; nil for a new block at a place.
func (p *Plan) stepsPlace(id string) (*block, place, error) {
	steps, own := p.Steps, p.isPlan(id)
	var t *Task
	if own {
		if len(steps) == 0 {
			return nil, place{}, fmt.Errorf("%s has no steps of its own: write the first by hand, where no task's section is", id)
		}
	} else {
		var err error
		if t, err = p.oneTask(id); err != nil {
			return nil, place{}, err
		}
		if t.block.root() == nil {
			return nil, place{}, fmt.Errorf("%s: the block of %s cannot be read", p.File.Pos(t.Block.Start), id)
		}
		steps = t.Steps
	}
	if len(steps) > 0 {
		return steps[len(steps)-1].block, place{}, nil
	}
	at := t.end
	if t.Findings != nil {
		line := p.File.LineSpan(p.File.Pos(t.Findings.Span.Start).Line).Start
		at = p.outline.endOfSection(t.block, t.block.mark, p.outline.markAt(line))
	}
	return nil, at, nil
}

// markAt returns the index of the first mark that begins at an offset or behind it.
func (o *outline) markAt(at int) int {
	i := slices.IndexFunc(o.marks, func(m mark) bool { return m.start >= at })
	if i < 0 {
		return len(o.marks)
	}
	return i
}

// appendStep adds lines to the list of steps of a block.
func (p *Plan) appendStep(b *block, lines []string) ([]byte, error) {
	fail := func(why string) ([]byte, error) {
		return nil, fmt.Errorf("%s: a step cannot be added: %s", p.File.Pos(b.span.Start), why)
	}
	list := b.root()
	if b.kind == taskBlock {
		list = find(b.root(), "verify")
	}
	l, err := b.lines()
	switch {
	case err != nil:
		return fail(err.Error())
	case list == nil || list.Kind != yaml.SequenceNode || list.Style&yaml.FlowStyle != 0 || len(list.Content) == 0:
		return fail("the list is written in brackets")
	}
	end := len(l.raw)
	if b.kind == taskBlock {
		_, entries, err := b.keys()
		if err != nil {
			return fail(err.Error())
		}
		end = entries[slices.IndexFunc(entries, func(e entry) bool { return e.value == list })].end
	}
	for end > 0 && l.isBlank(end-1) {
		end--
	}
	first := l.line(l.start(list.Content[0]))
	dash := l.lineSpan(first, first+1)
	head := p.File.Src[dash.Start:max(dash.Start, l.at(l.start(list.Content[0])))]
	i := bytes.LastIndexByte(head, '-')
	if i < 0 || len(bytes.Trim(head[:i], " \t>")) > 0 {
		return fail("something stands before its dash")
	}
	entry := strings.ReplaceAll(dashed(lines, string(head[:i])), "\n", b.eol)
	at := l.lineSpan(end, end).Start
	if end == len(l.raw) && end > 0 {
		at = l.lineSpan(end-1, end).End
	}
	return text.Apply(p.File.Src, []text.Edit{{Span: text.Span{Start: at, End: at}, New: entry}})
}

// dashed makes lines an item of a list.
func dashed(lines []string, prefix string) string {
	var out strings.Builder
	for i, line := range lines {
		mark := "- "
		if i > 0 {
			mark = "  "
		}
		out.WriteString(prefix + strings.TrimRight(mark+line, " ") + "\n")
	}
	return out.String()
}

// insertLines adds lines at a place, with a blank line above and, where something follows, one below.
func (p *Plan) insertLines(at place, lines string) ([]byte, error) {
	if !at.ok {
		return nil, errors.New("there is no place for it")
	}
	src := p.File.Src
	blank := strings.TrimRight(at.prefix, " \t")
	var s strings.Builder
	if at.at > 0 && src[at.at-1] != '\n' {
		s.WriteString("\n")
	}
	s.WriteString(blank + "\n")
	for line := range strings.Lines(lines) {
		s.WriteString(strings.TrimRight(at.prefix+line, " \t\n") + "\n")
	}
	if at.at < len(src) && strings.Trim(string(firstLine(src[at.at:])), " \t>\r\n") != "" {
		s.WriteString(blank + "\n")
	}
	added := strings.ReplaceAll(s.String(), "\n", at.eol)
	if len(src) > 0 && at.at == len(src) && src[len(src)-1] != '\n' {
		added = strings.TrimSuffix(added, at.eol) // the last line has no line ending, and keeps none
	}
	return text.Apply(src, []text.Edit{{Span: text.Span{Start: at.at, End: at.at}, New: added}})
}

// with parses a new text of the plan; it is an error where that has mistakes that the plan does not have.
func (p *Plan) with(src []byte) (*Plan, error) {
	after, _ := p.Words.Parse(p.File.Name, src)
	return after, noNewErrors(p.mistakes, after.mistakes)
}

// sameIn returns an error where after has lost or changed the front matter, a decision, or a task that is kept.
func (p *Plan) sameIn(after *Plan, kept func(*Task) bool) error {
	tell := func(p *Plan) string {
		var b strings.Builder
		for _, t := range p.Tasks {
			if kept(t) {
				fmt.Fprintf(&b, "%s %q %s %s", t.ID.Text, t.Title, t.Status.Text, p.Digest(t.Steps))
				for _, r := range t.Needs {
					b.WriteString(" " + r.ID)
				}
			}
		}
		for _, d := range p.Decisions {
			fmt.Fprintf(&b, "%s %s\n", d.ID.Text, d.Status.Text)
		}
		if p.front != nil {
			fmt.Fprint(&b, keyFacts(p.front))
		}
		fmt.Fprint(&b, len(p.AllFindings))
		return b.String()
	}
	if tell(p) != tell(after) {
		return fmt.Errorf("%s: something else of the plan would change", p.File.Name)
	}
	return nil
}
