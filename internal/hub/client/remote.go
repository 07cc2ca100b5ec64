package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// operation is a delivery as the hub's sync takes it.
type operation struct {
	Op      hub.Verb        `json:"op"`
	Kind    hub.Kind        `json:"kind"`
	ID      string          `json:"id"`
	Key     string          `json:"key"`
	IfMatch int64           `json:"if_match,omitempty"`
	Fence   int64           `json:"fence,omitempty"`
	Body    json.RawMessage `json:"body"`
}

// Send carries out deliveries in one request.
func (c *Client) Send(ctx context.Context, workstream string, deliveries []hub.Delivery) ([]hub.Answer, error) {
	if err := hub.Fits(deliveries); err != nil {
		return nil, err
	}
	var in struct {
		Operations []operation `json:"operations"`
	}
	for _, d := range deliveries {
		op := operation{Op: d.Verb, Kind: d.Kind, ID: d.ID, Key: d.Key, Fence: d.Fence, Body: d.Body}
		if d.Verb == hub.Update {
			rev, err := strconv.ParseInt(d.Version, 10, 64)
			if err != nil || rev < 1 {
				return nil, fmt.Errorf("%s %s: no revision of a hub: %q", d.Kind, d.ID, d.Version)
			}
			op.IfMatch = rev
		}
		in.Operations = append(in.Operations, op)
	}
	var out struct{ Results []hub.Result }
	if err := c.ask(ctx, "POST", "/workstreams/"+url.PathEscape(workstream)+"/sync", "", in, &out); err != nil {
		return nil, err
	}
	if len(out.Results) != len(deliveries) {
		return nil, &hub.Later{Err: fmt.Errorf("the hub answered %d of %d operations", len(out.Results), len(deliveries))}
	}
	answers := make([]hub.Answer, len(deliveries))
	for i, r := range out.Results {
		a := &answers[i]
		a.Item, a.Problem = item(r.Record), r.Problem
		switch {
		case r.Problem != nil:
			a.Current = item(r.Problem.Current)
		case r.Record == nil || r.Record.ID != deliveries[i].ID:
			return nil, &hub.Later{Err: errors.New("the hub's answer is about something else")}
		}
	}
	return answers, nil
}

func item(r *hub.Record) *hub.Item {
	if r == nil {
		return nil
	}
	return &hub.Item{
		ID: r.ID, Kind: r.Kind, Task: r.Task, Version: strconv.FormatInt(r.Rev, 10),
		CreatedAt: r.CreatedAt, CreatedBy: r.CreatedBy, UpdatedAt: r.UpdatedAt, UpdatedBy: r.UpdatedBy, Body: r.Body,
	}
}

// Changes reads a page of what changed. A cursor is the epoch and the number.
func (c *Client) Changes(ctx context.Context, workstream, cursor string) (hub.Feed, error) {
	query := url.Values{"limit": {"500"}}
	if epoch, since, ok := strings.Cut(cursor, " "); ok {
		query.Set("epoch", epoch)
		query.Set("since", since)
	}
	var out struct {
		Records []hub.Record
		Next    int64
		More    bool
		Epoch   string
	}
	err := c.ask(ctx, "GET", "/workstreams/"+url.PathEscape(workstream)+"/changes?"+query.Encode(), "", nil, &out)
	var p *hub.Problem
	if errors.As(err, &p) && p.Code == hub.CodeResync {
		return hub.Feed{}, hub.ErrResync
	}
	if errors.As(err, &p) && p.Code == hub.CodeNotFound {
		if cursor != "" {
			return hub.Feed{}, hub.ErrResync
		}
		return hub.Feed{}, nil
	}
	if err != nil {
		return hub.Feed{}, err
	}
	f := hub.Feed{Cursor: out.Epoch + " " + strconv.FormatInt(out.Next, 10), More: out.More}
	for _, r := range out.Records {
		if r.Workstream == workstream {
			f.Items = append(f.Items, *item(&r))
		}
	}
	return f, nil
}
