package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

const checkedIn = "../../../docs/hub-openapi.json"

// TestOpenAPI holds the document that is checked in against the one that is served.
func TestOpenAPI(t *testing.T) {
	got, err := OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(checkedIn, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(checkedIn)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("%s is out of date: UPDATE=1 go test ./internal/hub/api -run TestOpenAPI (%v)", checkedIn, err)
	}
}

func TestRecords(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, task := w.plan("P-1")

		t.Log("PUT makes once")
		same := hub.Task{Key: "P-1-T01", Title: "Begin"}
		a := w.want(200, "", call{Role: hub.Agent, Method: "PUT", Path: task, Body: same})
		if a.Header.Get("ETag") != `"1"` || a.Record.Rev != 1 || a.Record.CreatedBy != "the-agent" {
			t.Errorf("%s", a.Text)
		}
		w.want(412, hub.CodeExists, call{Role: hub.Agent, Method: "PUT", Path: task, Body: hub.Task{Key: "P-1-T01", Title: "Other"}})
		w.want(428, hub.CodePrecondition, call{Role: hub.Agent, Method: "PUT", Path: task, Body: same, Header: map[string]string{"If-None-Match": ""}})
		w.want(422, hub.CodeInvalid, call{Role: hub.Agent, Method: "PUT", Path: task, Body: same, Header: map[string]string{"If-None-Match": `"1"`}})

		t.Log("PATCH needs to know what it changes")
		title := map[string]any{"title": "Begin well"}
		w.want(428, hub.CodePrecondition, call{Role: hub.Agent, Method: "PATCH", Path: task, Body: title})
		w.want(422, hub.CodeInvalid, call{Role: hub.Agent, Method: "PATCH", Path: task, Body: title, Header: map[string]string{"If-Match": "*"}})
		w.want(422, hub.CodeInvalid, call{Role: hub.Agent, Method: "PATCH", Path: task, Body: title, Header: map[string]string{"If-Match": `W/"1"`}})
		w.want(400, hub.CodeKeyMissing, call{Role: hub.Agent, Method: "PATCH", Path: task, Body: title, Header: map[string]string{"If-Match": `"1"`, "Idempotency-Key": ""}})
		a = w.want(200, "", call{Role: hub.Agent, Method: "PATCH", Path: task, Body: title, Header: map[string]string{"If-Match": `"1"`, "Content-Type": "application/merge-patch+json"}})
		if a.Record.Rev != 2 || !strings.Contains(string(a.Record.Body), "Begin well") {
			t.Errorf("%s", a.Text)
		}
		a = w.want(412, hub.CodeStale, call{Role: hub.Agent, Method: "PATCH", Path: task, Body: map[string]any{"assignee": "me"}, Header: map[string]string{"If-Match": `"1"`}})
		if !slices.Equal(a.Changed, []string{"title"}) || a.Current == nil || a.Current.Rev != 2 {
			t.Errorf("%s", a.Text)
		}
		w.want(422, hub.CodeFixed, call{Role: hub.Agent, Method: "PATCH", Path: task, Body: map[string]any{"key": "P-1-T02"}, Header: map[string]string{"If-Match": `"2"`}})
		w.want(422, hub.CodeInvalid, call{Role: hub.Agent, Method: "PATCH", Path: task, Body: map[string]any{}, Header: map[string]string{"If-Match": `"2"`}})
		w.want(200, "", call{Role: hub.Agent, Method: "PUT", Path: task, Body: same}) // what made it is what made it

		t.Log("the other kinds")
		taskID := task[strings.LastIndex(task, "/")+1:]
		now := "2026-11-22T10:00:00Z"
		for kind, body := range map[string]any{
			"verdicts": map[string]any{"task": taskID, "outcome": "passed", "observed_at": now},
			"events":   map[string]any{"task": taskID, "type": "progress", "text": "half", "data": map[string]any{"n": 12345678901234567}},
			"messages": map[string]any{"text": "look at this"},
		} {
			path := workstream + "/" + kind + "/" + newID(t)
			for want := range []int{201, 200, 200} {
				a := w.do(call{Role: hub.Verifier, Method: "PUT", Path: path, Body: body})
				if a.Status != 200 && (want != 0 || a.Status != 201) {
					t.Errorf("%s: %d %s", kind, a.Status, a.Text)
				}
			}
			a := w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: path})
			if kind == "events" && !strings.Contains(string(a.Text), "12345678901234567") {
				t.Errorf("a number lost digits: %s", a.Text)
			}
			w.want(405, hub.CodeMethod, call{Role: hub.Agent, Method: "PATCH", Path: path, Body: body})
			w.want(405, hub.CodeMethod, call{Role: hub.Admin, Method: "DELETE", Path: path})
			list := w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: workstream + "/" + kind})
			if n := strings.Count(string(list.Text), `"rev":`); n != 1 {
				t.Errorf("%d %s", n, kind)
			}
		}
		w.want(404, hub.CodeNotFound, call{Role: hub.Verifier, Method: "PUT", Path: workstream + "/verdicts/" + newID(t), Body: map[string]any{"task": newID(t), "outcome": "passed", "observed_at": now}})

		t.Log("receipts")
		var list struct{ Records []hub.Record }
		_ = json.Unmarshal(w.do(call{Role: hub.Reader, Method: "GET", Path: workstream + "/messages"}).Text, &list)
		receipts := workstream + "/messages/" + list.Records[0].ID + "/receipts"
		w.want(201, "", call{Role: hub.Agent, Method: "POST", Path: receipts})
		w.want(200, "", call{Role: hub.Agent, Method: "POST", Path: receipts})
		w.want(201, "", call{Role: hub.Human, Method: "POST", Path: receipts})

		t.Log("an id is one record's within its workstream")
		other, _ := w.plan("P-2")
		w.want(404, hub.CodeNotFound, call{Role: hub.Agent, Method: "GET", Path: other + "/tasks/" + taskID})
		w.want(412, hub.CodeExists, call{Role: hub.Agent, Method: "PUT", Path: workstream + "/events/" + taskID, Body: hub.Event{Type: "progress"}})
		w.want(404, hub.CodeNotFound, call{Role: hub.Agent, Method: "GET", Path: workstream + "/decisions/" + taskID})
		w.want(404, hub.CodeNotFound, call{Role: hub.Agent, Method: "PUT", Path: "/v1/workstreams/" + newID(t) + "/tasks/" + newID(t), Body: same})
		w.want(404, hub.CodeNotFound, call{Role: hub.Agent, Method: "GET", Path: "/v1/workstreams/" + newID(t) + "/changes"})
		if a := w.do(call{Role: hub.Reader, Method: "GET", Path: "/v1/workstreams"}); strings.Count(string(a.Text), `"rev":`) != 2 {
			t.Errorf("%s", a.Text)
		}
		w.want(200, "", call{Method: "GET", Path: "/v1/health"})
		w.want(200, "", call{Role: hub.Human, Method: "GET", Path: "/v1/whoami"})
		if a := w.do(call{Method: "GET", Path: "/v1/openapi.json"}); !strings.Contains(string(a.Text), `"3.1.0"`) {
			t.Errorf("%.200s", a.Text)
		}
	})
}

