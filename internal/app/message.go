package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/client"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
)

// Message is a message in a hub, and who acknowledged it.
type Message struct {
	ID     string
	Plan   string // full id
	Task   string // full id; "" where it is about the plan as a whole
	By     string
	At     time.Time
	To     []string // none: everybody
	Text   string
	ReadBy []string
}

// TellRequest says what is sent.
type TellRequest struct {
	About string // a plan or a task, by its full id, or a short one that only one plan has
	Plan  string // a file or an id; "" for all plans of the workspace
	Text  string
	To    []string
}

// Tell sends a message about a plan or a task through the hub. It is there when Tell is back without an error.
func (a *App) Tell(ctx context.Context, req TellRequest) (Message, int, error) {
	if strings.TrimSpace(req.Text) == "" {
		return Message{}, ExitUsage, errors.New("the message is empty")
	}
	found, err := a.wanted(ctx, req.Plan, anItem, req.About)
	if err != nil {
		return Message{}, ExitUsage, err
	}
	plan := found[0].source.plan
	ids, err := idsOf(plan)
	if err != nil {
		return Message{}, ExitUsage, err
	}
	m := Message{Plan: plan.ID.Text, To: req.To, Text: a.Redactor.String(req.Text), At: a.Now()}
	body := hub.Message{To: req.To, Text: m.Text}
	switch {
	case plan.Task(found[0].id) != nil:
		m.Task, body.Task = found[0].id, ids.of[found[0].id]
	case found[0].id != plan.ID.Text:
		return Message{}, ExitUsage, fmt.Errorf("%s is a decision, and a message is about a plan or a task", found[0].id)
	}
	c, err := a.ours()
	if err != nil {
		return m, exitOfHub(err), err
	}
	defer c.Close()
	if m.ID, err = hubid.New(); err != nil {
		return m, ExitUnknown, err
	}
	text, err := json.Marshal(body)
	if err != nil {
		return m, ExitUnknown, err
	}
	answers, err := c.Send(ctx, ids.workstream, []hub.Delivery{{Verb: hub.Create, Kind: hub.KindMessage, ID: m.ID, Key: m.ID, Body: text}})
	if err == nil && answers[0].Problem != nil {
		err = answers[0].Problem
	}
	var p *hub.Problem
	if errors.As(err, &p) && p.Code == hub.CodeNotFound {
		err = fmt.Errorf("the hub does not know %s: `wpctl sync %s` tells it: %w", req.About, m.Plan, err)
	}
	if err != nil {
		return m, exitOfHub(err), err
	}
	m.By = answers[0].Item.CreatedBy
	return m, ExitOK, nil
}

// Messages returns the messages about plans, oldest first, with those who acknowledged them. Args are files, folders or
// ids of plans; none: all plans of the workspace. A plan that the hub does not know has none.
func (a *App) Messages(ctx context.Context, args []string) ([]Message, int, error) {
	out := []Message{}
	err := a.eachMessage(ctx, args, func(c *client.Client, plan string, m client.Message, task string) (bool, error) {
		if err := c.Receipts(ctx, &m); err != nil {
			return false, err
		}
		out = append(out, Message{ID: m.Record.ID, Plan: plan, Task: task, By: m.Record.CreatedBy, At: m.Record.CreatedAt, To: m.To, Text: m.Text, ReadBy: m.ReadBy})
		return true, nil
	})
	slices.SortStableFunc(out, func(a, b Message) int { return a.At.Compare(b.At) })
	return out, exitOfHub(err), err
}

// Acknowledge says, under the name of the user's token, that a message was read. More than once is once.
func (a *App) Acknowledge(ctx context.Context, id string) (Message, int, error) {
	var got *Message
	err := a.eachMessage(ctx, nil, func(c *client.Client, plan string, m client.Message, task string) (bool, error) {
		if m.Record.ID != id {
			return true, nil
		}
		key, err := hubid.New()
		if err != nil {
			return false, err
		}
		if err := c.Acknowledge(ctx, m.Record.Workstream, id, key); err != nil {
			return false, err
		}
		if err := c.Receipts(ctx, &m); err != nil {
			return false, err
		}
		got = &Message{ID: id, Plan: plan, Task: task, By: m.Record.CreatedBy, At: m.Record.CreatedAt, To: m.To, Text: m.Text, ReadBy: m.ReadBy}
		return false, nil
	})
	switch {
	case err != nil:
		return Message{}, exitOfHub(err), err
	case got == nil:
		return Message{}, ExitUsage, fmt.Errorf("no message %q about a plan of this workspace; `wpctl hub messages` lists them", id)
	}
	return *got, ExitOK, nil
}

// eachMessage shows the messages about plans, until it is enough.
func (a *App) eachMessage(ctx context.Context, args []string, show func(c *client.Client, plan string, m client.Message, task string) (bool, error)) error {
	sources, _, err := a.loadAll(args)
	if err != nil {
		return &unidentified{err}
	}
	c, err := a.ours()
	if err != nil {
		return err
	}
	defer c.Close()
	for _, s := range sources {
		ids, err := idsOf(s.plan)
		if err != nil {
			return err
		}
		list, err := c.Messages(ctx, ids.workstream)
		var p *hub.Problem
		if errors.As(err, &p) && (p.Code == hub.CodeNotFound || p.Code == hub.CodeScope) {
			continue
		}
		if err != nil {
			return err
		}
		for _, m := range list {
			task := ""
			for _, t := range s.plan.Tasks {
				if m.Task != "" && ids.of[t.ID.Text] == m.Task {
					task = t.ID.Text
				}
			}
			if more, err := show(c, s.plan.ID.Text, m, task); err != nil || !more {
				return err
			}
		}
	}
	return nil
}
