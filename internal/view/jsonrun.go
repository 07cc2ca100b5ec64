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
	Started    *time.Time            `json:"started"`
	Ended      *time.Time            `json:"ended"`
	DurationMs int64                 `json:"durationMs"`
	Cancelled  bool                  `json:"cancelled"`
	ExitCode   int                   `json:"exitCode"`
	Tasks      map[check.Outcome]int `json:"taskCounts"`
	Steps      map[check.Outcome]int `json:"stepCounts"`
	Unproven   int                   `json:"claimsWithoutProof"`
	Plans      []planRunJSON         `json:"plans"`
	Files      []FileChange          `json:"files"`
	Record     string                `json:"record"`
	Next       []string              `json:"next"`
	Hub        *syncJSON             `json:"hub,omitempty"` // what became of telling it
}

type planRunJSON struct {
	ID    string     `json:"id"`
	Title string     `json:"title"`
	File  string     `json:"file"`
	Tasks []taskJSON `json:"tasks"`
	Own   *taskJSON  `json:"own"` // of the plan's own steps; null where it has none
}

type taskJSON struct {
	ID               string          `json:"id"`
	Short            string          `json:"short"`
	Title            string          `json:"title"`
	Pos              text.Pos        `json:"pos"`
	Was              workplan.Status `json:"was"`
	Selected         bool            `json:"selected"`
	Outcome          check.Outcome   `json:"outcome"`
	Reason           string          `json:"reason"`
	Cause            string          `json:"cause"`
	Rests            []string        `json:"restsOn"`
	Cluster          string          `json:"cluster"`
	OnDefaultCluster bool            `json:"onDefaultCluster"`
	NotChecked       bool            `json:"notChecked"`
	Started          *time.Time      `json:"started"`
	Ended            *time.Time      `json:"ended"`
	DurationMs       int64           `json:"durationMs"`
	Steps            []stepJSON      `json:"steps"`
}

type stepJSON struct {
	Name       string        `json:"name"`
	Kind       string        `json:"kind"`
	Pos        text.Pos      `json:"pos"`
	Digest     string        `json:"digest"`
	Outcome    check.Outcome `json:"outcome"`
	Policy     bool          `json:"policy"`
	Auth       bool          `json:"auth"`
	Held       string        `json:"held"`
	Claimed    bool          `json:"claimed"`
	Advisory   bool          `json:"advisory"`
	Guard      bool          `json:"guard"`
	Want       string        `json:"want"`
	Saw        string        `json:"saw"`
	Why        []string      `json:"why"`
	Fault      string        `json:"fault,omitempty"` // the same in all steps that fail for the same reason
	Warnings   []string      `json:"warnings"`
	Note       string        `json:"note"`
	Records    []recordJSON  `json:"records"`
	Looks      int           `json:"looks"`
	Shared     bool          `json:"shared"`         // an identical step made the look
	Seen       *time.Time    `json:"seen,omitempty"` // when an earlier run saw what was taken over
	Started    *time.Time    `json:"started"`
	Ended      *time.Time    `json:"ended"`
	DurationMs int64         `json:"durationMs"`
}

// recordJSON is a recorded value by its text: the value itself is not redacted.
type recordJSON struct {
	Name string `json:"name"`
	Text string `json:"text"`
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
		t.ID, t.Short, t.Title, t.Pos, t.Was, t.Selected, t.Outcome, t.Reason, t.Cause, all(t.Rests),
		t.Cluster, t.OnDefaultCluster, t.NotChecked,
		at(t.Started), at(t.Ended), ms(t.Started, t.Ended), each(t.Steps, stepRun),
	}
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
		f.Statuses = all(f.Statuses)
		return f
	})
}
