package client

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// Found is a record that a plan's id names, with what the hub knows of it beside.
type Found struct {
	hub.Record
	Outcome    string     `json:"outcome"` // of a task: what the newest verdict about it says; "" there is none
	ObservedAt *time.Time `json:"observed_at"`
	Verified   bool       `json:"verified"` // done, and the newest verdict is that it passed with the steps that it has now
}

// A hub takes so many ids at once; servers before it take no address that is much longer; and it has no longer ids.
const (
	maxFind    = 100
	maxAddress = 4 << 10
	maxID      = 200 // letters
)

// Find returns the workstreams, tasks and decisions that plans call by these whole ids, those that the token reaches.
func (c *Client) Find(ctx context.Context, ids ...string) ([]Found, error) {
	var out []Found
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return utf8.RuneCountInString(id) > maxID || !utf8.ValidString(id) })
	for len(ids) > 0 {
		query, n := "", 0
		for n < min(len(ids), maxFind) {
			one := "id=" + url.QueryEscape(ids[n])
			if n > 0 && len(query)+len(one) > maxAddress {
				break
			}
			query += "&" + one
			n++
		}
		var page struct{ Found []Found }
		if err := c.ask(ctx, "GET", "/find?"+query[1:], "", nil, &page); err != nil {
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

// Messages returns the newest messages of a workstream, so many at most, the oldest of them first.
func (c *Client) Messages(ctx context.Context, workstream string, most int) ([]Message, error) {
	var out []Message
	newest := func() {
		slices.SortFunc(out, func(a, b Message) int { return cmp.Compare(a.Record.Seq, b.Record.Seq) })
		out = out[max(0, len(out)-most):]
	}
	err := c.messages(ctx, workstream, func(m Message) {
		if out = append(out, m); len(out) == 2*most {
			newest()
		}
	})
	if newest(); err != nil || len(out) == 0 {
		return nil, err
	}
	at := map[string]*Message{}
	for i := range out {
		at[out[i].Record.ID] = &out[i]
	}
	return out, c.receipts(ctx, workstream, "/receipts", at)
}

// Newest returns the newest message of a workstream of which match is true; nil where there is none.
func (c *Client) Newest(ctx context.Context, workstream string, match func(Message) bool) (*Message, error) {
	var out *Message
	err := c.messages(ctx, workstream, func(m Message) {
		if match(m) && (out == nil || m.Record.Seq > out.Record.Seq) { // ids sort by their senders' clocks
			out = &m
		}
	})
	if err != nil || out == nil {
		return nil, err
	}
	return out, c.receipts(ctx, workstream, "/messages/"+url.PathEscape(out.Record.ID)+"/receipts", map[string]*Message{out.Record.ID: out})
}

// Message returns one message of a workstream. One that is not there is a problem with the code not-found.
func (c *Client) Message(ctx context.Context, workstream, id string) (Message, error) {
	var m Message
	path := "/messages/" + url.PathEscape(id)
	if err := c.ask(ctx, "GET", "/workstreams/"+url.PathEscape(workstream)+path, "", nil, &m.Record); err != nil {
		return m, err
	}
	if m.Record.ID != id || m.Record.Kind != hub.KindMessage || json.Unmarshal(m.Record.Body, &m.Message) != nil {
		return m, fmt.Errorf("the message %s: the hub's answer is about something else", id)
	}
	return m, c.receipts(ctx, workstream, path+"/receipts", map[string]*Message{id: &m})
}

func (c *Client) messages(ctx context.Context, workstream string, each func(Message)) error {
	return c.pages(ctx, workstream, "/messages", hub.KindMessage, func(r hub.Record) error {
		m := Message{Record: r}
		err := json.Unmarshal(r.Body, &m.Message)
		if err == nil {
			each(m)
		}
		return err
	})
}

// maxReaders bounds how many names are kept of those who acknowledged one message.
const maxReaders = 1000

// receipts fills in who has acknowledged messages.
func (c *Client) receipts(ctx context.Context, workstream, path string, messages map[string]*Message) error {
	return c.pages(ctx, workstream, path, hub.KindReceipt, func(r hub.Record) error {
		var receipt hub.Receipt
		err := json.Unmarshal(r.Body, &receipt)
		if m := messages[receipt.Message]; m != nil && len(m.ReadBy) < maxReaders {
			m.ReadBy = append(m.ReadBy, receipt.By)
		}
		return err
	})
}

// Acknowledge says that the token's owner has read a message; once or more, it is one receipt.
func (c *Client) Acknowledge(ctx context.Context, workstream, message, key string) error {
	var r hub.Record
	return c.ask(ctx, "POST", "/workstreams/"+url.PathEscape(workstream)+"/messages/"+url.PathEscape(message)+"/receipts", key, nil, &r)
}

// maxPages bounds how long a list is read that does not end.
const maxPages = 1000

// pages reads a list of a workstream's records of a kind to its end. What else the hub puts into it is left out.
func (c *Client) pages(ctx context.Context, workstream, path string, kind hub.Kind, each func(hub.Record) error) error {
	query := url.Values{"limit": {"1000"}}
	for range maxPages {
		var page struct {
			Records []hub.Record
			After   string
		}
		if err := c.ask(ctx, "GET", "/workstreams/"+url.PathEscape(workstream)+path+"?"+query.Encode(), "", nil, &page); err != nil {
			return err
		}
		for _, r := range page.Records {
			if r.Kind != kind || r.Workstream != workstream {
				continue
			}
			if each(r) != nil {
				return fmt.Errorf("the %s %s: the hub's answer cannot be read", kind, r.ID)
			}
		}
		if page.After == "" || len(page.Records) == 0 {
			return nil
		}
		query.Set("after", page.After)
	}
	return fmt.Errorf("the hub's list of %ss does not end", kind)
}
