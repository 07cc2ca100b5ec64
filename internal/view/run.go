package view

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// RunInfo is what there is to say of a run beside its report.
type RunInfo struct {
	Files  []FileChange // what was written, or why not, one for each plan that was to be written
	Record string       // the id of the run, for `wpctl log`; "" where there is no record
	Next   []string     // what to do next, as commands or sentences
	Exit   int          // the exit code

	Hub *app.SyncResult // what became of telling a hub; nil where none was told
}

// FileChange is what a run wrote into one file.
type FileChange struct {
	Name       string       `json:"file" doc:"the file, as one would write it here"`
	Changed    bool         `json:"changed" doc:"the file was written"`
	Would      bool         `json:"wouldChange,omitempty" doc:"of a dry run"`
	NotWritten string       `json:"notWritten" doc:"why nothing was written although there was something to write"`
	Changes    []app.Change `json:"changes" doc:"each status that changed"`
	Statuses   []string     `json:"statuses" doc:"the same as text for people: T04 todo → done, in wpctl's words"`
	Words      []string     `json:"statusWords,omitempty" doc:"the same in the words of the plan's team, where it has its own"`
	Findings   int          `json:"findings" doc:"how many tasks got other findings"`
}

// Run writes the summary of a run: each selected task with its outcome, failures with what was wanted and seen,
// what was written, and the counts on the last line.
// What Live has told before on the same terminal is told briefly where all of it would not fit the screen.
func Run(w io.Writer, r runner.Report, info RunInfo, o Options) error {
	if o.Told && o.Height > 0 && !o.Verbose {
		_, err := w.Write(fitting(r, info, o))
		return err
	}
	return newSummary(w, o).run(r, info)
}

func newSummary(w io.Writer, o Options) *summary {
	return &summary{printer: newPrinter(w, o), blocked: map[string][]string{}, shown: map[string]bool{}, written: o.Told}
}

func (s *summary) run(r runner.Report, info RunInfo) error {
	s.index(r)
	for _, pr := range r.Plans {
		s.plan(pr)
	}
	s.closing(r, info)
	return s.flush()
}

// summary writes a run's report.
type summary struct {
	*printer
	blocked map[string][]string // ids of tasks by what blocks them
	shown   map[string]bool     // ids of the tasks that are told of
	at      string              // the id of the plan that is told of now
	written bool
	brief   bool // a line for each task
	room    int  // for how many tasks of a plan, where it is brief
	told    told
}

// index notes which tasks are shown, and which are blocked by what.
func (s *summary) index(r runner.Report) {
	for _, pr := range r.Plans {
		for _, t := range toldOf(pr) {
			s.shown[t.ID] = true
			if t.Outcome == check.Blocked && t.Cause != "" {
				s.blocked[t.Cause] = append(s.blocked[t.Cause], t.ID)
			}
		}
	}
}

// toldOf returns what is told of a plan: its selected tasks, and its own steps after them.
func toldOf(pr runner.PlanReport) []*runner.TaskReport {
	var out []*runner.TaskReport
	for _, t := range append(slices.Clone(pr.Tasks), pr.Own) {
		if t != nil && t.Selected {
			out = append(out, t)
		}
	}
	return out
}

func (s *summary) plan(pr runner.PlanReport) {
	told := toldOf(pr)
	if s.Told {
		told = slices.DeleteFunc(told, func(t *runner.TaskReport) bool { return !s.troubled(t) || t.Reason == runner.NotBegun })
	}
	if len(told) == 0 {
		return
	}
	s.gap()
	s.title(pr.Plan.ID.Text, pr.Plan.Title.Text, fileName(pr.Plan))
	s.at = pr.Plan.ID.Text
	if s.brief {
		s.briefly(pr, told)
		return
	}
	t := &table{indent: 2, tight: true, give: taskGive}
	for _, task := range told {
		t.add(s.row(pr, task)...)
	}
	for i, line := range t.lines(s.style, s.Width) {
		s.put(line)
		s.details(told[i])
	}
	s.causes(told)
}

// gap writes a blank line between two parts.
func (s *summary) gap() {
	if s.written {
		s.put("")
	}
	s.written = true
}

func fileName(p *workplan.Plan) string {
	if p.File == nil {
		return ""
	}
	return p.File.Name
}

// taskGive is how tables of tasks get narrower: first the title, then what is said of it.
var taskGive = []give{{2, 28}, {4, 14}, {2, 12}}

// row is a task's line.
func (s *summary) row(pr runner.PlanReport, t *runner.TaskReport) row {
	id, title := t.Short, t.Title
	if t == pr.Own {
		id, title = "plan", ownTitle
	}
	return row{
		{s.mark(t.Outcome), looks[t.Outcome].color},
		{Safe(id), bold},
		{Safe(title), ""},
		{string(t.Outcome), looks[t.Outcome].color},
		{s.detail(t), dim},
	}
}

// detail says in a few words why a task has its outcome.
func (s *summary) detail(t *runner.TaskReport) string {
	c := runner.Counts{}
	for _, st := range t.Steps {
		if !st.Advisory {
			c[st.Outcome]++
		}
	}
	switch {
	case t.Outcome == check.Blocked && t.Guard != "":
		return fmt.Sprintf("by the guard %q", Safe(t.Guard))
	case t.Outcome == check.Blocked && t.Cause != "":
		return "by " + Safe(s.name(t.Cause))
	case counted(c) > 0 && t.Outcome != check.Blocked:
		return passedOf(c, t.Outcome)
	}
	return Safe(t.Reason)
}

// counted is how many checks count for a task's outcome; those that were put off, waived or skipped do not.
func counted(c runner.Counts) int {
	n := 0
	for o, k := range c {
		if o != check.Deferred && o != check.Waived && o != check.Skipped {
			n += k
		}
	}
	return n
}

// passedOf says how many of the checks that count have passed.
func passedOf(c runner.Counts, o check.Outcome) string {
	s := fmt.Sprintf("%d of %s", c[check.Passed], plural(counted(c), "check"))
	if o != check.Passed {
		s += " passed"
	}
	return s
}

// name shortens the id of what belongs to the plan that is told of.
func (s *summary) name(id string) string { return strings.TrimPrefix(id, s.at+"-") }

func (s *summary) names(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = s.name(id)
	}
	return join(", ", out...)
}
