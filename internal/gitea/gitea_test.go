package gitea

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// server behaves as the part of Gitea's API that is used here: it answers as Gitea does, and keeps what is posted.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	asked    []string // method and path, with what was sent
	statuses []status
	comments []comment
	me       int64
	perPage  int  // 0: comments have no pages
	refuse   int  // answer everything with this code
	nameless bool // the token may not be asked who it is
}

const (
	sha   = "0123456789012345678901234567890123456789"
	token = "t0ken"
)

func start(t *testing.T) (*server, *Client) {
	s := &server{me: 7}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s, &Client{Server: s.URL + "/", Repo: "shop/web", Token: token}
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	path := strings.TrimPrefix(r.URL.Path, "/api/v1")
	if r.Method != http.MethodGet {
		s.asked = append(s.asked, r.Method+" "+path)
	}
	answer := func(code int, v any) {
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		w.WriteHeader(code)
		_ = json.NewEncoder(w).Encode(v)
	}
	const repo = "/repos/shop/web"
	switch {
	case s.refuse != 0:
		answer(s.refuse, map[string]string{"message": "token does not have at least one of required scope(s)", "url": "https://example.org/api/swagger"})
	case r.Header.Get("Authorization") != "token "+token:
		answer(401, map[string]string{"message": "invalid username, password or token"})
	case path == "/user" && s.nameless:
		answer(403, map[string]string{"message": "token does not have at least one of required scope(s)"})
	case path == "/user":
		answer(200, map[string]any{"id": s.me, "login": "bot"})
	case r.Method == http.MethodGet && path == repo+"/commits/"+sha+"/statuses":
		answer(200, s.statuses)
	case r.Method == http.MethodPost && path == repo+"/statuses/"+sha:
		var in status
		_ = json.Unmarshal(body, &in)
		in.ID, in.Status = int64(len(s.statuses)+1), in.State
		in.State, in.Creator.ID = "", s.me
		s.statuses = append([]status{in}, s.statuses...)
		answer(201, in)
	case r.Method == http.MethodGet && path == repo+"/issues/12/comments":
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		answer(200, s.page(page))
	case r.Method == http.MethodPost && path == repo+"/issues/12/comments":
		var in comment
		_ = json.Unmarshal(body, &in)
		in.ID, in.User.ID = int64(len(s.comments)+1), s.me
		s.comments = append(s.comments, in)
		answer(201, in)
	case r.Method == http.MethodPatch && strings.HasPrefix(path, repo+"/issues/comments/"):
		id, _ := strconv.ParseInt(path[len(repo+"/issues/comments/"):], 10, 64)
		var in comment
		_ = json.Unmarshal(body, &in)
		i := slices.IndexFunc(s.comments, func(c comment) bool { return c.ID == id })
		if i < 0 {
			answer(404, map[string]string{"message": "The target couldn't be found."})
			return
		}
		s.comments[i].Body = in.Body
		answer(200, s.comments[i])
	default:
		answer(404, map[string]string{"message": "The target couldn't be found."})
	}
}

func (s *server) page(n int) []comment {
	if s.perPage == 0 {
		return append([]comment{}, s.comments...)
	}
	from := min((n-1)*s.perPage, len(s.comments))
	return append([]comment{}, s.comments[from:min(from+s.perPage, len(s.comments))]...)
}

func (s *server) others(n int) {
	for range n {
		c := comment{ID: int64(len(s.comments) + 1), Body: "<!-- wpctl -->\nI am not wpctl"}
		c.User.ID = 99
		s.comments = append(s.comments, c)
	}
}

var post = Post{Commit: sha, Context: "wpctl", State: Failure, Text: "1 no longer holds", Pull: 12, Marker: "<!-- wpctl -->", Body: "### all\n"}

