package view

import (
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

type verifyJSON struct {
	header
	Started    *time.Time          `json:"started" doc:"when it began"`
	Ended      *time.Time          `json:"ended" doc:"when it ended"`
	DurationMs int64               `json:"durationMs" doc:"how long that took, in milliseconds"`
	Cancelled  bool                `json:"cancelled" doc:"it was ended before all was looked at"`
	ExitCode   int                 `json:"exitCode" doc:"what the program ended with"`
	Strict     bool                `json:"strict" doc:"--strict was given"`
	Counts     map[app.Verdict]int `json:"verdictCounts" doc:"how many sections have each verdict; all verdicts are there"`
	Made       int                 `json:"claims" doc:"how many tasks and plans have a status that says that they are done"`
	Stale      int                 `json:"stale" doc:"how many claims are stale"`
	Suspect    int                 `json:"suspect" doc:"how many claims rest on something that failed"`
	Unsigned   int                 `json:"claimed" doc:"how many claims pass on a word that is not signed"`
	Waived     int                 `json:"waived" doc:"how many claims have a failure that is waived"`
	Sections   []claimJSON         `json:"sections" doc:"each task, and the own steps of each plan"`
	Record     string              `json:"record" doc:"the id of its record, for 'wpctl log'; empty where there is none"`
	Next       []string            `json:"next" doc:"what can be done next, as commands or sentences"`
}

// claimJSON is a task, or a plan's own steps, with its verdict.
type claimJSON struct {
	Plan    string      `json:"plan" doc:"the id of its plan"`
	File    string      `json:"file" doc:"the file, as one would write it here"`
	Own     bool        `json:"own" doc:"it is the plan's own steps"`
	Claim   bool        `json:"claim" doc:"its status says that it is done"`
	Verdict app.Verdict `json:"verdict" doc:"what the look makes of the claim"`
	Why     string      `json:"why" doc:"why, in a few words"`
	Fails   bool        `json:"fails" doc:"it makes the exit code that of a failure"`
	Stale   bool        `json:"stale" doc:"its steps changed after its findings were written"`
	Under   string      `json:"under" doc:"the root cause with which it fails"`
	Suspect []string    `json:"suspect" doc:"the ids of what it rests on and failed"`
	Claimed []string    `json:"claimed" doc:"the names of steps that pass on a word that is not signed"`
	Waived  []string    `json:"waived" doc:"the names of steps whose failure is waived"`
	End     text.Pos    `json:"end" doc:"the end of its block"`
	taskJSON
}

// VerifyJSON is a verification as a document.
func VerifyJSON(res app.VerifyResult, info RunInfo) ([]byte, error) {
	v := verifyJSON{
		header: head("Verify"), Started: at(res.Report.Started), Ended: at(res.Report.Ended), DurationMs: ms(res.Report.Started, res.Report.Ended),
		Cancelled: res.Report.Cancelled, ExitCode: info.Exit, Strict: res.Strict, Counts: Verdicts(res.Claims),
		Record: info.Record, Next: all(info.Next),
	}
	for _, verdict := range app.Verdicts {
		v.Counts[verdict] += 0
	}
	v.Sections = each(res.Claims, func(c *app.Claim) claimJSON {
		v.Made += count(c.Made)
		v.Stale += count(c.Stale)
		v.Suspect += count(len(c.Suspect) > 0)
		v.Unsigned += count(c.Made && len(c.Claimed) > 0)
		v.Waived += count(len(c.Waived) > 0)
		return claimJSON{
			c.Plan.ID.Text, fileName(c.Plan), c.Own, c.Made, c.Verdict, c.Why, c.Fails(res.Strict), c.Stale, c.Under,
			all(c.Suspect), all(c.Claimed), all(c.Waived), c.Task.End, taskRun(c.Task),
		}
	})
	return marshal(v)
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
