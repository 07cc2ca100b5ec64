package prose

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

var (
	// free is how a text says that its tasks do not wait for each other.
	free = lazy(`(?i)\b(?:(?:each|every)\s+(?:item|task|step|action|card|one)\b|(?:all|the|these)?\s*(?:of\s+the\s+|of\s+these\s+)?(?:items|tasks|steps|actions|cards)\b)[^.;]*?(?:\bindependent\b|\bin\s+isolation\b|\bin\s+any\s+order\b|\bdo(?:es)?\s+not\s+depend\s+on\s+(?:each\s+other|one\s+another|any\s+other|the\s+others)\b)` +
		`|\b(?:items|tasks|steps|actions|cards)\b[^;]{0,200}?\bthey\s+(?:do\s+not\s+depend\s+on|are\s+independent\s+of)\s+(?:each\s+other|one\s+another)\b` +
		`|\bany\s+(?:item|task|step|action|card|one)\b[^.;]*?\bin\s+any\s+order\b` +
		`|\b(?:no\s+(?:item|task|step|action|card|one)|none\s+of\s+(?:them|these|the\s+(?:items|tasks|steps|actions|cards)))\s+(?:waits\s+for|needs|depends\s+on|requires|blocks)\s+(?:another|any\s+other|the\s+others?)\b`)
	// chained is how a text says that each task waits for the one before.
	chained = lazy(`(?i)\b(?:(?:each|every)\s+(?:item|task|step|action|card)\s+(?:depends\s+on|needs|requires|builds\s+on)\s+the\s+(?:one\s+before|previous\s+one|one\s+above)|(?:items|tasks|steps|actions|cards)\s+(?:must|have\s+to|are\s+to)\s+be\s+(?:done|carried\s+out|worked\s+through|executed|run)\s+(?:strictly\s+)?(?:in\s+(?:this\s+|the\s+given\s+|strict\s+)?(?:order|sequence)|one\s+after\s+the\s+other))`)
	// limited takes such a sentence back, or half of it.
	limited = lazy(`(?i)\b(?:not|n't|no\s+longer|never|mostly|largely|almost|nearly|partly|some|most|few|except|unless|but|otherwise|if|until|first|should|could|would|might|apart\s+from|other\s+than|where\s+possible|from\s+T?\d)\b`)
)

// order tells of an order of all tasks that the text names and the front matter does not.
func (l *linter) order() {
	if l.plan.Order != workplan.Follows || len(l.plan.Tasks) < 2 {
		return
	}
	for _, p := range l.passages {
		if p.owner != nil || p.kind == cell {
			continue
		}
		if l.german && l.germanOrder(p) {
			return
		}
		if !orderly(l.plan.File.Src[p.span.Start:p.span.End]) {
			continue
		}
		src := l.source(p)
		if m := chained().FindStringIndex(src); m != nil && !limited().MatchString(src[sentenceAt(src, m[0]):sentenceEnd(src, m[1])]) {
			l.sayOrder(p, m, workplan.Sequential)
			return
		}
		m := free().FindStringIndex(src)
		if m == nil {
			continue
		}
		says := src[sentenceAt(src, m[0]):sentenceEnd(src, m[1])]
		if limited().MatchString(doNot().ReplaceAllString(says, "")) || len(l.written()) > 0 || len(l.edges()) > 0 {
			return
		}
		l.sayOrder(p, m, workplan.Independent)
		return
	}
}

// orderly tells whether a text can say anything about an order of all tasks: most that have a word for it speak of no task.
func orderly(src []byte) bool {
	return slices.ContainsFunc(ordering, func(w []byte) bool { return bytes.Contains(src, w) }) && speaksOfTasks(src)
}

// ordering are the words for an order.
var ordering = [][]byte{[]byte("epend"), []byte("another"), []byte("other"), []byte("solation"), []byte("order"), []byte("sequence"), []byte("revious one"), []byte("one above"), []byte("one before"), []byte("after the other")}

// speaksOfTasks tells whether a text has a word for tasks.
func speaksOfTasks(src []byte) bool {
	for w := range bytes.FieldsFuncSeq(src, func(r rune) bool { return r >= utf8.RuneSelf || !isLetter(byte(r)) }) {
		if allTasks.has(strings.ToLower(string(w))) {
			return true
		}
	}
	return false
}

// allTasks are the words that free and chained have for tasks.
var allTasks = set(`item items task tasks step steps action actions card cards one none`)

// doNot is the one negation that says that tasks are independent.
var doNot = lazy(`(?i)\bdo(?:es)?\s+not\s+depend\b`)

func (l *linter) sayOrder(p *passage, m []int, o workplan.Order) {
	span := text.Span{Start: p.span.Start + m[0], End: p.span.Start + m[1]}
	means := "without it each task follows the one before"
	if o == workplan.Sequential {
		means = "without it a task does not wait for the one before to hold"
	}
	l.add(span, diag.Suggestion, "implied-order", "write order: "+string(o)+" in the front matter (wpctl lint --fix order): "+means,
		"the text says that the tasks are %s: %q", o, oneLine(l.source(p)[m[0]:m[1]]))
}

// written returns the needs between tasks of the plan that its blocks have.
func (d *document) written() []workplan.Ref {
	var out []workplan.Ref
	for _, t := range d.plan.Tasks {
		for _, r := range t.Needs {
			if d.plan.Task(r.ID) != nil {
				out = append(out, r)
			}
		}
	}
	return out
}

// sentenceAt returns where the sentence begins that holds an offset, and sentenceEnd where it ends.
func sentenceAt(s string, at int) int {
	for i := at - 1; i > 0; i-- {
		if (s[i-1] == '.' || s[i-1] == ';' || s[i-1] == '!' || s[i-1] == '?') && s[i] <= ' ' {
			return i
		}
	}
	return 0
}

func sentenceEnd(s string, at int) int {
	for i := at; i+1 < len(s); i++ {
		if (s[i] == '.' || s[i] == ';' || s[i] == '!' || s[i] == '?') && s[i+1] <= ' ' {
			return i
		}
	}
	return len(s)
}
