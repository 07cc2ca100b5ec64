package view

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// list is a table under construction.
type list struct {
	*printer
	table
}

// newList begins a list; title is the column that says what it is about. A wide one is as wide as it is, whatever the
// terminal: who asks for all columns wants none of them cut.
func newList(w io.Writer, o Options, wide bool, title int, give []give, columns ...string) *list {
	if wide {
		o.Width = 0
	}
	l := &list{printer: newPrinter(w, o), table: table{give: give, below: title}}
	if !o.NoHeaders {
		l.add(headings(columns...)...)
	}
	return l
}

func (l *list) end() error {
	for _, row := range l.lines(l.style, l.Width) {
		for line := range strings.SplitSeq(row, "\n") {
			l.put(line)
		}
	}
	return l.flush()
}

// columns appends more where the table is a wide one.
func columns[T any](wide bool, always []T, more ...T) []T {
	if !wide {
		return always
	}
	return slices.Concat(always, more)
}

// TaskList writes tasks as a table, in the order given.
func TaskList(w io.Writer, tasks []app.TaskItem, wide bool, o Options) error {
	names := columns(wide, []string{"ID", "STATUS", "STATE", "PRIORITY", "TITLE"}, "OWNER", "REPO", "LABELS", "STEPS", "FOUND", "FILE")
	gives := []give{{4, 16}}
	reasons := slices.ContainsFunc(tasks, func(t app.TaskItem) bool { return whyNot(t) != "" })
	if reasons {
		names, gives = append(names, "WHY"), []give{{5, 9}, {4, 16}}
	}
	l := newList(w, o, wide, 4, gives, names...)
	l.spare = reasons
	for _, t := range tasks {
		r := columns(wide, row{
			{Safe(t.ID), bold}, statusCell(t.Status, t.Word), stateCell(t), {Safe(t.Priority), priorityColor(t.Priority)}, {Safe(t.Title), ""},
		}, cell{Safe(cmp.Or(t.Assignee, t.Owner)), ""}, cell{Safe(t.Repo), ""}, cell{Safe(strings.Join(t.Labels, ",")), ""},
			cell{strconv.Itoa(t.Steps), ""}, cell{Safe(t.Found), ""}, cell{Safe(t.File) + ":" + strconv.Itoa(t.Line), dim})
		if reasons {
			r = append(r, cell{whyNot(t), dim})
		}
		l.add(r...)
	}
	return l.end()
}

// ReadyList writes tasks that can be started, in the order given, with how many wait for each.
func ReadyList(w io.Writer, tasks []app.TaskItem, wide bool, o Options) error {
	l := newList(w, o, wide, 3, []give{{3, 16}}, columns(wide, []string{"ID", "PRIORITY", "UNBLOCKS", "TITLE"}, "STATUS", "OWNER", "REPO", "LABELS", "STEPS", "FILE")...)
	for _, t := range tasks {
		l.add(columns(wide, row{
			{Safe(t.ID), bold}, {Safe(t.Priority), priorityColor(t.Priority)}, {strconv.Itoa(t.Unblocks), ""}, {Safe(t.Title), ""},
		}, statusCell(t.Status, t.Word), cell{Safe(cmp.Or(t.Assignee, t.Owner)), ""}, cell{Safe(t.Repo), ""}, cell{Safe(strings.Join(t.Labels, ",")), ""},
			cell{strconv.Itoa(t.Steps), ""}, cell{Safe(t.File) + ":" + strconv.Itoa(t.Line), dim})...)
	}
	return l.end()
}

// BlockedList writes tasks that wait, with a line for each thing that they wait for, what open decisions ask, and where
// checkouts that are not here would be named.
func BlockedList(w io.Writer, tasks []app.BlockedItem, wide bool, o Options) error {
	l := newList(w, o, wide, 4, []give{{4, 16}, {1, 20}}, columns(wide, []string{"ID", "BECAUSE", "SINCE", "ASK", "TITLE"}, "FILE")...)
	var asked []app.Blocker
	var hints []string
	for _, t := range tasks {
		id, title := cell{Safe(t.ID), bold}, cell{Safe(t.Title), ""}
		for _, b := range t.By {
			color := yellow
			if hint := b.Why + ": " + b.Hint; b.Hint != "" && !slices.Contains(hints, hint) {
				hints = append(hints, hint)
			}
			if b.Question != "" {
				color = cyan
				if !slices.ContainsFunc(asked, func(o app.Blocker) bool { return o.ID == b.ID }) {
					asked = append(asked, b)
				}
			}
			place := ""
			if b.File != "" {
				place = Safe(b.File) + ":" + strconv.Itoa(b.Line)
			}
			l.add(columns(wide, row{id, {Safe(b.Why), color}, {Safe(cmp.Or(b.Since, "-")), ""}, {Safe(cmp.Or(b.Ask, "-")), ""}, title}, cell{place, dim})...)
			id, title = cell{}, cell{}
		}
	}
	if err := l.end(); err != nil {
		return err
	}
	for _, b := range asked {
		l.put("")
		l.hang(l.bold(Safe(b.ID))+"  ", cells(Safe(b.ID))+2, Safe(b.Question), "")
		for _, option := range b.Options {
			l.hang("  ", 4, Safe(option), "")
		}
	}
	for i, h := range hints {
		if i == 0 {
			l.put("")
		}
		l.hang("", 2, Safe(h), "")
	}
	return l.flush()
}

