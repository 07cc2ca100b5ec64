package prose

import (
	"bytes"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// dates tells of days to come in what is said to have happened. A day more is allowed for other time zones.
func (l *linter) dates() {
	if l.Now.IsZero() {
		return
	}
	last := l.Now.AddDate(0, 0, 1).Format(time.DateOnly)
	check := func(v workplan.Value, what string) {
		if v.Written() && workplan.IsDay(v.Text) && v.Text > last {
			l.add(v.Span, diag.Warning, "future-date", "", "%s is %s, a day to come", what, v.Text)
		}
	}
	check(l.plan.Created, "created")
	check(l.plan.Updated, "updated")
	for _, d := range l.plan.Decisions {
		check(d.Date, "the date of "+d.Short)
	}
}

var (
	// over is a label with a day that says that a task is done.
	over = lazy(`^(?:done|completed|resolved|finished|implemented|closed)\s*[(,: ]\s*(20\d\d-\d\d-\d\d)`)
	// openHead is a label that says that something is not done.
	openHead = lazy(`^(?:status|state):?\s*(?:is\s+|still\s+)?(pending|open|blocked|todo|to do|in progress|not started|waiting)\b`)
	// openLabel is the whole of a label that says so.
	openLabel = lazy(`^(?:still\s+)?(pending|not done|not started|still open|to do|todo)$`)
	// doneHead says the opposite.
	doneHead = lazy(`^(?:status|state):?\s*(?:is\s+)?(done|completed?|finished|resolved|closed)\b`)
	pending  = lazy(`(?i)[(;,]\s*(?:still\s+)?(pending|open|undecided|unresolved)\s*[);,]`)
)

// statuses tells where a text and a status say opposite things.
func (l *linter) statuses() {
	told := map[*workplan.Task]bool{}
	for _, p := range l.passages {
		t := p.owner
		if t == nil || told[t] || p.kind == cell || p.kind == heading || !l.mayBeOutcome(p) {
			continue
		}
		says, ok := l.opposite(t, p)
		if !ok {
			continue
		}
		told[t] = true
		span := text.Span{Start: p.span.Start, End: p.span.Start + firstLineLen(l.plan.File.Src[p.span.Start:p.span.End])}
		d := l.add(span, diag.Warning, "contradicting-status", "correct the one that is wrong", "the text says %q, and the status of %s is %s", says, t.Short, l.plan.Words.Of(t.Status.Text))
		if t.Status.Written() {
			d.Related = append(d.Related, diag.Related{Pos: l.plan.File.Pos(t.Status.Span.Start), Message: "the status"})
		}
	}
	l.decided()
}

// opposite returns what a passage says against its task's status.
func (l *linter) opposite(t *workplan.Task, p *passage) (string, bool) {
	label, _ := l.headLabel(p)
	if label == "" || p.kind == item {
		return "", false // a part may be done, or open
	}
	full := label
	if len(label) < 12 && strings.HasPrefix(label, "stat") { // "Status:" and its value behind it
		src := l.plan.File.Src[p.span.Start:p.span.End]
		full = plainWords(string(src[:firstLineLen(src)]))
	}
	switch workplan.Status(t.Status.Text) {
	case workplan.Todo, workplan.InProgress, workplan.Blocked:
		if strings.Contains(label, "20") {
			if m := over().FindString(label); m != "" {
				return l.label(p, m), true
			}
		}
		if !strings.HasPrefix(full, "stat") {
			return "", false
		}
		if m := doneHead().FindString(full); m != "" {
			return l.label(p, m), true
		}
	case workplan.Done:
		if strings.HasPrefix(full, "stat") {
			if m := openHead().FindString(full); m != "" {
				return l.label(p, m), true
			}
		}
		if m := openLabel().FindString(label); m != "" {
			return l.label(p, m), true
		}
	}
	return "", false
}

// label is how a passage begins, as it stands: its label, and as much behind it as m has.
func (l *linter) label(p *passage, m string) string {
	src := oneLine(unmarked.Replace(l.source(p)))
	label, _ := l.headLabel(p)
	return strings.Trim(src[:min(len(src), max(len(m), len(label)))], " :.")
}

// decided tells of decisions that are pending here and resolved there.
func (l *linter) decided() {
	for _, d := range l.decisions {
		resolution := l.resolution(d)
		switch {
		case d.block != nil && d.block.Status.Text == workplan.Pending && resolution != nil:
			x := l.add(resolution.span, diag.Warning, "contradicting-status", "write status: "+l.plan.Words.Of(workplan.Resolved)+" with choice, by and date", "the text has a resolution of %s, and its status is %s", d.short, l.plan.Words.Of(workplan.Pending))
			x.Len = firstLineLen(l.plan.File.Src[resolution.span.Start:resolution.span.End])
			x.Related = append(x.Related, diag.Related{Pos: l.plan.File.Pos(d.block.Block.Start), Message: "the decision"})
		case d.block == nil && resolution != nil:
			head := l.plan.File.Src[d.span.Start:d.span.End]
			m := pending().FindSubmatchIndex(head)
			if m == nil {
				continue
			}
			span := text.Span{Start: d.span.Start + m[2], End: d.span.Start + m[3]}
			x := l.add(span, diag.Warning, "contradicting-status", "take the word out", "%s is called %s, and the text has its resolution", d.short, head[m[2]:m[3]])
			x.Related = append(x.Related, diag.Related{Pos: l.plan.File.Pos(resolution.span.Start), Message: "the resolution"})
		}
	}
}

func firstLineLen(src []byte) int {
	if i := bytes.IndexByte(src, '\n'); i >= 0 {
		return len(bytes.TrimRight(src[:i], " \r"))
	}
	return len(src)
}
