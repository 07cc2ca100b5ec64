package client

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

func ask(t *testing.T, handler http.HandlerFunc) (*Client, error) {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	c, err := New(srv.URL, "wph_secret", "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	_, err = c.Changes(t.Context(), "w", "")
	return c, err
}

// TestRedirect follows none: the token goes to the one host.
func TestRedirect(t *testing.T) {
	var told atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { told.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		_, err := ask(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, status) })
		if err == nil || !strings.Contains(err.Error(), "leads elsewhere") {
			t.Errorf("%d: %v", status, err)
		}
	}
	if told.Load() != 0 {
		t.Error("another host was asked")
	}
}

// TestAnswers are what something that is no hub, or a hostile one, may answer.
func TestAnswers(t *testing.T) {
	problem := func(w http.ResponseWriter, status int, text string) {
		w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
		w.WriteHeader(status)
		w.Write([]byte(text))
	}
	for name, row := range map[string]struct {
		answer http.HandlerFunc
		later  bool
		code   hub.Code
		after  time.Duration
		resync bool
	}{
		"garbage": {answer: func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }, later: true},
		"half an answer": {answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "99")
			w.Write([]byte("{"))
		}, later: true},
		"a broken line":   {answer: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, later: true},
		"a proxy's 502":   {answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(502) }, later: true},
		"a proxy's 401":   {answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) }, code: hub.CodeToken},
		"something's 404": {answer: func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }},
		"busy": {answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			problem(w, 503, `{"code":"unavailable"}`)
		}, later: true, after: 7 * time.Second},
		"busy for ever": {answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "99999999999")
			w.WriteHeader(429)
		}, later: true, after: longestPause},
		"busy in the past": {answer: func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "-5"); w.WriteHeader(429) }, later: true},
		"busy until a moment, by another clock": {answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", "Sun, 06 Nov 1994 08:49:37 GMT")
			w.Header().Set("Retry-After", "Sun, 06 Nov 1994 08:49:39 GMT")
			w.WriteHeader(503)
		}, later: true, after: 2 * time.Second},
		"a wrong role": {answer: func(w http.ResponseWriter, _ *http.Request) { problem(w, 403, `{"code":"role","detail":"no"}`) }, code: hub.CodeRole},
		"a long tale": {answer: func(w http.ResponseWriter, _ *http.Request) {
			long := strings.Repeat("ä", 1e6)
			problem(w, 403, `{"code":"role","detail":"`+long+`","errors":[{"path":"`+long+`","message":"`+long+`"}]}`)
		}, code: hub.CodeRole},
		"another history":   {answer: func(w http.ResponseWriter, _ *http.Request) { problem(w, 410, `{"code":"resync"}`) }, resync: true},
		"a nameless code":   {answer: func(w http.ResponseWriter, _ *http.Request) { problem(w, 422, `{"code":"new-in-2030"}`) }, code: "new-in-2030"},
		"no problem at all": {answer: func(w http.ResponseWriter, _ *http.Request) { problem(w, 500, `[]`) }, later: true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ask(t, row.answer)
			var later *hub.Later
			var p *hub.Problem
			if err == nil || errors.As(err, &later) != row.later || errors.Is(err, hub.ErrResync) != row.resync {
				t.Fatal(err)
			}
			if row.later && later.After != row.after {
				t.Error(later.After)
			}
			if row.code != "" && (!errors.As(err, &p) || p.Code != row.code) {
				t.Error(err)
			}
			if strings.Contains(err.Error(), "wph_") || len(err.Error()) > 10_000 {
				t.Errorf("%.200s", err)
			}
		})
	}
}

// TestGivenUp ends a request with its context, whatever the hub does.
func TestGivenUp(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { close(begun); <-end }))
	defer srv.Close()
	defer close(end)
	c, err := New(srv.URL, "t", "test")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	if _, err := c.Changes(ctx, "w", ""); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestDrip says of a hub that talks for ever, byte by byte, that there is no answer.
func TestDrip(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			w.Write([]byte(" "))
			w.(http.Flusher).Flush()
			time.Sleep(time.Millisecond)
		}
	}))
	defer srv.Close()
	c, err := New(srv.URL, "t", "test")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.http.Timeout = 50 * time.Millisecond
	var later *hub.Later
	if _, err := c.Changes(t.Context(), "w", ""); !errors.As(err, &later) || !strings.HasSuffix(err.Error(), ": no answer in time") {
		t.Error(err)
	}
}

// TestOthers leaves out what is of another workstream, and takes no answer about something else.
func TestOthers(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.Write([]byte(`{"results":[{"status":201,"record":{"id":"other","rev":1}}]}`))
			return
		}
		w.Write([]byte(`{"records":[{"id":"a","workstream":"w","rev":2},{"id":"b","workstream":"x","rev":1}],"next":7,"epoch":"e"}`))
	}))
	defer srv.Close()
	c, err := New(srv.URL, "t", "test")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	f, err := c.Changes(t.Context(), "w", "")
	if err != nil || len(f.Items) != 1 || f.Items[0].Version != "2" || f.Cursor != "e 7" {
		t.Error(f, err)
	}
	d := hub.Delivery{Verb: hub.Create, Kind: hub.KindEvent, ID: "mine", Key: "k", Body: []byte(`{}`)}
	if _, err := c.Send(t.Context(), "w", []hub.Delivery{d}); err == nil {
		t.Error("an answer about something else was taken")
	}
	if _, err := c.Send(t.Context(), "w", []hub.Delivery{d, d}); err == nil {
		t.Error("one answer was taken for two deliveries")
	}
	if _, err := c.Send(t.Context(), "w", make([]hub.Delivery, hub.MaxBatch+1)); err == nil {
		t.Error("too many deliveries were sent")
	}
	for _, token := range []string{"", "a b", "a\nb"} {
		if _, err := New(srv.URL, token, "test"); err == nil {
			t.Errorf("%q is taken for a token", token)
		}
	}
}
