package prose

import (
	"fmt"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// Fixes are the words for what can be mended, in the order in which it is.
var Fixes = []string{"decision", "order", "needs"}

// Mending says what may be mended.
type Mending struct {
	// Known tells whether a need in another plan is there; nil knows none.
	Known func(id string) bool
	// Hidden tells whether the author does not want to hear of a code at an offset; nil hides nothing.
	Hidden func(code string, at int) bool
}

// Mended is what a mending did, or could not do.
type Mended struct {
	Pos  text.Pos
	Says string // one line: what is written, or what is not and why
	Done bool
}

// Mend returns the edits that one of Fixes makes in a plan, and what they do. It asks p for them, see workplan.Rewrite.
func (m Mending) Mend(p *workplan.Plan, fix string) ([]text.Edit, []Mended, error) {
	f := &fixer{document: newDocument(p), Mending: m}
	var err error
	switch fix {
	case "decision":
		err = f.decisions()
	case "order":
		err = f.order()
	case "needs":
		err = f.needs()
	default:
		err = fmt.Errorf("nothing is mended by %q", fix)
	}
	return f.edits, f.mended, err
}

type fixer struct {
	*document
	Mending
	edits  []text.Edit
	mended []Mended
}

func (f *fixer) say(at int, done bool, format string, args ...any) {
	f.mended = append(f.mended, Mended{Pos: f.plan.File.Pos(at), Says: fmt.Sprintf(format, args...), Done: done})
}

func (f *fixer) hidden(code string, at int) bool { return f.Hidden != nil && f.Hidden(code, at) }

// decisions writes the blocks of decisions whose text says all that is needed.
func (f *fixer) decisions() error {
	for _, x := range f.document.decisions {
		if x.block != nil || f.hidden("prose-decision", x.span.Start) {
			continue
		}
		o := f.blockOf(x)
		if o.why != "" {
			f.say(x.span.Start, false, "%s has no block yet: %s", x.short, o.why)
			continue
		}
		e, err := f.plan.AddDecision(o.at, o.NewDecision)
		if err != nil {
			return err
		}
		f.edits = append(f.edits, e)
		f.say(x.span.Start, true, "a decision block for %s, %s", x.short, f.plan.Words.Of(o.Status))
	}
	return nil
}

// order writes the order that the text names.
func (f *fixer) order() error {
	l := &linter{document: f.document}
	l.order()
	for _, d := range l.list {
		at := f.plan.File.LineSpan(d.Pos.Line).Start + d.Pos.Col - 1
		if f.hidden(d.Code, at) {
			continue
		}
		o := workplan.Independent
		if strings.Contains(d.Hint, string(workplan.Sequential)) {
			o = workplan.Sequential
		}
		e, err := f.plan.SetOrder(o)
		if err != nil {
			return err
		}
		f.edits = append(f.edits, e)
		f.say(at, true, "order: %s in the front matter", o)
	}
	return nil
}

// needs writes the needs that the text implies. A task that had none followed the one before it; where its needs
// would no longer put it behind that one, they name it, too.
func (f *fixer) needs() error {
	implied := slices.DeleteFunc(f.implied(), func(e *Edge) bool { return f.hidden("implied-need", e.Span.Start) })
	missing := inOrder(implied)
	needs := map[string][]string{} // of each task, as they will be
	for i, t := range f.plan.Tasks {
		for _, r := range t.Needs {
			needs[t.ID.Text] = append(needs[t.ID.Text], r.ID)
		}
		add := f.writable(t, missing[t.ID.Text])
		if len(add) == 0 {
			if !t.HasNeeds && i > 0 && f.plan.Order != workplan.Independent {
				needs[t.ID.Text] = []string{f.plan.Tasks[i-1].ID.Text} // it still follows
			}
			continue
		}
		for _, n := range add {
			needs[t.ID.Text] = append(needs[t.ID.Text], n.id)
		}
		var keeps *node
		if !t.HasNeeds && i > 0 && f.plan.Order == workplan.Follows {
			if before := f.plan.Tasks[i-1]; !reaches(needs, t.ID.Text, before.ID.Text) && before.ID.Text != t.ID.Text {
				keeps = f.names.byTask[before]
			}
		}
		if err := f.write(t, add, keeps, needs); err != nil {
			f.say(t.Block.Start, false, "%s: %v", t.Short, err)
		}
	}
	return nil
}

// write writes the needs of one task.
func (f *fixer) write(t *workplan.Task, add []*node, keeps *node, needs map[string][]string) error {
	var list, added []string
	for _, r := range t.Needs {
		list = append(list, r.Text)
	}
	for _, n := range add {
		added = append(added, n.short)
	}
	all := slices.Clone(add)
	if keeps != nil {
		all = sortNodes(append(all, keeps))
		needs[t.ID.Text] = append(needs[t.ID.Text], keeps.id)
	}
	for _, n := range all {
		list = append(list, n.short)
	}
	e, err := f.plan.SetNeeds(t.ID.Text, list)
	if err != nil {
		return err
	}
	f.edits = append(f.edits, e)
	says := fmt.Sprintf("%s needs %s", t.Short, strings.Join(added, ", "))
	if keeps != nil {
		says += fmt.Sprintf(", and %s, to keep its place behind it", keeps.short)
	}
	f.say(t.Block.Start, true, "%s", says)
	return nil
}

// writable returns those needs that can be written: they are there, and the task does not say that it has none.
func (f *fixer) writable(t *workplan.Task, all []*node) []*node {
	var out []*node
	for _, n := range all {
		switch {
		case t.HasNeeds && len(t.Needs) == 0:
			f.say(t.Block.Start, false, "%s does not get the need %s: it says that it has none", t.Short, n.short)
		case n.decision && f.plan.Decision(n.id) == nil:
			f.say(t.Block.Start, false, "%s does not get the need %s: that has no decision block", t.Short, n.short)
		case n.foreign && (f.Known == nil || !f.Known(n.id)):
			f.say(t.Block.Start, false, "%s does not get the need %s: the workspace has no such plan or task", t.Short, n.short)
		default:
			out = append(out, n)
		}
	}
	return out
}
