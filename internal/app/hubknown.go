package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/client"
	threeway "gitea.coulomb.social/coulomb/wpctl/internal/hub/merge"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
	"gitea.coulomb.social/coulomb/wpctl/internal/workspace"
)

// stateHub is the configured hub as steps ask it.
type stateHub struct{ *App }

// StateHub is the configured hub as steps ask it. It is asked with the user's token for it.
func (a *App) StateHub() steps.Hub { return stateHub{a} }

// ours is the configured hub where it is one of ours: others cannot be asked for what they were not told the way to.
func (a *App) ours() (*client.Client, error) {
	some, err := a.remote()
	if err != nil {
		return nil, err
	}
	c, ok := some.(*client.Client)
	if !ok {
		some.Close()
		return nil, errOthers
	}
	return c, nil
}

// Known returns how a plan, a task or a decision stands in the hub.
func (h stateHub) Known(ctx context.Context, id string) (steps.HubStanding, error) {
	c, err := h.ours()
	if err != nil {
		return steps.HubStanding{}, ofLook(err)
	}
	defer c.Close()
	found, err := c.Find(ctx, id)
	if err != nil {
		return steps.HubStanding{}, ofLook(err)
	}
	s, ok := hubStandings(found, []string{id})[id]
	if !ok {
		return steps.HubStanding{}, &steps.NotInHub{ID: id, Hint: "`wpctl sync` in its repository tells it, where the token reaches it"}
	}
	return s.HubStanding, s.err
}

// Message returns the newest message about a plan with some words in it.
func (h stateHub) Message(ctx context.Context, plan, words string) (*steps.HubMessage, error) {
	c, err := h.ours()
	if err != nil {
		return nil, ofLook(err)
	}
	defer c.Close()
	workstream, err := workstreamOf(ctx, c, plan)
	if err != nil {
		return nil, ofLook(err)
	}
	m, err := c.Newest(ctx, workstream, func(m client.Message) bool { return strings.Contains(m.Text, words) })
	if err != nil || m == nil {
		return nil, ofLook(err)
	}
	return &steps.HubMessage{Text: m.Text, By: m.Record.CreatedBy, To: m.To, ReadBy: m.ReadBy}, nil
}

// workstreamOf is the workstream that the hub knows a plan by.
func workstreamOf(ctx context.Context, c *client.Client, plan string) (string, error) {
	found, err := c.Find(ctx, plan)
	if err != nil {
		return "", err
	}
	id := ""
	for _, f := range found {
		if keyOf(f.Record) != plan || f.Kind != hub.KindWorkstream {
			continue
		}
		if id != "" {
			return "", fmt.Errorf("the hub knows more than one %s: which one is meant cannot be known", plan)
		}
		id = f.ID
	}
	if id == "" {
		return "", &steps.NotInHub{ID: plan, Hint: "`wpctl sync` in its repository tells it, where the token reaches it"}
	}
	return id, nil
}

// ofLook tells the runner what an error of a hub means for a look.
func ofLook(err error) error {
	var later *hub.Later
	var p *hub.Problem
	var noToken *NoToken
	switch {
	case errors.As(err, &later):
		return &check.Transient{Err: err, After: later.After}
	case errors.As(err, &noToken), errors.As(err, &p) && p.Code == hub.CodeToken:
		return &check.Unauthenticated{Err: err}
	}
	return err
}

// keyOf is what a plan calls a record.
func keyOf(r hub.Record) string {
	var b struct{ Plan, Key string }
	_ = json.Unmarshal(r.Body, &b) // what is no object has no key
	if r.Kind == hub.KindWorkstream {
		return b.Plan
	}
	return b.Key
}

// hubStands is how something stands in a hub, or why that cannot be known.
type hubStands struct {
	steps.HubStanding
	err error
}

// hubStandings sorts what a hub found by the ids that were asked for. Of two things with one id neither is taken.
func hubStandings(found []client.Found, ids []string) map[string]hubStands {
	out := map[string]hubStands{}
	asked := make(map[string]bool, len(ids))
	for _, id := range ids {
		asked[id] = true
	}
	for _, f := range found {
		id := keyOf(f.Record)
		if !asked[id] {
			continue // written in other letters
		}
		s, err := hubStanding(id, f)
		if err != nil {
			err = fmt.Errorf("the hub's answer about %s cannot be read", id)
		}
		if _, ok := out[id]; ok {
			err = fmt.Errorf("the hub knows more than one %s: which one is meant cannot be known", id)
		}
		out[id] = hubStands{s, err}
	}
	return out
}