func TestPages(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, _ := w.plan("P-1")
		for i := range 25 {
			w.want(201, "", call{Role: hub.Agent, Method: "PUT", Path: workstream + "/events/" + newID(t), Body: hub.Event{Type: "progress", Text: fmt.Sprint(i)}})
		}
		seen, after := map[string]bool{}, ""
		for range 10 {
			var page struct {
				Records []hub.Record
				After   string
			}
			a := w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: workstream + "/events?limit=10" + after})
			if err := json.Unmarshal(a.Text, &page); err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Records {
				seen[r.ID] = true
			}
			if page.After == "" {
				break
			}
			after = "&after=" + page.After
		}
		if len(seen) != 25 {
			t.Errorf("%d events", len(seen))
		}
		w.want(422, hub.CodeInvalid, call{Role: hub.Reader, Method: "GET", Path: workstream + "/events?limit=0"})
		w.want(422, hub.CodeInvalid, call{Role: hub.Reader, Method: "GET", Path: workstream + "/events?limit=1001"})
		w.want(422, hub.CodeInvalid, call{Role: hub.Reader, Method: "GET", Path: workstream + "/events?order=1"})
	})
}

func TestIdempotency(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		_, task := w.plan("P-1")
		patch := call{Role: hub.Agent, Method: "PATCH", Path: task, Body: map[string]any{"title": "New"}, Header: map[string]string{"If-Match": `"1"`, "Idempotency-Key": "one"}}
		first := w.want(200, "", patch)
		for range 2 {
			if again := w.want(200, "", patch); !bytes.Equal(first.Text, again.Text) {
				t.Errorf("%s\n%s", first.Text, again.Text)
			}
		}
		other := patch
		other.Body = map[string]any{"title": "Another"}
		w.want(422, hub.CodeKeyReused, other)
		other.Role = hub.Human // whose key is their own
		w.want(412, hub.CodeStale, other)

		t.Log("30 days")
		w.skew.Add(int64(29 * 24 * 3600e9))
		w.want(200, "", patch)
		w.skew.Add(int64(2 * 24 * 3600e9))
		w.want(412, hub.CodeStale, patch)
		if err := w.Store.Sweep(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestClear takes fields away by empty values, whatever they may hold otherwise.
func TestClear(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, task := w.plan("P-1")
		patch := func(path, rev, body string) answered {
			t.Helper()
			return w.want(200, "", call{Role: hub.Agent, Method: "PATCH", Path: path, Body: body, Header: map[string]string{"If-Match": `"` + rev + `"`}})
		}
		patch(task, "1", `{"priority":"high","assignee":"ada","labels":["x"],"said":{"title":"d1"}}`)
		a := patch(task, "2", `{"priority":"","assignee":"","labels":[],"said":{}}`)
		if s := string(a.Record.Body); s != `{"key":"P-1-T01","status":"todo","title":"Begin"}` {
			t.Error(s)
		}
		patch(workstream, "1", `{"priority":"low"}`)
		patch(workstream, "2", `{"priority":""}`)
		w.want(422, hub.CodeInvalid, call{Role: hub.Agent, Method: "PATCH", Path: task, Body: `{"status":""}`, Header: map[string]string{"If-Match": `"3"`}})
		w.want(422, hub.CodeInvalid, call{Role: hub.Agent, Method: "PUT", Path: task[:len(task)-36] + newID(t), Body: `{"key":"k","priority":""}`})
	})
}

