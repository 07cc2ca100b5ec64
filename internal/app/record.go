package app

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/state"
)

// record keeps what a run found out in the state directory. That it cannot be kept is a warning, no failure.
func (j *job) record(sources []source, res *RunResult) {
	if j.req.DryRun {
		return
	}
	st, err := j.State()
	if err == nil {
		res.ID, err = st.SaveRun(j.runRecord(sources, *res))
	}
	if err != nil {
		res.Warnings = append(res.Warnings, "the run is not kept: "+err.Error())
	}
}

func (j *job) runRecord(sources []source, res RunResult) state.Run {
	r := state.Run{
		Started: res.Report.Started, Ended: res.Report.Ended, Program: j.Version, Verb: string(j.verb),
		Args: j.redactAll(j.req.Args), Exit: res.Exit, Counts: map[string]int{}, Warnings: res.Warnings,
	}
	for o, n := range res.Report.Tasks() {
		r.Counts[string(o)] = n
	}
	for i, p := range res.Report.Plans {
		sum := sha256.Sum256(p.Plan.File.Src)
		pr := state.PlanRun{File: sources[i].path, ID: p.Plan.ID.Text, Digest: hex.EncodeToString(sum[:]), Was: p.Plan.Status.Text}
		var wrote map[string]string
		if len(res.Files) > i {
			wrote = res.Files[i].wrote()
		}
		pr.Wrote = wrote[pr.ID]
		for _, t := range p.Tasks {
			if !t.Selected {
				continue
			}
			tr := state.TaskRun{ID: t.ID, Title: t.Title, Outcome: t.Outcome, Was: string(t.Was), Reason: t.Reason, Steps: j.stepRuns(t)}
			tr.Wrote = wrote[t.ID]
			pr.Tasks = append(pr.Tasks, tr)
			j.clustersOf(&r, t)
		}
		if p.Own != nil && p.Own.Selected {
			pr.Outcome, pr.Steps = p.Own.Outcome, j.stepRuns(p.Own)
			j.clustersOf(&r, p.Own)
		}
		r.Plans = append(r.Plans, pr)
	}
	return r
}

// clustersOf keeps where a task was looked at.
func (a *App) clustersOf(r *state.Run, t *runner.TaskReport) {
	for _, name := range t.Clusters {
		if slices.ContainsFunc(r.Clusters, func(c state.Cluster) bool { return c.Name == name }) {
			continue
		}
		c := state.Cluster{Name: name}
		if p, err := a.Clusters.Resolve(name); err == nil {
			c.Context, c.Server = p.Context, p.Server
		}
		r.Clusters = append(r.Clusters, c)
	}
}

// wrote returns the statuses that were written, by id.
func (f FileChange) wrote() map[string]string {
	out := map[string]string{}
	for _, s := range f.Statuses {
		if f.Written {
			out[s.ID] = string(s.To)
		}
	}
	return out
}

func (j *job) stepRuns(t *runner.TaskReport) []state.StepRun {
	out, bound := make([]state.StepRun, 0, len(t.Steps)), j.prog.Steps(t.ID)
	for i, s := range t.Steps {
		if s == nil {
			continue
		}
		records := map[string]any{}
		for _, r := range s.Records {
			records[r.Name], _ = j.redacted(r.Value)
		}
		place := ""
		if s.Looks > 0 || s.Shared {
			place = j.place(bound[i])
		}
		out = append(out, state.StepRun{
			Name: s.Name, Kind: s.Kind, Digest: s.Digest, Line: s.Pos.Line, Outcome: s.Outcome, Advisory: s.Advisory,
			Want: s.Want, Saw: s.Saw, Why: s.Why, Records: records,
			Looks: s.Looks, Place: place, Seen: s.Seen, Started: s.Started, DurationMS: s.Ended.Sub(s.Started).Milliseconds(),
		})
	}
	return out
}

func (a *App) redactAll(ss []string) []string {
	out := make([]string, len(ss))
	for i, s := range ss {
		out[i] = a.Redactor.String(s)
	}
	return out
}

// redacted takes secrets out of every string in a value, and tells whether there were any.
func (a *App) redacted(v any) (out any, changed bool) {
	switch v := v.(type) {
	case string:
		s := a.Redactor.String(v)
		return s, s != v
	case []any:
		list := make([]any, len(v))
		for i := range v {
			var c bool
			list[i], c = a.redacted(v[i])
			changed = changed || c
		}
		return list, changed
	case map[string]any:
		fields := make(map[string]any, len(v))
		for k := range v {
			field, c := a.redacted(v[k])
			key := a.Redactor.String(k)
			fields[key], changed = field, changed || c || key != k
		}
		return fields, changed
	}
	return v, false
}
