package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// FileChange is what a run wrote into one plan, or would have written.
type FileChange struct {
	Name     string // as the user may write it
	Old, New []byte // equal where nothing is to be changed
	Written  bool
	Statuses []StatusChange
	Findings int      // blocks that are new or changed
	Held     []string // why something is not written: one line each
	Failed   bool     // the file could not be read again or written
	Missed   bool     // what was looked at was changed or taken away meanwhile: what is there now was not looked at
	Unnamed  bool     // a person has to say which cluster it is about
}

// StatusChange is a status that a run changed.
type StatusChange struct {
	ID, Short string
	From, To  workplan.Status

	FromWord, ToWord string // in the words of the plan's team
}

// Change is the same as an edit of any other key is told.
func (s StatusChange) Change() Change {
	c := Change{ID: s.ID, Key: "status", From: string(s.From), To: string(s.To)}
	if s.FromWord != c.From {
		c.FromWord = s.FromWord
	}
	if s.ToWord != c.To {
		c.ToWord = s.ToWord
	}
	return c
}

func statusChange(p *workplan.Plan, id, short string, from, to workplan.Status) StatusChange {
	return StatusChange{ID: id, Short: short, From: from, To: to, FromWord: p.Words.Of(string(from)), ToWord: p.Words.Of(string(to))}
}

// write brings the results into the files, or only works out the change where the request says not to write.
func (j *job) write(ctx context.Context, res *RunResult) {
	if j.req.NoWrite {
		return
	}
	if ctx.Err() != nil { // what was found out until then is worth a moment
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
	}
	for i, s := range j.sources {
		w := &writer{job: j, source: s, rep: res.Report.Plans[i]}
		change := w.run(ctx)
		res.Files = append(res.Files, change)
		if change.Failed || change.Missed {
			res.Exit = unknown(res.Exit) // what was found out is not where it should be
			if code, ok := ended(ctx, res.Report); ok {
				res.Exit = code
			}
		}
		if change.Unnamed {
			res.Exit = waiting(res.Exit)
		}
	}
}

// writer brings the results of one plan into its file.
type writer struct {
	*job
	source source
	rep    runner.PlanReport
	change FileChange
}

func (w *writer) run(ctx context.Context) FileChange {
	w.change = FileChange{Name: w.source.name, Old: w.source.plan.File.Src}
	var err error
	if w.req.DryRun {
		w.change.New, err = w.rewrite(w.source.plan.File.Src)
	} else {
		w.change.Written, err = w.Files.Update(ctx, w.source.path, func(src []byte) ([]byte, error) {
			w.change.Old, w.change.Statuses, w.change.Held, w.change.Findings, w.change.Missed, w.change.Unnamed = src, nil, nil, 0, false, false
			out, err := w.rewrite(src)
			w.change.New = out
			return out, err
		})
	}
	if err != nil {
		w.change.New = w.change.Old
		w.change.Statuses, w.change.Findings, w.change.Failed = nil, 0, true
		w.change.Held = append(w.change.Held, err.Error())
	}
	return w.change
}

// rewrite makes the edits on the text that is there now, which may be newer than the one that was run.
func (w *writer) rewrite(src []byte) ([]byte, error) {
	after, err := w.source.parser()(src).Rewrite(func(now *workplan.Plan) ([]text.Edit, error) {
		if now.ID.Text != w.source.plan.ID.Text {
			return nil, fmt.Errorf("the file became another plan during the run: %s, was %s", now.ID.Text, w.source.plan.ID.Text)
		}
		var edits []text.Edit
		after := map[string]workplan.Status{}
		for _, t := range now.Tasks {
			after[t.ID.Text] = workplan.Status(t.Status.Text)
		}
		for _, t := range w.rep.Tasks {
			more, err := w.task(now, t, after)
			if err != nil {
				return nil, err
			}
			edits = append(edits, more...)
		}
		more, err := w.plan(now, after)
		return append(edits, more...), err
	})
	if err != nil {
		return nil, err
	}
	return after.File.Src, nil
}

