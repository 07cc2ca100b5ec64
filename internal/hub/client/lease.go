package client

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// Who is the token that the client asks with.
func (c *Client) Who(ctx context.Context) (hub.Token, error) {
	var t hub.Token
	return t, c.ask(ctx, "GET", "/whoami", "", nil, &t)
}

// Claim claims a task. That somebody else has it is a problem with the code lease-held.
func (c *Client) Claim(ctx context.Context, workstream, task, key string, ttl time.Duration) (hub.Lease, error) {
	return c.lease(ctx, workstream, task, "", key, map[string]any{"ttl_seconds": int64(ttl / time.Second)})
}

// Renew gives a lease its time again.
func (c *Client) Renew(ctx context.Context, workstream, task, key string, fence int64, ttl time.Duration) (hub.Lease, error) {
	return c.lease(ctx, workstream, task, "/renew", key, map[string]any{"fence": fence, "ttl_seconds": int64(ttl / time.Second)})
}

// Release gives a task back.
func (c *Client) Release(ctx context.Context, workstream, task, key string, fence int64) (hub.Lease, error) {
	return c.lease(ctx, workstream, task, "/release", key, map[string]any{"fence": fence})
}

func (c *Client) lease(ctx context.Context, workstream, task, what, key string, in any) (hub.Lease, error) {
	var r hub.Record
	var l hub.Lease
	path := "/workstreams/" + url.PathEscape(workstream) + "/tasks/" + url.PathEscape(task) + "/lease" + what
	if err := c.ask(ctx, "POST", path, key, in, &r); err != nil {
		return l, err
	}
	return l, json.Unmarshal(r.Body, &l)
}
