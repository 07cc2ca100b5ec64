package view

import (
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

type verifyJSON struct {
	header
	Started    *time.Time          `json:"started"`
	Ended      *time.Time          `json:"ended"`
	DurationMs int64               `json:"durationMs"`
	Cancelled  bool                `json:"cancelled"`
	ExitCode   int                 `json:"exitCode"`
	Strict     bool                `json:"strict"`
	Counts     map[app.Verdict]int `json:"verdictCounts"`
	Made       int                 `json:"claims"` // tasks and plans whose status says that they are done
	Stale      int                 `json:"stale"`
	Suspect    int                 `json:"suspect"`
	Unsigned   int                 `json:"claimed"` // those that pass on a word that is not signed
	Waived     int                 `json:"waived"`
	Sections   []claimJSON         `json:"sections"`
	Record     string              `json:"record"`
	Next       []string            `json:"next"`
}

// claimJSON is a task, or a plan's own steps, with its verdict.
type claimJSON struct {
	Plan    string      `json:"plan"`
	File    string      `json:"file"`
	Own     bool        `json:"own"`
	Claim   bool        `json:"claim"`
	Verdict app.Verdict `json:"verdict"`
	Why     string      `json:"why"`
	Fails   bool        `json:"fails"`
	Stale   bool        `json:"stale"`
	Under   string      `json:"under"`   // the root cause with which it fails
	Suspect []string    `json:"suspect"` // what it rests on and failed
	Claimed []string    `json:"claimed"`
	Waived  []string    `json:"waived"`
	End     text.Pos    `json:"end"`
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
