package app

import (
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/state"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

// hold keeps the proof of a once step; that it cannot be kept is told, and the step is looked at again next time.
// A proof from a cluster that nobody named proves nothing about the plan's.
func (j *job) hold(s *runner.Step, h runner.Held) {
	key, named := j.evidenceKey(s)
	if j.req.DryRun || !named {
		return
	}
	st, err := j.State()
	if err == nil {
		e := state.Evidence{At: j.Now(), Saw: j.Redactor.String(h.Saw), Records: j.secretless(h.Records)}
		err = st.SetHeld(s.Plan.ID.Text, taskOf(s), key, e)
	}
	if err != nil {
		j.Logger.Warn("keep the proof of a once step", "step", j.Redactor.String(s.Title), "error", err)
	}
}

// secretless returns the records that hold no secret. One that does is left out: a part of it would be another value.
func (j *job) secretless(records map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range records {
		if _, changed := j.redacted(v); !changed {
			out[name] = v
		}
	}
	return out
}

// held returns the proof of a once step that is kept here, else what the findings say of it, which is a claim.
func (j *job) held(s *runner.Step) (runner.Held, bool) {
	key, named := j.evidenceKey(s)
	if st, err := j.State(); err == nil && named {
		if e, ok := st.Held(s.Plan.ID.Text, taskOf(s), key); ok {
			return runner.Held{Day: e.At.Local().Format(time.DateOnly), Saw: e.Saw, Records: e.Records}, true
		}
	}
	steps, findings := s.Plan.Steps, s.Plan.Findings
	if s.Task != nil {
		steps, findings = s.Task.Steps, s.Task.Findings
	}
	if !sameSteps(findings, runner.Digest(j.Kinds, s.Plan, steps...)) {
		return runner.Held{}, false
	}
	if name, _ := j.cluster(s); looksAtCluster(s) && findings.Cluster != name {
		return runner.Held{}, false
	}
	day, _ := findings.HeldOn(s.Title)
	return runner.Held{Day: day, Claimed: true}, day != ""
}

// sameSteps tells whether findings were written for the steps of that digest.
func sameSteps(f *workplan.FindingsBlock, digest string) bool {
	return f != nil && f.Steps != "" && strings.HasPrefix(digest, f.Steps)
}

// evidenceKey is what the proof of a step is kept under: the step as it is written, and the cluster that it looks at.
// It is false where nobody named that cluster.
func (j *job) evidenceKey(s *runner.Step) (key string, named bool) {
	if !looksAtCluster(s) {
		return s.Digest, true
	}
	name, named := j.cluster(s)
	return s.Digest + " on " + name, named
}

func looksAtCluster(s *runner.Step) bool {
	return slices.Contains(s.Caps, check.ClusterRead) || slices.Contains(s.Caps, check.ClusterWrite)
}
