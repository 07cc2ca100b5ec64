package view

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// RunLine is a run of the past.
type RunLine struct {
	ID      string
	Short   string // what is enough of the id; "" is all of it
	When    time.Time
	Took    time.Duration
	Verb    string // "run" or "verify"
	Plans   []string
	Files   []string      // of the plans; nil where they are not to be shown
	Counts  runner.Counts // of tasks
	Exit    int
	Cluster string // "" where no step looked at one
}

// RunDetail is a run of the past with its tasks.
type RunDetail struct {
	RunLine
	Tasks []LoggedTask
}

// LoggedTask is what came out for one task of a run of the past.
type LoggedTask struct {
	ID      string
	Title   string
	Outcome check.Outcome
	Text    string // why
	Steps   []LoggedStep
}

// LoggedStep is what came out for one step of a run of the past.
type LoggedStep struct {
	Name    string
	Outcome check.Outcome
	Text    string // what was seen, or wanted and seen
	Looks   int
	Took    time.Duration
}

// Log writes a table of past runs, in the order given; on a terminal with short ids, and with files where there are any.
// What came out is never cut: where the line is too short it stands below.
func Log(w io.Writer, runs []RunLine, o Options) error {
	names := []string{"ID", "WHEN", "VERB", "PLANS", "OUTCOME", "EXIT", "TOOK", "CLUSTER"}
	files := slices.ContainsFunc(runs, func(r RunLine) bool { return r.Files != nil })
	if files {
		names = append(names, "FILE")
	}
	o.NoHeaders = o.NoHeaders || len(runs) == 0
	l := newList(w, o, false, 4, []give{{3, 14}}, names...)
	for _, r := range runs {
		cells := l.logRow(r)
		if files {
			cells = append(cells, cell{several(r.Files), ""})
		}
		l.add(cells...)
	}
	return l.end()
}

func headings(names ...string) row {
	out := make(row, len(names))
	for i, n := range names {
		out[i] = cell{n, dim}
	}
	return out
}

func (p *printer) logRow(r RunLine) row {
	color := ""
	if r.Exit != 0 {
		color = looks[worst(r.Counts)].color
	}
	plainCounts := style{}
	id := r.ID
	if p.Width > 0 && r.Short != "" {
		id = r.Short
	}
	return row{
		{Safe(id), bold},
		{p.local(r.When).Format("2006-01-02 15:04"), ""},
		{Safe(r.Verb), ""},
		{several(r.Plans), ""},
		{strings.Join(plainCounts.counts(r.Counts), ", "), color},
		{strconv.Itoa(r.Exit), color},
		{took(r.Took), dim},
		{Safe(r.Cluster), ""},
	}
}

// several names the first of many.
func several(names []string) string {
	if len(names) < 2 {
		return join("", names...)
	}
	return fmt.Sprintf("%s +%d", Safe(names[0]), len(names)-1)
}

// worst returns the outcome that a run is remembered by.
func worst(c runner.Counts) check.Outcome {
	for _, o := range []check.Outcome{check.Failed, check.Unknown, check.Blocked, check.Awaiting} {
		if c[o] > 0 {
			return o
		}
	}
	return check.Passed
}

// LogRun writes one run of the past.
func LogRun(w io.Writer, r RunDetail, o Options) error {
	p := newPrinter(w, o)
	p.fact("run", join(" ", r.ID, "("+r.Verb+")"))
	p.fact("when", p.local(r.When).Format("2006-01-02 15:04:05")+", took "+took(r.Took))
	p.fact("plans", join(", ", r.Plans...))
	p.fact("cluster", Safe(r.Cluster))
	p.fact("exit", strconv.Itoa(r.Exit))
	if len(r.Tasks) > 0 {
		p.put("")
	}
	t := &table{indent: 2, tight: true, give: taskGive}
	for _, task := range r.Tasks {
		l := looks[task.Outcome]
		t.add(cell{p.mark(task.Outcome), l.color}, cell{Safe(task.ID), bold}, cell{Safe(task.Title), ""},
			cell{Safe(string(task.Outcome)), l.color}, cell{Safe(task.Text), dim})
	}
	for i, l := range t.lines(p.style, p.Width) {
		p.put(l)
		for _, s := range r.Tasks[i].Steps {
			p.loggedStep(s)
		}
	}
	p.put("")
	p.totals(r.Counts, r.Took)
	return p.flush()
}

// loggedStep writes what a step of a run of the past saw.
func (p *printer) loggedStep(s LoggedStep) {
	indent := 4 + p.glyphs() + 1
	head := "    " + p.paint(looks[s.Outcome].color, p.mark(s.Outcome)) + " "
	text := join(": ", s.Name, s.Text) + " (" + took(s.Took)
	if s.Looks > 1 {
		text += fmt.Sprintf(", %d looks", s.Looks)
	}
	p.hang(head, indent, text+")", "")
}

// fact writes "label  text"; an empty text is not told.
func (p *printer) fact(label, text string) {
	if strings.TrimSpace(text) != "" {
		p.hang(p.dim(pad(label, 8))+" ", 9, text, "")
	}
}
