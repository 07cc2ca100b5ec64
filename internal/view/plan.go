package view

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/strict"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

var states = map[app.State]look{
	workspace.Ready:     {"○", "*", green},
	workspace.Started:   {"◐", ">", green},
	workspace.Queued:    {"○", "-", ""},
	workspace.Blocked:   {"○", "-", yellow},
	workspace.Waiting:   {"…", "...", cyan},
	workspace.Inactive:  {"○", "-", dim},
	workspace.Done:      {"✓", "ok", dim},
	workspace.Cancelled: {"○", "-", dim},
}

// Plan writes what a run of plans would do: tasks in their order, what they need, how they stand, and what each step
// looks at. Steps that run code or change something are marked with an exclamation mark.
func Plan(w io.Writer, plans []app.PlanView, o Options) error {
	p := newPrinter(w, o)
	for i, v := range plans {
		if i > 0 {
			p.put("")
		}
		p.title(v.ID, v.Title, v.File)
		p.planTasks(v)
		p.decisions(v.Decisions)
		if len(tasks(v)) > 0 {
			p.put("")
		}
		p.hang("", 2, planTotals(v), "")
	}
	return p.flush()
}

// title writes a plan's heading, and a blank line after it.
func (p *printer) title(id, title, file string) {
	id = Safe(id)
	p.put(p.bold(id) + "  " + p.fit(Safe(title), p.rest(cells(id)+2)))
	if file != "" {
		p.put(p.dim(Safe(file)))
	}
	p.put("")
}

// rest is the number of columns that are left after used ones, and 0 for no limit.
func (p *printer) rest(used int) int {
	if p.Width == 0 {
		return 0
	}
	return max(p.Width-used, 8)
}

// tasks returns the tasks of v and, as one more, its own steps.
func tasks(v app.PlanView) []app.PlanTask {
	if len(v.Own) == 0 {
		return v.Tasks
	}
	return append(slices.Clone(v.Tasks), app.PlanTask{Short: "plan", Title: ownTitle, Steps: v.Own})
}

func (p *printer) planTasks(v app.PlanView) {
	heads := &table{indent: 2, tight: true, give: taskGive}
	steps := &table{indent: 2 + p.glyphs() + 1, tight: true, give: []give{{1, 24}, {3, 20}, {1, 12}}}
	all := tasks(v)
	for _, t := range all {
		heads.add(p.planTask(t)...)
		for _, s := range t.Steps {
			steps.add(planStep(s)...)
		}
	}
	lines := steps.lines(p.style, p.Width)
	for i, head := range heads.lines(p.style, p.Width) {
		p.put(head)
		n := len(all[i].Steps)
		for _, l := range lines[:n] {
			p.put(l)
		}
		lines = lines[n:]
	}
}

func (p *printer) planTask(t app.PlanTask) row {
	l := states[t.State]
	glyph := l.glyph
	if !p.unicode {
		glyph = l.ascii
	}
	var rel []string
	if len(t.Needs) > 0 {
		rel = append(rel, "needs "+strings.Join(t.Needs, ", "))
	}
	if t.Follows != "" {
		rel = append(rel, "after "+t.Follows)
	}
	return row{
		{pad(glyph, p.glyphs()), l.color},
		{Safe(t.Short), bold},
		{Safe(t.Title), ""},
		{Safe(string(t.State)), l.color},
		{join("; ", strings.Join(rel, ", "), t.Why), dim},
	}
}

func planStep(s app.PlanStep) row {
	mark, color := "", dim
	if slices.Contains(s.Caps, check.RunsCode) || slices.Contains(s.Caps, check.ClusterWrite) || slices.Contains(s.Caps, check.NetworkWrite) {
		mark, color = "!", yellow
	}
	var about []string
	for _, c := range s.Caps {
		about = append(about, string(c))
	}
	if s.Within > 0 {
		about = append(about, "within "+strict.FormatDuration(s.Within))
	}
	about = append(about, s.Note)
	return row{{mark + " "[len(mark):], yellow}, {Safe(s.Name), ""}, {Safe(s.Kind), cyan}, {join(", ", about...), color}}
}

func (p *printer) decisions(ds []app.PlanDecision) {
	if len(ds) == 0 {
		return
	}
	p.put("")
	t := &table{indent: 2, give: []give{{2, 16}}}
	for _, d := range ds {
		color := cyan
		if d.Status == workplan.Resolved {
			color = dim
		}
		t.add(cell{Safe(d.Short), bold}, cell{Safe(cmp.Or(d.Word, d.Status)), color}, cell{Safe(d.Question), ""}, cell{Safe(d.Choice), bold})
	}
	for i, l := range t.lines(p.style, p.Width) {
		p.put(l)
		p.options(ds[i])
	}
}

// options writes what there is to choose from in a decision that is pending.
func (p *printer) options(d app.PlanDecision) {
	if d.Status != workplan.Pending || len(d.Options) == 0 {
		return
	}
	t := &table{indent: 2 + cells(Safe(d.Short)) + 2, give: []give{{1, 16}}}
	for _, o := range d.Options {
		mark := ""
		if o.Name == d.Recommendation {
			mark = "recommended"
		}
		t.add(cell{Safe(o.Name), bold}, cell{Safe(o.Text), ""}, cell{mark, dim})
	}
	p.rows(t)
}

// planTotals is a plan's last line.
func planTotals(v app.PlanView) string {
	n, steps, code := map[app.State]int{}, 0, 0
	for _, t := range tasks(v) {
		n[t.State]++
		steps += len(t.Steps)
		for _, s := range t.Steps {
			if slices.Contains(s.Caps, check.RunsCode) {
				code++
			}
		}
	}
	out := []string{plural(len(v.Tasks), "task")}
	for _, s := range workspace.States {
		if n[s] > 0 {
			out = append(out, fmt.Sprintf("%d %s", n[s], s))
		}
	}
	out = append(out, plural(steps, "step"))
	if code > 0 {
		out = append(out, fmt.Sprintf("%d of them running code", code))
	}
	return strings.Join(out, ", ")
}
