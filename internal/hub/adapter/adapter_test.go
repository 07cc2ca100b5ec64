package adapter

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

var simple = Settings{Routes: map[string]Route{"task": {
	List: "GET /tasks?page={page}", Items: "self.items", Next: "self.next", Update: "PATCH /tasks/{key}", Create: "POST /tasks/{key}",
	Body: map[string]any{"title": "${{ self.title }}"}, Answer: map[string]string{"id": "self.id", "title": "self.title", "status": "self.status"},
}}}

func over(t *testing.T, s Settings, handler http.HandlerFunc) *Adapter {
	t.Helper()
	srv := httptest.NewServer(handler)
	t.Cleanup(srv.Close)
	a, err := New(srv.URL+"/base", "s3cret", "test", s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// TestPlaces keeps whatever a value holds within its part of the path.
func TestPlaces(t *testing.T) {
	r, err := parseRoute("PATCH /api/{ref}/x?of={ref}&page={page}", writes...)
	if err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{
		"7":        "https://h:1/api/7/x?of=7",
		"../admin": "https://h:1/api/..%2Fadmin/x?of=..%2Fadmin",
		"a%2fb":    "https://h:1/api/a%252fb/x?of=a%252fb",
		"a?b=c#d":  "https://h:1/api/a%3Fb=c%23d/x?of=a%3Fb%3Dc%23d",
		"@evil":    "https://h:1/api/@evil/x?of=%40evil",
		"..":       "", ".": "", "": "",
	} {
		got, err := r.at("https://h:1", map[string]any{"ref": value})
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%q: %s, %v", value, got, err)
		}
	}
	for _, wrong := range []string{"DELETE /x", "PATCH", "PATCH x", "PATCH //evil/x", "PATCH /a/../b", "PATCH /a b", "PATCH /{A}", "PATCH /a\\b", "PATCH /a#b", "PATCH https://evil/x", "GET /x", "PATCH /%2e%2e/x"} {
		if _, err := parseRoute(wrong, writes...); err == nil {
			t.Errorf("%s is taken for a route", wrong)
		}
	}
}

// TestElsewhere sends the token to nobody else, wherever the hub points.
func TestElsewhere(t *testing.T) {
	var told atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { told.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		a := over(t, simple, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL, status) })
		if _, err := a.Changes(t.Context(), "w", ""); err == nil || !strings.Contains(err.Error(), "leads elsewhere") {
			t.Errorf("%d: %v", status, err)
		}
	}
	a := over(t, simple, func(http.ResponseWriter, *http.Request) {})
	for _, address := range []string{other.URL + "/base/x", a.address + "@" + other.URL[7:], strings.TrimSuffix(a.address, "/base") + "/other", a.address + ".evil/x", "x"} {
		if _, err := a.ask(t.Context(), request{Method: "GET", URL: address}); err == nil {
			t.Errorf("%s was asked", address)
		}
	}
	if told.Load() != 0 {
		t.Error("another host was asked")
	}
}