func hubStanding(id string, f client.Found) (steps.HubStanding, error) {
	s := steps.HubStanding{Outcome: f.Outcome, Verified: f.Verified}
	s.ID = id
	said := map[string]string{}
	var err error
	switch f.Kind {
	case hub.KindWorkstream:
		var w hub.Workstream
		err = json.Unmarshal(f.Body, &w)
		s.What, s.Title, s.Status, said = "plan", w.Title, w.Status, w.Said
	case hub.KindTask:
		var t hub.Task
		err = json.Unmarshal(f.Body, &t)
		s.What, s.Title, s.Status, said = "task", t.Title, t.Status, t.Said
	case hub.KindDecision:
		var d hub.Decision
		err = json.Unmarshal(f.Body, &d)
		s.What, s.Title, s.Status, s.Choice, s.By = "decision", d.Question, d.Status, d.Choice, d.ResolvedBy
	default:
		err = fmt.Errorf("no plan, task or decision: %s", f.Kind)
	}
	s.Proposed = s.What != "decision" && s.Status != "" && said["status"] != threeway.Digest(string(quote(s.Status)))
	return s, err
}

// hubWait is how long a command waits for a hub that is asked beside its work.
const hubWait = 3 * time.Second

// hubLately is how long what a hub said of needs, or that it said nothing, is not asked for again: a watch plans anew
// with each save, and a hub that is down costs hubWait each time.
const hubLately = 15 * time.Second

// heard is what the hub said last of needs that are in none of the plans.
type heard struct {
	sync.Mutex
	ids  []string
	at   time.Time
	said runner.Elsewhere
}

// elsewhere is what the hub says of needs that are in none of the plans here, now or lately. Without a hub, nothing is
// known of them.
func (a *App) elsewhere(ctx context.Context, ids []string) runner.Elsewhere {
	if len(ids) == 0 || a.Untrusted || a.Config.Hub.Base == "" {
		return runner.Elsewhere{}
	}
	a.heard.Lock()
	defer a.heard.Unlock()
	if ago := a.Now().Sub(a.heard.at); ago >= 0 && ago < hubLately && slices.Equal(ids, a.heard.ids) {
		return a.heard.said
	}
	said := a.askHub(ctx, ids)
	if ctx.Err() == nil {
		a.heard.ids, a.heard.at, a.heard.said = ids, a.Now(), said
	}
	return said
}

func (a *App) askHub(ctx context.Context, ids []string) runner.Elsewhere {
	c, err := a.ours()
	if errors.Is(err, errOthers) {
		return runner.Elsewhere{}
	}
	if err != nil {
		return runner.Elsewhere{Err: err}
	}
	defer c.Close()
	ctx, cancel := context.WithTimeoutCause(ctx, hubWait, fmt.Errorf("the hub at %s did not answer within %s", c.Name(), hubWait))
	defer cancel()
	found, err := c.Find(ctx, ids...)
	if err != nil {
		return runner.Elsewhere{Err: err}
	}
	out := runner.Elsewhere{Found: map[string]runner.Claim{}}
	for id, s := range hubStandings(found, ids) {
		out.Found[id] = runner.Claim{What: s.What, Status: safe.Line(s.Status), Proposed: s.Proposed, Err: s.err}
	}
	return out
}

// askElsewhere is a workspace that knows what the hub says of what open tasks need and none of its plans has.
func (a *App) askElsewhere(ctx context.Context, w *workspace.Workspace) (*workspace.Workspace, error) {
	var ids []string
	asked := map[string]bool{}
	for id := range w.Missing() {
		if meant := a.Config.Alias(id); !asked[meant] {
			asked[meant] = true
			ids = append(ids, meant)
		}
	}
	slices.Sort(ids)
	known := a.elsewhere(ctx, ids)
	return w.Knowing(func(id string) (workspace.Stands, bool) {
		id = a.Config.Alias(id)
		c, ok := known.Found[id]
		switch {
		case ok:
			how, met := c.Stands()
			return workspace.Stands{How: how, Met: met}, true
		case known.Err != nil:
			return workspace.Stands{How: "in none of the plans here, and the hub did not say"}, true
		}
		return workspace.Stands{How: runner.NotThere}, asked[id] && known.Found != nil
	}), known.Err
}

// knowing is Workspace that asks the hub about what open tasks need and none of the plans has.
func (a *App) knowing(ctx context.Context, beside ...string) (*workspace.Workspace, Seen, error) {
	w, seen, err := a.Workspace(ctx, beside...)
	if err != nil {
		return w, seen, err
	}
	if w, err = a.askElsewhere(ctx, w); err != nil {
		seen.Warnings = append(seen.Warnings, "needs in none of the plans here: "+a.Redactor.String(err.Error()))
	}
	return w, seen, nil
}
