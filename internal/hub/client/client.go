// Package client asks a hub of ours over HTTP. It keeps nothing, tries nothing twice, follows no redirect, and sends
// its token to the one host that it was made for.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/safe"
)

// Client is a hub at an address. It may be used by several goroutines.
type Client struct {
	address string
	token   string
	agent   string
	http    *http.Client
}

var _ hub.Remote = (*Client)(nil)

// New makes a client for the hub at an address, which hub.Address judges. Agent names the program.
func New(address, token, agent string) (*Client, error) {
	address, err := hub.Address(address)
	if err != nil {
		return nil, err
	}
	if token == "" || strings.ContainsAny(token, " \t\r\n") {
		return nil, errors.New("the token of the hub is empty, or has blanks in it")
	}
	return &Client{address: address, token: token, agent: agent, http: HTTP()}, nil
}

// HTTP asks with bounds of time, and follows no redirect.
func HTTP() *http.Client {
	transport := &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext, TLSHandshakeTimeout: 5 * time.Second,
		ResponseHeaderTimeout: 30 * time.Second, IdleConnTimeout: 30 * time.Second, ForceAttemptHTTP2: true,
	}
	return &http.Client{
		Transport: transport, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Name is the hub's address.
func (c *Client) Name() string { return c.address }

// Close ends connections that nobody uses.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 20

// ask sends a request and reads the answer into out. Key, where there is one, names the request.
func (c *Client) ask(ctx context.Context, method, path, key string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.address+"/v1"+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("User-Agent", c.agent)
	req.Header.Set("Accept", "application/json, application/problem+json")
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return Unreachable(ctx, c.address, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return Unreachable(ctx, c.address, err)
	}
	if len(text) > maxAnswer {
		return fmt.Errorf("the hub's answer is larger than %d MiB", maxAnswer>>20)
	}
	if res.StatusCode >= 300 {
		return refusal(res, text)
	}
	if err := json.Unmarshal(text, out); err != nil {
		return &hub.Later{Err: errors.New("the hub's answer cannot be read")}
	}
	return nil
}

// Unreachable is the error of a request without an answer. That the caller gave up is the caller's own error.
func Unreachable(ctx context.Context, address string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() {
		err = errors.New("no answer in time")
	}
	return &hub.Later{Err: fmt.Errorf("ask the hub at %s: %w", address, err)}
}

// refusal makes an error of an answer that is none.
func refusal(res *http.Response, text []byte) error {
	after := RetryAfter(res.Header)
	form, _, _ := strings.Cut(res.Header.Get("Content-Type"), ";")
	var p hub.Problem
	if form == "application/problem+json" && json.Unmarshal(text, &p) == nil && p.Code != "" {
		p.Detail = bounded(p.Detail)
		for i := range p.Errors {
			p.Errors[i].Path, p.Errors[i].Message = bounded(p.Errors[i].Path), bounded(p.Errors[i].Message)
		}
		if p.Passing() {
			return &hub.Later{After: after, Err: &p}
		}
		return &p
	}
	err := fmt.Errorf("the answer is %d %s, and none of a hub", res.StatusCode, http.StatusText(res.StatusCode))
	switch {
	case res.StatusCode == http.StatusUnauthorized:
		return hub.Refuse(hub.CodeToken, "something before the hub wants other credentials")
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode == http.StatusRequestTimeout, res.StatusCode >= 500:
		return &hub.Later{After: after, Err: err}
	case res.StatusCode < 400:
		return fmt.Errorf("%w: it leads elsewhere, and the token goes nowhere else; correct the hub's address", err)
	}
	return err
}

// bounded is what is kept of a hub's words.
func bounded(s string) string { return safe.Cut(s, 1000) }

// longestPause bounds what a hub may ask for.
const longestPause = 10 * time.Minute

// RetryAfter is the pause that an answer asks for. A moment is taken by the clock of who said it.
func RetryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil {
		return min(max(time.Duration(n), 0), longestPause/time.Second) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return min(max(at.Sub(now), 0), longestPause)
}
