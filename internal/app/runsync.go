package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/outbox"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// A run waits for a hub so long in all, and asks one that does not answer again for so long.
const (
	hubTime     = 30 * time.Second
	hubPatience = 3 * time.Second
)

// sync tells the hub what a run found out: it goes into the outbox first, so that nothing is lost where the hub is not
// there. Whatever becomes of it, the run's result stays what it is.
func (j *job) sync(ctx context.Context, res *RunResult) {
	if !j.req.Sync {
		return
	}
	out := &SyncResult{}
	if err := j.tellHub(ctx, res, out); err != nil {
		res.Warnings = append(res.Warnings, "the hub is not told: "+j.Redactor.String(err.Error()))
		return
	}
	res.Hub = out
}

func (j *job) tellHub(ctx context.Context, res *RunResult, out *SyncResult) error {
	if j.Untrusted {
		return errStranger
	}
	address, err := j.hubAddress()
	if err != nil {
		return err
	}
	out.Hub = address
	box, err := j.Outbox()
	if err != nil {
		return err
	}
	commit := ""
	if text, err := j.git(context.WithoutCancel(ctx), "rev-parse", "HEAD"); err == nil {
		commit = trimmed(text)
	}
	for i, s := range j.sources {
		ids, _, err := j.identify(ctx, s, false)
		if err == nil {
			var change FileChange
			if i < len(res.Files) {
				change = res.Files[i]
			}
			err = j.queue(ctx, box, address, ids, observed{commit: commit, run: res.ID, plan: res.Report.Plans[i], change: change})
		}
		if err != nil {
			res.Warnings = append(res.Warnings, fmt.Sprintf("%s: the hub is not told: %s", s.name, j.Redactor.String(err.Error())))
		}
	}
	j.pass("run-queued")
	if ctx.Err() != nil {
		return nil // the next sync sends it
	}
	r, err := j.remote()
	if err != nil {
		return fmt.Errorf("%w; what was seen waits in the outbox", err)
	}
	defer r.Close()
	x, err := j.exchange(r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, hubTime)
	defer cancel()
	x.Patience = hubPatience
	j.syncAll(ctx, x, j.sources, false, out)
	out.Exit = exitOfSync(ctx, *out)
	return nil
}

// observed is what a run found out about a plan.
type observed struct {
	commit, run string
	plan        runner.PlanReport
	change      FileChange
}

// queue puts verdicts and transitions into the outbox.
func (j *job) queue(ctx context.Context, box *outbox.Box, name string, ids hubIDs, o observed) error {
	var entries []outbox.Entry
	add := func(kind hub.Kind, task, about string, body any) error {
		id, err := hubid.New()
		if err != nil {
			return err
		}
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		entries = append(entries, outbox.Entry{
			Hub: name, Workstream: ids.workstream, Resource: "log of " + task, Name: about, Task: task,
			Delivery: hub.Delivery{Verb: hub.Create, Kind: kind, ID: id, Key: id, Body: text},
		})
		return nil
	}
	for _, t := range o.plan.Tasks {
		if v, ok := j.verdict(ids, o, t); ok {
			if err := add(hub.KindVerdict, v.Task, t.Short, v); err != nil {
				return err
			}
		}
	}
	if o.change.Written {
		for _, s := range o.change.Statuses {
			task := ids.of[s.ID]
			if task == ids.workstream {
				task = ""
			}
			data := map[string]json.RawMessage{"from": quote(string(s.From)), "to": quote(string(s.To)), "run": quote(o.run)}
			e := hub.Event{Task: task, Type: "transition", Text: fmt.Sprintf("%s: %s → %s", s.Short, s.From, s.To), Data: data}
			if err := add(hub.KindEvent, task, s.Short, e); err != nil {
				return err
			}
		}
	}
	return box.Add(ctx, entries...)
}

func quote(s string) json.RawMessage {
	text, _ := json.Marshal(s) // a text
	return text
}

// verdict is what a run saw of a task, where it is news for others: it was looked at to the end, and on a cluster that
// somebody named.
func (j *job) verdict(ids hubIDs, o observed, t *runner.TaskReport) (hub.Verdict, bool) {
	switch t.Outcome {
	case check.Passed, check.Failed, check.Unknown, check.Awaiting, check.Unverified, check.Blocked:
	default:
		return hub.Verdict{}, false
	}
	task := o.plan.Plan.Task(t.ID)
	if !t.Selected || t.Cut || len(t.Steps) == 0 || t.OnDefaultCluster || task == nil || ids.of[t.ID] == "" {
		return hub.Verdict{}, false
	}
	at := t.Ended
	if at.IsZero() {
		at = j.Now()
	}
	return hub.Verdict{
		Task: ids.of[t.ID], Outcome: string(t.Outcome), ObservedAt: at.UTC().Truncate(time.Millisecond),
		Steps: runner.Digest(j.Kinds, o.plan.Plan, task.Steps...), Commit: o.commit, Run: o.run, Cluster: safe.Cut(t.Cluster, 200), Findings: safe.Cut(findingsText(t), maxFindings),
	}, true
}

// maxFindings bounds what a verdict tells, in letters.
const maxFindings = 16_000

// findingsText tells what was seen of each step, a line for each.
func findingsText(t *runner.TaskReport) string {
	var out []string
	if t.Reason != "" {
		out = append(out, t.Reason)
	}
	for _, s := range t.Steps {
		if s == nil {
			continue
		}
		l := lineOf(s)
		line := string(l.Outcome) + ": " + l.Name
		if l.Text != "" {
			line += ": " + l.Text
		}
		out = append(out, line)
		for _, why := range l.Why {
			out = append(out, "  "+why)
		}
	}
	return strings.Join(out, "\n")
}