// PlanList writes plans as a table, in the order given.
func PlanList(w io.Writer, plans []app.PlanItem, wide bool, o Options) error {
	l := newList(w, o, wide, 7, []give{{7, 16}}, columns(wide, []string{"ID", "STATUS", "DONE", "READY", "BLOCKED", "PRIORITY", "UPDATED", "TITLE"}, "OWNER", "REPO", "STALE", "SUSPECT", "UNPROVEN", "FILE")...)
	for _, p := range plans {
		total := 0
		for s, n := range p.Tasks {
			if s != workspace.Cancelled {
				total += n
			}
		}
		done := cell{fmt.Sprintf("%d/%d", p.Tasks[workspace.Done], total), ""}
		switch {
		case p.Failed > 0:
			done.color = red
		case total > 0 && p.Tasks[workspace.Done] == total:
			done.color = green
		}
		l.add(columns(wide, row{
			{Safe(p.ID), bold},
			statusCell(p.Status, p.Word), done, number(p.Tasks[workspace.Ready], green),
			number(p.Tasks[workspace.Blocked]+p.Tasks[workspace.Waiting], yellow),
			{Safe(p.Priority), priorityColor(p.Priority)},
			{Safe(p.Updated), ""},
			{Safe(p.Title), ""},
		}, cell{Safe(p.Owner), ""}, cell{Safe(p.Repo), ""}, number(p.Stale, yellow), number(p.Suspect, yellow), number(p.Unproven, yellow),
			cell{Safe(p.File), dim})...)
	}
	return l.end()
}

// DecisionList writes decisions as a table, in the order given.
func DecisionList(w io.Writer, ds []app.DecisionItem, wide bool, o Options) error {
	l := newList(w, o, wide, 4, []give{{4, 16}}, columns(wide, []string{"ID", "STATUS", "CHOICE", "BLOCKS", "QUESTION"}, "OPTIONS", "RECOMMENDED", "BY", "DATE", "OWNER", "FILE")...)
	for _, d := range ds {
		var options []string
		for _, o := range d.Options {
			options = append(options, o.Name)
		}
		color := cyan
		if d.Status != workplan.Pending {
			color = dim
		}
		l.add(columns(wide, row{
			{Safe(d.ID), bold}, {Safe(cmp.Or(d.Word, d.Status)), color}, {Safe(cmp.Or(d.Choice, "-")), ""}, number(len(d.Blocks), yellow), {Safe(d.Question), ""},
		}, cell{Safe(strings.Join(options, ",")), ""}, cell{Safe(d.Recommendation), ""}, cell{Safe(d.By), ""}, cell{Safe(d.Date), ""},
			cell{Safe(d.Owner), ""}, cell{Safe(d.File) + ":" + strconv.Itoa(d.Line), dim})...)
	}
	return l.end()
}

func number(n int, color string) cell {
	if n == 0 {
		color = dim
	}
	return cell{strconv.Itoa(n), color}
}

// statusCell shows a status by its word, if it has another.
func statusCell(s, word string) cell {
	color := ""
	switch workplan.Status(s) {
	case workplan.Failed:
		color = red
	case workplan.Done, workplan.Finished:
		color = green
	case workplan.Cancelled, workplan.Archived:
		color = dim
	}
	return cell{Safe(cmp.Or(word, s)), color}
}

// stateCell says how a task stands, and what is doubtful about it.
func stateCell(t app.TaskItem) cell {
	switch {
	case len(t.Suspect) > 0:
		return cell{"suspect", yellow}
	case t.Stale:
		return cell{"stale", yellow}
	case t.State == workspace.Done && t.Steps == 0:
		return cell{"unproven", yellow}
	}
	return cell{Safe(string(t.State)), states[t.State].color}
}

func priorityColor(s string) string {
	switch s {
	case "high":
		return bold
	case "low":
		return dim
	}
	return ""
}
