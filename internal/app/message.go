package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/client"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
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

// maxText bounds a message, in letters.
const maxText = 65_536

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
	if n := utf8.RuneCountInString(req.Text); n > maxText {
		return Message{}, ExitUsage, fmt.Errorf("the message has %d letters, and a hub takes %d; put it into a file, and say where", n, maxText)
	}
	for _, name := range req.To {
		if strings.TrimSpace(name) == "" {
			return Message{}, ExitUsage, errors.New("an empty name: name whom the message is for, or nobody for everybody")
		}
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
	if p, ok := errors.AsType[*hub.Problem](err); ok && p.Code == hub.CodeInvalid {
		return m, ExitUsage, err
	}
	if err = unsynced(err, req.About, m.Plan); err != nil {
		return m, exitOfHub(err), err
	}
	m.By = answers[0].Item.CreatedBy
	return m, ExitOK, nil
}

// maxMessages bounds how many messages about a plan are shown: the newest.
const maxMessages = 1000

// Messages returns the newest messages about plans, oldest first, with those who acknowledged them. Args are files,
// folders or ids of plans; none: all plans of the workspace. A plan that the hub does not know has none.
func (a *App) Messages(ctx context.Context, args []string) ([]Message, int, error) {
	out := []Message{}
	err := a.eachPlan(ctx, args, func(c *client.Client, p *workplan.Plan, ids hubIDs) error {
		list, err := c.Messages(ctx, ids.workstream, maxMessages)
		for _, m := range list {
			out = append(out, a.message(p, ids, m))
		}
		return err
	})
	slices.SortStableFunc(out, func(a, b Message) int { return a.At.Compare(b.At) })
	return out, exitOfHub(err), err
}

// Acknowledge says, under the name of the user's token, that a message was read. More than once is once.
func (a *App) Acknowledge(ctx context.Context, id string) (Message, int, error) {
	none := fmt.Errorf("no message %q about a plan of this workspace; `wpctl hub messages` lists them", id)
	parsed, err := uuid.Parse(id)
	if err != nil {
		return Message{}, ExitUsage, none
	}
	id = parsed.String()
	var got *Message
	err = a.eachPlan(ctx, nil, func(c *client.Client, p *workplan.Plan, ids hubIDs) error {
		if got != nil {
			return nil
		}
		if _, err := c.Message(ctx, ids.workstream, id); err != nil {
			return err
		}
		key, err := hubid.New()
		if err != nil {
			return err
		}
		if err := c.Acknowledge(ctx, ids.workstream, id, key); err != nil {
			return err
		}
		m, err := c.Message(ctx, ids.workstream, id)
		if err == nil {
			shown := a.message(p, ids, m)
			got = &shown
		}
		return err
	})
	switch {
	case err != nil:
		return Message{}, exitOfHub(err), err
	case got == nil:
		return Message{}, ExitUsage, none
	}
	return *got, ExitOK, nil
}

// message is a message of the hub's, which is from outside, as it is shown.
func (a *App) message(p *workplan.Plan, ids hubIDs, m client.Message) Message {
	out := Message{ID: m.Record.ID, Plan: p.ID.Text, By: m.Record.CreatedBy, At: m.Record.CreatedAt, To: m.To, Text: a.Redactor.String(m.Text), ReadBy: m.ReadBy}
	for _, t := range p.Tasks {
		if m.Task != "" && ids.of[t.ID.Text] == m.Task {
			out.Task = t.ID.Text
		}
	}
	return out
}

// eachPlan asks the hub about plans; one that it does not know, or does not show, is passed over, and so is one of the
// workspace that no hub can know.
func (a *App) eachPlan(ctx context.Context, args []string, ask func(*client.Client, *workplan.Plan, hubIDs) error) error {
	sources, _, err := a.loadAll(ctx, args)
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
		if errors.Is(err, hubid.ErrNoRepo) && len(args) == 0 {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		err = ask(c, s.plan, ids)
		var p *hub.Problem
		if err != nil && (!errors.As(err, &p) || p.Code != hub.CodeNotFound && p.Code != hub.CodeScope) {
			return err
		}
	}
	return nil
}