func TestPostsAreUpdatedRatherThanRepeated(t *testing.T) {
	for _, perPage := range []int{0, 10, 30, 50, -50} {
		t.Run(fmt.Sprintf("%d comments a page", perPage), func(t *testing.T) {
			s, c := start(t)
			s.perPage, s.nameless = max(perPage, -perPage), perPage < 0
			s.others(50)
			do := func(p Post, want ...string) {
				t.Helper()
				s.asked = nil
				if err := c.Do(t.Context(), p); err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(s.asked, want) {
					t.Errorf("asked %q, want %q", s.asked, want)
				}
			}
			do(post, "POST /repos/shop/web/statuses/"+sha, "POST /repos/shop/web/issues/12/comments")
			do(post)
			s.others(60)
			do(post)
			green := post
			green.State, green.Text, green.Body = Success, "all holds", "### holds\n"
			do(green, "POST /repos/shop/web/statuses/"+sha, "PATCH /repos/shop/web/issues/comments/51")
			do(green)
			if len(s.comments) != 111 || s.comments[50].Body != "<!-- wpctl -->\n### holds\n" || s.statuses[0].Status != Success {
				t.Errorf("%d comments, %+v", len(s.comments), s.statuses)
			}
			green.Pull = 0
			green.State = Warning
			do(green, "POST /repos/shop/web/statuses/"+sha)
		})
	}
}

func TestBodiesAreBounded(t *testing.T) {
	s, c := start(t)
	long := post
	long.Body = strings.Repeat("- a line\n", 20_000)
	if err := c.Do(t.Context(), long); err != nil {
		t.Fatal(err)
	}
	if got := s.comments[0].Body; len(got) > maxBody+100 || !strings.HasSuffix(got, "- a line\n\n(cut off)\n") {
		t.Errorf("%d bytes, ending in %q", len(got), got[len(got)-30:])
	}
}

func TestWhatIsRefusedIsTold(t *testing.T) {
	s, c := start(t)
	s.refuse = 403
	err := c.Do(t.Context(), post)
	var refused *Refused
	if !errors.As(err, &refused) || refused.Code != 403 || !strings.Contains(err.Error(), "required scope(s); may the token") {
		t.Error(err)
	}
	s.refuse = 0
	c.Token = "other"
	if err := c.Do(t.Context(), post); err == nil || strings.Contains(err.Error(), "other") {
		t.Error(err)
	}
}

// The token goes to no other server, whatever this one answers.
func TestRedirectsAreNotFollowed(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the other server was asked") }))
	defer other.Close()
	first := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer first.Close()
	if err := (&Client{Server: first.URL, Repo: "shop/web", Token: token}).Do(t.Context(), post); err == nil {
		t.Error("it was taken for an answer")
	}
}

func TestMistakesAreFoundBeforeAnythingIsAsked(t *testing.T) {
	good := Client{Server: "https://gitea.example.org", Repo: "shop/web", Token: token}
	for name, change := range map[string]func(*Client, *Post){
		"no server":           func(c *Client, _ *Post) { c.Server = "" },
		"a file":              func(c *Client, _ *Post) { c.Server = "file:///etc" },
		"a password":          func(c *Client, _ *Post) { c.Server = "https://a:b@gitea.example.org" },
		"no repository":       func(c *Client, _ *Post) { c.Repo = "shop" },
		"a path":              func(c *Client, _ *Post) { c.Repo = "shop/../admin" },
		"another path":        func(c *Client, _ *Post) { c.Repo = "../admin" },
		"a query":             func(c *Client, _ *Post) { c.Repo = "shop/web?x" },
		"no token":            func(c *Client, _ *Post) { c.Token = "" },
		"a branch":            func(_ *Client, p *Post) { p.Commit = "main" },
		"a path for a commit": func(_ *Client, p *Post) { p.Commit = "../../" + sha },
	} {
		c, p := good, post
		change(&c, &p)
		if err := c.check(p); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := good.check(post); err != nil {
		t.Error(err)
	}
}