// TestFind looks up what plans call by their ids, over workstreams, and only those that a token reaches.
func TestFind(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		stream, task := w.plan("F-1")
		other, _ := w.plan("F-2")
		id := task[strings.LastIndex(task, "/")+1:]
		w.want(201, "", call{Role: hub.Verifier, Method: "PUT", Path: stream + "/verdicts/" + newID(t), Body: map[string]any{"task": id, "outcome": "failed", "observed_at": "2026-11-22T10:00:00Z"}})
		found := func(c call) string {
			t.Helper()
			var out struct {
				Found []struct {
					hub.Record
					Outcome string
				}
			}
			a := w.want(200, "", c)
			if err := json.Unmarshal(a.Text, &out); err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range out.Found {
				names = append(names, string(f.Kind)+" "+f.ID+" "+f.Outcome)
			}
			slices.Sort(names)
			return strings.Join(names, ", ")
		}
		ids := "/v1/find?id=f-1-t01&id=F-2&id=F-3&id=F-1-T01"
		streamID, otherID := stream[strings.LastIndex(stream, "/")+1:], other[strings.LastIndex(other, "/")+1:]
		if got, want := found(call{Role: hub.Reader, Method: "GET", Path: ids}), "task "+id+" failed, workstream "+otherID+" "; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		scoped := w.token(hub.Token{Name: "scoped", Role: hub.Reader, Workstreams: []string{streamID}})
		if got, want := found(call{Token: scoped, Method: "GET", Path: ids}), "task "+id+" failed"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		w.want(422, hub.CodeInvalid, call{Role: hub.Reader, Method: "GET", Path: "/v1/find"})
		w.want(422, hub.CodeInvalid, call{Role: hub.Reader, Method: "GET", Path: "/v1/find?id=" + strings.Repeat("&id=x", 101)})
	})
}