// TestAnswers are what something that is no hub, or a hostile one, may answer.
func TestAnswers(t *testing.T) {
	for name, row := range map[string]struct {
		answer http.HandlerFunc
		want   string
		later  bool
	}{
		"garbage":        {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) }, "no JSON", true},
		"two values":     {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("{} {}")) }, "no JSON", true},
		"nothing":        {func(http.ResponseWriter, *http.Request) {}, "no list of tasks", false},
		"another shape":  {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"items":{"a":1}}`)) }, "no list of tasks", false},
		"a list of text": {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"items":["x"]}`)) }, "something else", true},
		"no end":         {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"items":[],"next":"x"}`)) }, "no end", false},
		"too large": {func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(`{"items":["` + strings.Repeat("x", maxAnswer) + `"]}`))
		}, "larger than", false},
		"deep": {func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(strings.Repeat("[", 1e6))) }, "no JSON", true},
		"busy": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, "503", true},
		"a stranger": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(401)
			w.Write([]byte("no such token: " + r.Header.Get("Authorization") + "\n\x1b[2J"))
		}, "does not know the token", false},
		"a broken line": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "ask the hub", true},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := over(t, simple, row.answer).Changes(t.Context(), "w", "")
			var later *hub.Later
			if err == nil || !strings.Contains(err.Error(), row.want) || errors.As(err, &later) != row.later {
				t.Fatal(err)
			}
			if text := err.Error(); strings.Contains(text, "s3cret") || strings.ContainsAny(text, "\n\x1b") || len(text) > 500 {
				t.Errorf("%q", text)
			}
		})
	}
}

// TestFields takes what fits, and tells of the rest.
func TestFields(t *testing.T) {
	a := over(t, simple, func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte(`{"items":[{"id":"a","title":12345678901234567,"status":"Won't fix"},{"id":"b","title":{"x":1},"status":"done"},{"title":"of nobody"}]}`))
	})
	f, err := a.Changes(t.Context(), "w", "")
	if err != nil || len(f.Items) != 2 || string(f.Items[0].Body) != `{"title":"12345678901234567"}` || string(f.Items[1].Body) != `{"status":"done"}` || len(f.Warnings) != 2 {
		t.Errorf("%v %s %v", err, f.Items, f.Warnings)
	}
}

// TestSlow ends with its context, whatever the hub does.
func TestSlow(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	a := over(t, simple, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(200)
		w.(http.Flusher).Flush()
		close(begun)
		<-end
	})
	defer close(end)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-begun; cancel() }()
	if _, err := a.Changes(ctx, "w", ""); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestHostileKey sends what stands in a plan as one part of a path.
func TestHostileKey(t *testing.T) {
	var asked []string
	a := over(t, simple, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.RequestURI)
		w.Write([]byte(`{"items":[]}`))
	})
	for _, key := range []string{"../../admin?x=1", ".."} {
		body, _ := json.Marshal(map[string]string{"key": key, "title": "t"})
		out, err := a.Send(t.Context(), "w", []hub.Delivery{{Verb: hub.Create, Kind: hub.KindTask, ID: "i", Key: "k", Body: body}})
		if err != nil || (out[0].Problem != nil) != (key == "..") {
			t.Error(key, err, out)
		}
	}
	if got := strings.Join(asked, ", "); got != "GET /base/tasks, POST /base/tasks/..%2F..%2Fadmin%3Fx=1, GET /base/tasks" {
		t.Error(got)
	}
}

// TestWrong tells of mistakes in settings.
func TestWrong(t *testing.T) {
	for want, s := range map[string]Settings{
		"wanted workstream, task":        {Routes: map[string]Route{"lease": {}}},
		"wanted a route":                 {Routes: map[string]Route{"task": {}}},
		"wanted update beside create":    {Routes: map[string]Route{"task": {Create: "POST /x"}}},
		"wanted POST, PUT, PATCH":        {Routes: map[string]Route{"task": {Update: "DELETE /x"}}},
		"a list needs answer: id":        {Routes: map[string]Route{"task": {List: "GET /x"}}},
		"no header that a configuration": {Routes: map[string]Route{"task": {Update: "PUT /x", Headers: map[string]string{"authorization": "x"}}}},
		"wanted id, ref":                 {Routes: map[string]Route{"task": {Update: "PUT /x", Answer: map[string]string{"run": "self.x"}}}},
		"no status of a task":            {Routes: map[string]Route{"task": {Update: "PUT /x", StatusMap: map[string]string{"open": "x"}}}},
		"which has no place":             {Routes: map[string]Route{"task": {List: "GET /x", Next: "self.n", Answer: map[string]string{"id": "self.id"}}}},
		"routes.workstream.list tells":   {Routes: map[string]Route{"task": {List: "GET /{workstream_ref}", Answer: map[string]string{"id": "self.id"}}}},
		"${{ without }}":                 {Routes: map[string]Route{"task": {Update: "PUT /x", Body: map[string]any{"a": []any{"${{ self"}}}}},
		"wanted the name of the header":  {Auth: Auth{Scheme: "header", Header: "Host"}, Routes: simple.Routes},
		"goes with scheme: header":       {Auth: Auth{Header: "X-A"}, Routes: simple.Routes},
	} {
		_, err := New("https://hub.example.org", "t", "test", s)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("wanted %q: %v", want, err)
		}
	}
}
