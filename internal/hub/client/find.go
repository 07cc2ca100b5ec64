package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// Found is a record that a plan's id names, with what the hub knows of it beside.
type Found struct {
	hub.Record
	Outcome    string     `json:"outcome"` // of a task: what the newest verdict about it says; "" there is none
	ObservedAt *time.Time `json:"observed_at"`
	Verified   bool       `json:"verified"` // done, and the newest verdict is that it passed with the steps that it has now
}

// maxFind is how many ids a hub takes at once.
const maxFind = 100

// Find returns the workstreams, tasks and decisions that plans call by these whole ids, those that the token reaches.
func (c *Client) Find(ctx context.Context, ids ...string) ([]Found, error) {
	var out []Found
	for len(ids) > 0 {
		n := min(len(ids), maxFind)
		var page struct{ Found []Found }
		if err := c.ask(ctx, "GET", "/find?"+url.Values{"id": ids[:n]}.Encode(), "", nil, &page); err != nil {
			return nil, err
		}
		out, ids = append(out, page.Found...), ids[n:]
	}
	return out, nil
}

// Message is a message with the names of those who acknowledged it.
type Message struct {
	hub.Message
	Record hub.Record
	ReadBy []string
}

// maxMessages bounds how many messages of a workstream are read: the newest that the hub lists first.
const maxMessages = 10_000

// Messages returns the messages of a workstream, oldest first, without those who acknowledged them.
func (c *Client) Messages(ctx context.Context, workstream string) ([]Message, error) {
	var out []Message
	err := c.pages(ctx, "/workstreams/"+url.PathEscape(workstream)+"/messages", func(r hub.Record) error {
		m := Message{Record: r}
		if len(out) == maxMessages {
			return fmt.Errorf("there are more than %d messages", maxMessages)
		}
		out = append(out, m)
		return json.Unmarshal(r.Body, &out[len(out)-1].Message)
	})
	return out, err
}

// Receipts fills in who has acknowledged a message.
func (c *Client) Receipts(ctx context.Context, m *Message) error {
	m.ReadBy = nil
	return c.pages(ctx, "/workstreams/"+url.PathEscape(m.Record.Workstream)+"/messages/"+url.PathEscape(m.Record.ID)+"/receipts", func(r hub.Record) error {
		var receipt hub.Receipt
		if err := json.Unmarshal(r.Body, &receipt); err != nil {
			return err
		}
		m.ReadBy = append(m.ReadBy, receipt.By)
		return nil
	})
}

// Acknowledge says that the token's owner has read a message; once or more, it is one receipt.
func (c *Client) Acknowledge(ctx context.Context, workstream, message, key string) error {
	var r hub.Record
	return c.ask(ctx, "POST", "/workstreams/"+url.PathEscape(workstream)+"/messages/"+url.PathEscape(message)+"/receipts", key, nil, &r)
}

// pages reads a list to its end.
func (c *Client) pages(ctx context.Context, path string, each func(hub.Record) error) error {
	for after := ""; ; {
		query := url.Values{"limit": {"1000"}}
		if after != "" {
			query.Set("after", after)
		}
		var page struct {
			Records []hub.Record
			After   string
		}
		if err := c.ask(ctx, "GET", path+"?"+query.Encode(), "", nil, &page); err != nil {
			return err
		}
		for _, r := range page.Records {
			if err := each(r); err != nil {
				return err
			}
		}
		if page.After == "" || page.After == after {
			return nil
		}
		after = page.After
	}
}
