package app

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/expr"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/state"
)

// known returns what takes over the results of earlier runs that are younger than age: of a step that passed when it
// was last looked at, as it is written now, of the same plan and at the same place. What failed is looked at again,
// and so is what is only read from files.
func (j *job) known(age time.Duration, res *RunResult) func(*runner.Step) (runner.Known, bool) {
	st, err := j.State()
	if err != nil {
		res.Warnings = append(res.Warnings, "no earlier results are taken over: "+err.Error())
		return nil
	}
	since := j.Now().Add(-age)
	newest := map[[3]string]state.StepRun{}
	for r, err := range st.Runs(state.Filter{Since: since}) {
		if err != nil {
			res.Warnings = append(res.Warnings, err.Error())
			continue
		}
		for _, p := range r.Plans {
			steps := slices.Clone(p.Steps)
			for _, t := range p.Tasks {
				steps = append(steps, t.Steps...)
			}
			for _, s := range steps {
				key := [3]string{p.ID, s.Digest, s.Place}
				if _, ok := newest[key]; !ok && s.Seen.IsZero() && s.Place != "" && decided(s) {
					newest[key] = s
				}
			}
		}
	}
	return func(s *runner.Step) (runner.Known, bool) {
		was, ok := newest[[3]string{s.Plan.ID.Text, s.Digest, j.place(s)}]
		if !ok || was.Outcome != check.Passed || was.Started.Before(since) || !slices.ContainsFunc(s.Caps, beyond) {
			return runner.Known{}, false
		}
		k := runner.Known{At: was.Started, Saw: was.Saw, Records: []runner.Record{}}
		for _, r := range s.Record {
			if v, ok := was.Records[r.Name]; ok {
				k.Records = append(k.Records, runner.Record{Name: r.Name, Value: v, Text: expr.Text(v)})
			}
		}
		return k, true
	}
}

// decided tells whether a step was seen to hold or not to hold.
func decided(s state.StepRun) bool {
	return s.Outcome == check.Passed || s.Outcome == check.Failed || s.Outcome == check.Unknown || s.Outcome == check.Waived
}

// beyond tells whether a capability leads beyond this machine's files.
func beyond(c check.Capability) bool {
	return c == check.Network || c == check.NetworkWrite || c == check.ClusterRead || c == check.ReadsSecrets
}

// place is a digest of where a step looks: cluster, namespace and checkout.
func (j *job) place(s *runner.Step) string {
	_, dir, err := j.checkout(s)
	if err != nil {
		return ""
	}
	parts := []string{dir, s.Namespace}
	if looksAtCluster(s) {
		p, err := j.Clusters.Resolve(s.Cluster)
		if err != nil {
			return ""
		}
		name, _ := j.cluster(s)
		parts = append(parts, name, p.Context, p.Server, p.Namespace)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:8])
}
