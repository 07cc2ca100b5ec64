package cast

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/client"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
)

// HubAddress is where the state hub is.
const HubAddress = "http://127.0.0.1:8420"

// Hub is wpctl's own state hub, with its data in SQLite.
type Hub struct {
	ctx      context.Context
	dir      string
	wpctl    string
	program  *Program
	decider  string // the token of somebody who decides
	database string
}

// StartHub starts wpctl as a hub, with its data in a folder, until ctx ends.
func StartHub(ctx context.Context, wpctl, dir string) (*Hub, error) {
	h := &Hub{ctx: ctx, dir: dir, wpctl: wpctl, database: filepath.Join(dir, "hub.db")}
	var err error
	if h.decider, err = h.Token(ctx, "harbour-master", "human"); err != nil {
		return nil, err
	}
	return h, h.Start()
}

// Token makes a token for somebody with a role.
func (h *Hub) Token(ctx context.Context, name, role string) (string, error) {
	out, err := Run(ctx, h.dir, nil, h.wpctl, "hub", "token", "create", name, "--role", role, "--database", h.database)
	return strings.TrimSpace(out), err
}

// Start starts it, and Stop ends it, as when its machine is away.
func (h *Hub) Start() (err error) {
	if h.program, err = StartProgram(h.ctx, filepath.Join(h.dir, "hub.log"), nil, h.wpctl, "hub", "serve", "--database", h.database); err != nil {
		return err
	}
	return Until(h.ctx, func() error {
		answer, err := http.Get(HubAddress + "/v1/health")
		if err != nil {
			return err
		}
		return answer.Body.Close()
	})
}

// Stop is its opposite.
func (h *Hub) Stop() { h.program.Stop() }

// with asks the hub as somebody who decides.
func (h *Hub) with(ask func(*client.Client) error) error {
	c, err := client.New(HubAddress, h.decider, "browser")
	if err != nil {
		return err
	}
	defer c.Close()
	return ask(c)
}

// records are all that the hub keeps of a plan.
func (h *Hub) records(ctx context.Context, repo, plan string) (workstream string, items []hub.Item, err error) {
	if workstream, err = hubid.Workstream(repo, plan); err != nil {
		return "", nil, err
	}
	err = h.with(func(c *client.Client) error {
		for cursor, more := "", true; more; {
			feed, err := c.Changes(ctx, workstream, cursor)
			if err != nil {
				return err
			}
			items, cursor, more = append(items, feed.Items...), feed.Cursor, feed.More
		}
		return nil
	})
	return workstream, items, err
}

// Decide resolves a decision in the hub, as a person does on the board.
func (h *Hub) Decide(ctx context.Context, repo, plan, decision, choice, note string) error {
	workstream, items, err := h.records(ctx, repo, plan)
	if err != nil {
		return err
	}
	id, err := hubid.Decision(workstream, plan+"-"+decision)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(items, func(o hub.Item) bool { return o.ID == id })
	if i < 0 {
		return fmt.Errorf("the hub does not know %s of %s", decision, plan)
	}
	body, err := json.Marshal(map[string]string{"status": "resolved", "choice": choice, "note": note})
	if err != nil {
		return err
	}
	return h.with(func(c *client.Client) error {
		answers, err := c.Send(ctx, workstream, []hub.Delivery{{Verb: hub.Update, Kind: hub.KindDecision, ID: id, Version: items[i].Version, Key: "decide-" + decision, Body: body}})
		if err == nil && answers[0].Problem != nil {
			return answers[0].Problem
		}
		return err
	})
}

// Shows says what the hub knows of a plan: how it stands, and each task with its newest verdict.
func (h *Hub) Shows(ctx context.Context, repo, plan string) (string, error) {
	_, items, err := h.records(ctx, repo, plan)
	if err != nil {
		return "", err
	}
	type body struct {
		Title, Status, Task, Outcome, Key string
		Observed                          time.Time `json:"observed_at"`
	}
	plans, tasks, newest := "", map[string]body{}, map[string]body{}
	for _, o := range items {
		var b body
		if err := json.Unmarshal(o.Body, &b); err != nil {
			return "", err
		}
		switch o.Kind {
		case hub.KindWorkstream:
			plans = fmt.Sprintf("%s  %s\n", plan, b.Status)
		case hub.KindTask:
			tasks[o.ID] = b
		case hub.KindVerdict:
			if !b.Observed.Before(newest[b.Task].Observed) {
				newest[b.Task] = b
			}
		}
	}
	lines := []string{}
	for id, b := range tasks {
		lines = append(lines, fmt.Sprintf("  %s  %-6s  %s\n", b.Key, b.Status, newest[id].Outcome))
	}
	slices.Sort(lines)
	return plans + strings.Join(lines, ""), nil
}
