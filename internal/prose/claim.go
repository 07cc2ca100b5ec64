package prose

import (
	"bytes"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// doneWhen are the labels of what has to hold for a task to be done.
var doneWhen = []string{"done when", "done if", "acceptance criteria", "acceptance", "definition of done", "success criteria", "exit criteria", "dod"}

// outcomeWords begin what people write under a task that is done.
var outcomeWords = set(`finding findings done resolution resolved progress implemented complete completed result results verified evidence outcome lesson lessons closed finished shipped delivered`)

// ofOutcome are words before them.
var ofOutcome = set(`cross-repo local partly final original`)

// saysOutcome tells whether a label, in lower case, begins what people write under a task that is done.
func saysOutcome(label string) bool {
	if strings.HasPrefix(label, "done when") || strings.HasPrefix(label, "done if") {
		return false
	}
	if before, rest, ok := strings.Cut(label, " "); ok && ofOutcome.has(before) {
		label = rest
	}
	end := 0
	for end < len(label) && (isLetter(label[end]) || isDigit(label[end])) {
		end++
	}
	return outcomeWords.has(label[:end])
}

// headLabel returns the label that a passage begins with, in lower case: the words in bold, or up to a colon; and where it ends.
func (d *document) headLabel(p *passage) (string, int) {
	if !p.named {
		head, end := d.readHead(p)
		p.head, p.headEnd = head, int32(end-p.span.Start) //nolint:gosec // near to it
		p.named = true
	}
	return p.head, p.span.Start + int(p.headEnd)
}

func (d *document) readHead(p *passage) (string, int) {
	src := d.plan.File.Src[p.span.Start:p.span.End]
	if p.kind == heading {
		return plainWords(string(src)), p.span.End
	}
	head := src[:min(len(src), 80)]
	for _, mark := range []string{"**", "__"} {
		if bytes.HasPrefix(head, []byte(mark)) {
			if i := bytes.Index(head[2:], []byte(mark)); i > 0 {
				return strings.TrimRight(plainWords(string(head[2:2+i])), ":. "), p.span.Start + i + 4
			}
		}
	}
	if i := bytes.IndexByte(head, ':'); i > 0 {
		return plainWords(string(head[:i])), p.span.Start + i + 1
	}
	return "", p.span.Start
}

// isDoneWhen tells whether a passage says when its task is done.
func (d *document) isDoneWhen(p *passage) bool {
	if p.kind == cell || p.span.Len() < 3 {
		return false
	}
	switch d.plan.File.Src[p.span.Start] | 0x20 {
	case '*' | 0x20, '_' | 0x20, 'd', 'a', 's', 'e', ' ':
	default:
		return false
	}
	label, _ := d.headLabel(p)
	for _, w := range doneWhen {
		if strings.HasPrefix(label, w) {
			return true
		}
	}
	return false
}

// claims tells of what a task is to reach without a step that looks, and of records that no step makes.
func (l *linter) claims() {
	said := map[*workplan.Task]bool{}
	recorded := map[*workplan.Task]bool{}
	for _, p := range l.passages {
		t := p.owner
		if t == nil || workplan.Status(t.Status.Text) == workplan.Cancelled || p.kind == cell {
			continue
		}
		if len(t.Steps) == 0 {
			if !said[t] && l.isDoneWhen(p) {
				said[t] = true
				_, end := l.headLabel(p)
				l.add(text.Span{Start: p.span.Start, End: end}, diag.Suggestion, "no-proof", "add a verify block; wpctl lint --suggest-steps proposes one where it can",
					"%s says when it is done, and no step looks", t.Short)
			}
			continue
		}
		if recorded[t] || p.kind == heading || records(t.Steps) || l.isOutcome(p) {
			continue
		}
		if m := asksToRecord(l.plan.File.Src[p.span.Start:p.span.End]); m != nil {
			recorded[t] = true
			span := text.Span{Start: p.span.Start + m[0], End: p.span.Start + m[1]}
			l.add(span, diag.Suggestion, "nothing-recorded", "add record: {NAME: EXPRESSION} to a step",
				"the text of %s asks to record something, and no step does: %q", t.Short, l.excerpt(p, span))
		}
	}
}

// isOutcome tells whether a passage is what people write once a task is done.
func (d *document) isOutcome(p *passage) bool {
	if p == nil || p.kind == heading {
		return false
	}
	if !p.answered {
		label, _ := d.headLabel(p)
		p.outcome = saysOutcome(label) || d.isOutcome(p.lead)
		p.answered = true
	}
	return p.outcome
}

func records(steps []*workplan.Step) bool {
	for _, s := range steps {
		if len(s.Record) > 0 {
			return true
		}
	}
	return false
}

// recordWords ask to write something down that was seen.
var recordWords = lazy(`(?:^|[.;:!?,(]\s+|\band\s+|—\s*|\*\*\s*)((?i:record|write\s+down|note\s+down|take\s+down|capture))\s+(?:the|its|their|which|what|who|how|each|every|all|both|any|down)\b`)

func asksToRecord(src []byte) []int {
	low := bytes.Contains(src, []byte("ecord")) || bytes.Contains(src, []byte("own ")) || bytes.Contains(src, []byte("apture"))
	if !low {
		return nil
	}
	m := recordWords().FindSubmatchIndex(src)
	if m == nil {
		return nil
	}
	return m[2:4]
}

// findings tells of tasks that are done and say nothing of it, and of findings that are older than the steps.
func (l *linter) findings() {
	outcome := map[*workplan.Task]bool{}
	for _, p := range l.passages {
		if t := p.owner; t != nil && !outcome[t] && p.kind != cell && workplan.Status(t.Status.Text) == workplan.Done && l.mayBeOutcome(p) && l.isOutcome(p) {
			outcome[t] = true
		}
	}
	for _, t := range l.plan.Tasks {
		if workplan.Status(t.Status.Text) == workplan.Done && t.Findings == nil && !outcome[t] {
			hint := "run the task, or write down what was found"
			if len(t.Steps) == 0 {
				hint = "add steps and run the task, or write down what was found"
			}
			l.add(t.Status.Span, diag.Suggestion, "done-without-findings", hint, "%s is done, and nothing says what was found", t.Short)
		}
		if len(t.Steps) > 0 {
			l.stale(t.Short, t.Findings, t.Steps)
		}
	}
	if len(l.plan.Steps) > 0 {
		l.stale(l.plan.ID.Text, l.plan.Findings, l.plan.Steps)
	}
}

// mayBeOutcome is a cheap look at the first letter of a passage.
func (d *document) mayBeOutcome(p *passage) bool {
	switch d.plan.File.Src[p.span.Start] {
	case '*', '_':
		return true
	}
	head := d.plan.File.Src[p.span.Start:min(p.span.End, p.span.Start+60)]
	return bytes.IndexByte(head, ':') > 0
}

func (l *linter) stale(whose string, f *workplan.FindingsBlock, steps []*workplan.Step) {
	if f == nil || l.Digest == nil || f.Steps == "" {
		return
	}
	if now := l.Digest(steps); strings.HasPrefix(now, f.Steps) {
		return
	}
	line := l.plan.File.LineSpan(l.plan.File.Pos(f.Span.Start).Line)
	l.add(text.Span{Start: f.Span.Start, End: f.Span.Start + len(bytes.TrimRight(l.plan.File.Src[f.Span.Start:line.End], "\r\n"))}, diag.Warning, "stale-findings",
		"run it again", "the steps of %s were changed after these findings were written", whose)
}
