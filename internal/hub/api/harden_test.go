package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

// TestNamesOfFields writes fields in other letters and twice: what is judged is what is kept.
func TestNamesOfFields(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, task := w.plan("P-1")
		for _, body := range []string{
			`{"key":"k","status":"todo","Status":"perfect"}`, `{"Key":"k"}`, `{"key":"k","LABELS":null}`, `{"key":"k","ſteps":"x"}`,
		} {
			w.want(422, hub.CodeInvalid, call{Role: hub.Agent, Method: "PUT", Path: workstream + "/tasks/" + newID(t), Body: body})
		}
		for _, body := range []string{`{"Title":"x"}`, `{"title":"x","TITLE":"y"}`} {
			w.want(422, hub.CodeInvalid, call{Role: hub.Agent, Method: "PATCH", Path: task, Body: body, Header: map[string]string{"If-Match": `"1"`}})
		}
		a := w.want(201, "", call{Role: hub.Agent, Method: "PUT", Path: workstream + "/tasks/" + newID(t), Body: `{"key":"first","key":"last"}`})
		if !strings.Contains(string(a.Record.Body), `"key":"last"`) {
			t.Errorf("%s", a.Text)
		}
		for _, operation := range []string{
			`{"op":"create","OP":"update","kind":"event","id":"%s","key":"k","body":{"type":"x"}}`,
			`{"op":"create","kind":"event","Kind":"lease","id":"%s","key":"k","body":{"type":"x"}}`,
		} {
			w.want(422, hub.CodeInvalid, call{Role: hub.Agent, Method: "POST", Path: workstream + "/sync", Body: `{"operations":[` + fmt.Sprintf(operation, newID(t)) + `]}`})
		}
	})
}

// TestIdsOfTheHub tries to take the place of a lease before anybody claims the task.
func TestIdsOfTheHub(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, task := w.plan("P-1")
		lease := w.want(201, "", call{Role: hub.Agent, Method: "POST", Path: task + "/lease", Body: `{"ttl_seconds":60}`}).Record.ID
		if u, err := uuid.Parse(lease); err != nil || u.Version() != 8 {
			t.Errorf("%s is of version %d: %v", lease, u.Version(), err)
		}
		w.want(412, hub.CodeExists, call{Role: hub.Agent, Method: "PUT", Path: workstream + "/events/" + lease, Body: hub.Event{Type: "x"}})
		other := lease[:35] + "0"
		if other == lease {
			other = lease[:35] + "1"
		}
		w.want(422, hub.CodeInvalid, call{Role: hub.Agent, Method: "PUT", Path: workstream + "/events/" + other, Body: hub.Event{Type: "x"}})
		a := w.want(200, "", call{Role: hub.Agent, Method: "POST", Path: workstream + "/sync", Body: map[string]any{"operations": []any{
			map[string]any{"op": "create", "kind": "event", "id": other, "key": "k1", "body": map[string]any{"type": "x"}},
		}}})
		if !strings.Contains(string(a.Text), `"code":"invalid"`) {
			t.Errorf("%s", a.Text)
		}
	})
}

// TestOneIDInTwoWorkstreams makes records with the same id in two workstreams at once.
func TestOneIDInTwoWorkstreams(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		one, _ := w.plan("P-1")
		two, _ := w.plan("P-2")
		for range 20 {
			id := newID(t)
			var all sync.WaitGroup
			for _, workstream := range []string{one, two} {
				all.Go(func() {
					a, err := w.try(call{Role: hub.Agent, Method: "PUT", Path: workstream + "/events/" + id, Body: hub.Event{Type: "x", Text: workstream}})
					if err != nil || a.Status != 201 {
						t.Error(err, string(a.Text))
					}
				})
			}
			all.Wait()
		}
	})
}

// TestVerdictsOfTomorrow refuses a verdict that would be the newest one for as long as anybody looks.
func TestVerdictsOfTomorrow(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, task := w.plan("P-1")
		verdict := func(at time.Time) call {
			return call{Role: hub.Verifier, Method: "PUT", Path: workstream + "/verdicts/" + newID(t), Body: map[string]any{
				"task": task[strings.LastIndex(task, "/")+1:], "outcome": "passed", "observed_at": at.UTC().Format(time.RFC3339),
			}}
		}
		w.want(201, "", verdict(time.Now().Add(time.Hour))) // a clock that goes wrong by as much is no reason to lose it
		w.want(422, hub.CodeInvalid, verdict(time.Now().AddDate(100, 0, 0)))
	})
}