// task returns the edits for one task: its status, and its findings.
func (w *writer) task(now *workplan.Plan, t *runner.TaskReport, after map[string]workplan.Status) ([]text.Edit, error) {
	if !t.Selected || t.Cut || len(t.Steps) == 0 {
		return nil, nil
	}
	task := now.Task(t.ID)
	if task == nil {
		w.change.Missed = true
		w.hold(t.Short, "it is no longer in the file")
		return nil, nil
	}
	if now.Digest(task.Steps) != w.source.plan.Digest(w.source.plan.Task(t.ID).Steps) {
		w.change.Missed = true
		w.hold(t.Short, "its steps were changed during the run")
		return nil, nil
	}
	was := workplan.Status(task.Status.Text)
	to, news := next(t.Outcome, was)
	if !news {
		return nil, nil
	}
	var edits []text.Edit
	if to != was {
		e, err := now.SetStatus(t.ID, to)
		if err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	edits, err := w.findings(now, t, task.Steps, task.Findings, runner.Digest(w.Kinds, now, task.Steps...), edits)
	if len(edits) > 0 && to != was {
		w.change.Statuses = append(w.change.Statuses, statusChange(now, t.ID, t.Short, was, to))
		after[t.ID] = to
	}
	return edits, err
}

// next says which status an outcome leads to, and whether there is anything to write at all.
// Only what was proven, or what was claimed or said to have failed before and fails now, is news.
func next(o check.Outcome, was workplan.Status) (workplan.Status, bool) {
	switch {
	case was == workplan.Cancelled:
		return was, false
	case o == check.Passed:
		return workplan.Done, true
	case o == check.Failed && (was == workplan.Done || was == workplan.Failed):
		return workplan.Failed, true
	}
	return was, false
}

// unnamed says why results must not be written because of the cluster that they come from.
func (w *writer) unnamed(t *runner.TaskReport, old *workplan.FindingsBlock) string {
	if t.OnDefaultCluster {
		flag := "--context"
		if len(t.Clusters) == 1 {
			flag = "--cluster " + t.Cluster
		}
		return "nothing says which cluster the plan is about; name it with " + flag + ", or with defaults: {cluster: NAME} in the plan or .wpctl.yaml"
	}
	if old != nil && old.Cluster != "" && t.Cluster != "" && old.Cluster != t.Cluster && !w.req.Yes {
		return fmt.Sprintf("its findings were made on the cluster %q, not on %q; replace them with --yes", old.Cluster, t.Cluster)
	}
	return ""
}

// hold notes why nothing of a task or a plan is written; those for which it is the same share a line.
func (w *writer) hold(who, why string) {
	for i, line := range w.change.Held {
		if others, ok := strings.CutSuffix(line, ": "+why); ok {
			w.change.Held[i] = others + ", " + who + ": " + why
			return
		}
	}
	w.change.Held = append(w.change.Held, who+": "+why)
}

// findings returns edits and those of the findings, or none where they must not be written.
func (w *writer) findings(now *workplan.Plan, t *runner.TaskReport, steps []*workplan.Step, old *workplan.FindingsBlock, digest string, edits []text.Edit) ([]text.Edit, error) {
	f := findingsOf(t, steps, old, digest, w.today())
	f.Tally()
	f.Level = workplan.Level(w.Config.Findings)
	more, err := now.SetFindings(t.ID, f)
	if err != nil {
		return nil, err
	}
	if len(edits)+len(more) == 0 {
		return nil, nil
	}
	if why := w.unnamed(t, old); why != "" {
		w.hold(cmp.Or(t.Short, t.ID), why)
		w.change.Unnamed = true
		return nil, nil
	}
	if len(more) > 0 {
		w.change.Findings++
	}
	return append(edits, more...), nil
}

// plan returns the edits for the plan itself: its own steps' findings, its status, and the day.
func (w *writer) plan(now *workplan.Plan, after map[string]workplan.Status) (edits []text.Edit, err error) {
	own := w.rep.Own
	if own != nil && own.Selected && !own.Cut && len(own.Steps) > 0 {
		digest := now.Digest(now.Steps)
		switch _, news := next(own.Outcome, ownStatus(now)); {
		case digest != w.source.plan.Digest(w.source.plan.Steps):
			w.hold(now.ID.Text, "its own steps were changed during the run")
		case news:
			if edits, err = w.findings(now, own, now.Steps, now.Findings, runner.Digest(w.Kinds, now, now.Steps...), nil); err != nil {
				return nil, err
			}
		}
	}
	was := workplan.Status(now.Status.Text)
	if to := w.planStatus(was, after); to != was {
		e, err := now.SetStatus(now.ID.Text, to)
		if err != nil {
			return nil, err
		}
		edits = append(edits, e)
		w.change.Statuses = append(w.change.Statuses, statusChange(now, now.ID.Text, now.ID.Text, was, to))
	}
	if len(w.change.Statuses) > 0 && now.Updated.Text != w.today() {
		e, err := now.SetUpdated(w.today())
		if err != nil {
			return nil, err
		}
		edits = append(edits, e)
	}
	return edits, nil
}

// ownStatus treats a finished plan as a claim that its own steps hold.
func ownStatus(p *workplan.Plan) workplan.Status {
	if workplan.Status(p.Status.Text) == workplan.Finished {
		return workplan.Done
	}
	return workplan.Todo
}

// planStatus says what follows for the plan: finished when all its tasks are done or cancelled and its own steps
// passed, active again when it was finished and a task failed.
func (w *writer) planStatus(was workplan.Status, after map[string]workplan.Status) workplan.Status {
	proven, open, failed := 0, 0, 0
	for _, t := range w.rep.Tasks {
		switch {
		case t.Selected && t.Outcome == check.Passed:
			proven++
		case t.Selected && len(t.Steps) > 0 && t.Was != workplan.Cancelled: // looked at, and not proven
			open++
		}
	}
	for _, s := range after {
		switch s {
		case workplan.Done, workplan.Cancelled:
		case workplan.Failed:
			failed++
			open++
		default:
			open++
		}
	}
	own := w.rep.Own
	ownFailed := own != nil && own.Selected && own.Outcome == check.Failed
	switch {
	case was == workplan.Archived || was == workplan.Cancelled || len(w.change.Held) > 0:
		return was
	case was == workplan.Finished && (failed > 0 || ownFailed):
		return workplan.Active
	case was != workplan.Finished && open == 0 && proven > 0 && (own == nil || own.Outcome == check.Passed):
		return workplan.Finished
	}
	return was
}

// findingsOf turns the report of steps into its findings. What old says of a once step stays as it stands where this
// run had nothing but that to go by: it is the report of whoever saw it.
func findingsOf(t *runner.TaskReport, steps []*workplan.Step, old *workplan.FindingsBlock, digest, day string) workplan.Findings {
	f := workplan.Findings{Date: day, Outcome: t.Outcome, Cluster: t.Cluster, Steps: digest}
	for i, s := range t.Steps {
		if line, records, ok := kept(s, steps[i], old, digest); ok {
			f.Lines, f.Records = append(f.Lines, line), append(f.Records, records...)
			continue
		}
		f.Lines = append(f.Lines, lineOf(s))
		for _, r := range s.Records {
			f.Records = append(f.Records, workplan.Record{Name: r.Name, Value: r.Text})
		}
	}
	return f
}

// kept returns the lines of old that say that a step held once, where the run has it from there.
func kept(s *runner.StepReport, step *workplan.Step, old *workplan.FindingsBlock, digest string) (line workplan.Line, records []workplan.Record, ok bool) {
	if s.Outcome != check.Skipped || !s.Claimed || !sameSteps(old, digest) {
		return line, nil, false
	}
	day, lines := old.HeldOn(s.Name)
	if day == "" || day != s.Held {
		return line, nil, false
	}
	for _, r := range step.Record {
		if v, ok := old.Values[r.Name]; ok {
			records = append(records, workplan.Record{Name: r.Name, Value: v})
		}
	}
	return workplan.Line{Outcome: check.Passed, Name: s.Name, Kept: lines}, records, true
}

func lineOf(s *runner.StepReport) workplan.Line {
	l := workplan.Line{
		Outcome: s.Outcome, Name: s.Name, Text: s.Saw, Note: s.Note, Why: slices.Clone(s.Why),
		Held: s.Held, Claimed: s.Claimed, Advisory: s.Advisory,
	}
	if (s.Outcome == check.Failed || s.Outcome == check.Waived) && s.Want != "" {
		l.Text = fmt.Sprintf("wanted %s, saw %s", s.Want, s.Saw)
	}
	for _, warning := range s.Warnings {
		l.Why = append(l.Why, "warning: "+warning)
	}
	return l
}
