package view

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// Show writes all that is known of a plan, a task or a decision: what it is, what it needs and what needs it, its steps,
// its text, and what was found out last.
func Show(w io.Writer, s app.Shown, o Options) error {
	p := newPrinter(w, o)
	switch {
	case s.Task != nil:
		p.showTask(s.Task)
	case s.Decision != nil:
		p.showDecision(s.Decision)
	case s.Plan != nil:
		p.showPlan(s.Plan)
	}
	p.showNeeds("needs", s.Needs)
	p.showNeeds("needed by", s.Dependents)
	p.showTasks(s)
	if len(s.Steps) > 0 {
		p.heading("steps")
		t := &table{indent: 2, give: []give{{1, 24}}}
		for _, step := range s.Steps {
			t.add(cell{Safe(step.Kind), cyan}, cell{Safe(step.Name), ""})
		}
		p.rows(t)
	}
	p.showText("text", s.Text)
	p.showText("findings", s.Findings)
	if l := s.Last; l != nil {
		p.heading("last run")
		p.hang("  ", 2, join("  ", p.local(l.When).Format("2006-01-02 15:04"), l.Verb, string(l.Outcome), l.Reason, l.ID), "")
	}
	return p.flush()
}

// about writes a name and what it stands for, where there is something.
func (p *printer) about(pairs ...string) {
	t := &table{indent: 2}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			t.add(cell{pairs[i], dim}, cell{Safe(pairs[i+1]), ""})
		}
	}
	p.rows(t)
}

func (p *printer) rows(t *table) {
	for _, l := range t.lines(p.style, p.Width) {
		p.put(l)
	}
}

func (p *printer) heading(name string) {
	p.put("")
	p.put(p.bold(name))
}

func (p *printer) showTask(t *app.TaskItem) {
	p.title(t.ID, t.Title, fmt.Sprintf("%s:%d", t.File, t.Line))
	state := string(t.State)
	if t.Why != "" {
		state += ": " + t.Why
	}
	found := t.Found
	if t.Steps == 0 {
		found = ""
	}
	p.about("status", cmp.Or(t.Word, t.Status), "state", state, "priority", t.Priority, "assignee", t.Assignee, "labels", strings.Join(t.Labels, ", "), "repo", t.Repo,
		"plan", strings.TrimSpace(t.Plan+"  "+t.PlanTitle), "owner", t.Owner, "found", found, "unblocks", positive(t.Unblocks, "open task"))
}

func positive(n int, what string) string {
	if n == 0 {
		return ""
	}
	return plural(n, what)
}

func (p *printer) showDecision(d *app.DecisionItem) {
	p.title(d.ID, d.Question, fmt.Sprintf("%s:%d", d.File, d.Line))
	p.about("status", cmp.Or(d.Word, d.Status), "choice", d.Choice, "by", d.By, "date", d.Date, "recommended", d.Recommendation, "plan", d.Plan, "owner", d.Owner)
	if len(d.Options) > 0 {
		p.heading("options")
		for _, o := range d.Options {
			mark := p.bold(Safe(o.Name))
			p.hang("  "+mark+"  ", 4+cells(Safe(o.Name)), Safe(o.Text), "")
		}
	}
}

func (p *printer) showPlan(v *app.PlanItem) {
	p.title(v.ID, v.Title, fmt.Sprintf("%s:%d", v.File, v.Line))
	var tasks []string
	for _, s := range workspace.States {
		if n := v.Tasks[s]; n > 0 {
			tasks = append(tasks, fmt.Sprintf("%d %s", n, s))
		}
	}
	for _, more := range []struct {
		n    int
		word string
	}{{v.Failed, "failed"}, {v.Stale, "stale"}, {v.Suspect, "suspect"}, {v.Unproven, "unproven"}} {
		if more.n > 0 {
			tasks = append(tasks, fmt.Sprintf("%d %s", more.n, more.word))
		}
	}
	broken := ""
	if v.Broken {
		broken = "yes: wpctl lint " + v.File
	}
	p.about("status", cmp.Or(v.Word, v.Status), "tasks", strings.Join(tasks, ", "), "priority", v.Priority, "owner", v.Owner, "domain", v.Domain, "repo", v.Repo,
		"created", v.Created, "updated", v.Updated, "errors", broken)
}

func (p *printer) showNeeds(name string, needs []app.ShownNeed) {
	if len(needs) == 0 {
		return
	}
	p.heading(name)
	t := &table{indent: 2, give: []give{{2, 16}}}
	for _, n := range needs {
		id, status := cell{Safe(n.ID), ""}, statusCell(n.Status, n.Word)
		if n.What == "" {
			status = cell{Safe(cmp.Or(n.Hub, "in none of the plans here")), yellow}
		}
		how := ""
		if !n.Gates {
			how = "gives the order only"
		}
		t.add(id, status, cell{Safe(n.Title), ""}, cell{how, dim})
	}
	p.rows(t)
}

func (p *printer) showTasks(s app.Shown) {
	if len(s.Tasks) > 0 {
		p.heading("tasks")
		t := &table{indent: 2, give: []give{{3, 16}, {4, 12}}}
		for _, i := range s.Tasks {
			t.add(cell{Safe(i.Short), bold}, statusCell(i.Status, i.Word), stateCell(i), cell{Safe(i.Title), ""}, cell{whyNot(i), dim})
		}
		p.rows(t)
	}
	if len(s.Decisions) > 0 {
		p.heading("decisions")
		t := &table{indent: 2, give: []give{{3, 16}}}
		for _, d := range s.Decisions {
			t.add(cell{Safe(d.Short), bold}, cell{Safe(cmp.Or(d.Word, d.Status)), ""}, cell{Safe(cmp.Or(d.Choice, "-")), ""}, cell{Safe(d.Question), ""})
		}
		p.rows(t)
	}
}

// whyNot says why a task stands as it does, where its state does not say that itself.
func whyNot(t app.TaskItem) string {
	if t.State == workspace.Done && len(t.Suspect) == 0 {
		return ""
	}
	return Safe(t.Why)
}

// showText writes text as it stands in the file, line by line, each made safe.
func (p *printer) showText(name, text string) {
	if text = strings.Trim(text, "\r\n"); text == "" {
		return
	}
	p.heading(name)
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		indent := line[:len(line)-len(strings.TrimLeft(line, " "))]
		p.put("  " + indent + safe.Line(strings.TrimLeft(line, " ")))
	}
}
