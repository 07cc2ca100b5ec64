// Package gitea posts a commit status and one comment through Gitea's API, and updates them when they are there.
// It knows nothing of plans; what it posts is given to it.
package gitea

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Status is the state of a commit status.
type Status string

// The states.
const (
	Success Status = "success"
	Failure Status = "failure"
	Warning Status = "warning"
	Errored Status = "error"
)

// The bounds of what is posted and read.
const (
	maxBody     = 60 << 10
	maxResponse = 8 << 20
	maxPages    = 50
	pageSize    = 50
)

// Client talks to one repository. All fields but HTTP are required.
type Client struct {
	Server string // https://gitea.example.org, with a path where Gitea has one
	Repo   string // owner/name
	Token  string
	HTTP   *http.Client // nil: one that gives up after 30 seconds and follows no redirect
}

// Post is what is posted.
type Post struct {
	Commit  string // full hash
	Context string // the name of the status
	State   Status
	Text    string // one line beside the status

	Pull   int    // the number of the pull request; 0: no comment
	Marker string // what the comment is known by, at its beginning
	Body   string // markdown
}

// Do posts the status where it is not the newest one already, and the comment where it does not say the same already.
func (c *Client) Do(ctx context.Context, p Post) error {
	if err := c.check(p); err != nil {
		return err
	}
	by, err := c.status(ctx, p)
	if err != nil {
		return fmt.Errorf("post the status of %s: %w", p.Commit, err)
	}
	if p.Pull == 0 {
		return nil
	}
	if err := c.comment(ctx, p, by); err != nil {
		return fmt.Errorf("comment on pull request %d: %w", p.Pull, err)
	}
	return nil
}

// check finds what would make other requests of ours than those that are meant.
func (c *Client) check(p Post) error {
	u, err := url.Parse(c.Server)
	owner, name, ok := strings.Cut(c.Repo, "/")
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil:
		return fmt.Errorf("the server is an address such as https://gitea.example.org, not %q", c.Server)
	case !ok || !isName(owner) || !isName(name):
		return fmt.Errorf("the repository is OWNER/NAME, not %q", c.Repo)
	case strings.Trim(p.Commit, "0123456789abcdef") != "" || len(p.Commit) < 40:
		return fmt.Errorf("the commit is a full hash, not %q", p.Commit)
	case c.Token == "":
		return errors.New("there is no token")
	}
	return nil
}

func isName(s string) bool {
	return s != "" && s != "." && s != ".." && !strings.ContainsAny(s, "/?#%\\") && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// user is somebody, by id; 0 is nobody.
type user struct {
	ID int64 `json:"id"`
}

type status struct {
	ID      int64  `json:"id,omitempty"`
	State   Status `json:"state"`
	Status  Status `json:"status,omitempty"` // what Gitea answers with
	Context string `json:"context"`
	Text    string `json:"description"`
	Creator user   `json:"creator,omitzero"`
}

// status posts the state, and returns whose the newest one is then.
// Gitea keeps all statuses of a commit and shows the newest of each context.
func (c *Client) status(ctx context.Context, p Post) (by user, err error) {
	want := status{State: p.State, Context: p.Context, Text: p.Text}
	var have []status
	if err := c.call(ctx, http.MethodGet, fmt.Sprintf("commits/%s/statuses?sort=recentupdate&limit=%d", p.Commit, pageSize), nil, &have); err != nil {
		return by, err
	}
	var newest *status
	for i, s := range have {
		if s.Context == p.Context && (newest == nil || s.ID > newest.ID) {
			newest = &have[i]
		}
	}
	if newest != nil && newest.Status == want.State && newest.Text == want.Text {
		return newest.Creator, nil
	}
	var posted status
	err = c.call(ctx, http.MethodPost, "statuses/"+p.Commit, want, &posted)
	return posted.Creator, err
}

type comment struct {
	ID   int64  `json:"id,omitempty"`
	Body string `json:"body"`
	User user   `json:"user,omitzero"`
}

// comment writes the one comment that begins with the marker and is our own. Anybody can write such a comment, and
// change it later: one of somebody else's is never taken for ours, though we might be allowed to write into it.
// The token of a job may not be asked who it is. By, who posted the status, may post statuses as we do, and is most
// likely we.
func (c *Client) comment(ctx context.Context, p Post, by user) error {
	want := comment{Body: p.Marker + "\n" + cut(p.Body)}
	me := by
	var who user
	if c.send(ctx, http.MethodGet, "/user", nil, &who) == nil {
		me = who
	}
	first := int64(0) // of the last page
	for page := 1; page <= maxPages; page++ {
		var have []comment
		if err := c.call(ctx, http.MethodGet, fmt.Sprintf("issues/%d/comments?page=%d&limit=%d", p.Pull, page, pageSize), nil, &have); err != nil {
			return err
		}
		if len(have) == 0 || have[0].ID == first { // a version that knows no pages gives all of them again
			break
		}
		first = have[0].ID
		for _, old := range have {
			if !strings.HasPrefix(old.Body, p.Marker) || old.User != me || me.ID == 0 {
				continue
			}
			if old.Body == want.Body {
				return nil
			}
			err := c.call(ctx, http.MethodPatch, fmt.Sprintf("issues/comments/%d", old.ID), want, nil)
			var refused *Refused
			if errors.As(err, &refused) && refused.Code == http.StatusForbidden {
				continue // somebody else's
			}
			return err
		}
	}
	return c.call(ctx, http.MethodPost, fmt.Sprintf("issues/%d/comments", p.Pull), want, nil)
}

// cut bounds a body at the end of a line.
func cut(body string) string {
	if len(body) <= maxBody {
		return body
	}
	body = body[:maxBody]
	if i := strings.LastIndexByte(body, '\n'); i > 0 {
		body = body[:i+1]
	}
	return body + "\n(cut off)\n"
}

// Refused is the error of a request that Gitea answered with something else than success.
type Refused struct {
	Code    int
	Message string
}

func (r *Refused) Error() string {
	hint := ""
	switch r.Code {
	case http.StatusUnauthorized, http.StatusForbidden:
		hint = "; may the token write statuses and comments?"
	case http.StatusNotFound:
		hint = "; is it there, and may the token read it?"
	}
	return strings.TrimSpace(fmt.Sprintf("gitea answered %d %s", r.Code, r.Message)) + hint
}

// call makes a request about the repository.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	return c.send(ctx, method, "/repos/"+c.Repo+"/"+path, in, out)
}

func (c *Client) send(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.Server, "/")+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "token "+c.Token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	res, err := c.http().Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxResponse))
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		var said struct {
			Message string `json:"message"`
		}
		_ = json.Unmarshal(text, &said)
		return &Refused{res.StatusCode, strings.Join(strings.Fields(said.Message), " ")}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("read the answer to %s %s: %w", method, path, err)
	}
	return nil
}

func (c *Client) http() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return &http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the token goes nowhere else
	}
}
