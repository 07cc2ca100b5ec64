package view

import (
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

type runJSON struct {
	header
	Started    *time.Time            `json:"started" doc:"when it began"`
	Ended      *time.Time            `json:"ended" doc:"when it ended"`
	DurationMs int64                 `json:"durationMs" doc:"how long that took, in milliseconds"`
	Cancelled  bool                  `json:"cancelled" doc:"it was ended before all was looked at"`
	ExitCode   int                   `json:"exitCode" doc:"what the program ended with"`
	Tasks      map[check.Outcome]int `json:"taskCounts" doc:"how many tasks had each outcome; all outcomes are there"`
	Steps      map[check.Outcome]int `json:"stepCounts" doc:"the same of steps"`
	Unproven   int                   `json:"claimsWithoutProof" doc:"how many tasks say done, and no step shows it"`
	Plans      []planRunJSON         `json:"plans" doc:"what was seen, plan by plan"`
	Files      []FileChange          `json:"files" doc:"what was written, file by file"`
	Record     string                `json:"record" doc:"the id of its record, for 'wpctl log'; empty where there is none"`
	Next       []string              `json:"next" doc:"what can be done next, as commands or sentences"`
	Hub        *syncJSON             `json:"hub,omitempty" doc:"what became of telling the hub, with --sync"`
}

type planRunJSON struct {
	ID    string     `json:"id" doc:"the id of the plan"`
	Title string     `json:"title" doc:"its title"`
	File  string     `json:"file" doc:"the file, as one would write it here"`
	Tasks []taskJSON `json:"tasks" doc:"its tasks"`
	Own   *taskJSON  `json:"own" doc:"the plan's own steps; null where it has none"`
}

type taskJSON struct {
	ID               string          `json:"id" doc:"its full id"`
	Short            string          `json:"short" doc:"its id within its plan"`
	Title            string          `json:"title" doc:"its title"`
	Pos              text.Pos        `json:"pos" doc:"where its block stands"`
	Was              workplan.Status `json:"was" doc:"its status before, in wpctl's words"`
	Word             string          `json:"wasWord,omitempty" doc:"the word of the plan's team for that, where it has its own"`
	Selected         bool            `json:"selected" doc:"it was asked for; else it was looked at only for what others need of it, or not at all"`
	Outcome          check.Outcome   `json:"outcome" doc:"passed, failed, unknown, waiting, unverified, blocked or skipped"`
	Reason           string          `json:"reason" doc:"why it is blocked, skipped or unverified, in one line"`
	Cause            string          `json:"cause" doc:"the id of the task, the decision or the guard that blocks it"`
	Rests            []string        `json:"restsOn" doc:"needs that are met by a claim which this run did not prove"`
	Cluster          string          `json:"cluster" doc:"the cluster that its steps looked at; of several all"`
	OnDefaultCluster bool            `json:"onDefaultCluster" doc:"a step looked at a cluster that nobody named"`
	NotChecked       bool            `json:"notChecked" doc:"policy left a required step unchecked"`
	Started          *time.Time      `json:"started" doc:"when it began"`
	Ended            *time.Time      `json:"ended" doc:"when it ended"`
	DurationMs       int64           `json:"durationMs" doc:"how long that took, in milliseconds"`
	Steps            []stepJSON      `json:"steps" doc:"what was seen, step by step"`
}

type stepJSON struct {
	Name       string        `json:"name" doc:"its name"`
	Kind       string        `json:"kind" doc:"its kind"`
	Pos        text.Pos      `json:"pos" doc:"where it stands"`
	Digest     string        `json:"digest" doc:"of what it asks for"`
	Outcome    check.Outcome `json:"outcome" doc:"passed, failed, unknown, waiting, skipped, deferred or waived"`
	Policy     bool          `json:"policy" doc:"policy did not allow the look"`
	Auth       bool          `json:"auth" doc:"what it looked at wanted other credentials"`
	Held       string        `json:"held" doc:"the day on which it held once"`
	Claimed    bool          `json:"claimed" doc:"a person says so, and no signature shows it"`
	Advisory   bool          `json:"advisory" doc:"a failure does not fail the task"`
	Guard      bool          `json:"guard" doc:"it is an invariant"`
	Want       string        `json:"want" doc:"what was wanted"`
	Saw        string        `json:"saw" doc:"what was seen"`
	Why        []string      `json:"why" doc:"the likely reasons, a line each"`
	Fault      string        `json:"fault,omitempty" doc:"the same in all steps that fail for the same reason"`
	Warnings   []string      `json:"warnings" doc:"what is worth knowing of the look"`
	Note       string        `json:"note" doc:"the plan's remark on it"`
	Records    []recordJSON  `json:"records" doc:"what it recorded"`
	Looks      int           `json:"looks" doc:"how often it was looked"`
	Shared     bool          `json:"shared" doc:"an identical step made the look"`
	Seen       *time.Time    `json:"seen,omitempty" doc:"when an earlier run saw what was taken over"`
	Started    *time.Time    `json:"started" doc:"when it began"`
	Ended      *time.Time    `json:"ended" doc:"when it ended"`
	DurationMs int64         `json:"durationMs" doc:"how long that took, in milliseconds"`
}

// recordJSON is a recorded value by its text: the value itself is not redacted.
type recordJSON struct {
	Name string `json:"name" doc:"its name"`
	Text string `json:"text" doc:"its value, without secrets"`
}

// RunJSON is a run's report as a document.
func RunJSON(r runner.Report, info RunInfo) ([]byte, error) {
	return marshal(runJSON{
		header: head("Run"), Started: at(r.Started), Ended: at(r.Ended), DurationMs: ms(r.Started, r.Ended),
		Cancelled: r.Cancelled, ExitCode: info.Exit,
		Tasks: countsJSON(r.Tasks()), Steps: countsJSON(r.Steps()), Unproven: unproven(r),
		Plans: each(r.Plans, planRun), Files: files(info.Files), Record: info.Record, Next: all(info.Next), Hub: hubTold(info.Hub),
	})
}

func planRun(pr runner.PlanReport) planRunJSON {
	out := planRunJSON{
		ID: pr.Plan.ID.Text, Title: pr.Plan.Title.Text, File: fileName(pr.Plan), Tasks: each(pr.Tasks, taskRun),
	}
	if pr.Own != nil {
		own := taskRun(pr.Own)
		out.Own = &own
	}
	return out
}

func taskRun(t *runner.TaskReport) taskJSON {
	return taskJSON{
		t.ID, t.Short, t.Title, t.Pos, t.Was, another(t.Word, string(t.Was)), t.Selected, t.Outcome, t.Reason, t.Cause, all(t.Rests),
		t.Cluster, t.OnDefaultCluster, t.NotChecked,
		at(t.Started), at(t.Ended), ms(t.Started, t.Ended), each(t.Steps, stepRun),
	}
}

// another is a word where it is not the same as one that is told already.
func another(word, than string) string {
	if word == than {
		return ""
	}
	return word
}

func stepRun(s *runner.StepReport) stepJSON {
	return stepJSON{
		s.Name, s.Kind, s.Pos, s.Digest, s.Outcome, s.Policy, s.Auth, s.Held, s.Claimed, s.Advisory, s.Guard,
		s.Want, s.Saw, all(s.Why), s.Fault, all(s.Warnings), s.Note,
		each(s.Records, func(r runner.Record) recordJSON { return recordJSON{r.Name, r.Text} }),
		s.Looks, s.Shared, at(s.Seen), at(s.Started), at(s.Ended), ms(s.Started, s.Ended),
	}
}

func files(fs []FileChange) []FileChange {
	return each(fs, func(f FileChange) FileChange {
		f.Changes, f.Statuses = all(f.Changes), all(f.Statuses)
		return f
	})
}