// TestSizes bounds each record of a sync as one that comes alone.
func TestSizes(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, _ := w.plan("P-1")
		data := map[string]any{}
		for i := range 40 {
			data[fmt.Sprint("part", i)] = strings.Repeat("x", 32<<10)
		}
		a := w.want(200, "", call{Role: hub.Agent, Method: "POST", Path: workstream + "/sync", Body: map[string]any{"operations": []any{
			map[string]any{"op": "create", "kind": "event", "id": newID(t), "key": "k1", "body": map[string]any{"type": "x", "data": data}},
			map[string]any{"op": "create", "kind": "event", "id": newID(t), "key": "k2", "body": map[string]any{"type": "x"}},
		}}})
		var out struct{ Results []hub.Result }
		if err := json.Unmarshal(a.Text, &out); err != nil || out.Results[0].Problem == nil || out.Results[0].Problem.Code != hub.CodeTooLarge || out.Results[1].Status != 201 {
			t.Errorf("%v %.300s", err, a.Text)
		}
	})
}

// TestReadersOfMessages lists who has read a message, and who works on what.
func TestReadersOfMessages(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, task := w.plan("P-1")
		var messages []string
		for range 2 {
			id := newID(t)
			w.want(201, "", call{Role: hub.Agent, Method: "PUT", Path: workstream + "/messages/" + id, Body: hub.Message{Text: "look"}})
			messages = append(messages, workstream+"/messages/"+id+"/receipts")
		}
		w.want(201, "", call{Role: hub.Human, Method: "POST", Path: messages[0]})
		w.want(201, "", call{Role: hub.Admin, Method: "POST", Path: messages[0]})
		for i, want := range []int{2, 0} {
			a := w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: messages[i]})
			if n := strings.Count(string(a.Text), `"by":`); n != want {
				t.Errorf("%d receipts: %s", n, a.Text)
			}
		}
		w.want(404, hub.CodeNotFound, call{Role: hub.Reader, Method: "GET", Path: workstream + "/messages/" + newID(t) + "/receipts"})
		w.want(201, "", call{Role: hub.Agent, Method: "POST", Path: task + "/lease", Body: `{"ttl_seconds":60}`})
		if a := w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: workstream + "/leases"}); strings.Count(string(a.Text), `"holder":"the-agent"`) != 1 {
			t.Errorf("%s", a.Text)
		}
	})
}

// TestCardsOfOneID makes a task with one id in two workstreams: each has a card of its own, and shows its own record.
func TestCardsOfOneID(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		one, task := w.plan("P-1")
		two, _ := w.plan("P-2")
		id := task[strings.LastIndex(task, "/")+1:]
		w.want(201, "", call{Role: hub.Agent, Method: "PUT", Path: two + "/tasks/" + id, Body: hub.Task{Key: "P-2-T07", Title: "Another matter"}})
		w.want(200, "", call{Role: hub.Agent, Method: "PATCH", Path: task, Body: `{"title":"Begin now"}`, Header: map[string]string{"If-Match": `"1"`}})
		for workstream, want := range map[string]string{one: "Begin now", two: "Another matter"} {
			workstream = workstream[len("/v1/workstreams/"):]
			c, err := w.Store.Card(t.Context(), workstream, id)
			if err != nil || !strings.Contains(string(c.Body), want) {
				t.Errorf("%s: %v %s", want, err, c.Body)
			}
			who := hub.Token{Role: hub.Reader, Workstreams: []string{workstream}}
			found, err := w.Store.Cards(t.Context(), who, store.Cards{Kind: hub.KindTask, Search: want, Limit: 10})
			if err != nil || len(found) != 1 || found[0].Workstream != workstream || !strings.Contains(string(found[0].Body), want) {
				t.Errorf("%s: %v %+v", want, err, found)
			}
		}
	})
}
