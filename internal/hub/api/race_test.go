package api

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// TestTenAgentsOneLease lets ten agents claim one task at once, each with a token of its own.
func TestTenAgentsOneLease(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		_, task := w.plan("P-1")
		for round := range 3 {
			var won atomic.Int64
			var winner, fence string
			var mu sync.Mutex
			var all sync.WaitGroup
			for i := range 10 {
				token := w.token(hub.Token{Name: fmt.Sprintf("agent-%d", i), Role: hub.Agent})
				all.Go(func() {
					a, err := w.try(call{Token: token, Method: "POST", Path: task + "/lease", Body: map[string]any{"ttl_seconds": 600}})
					switch {
					case err != nil:
						t.Error(err)
					case a.Status < 300:
						won.Add(1)
						mu.Lock()
						winner, fence = token, number(string(a.Text), "fence")
						mu.Unlock()
					case a.Code != hub.CodeLeaseHeld:
						t.Errorf("%s", a.Text)
					}
				})
			}
			all.Wait()
			if won.Load() != 1 || fence != fmt.Sprint(round+1) {
				t.Fatalf("%d won, with the number %s", won.Load(), fence)
			}
			other := w.token(hub.Token{Name: "another", Role: hub.Agent}) // who knows the number has no lease by that
			w.want(409, hub.CodeLeaseLost, call{Token: other, Method: "POST", Path: task + "/lease/renew", Body: `{"ttl_seconds":60,"fence":` + fence + `}`})
			w.want(409, hub.CodeLeaseLost, call{Token: other, Method: "POST", Path: task + "/lease/release", Body: `{"fence":` + fence + `}`})
			w.want(200, "", call{Token: winner, Method: "POST", Path: task + "/lease/release", Body: `{"fence":` + fence + `}`})
		}
	})
}

// number finds a number in JSON.
func number(text, field string) string {
	_, rest, _ := strings.Cut(text, `"`+field+`":`)
	n := strings.IndexAny(rest, ",}")
	return rest[:max(n, 0)]
}

// TestFiftyWriters lets fifty clients add a label each to one task: none is lost.
func TestFiftyWriters(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		_, task := w.plan("P-1")
		var all sync.WaitGroup
		for i := range 50 {
			all.Go(func() {
				for range 1000 {
					a, err := w.try(call{Role: hub.Agent, Method: "GET", Path: task})
					if err != nil {
						t.Error(err)
						return
					}
					var body hub.Task
					fields, err := hub.Fields(hub.KindTask, a.Record.Body)
					if err == nil {
						err = fields.Into(&body)
					}
					if err != nil {
						t.Error(err)
						return
					}
					patch := map[string]any{"labels": append(body.Labels, fmt.Sprintf("label-%d", i))}
					a, err = w.try(call{Role: hub.Agent, Method: "PATCH", Path: task, Body: patch, Header: map[string]string{"If-Match": a.Header.Get("ETag")}})
					if err != nil || a.Status != 200 && a.Code != hub.CodeStale {
						t.Error(err, string(a.Text))
						return
					}
					if a.Status == 200 {
						return
					}
				}
				t.Error("never had its turn")
			})
		}
		all.Wait()
		a := w.do(call{Role: hub.Reader, Method: "GET", Path: task})
		if n := bytes.Count(a.Text, []byte("label-")); n != 50 || a.Record.Rev != 51 {
			t.Errorf("%d labels, revision %d", n, a.Record.Rev)
		}
	})
}

// TestEverythingThrice sends every request three times, at once and after each other.
func TestEverythingThrice(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, task := w.plan("P-1")
		thrice := func(c call) answered {
			t.Helper()
			if c.Header == nil {
				c.Header = map[string]string{}
			}
			if c.Method != "PUT" {
				c.Header["Idempotency-Key"] = newID(t)
			}
			var all sync.WaitGroup
			answers := make([]answered, 3)
			for i := range answers {
				all.Go(func() {
					for {
						a, err := w.try(c)
						if err != nil {
							t.Error(err)
							return
						}
						if a.Code != hub.CodeKeyRunning {
							answers[i] = a
							return
						}
						time.Sleep(5 * time.Millisecond)
					}
				})
			}
			all.Wait()
			answers = append(answers, w.do(c))
			for _, a := range answers {
				if a.Status >= 300 || c.Method != "PUT" && (a.Status != answers[0].Status || !bytes.Equal(a.Text, answers[0].Text)) {
					t.Errorf("%s %s: %s\n%s", c.Method, c.Path, a.Text, answers[0].Text)
				}
			}
			return answers[0]
		}
		id := newID(t)
		thrice(call{Role: hub.Agent, Method: "PUT", Path: "/v1/workstreams/" + id, Body: hub.Workstream{Repo: "r", Plan: "p"}})
		thrice(call{Role: hub.Agent, Method: "PUT", Path: workstream + "/decisions/" + newID(t), Body: hub.Decision{Key: "D"}})
		thrice(call{Role: hub.Agent, Method: "PUT", Path: workstream + "/events/" + newID(t), Body: hub.Event{Type: "progress"}})
		thrice(call{Role: hub.Agent, Method: "PATCH", Path: task, Body: `{"title":"New"}`, Header: map[string]string{"If-Match": `"1"`}})
		thrice(call{Role: hub.Agent, Method: "POST", Path: task + "/lease", Body: `{"ttl_seconds":60}`})
		thrice(call{Role: hub.Agent, Method: "POST", Path: task + "/lease/renew", Body: `{"ttl_seconds":60,"fence":1}`})
		thrice(call{Role: hub.Agent, Method: "POST", Path: task + "/lease/release", Body: `{"fence":1}`})
		thrice(call{Role: hub.Agent, Method: "POST", Path: workstream + "/sync", Body: map[string]any{"operations": []any{
			map[string]any{"op": "create", "kind": "event", "id": newID(t), "key": "k1", "body": map[string]any{"type": "progress"}},
			map[string]any{"op": "update", "kind": "task", "id": task[strings.LastIndex(task, "/")+1:], "key": "k2", "if_match": 2, "body": map[string]any{"title": "Newer"}},
		}}})
		c, err := w.Store.Changes(t.Context(), workstream[len("/v1/workstreams/"):], 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		kinds := map[hub.Kind]int{}
		for _, r := range c.Records {
			kinds[r.Kind]++
		}
		if fmt.Sprint(kinds) != "map[decision:1 event:2 lease:1 task:1 workstream:1]" {
			t.Error(kinds)
		}
		if a := w.do(call{Role: hub.Reader, Method: "GET", Path: task}); a.Record.Rev != 3 {
			t.Errorf("%s", a.Text)
		}
	})
}

// TestSequence reads changes while many write: every record is seen, in an order that never goes back.
func TestSequence(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, _ := w.plan("P-1")
		id := workstream[len("/v1/workstreams/"):]
		const writers, each = 8, 15
		var all sync.WaitGroup
		for range writers {
			all.Go(func() {
				for range each {
					a, err := w.try(call{Role: hub.Agent, Method: "PUT", Path: workstream + "/events/" + newID(t), Body: hub.Event{Type: "progress"}})
					if err != nil || a.Status != http.StatusCreated {
						t.Error(err, string(a.Text))
					}
				}
			})
		}
		done := make(chan struct{})
		go func() { all.Wait(); close(done) }()
		seen, since, last := map[string]bool{}, int64(0), false
		for {
			c, err := w.Store.Changes(t.Context(), id, since, 7)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range c.Records {
				if r.Seq <= since || seen[r.ID] {
					t.Errorf("%s again, or out of order", r.ID)
				}
				since, seen[r.ID] = r.Seq, true
			}
			since = c.Next
			if last && !c.More {
				break
			}
			select {
			case <-done:
				last = true
			default:
			}
		}
		if len(seen) != writers*each+2 {
			t.Errorf("%d of %d were seen", len(seen), writers*each+2)
		}
	})
}

// TestClocks moves the hub's clock by an hour, both ways, under a lease.
func TestClocks(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		stream, task := w.plan("P-1")
		first := w.token(hub.Token{Name: "first", Role: hub.Agent})
		second := w.token(hub.Token{Name: "second", Role: hub.Agent})
		claim := func(token string) call {
			return call{Token: token, Method: "POST", Path: task + "/lease", Body: `{"ttl_seconds":60}`}
		}
		renew := func(token, fence string) call {
			return call{Token: token, Method: "POST", Path: task + "/lease/renew", Body: `{"ttl_seconds":60,"fence":` + fence + `}`}
		}
		w.want(201, "", claim(first))
		w.want(409, hub.CodeLeaseHeld, claim(first))
		w.want(409, hub.CodeLeaseHeld, claim(second))

		t.Log("an hour forth: the lease is over, and the first may no longer write under it")
		w.skew.Add(int64(time.Hour))
		w.want(200, "", renew(first, "1")) // nobody has claimed it since
		w.skew.Add(int64(time.Hour))
		if a := w.want(200, "", claim(second)); number(string(a.Text), "fence") != "2" {
			t.Errorf("%s", a.Text)
		}
		w.want(409, hub.CodeLeaseLost, renew(first, "1"))
		w.want(409, hub.CodeLeaseLost, call{Token: first, Method: "PATCH", Path: task, Body: `{"title":"Late"}`, Header: map[string]string{"If-Match": `"1"`, "Lease-Fence": "1"}})
		w.want(409, hub.CodeLeaseLost, call{Token: first, Method: "PATCH", Path: task, Body: `{"title":"Late"}`, Header: map[string]string{"If-Match": `"1"`, "Lease-Fence": "2"}})
		w.want(200, "", call{Token: second, Method: "PATCH", Path: task, Body: `{"title":"In time"}`, Header: map[string]string{"If-Match": `"1"`, "Lease-Fence": "2"}})
		event := func(token, fence string) call { // what is said about a task is held to its lease as well
			about := task[strings.LastIndexByte(task, '/')+1:]
			return call{Token: token, Method: "PUT", Path: stream + "/events/" + newID(t), Body: hub.Event{Task: about, Type: "progress"}, Header: map[string]string{"Lease-Fence": fence}}
		}
		w.want(409, hub.CodeLeaseLost, event(first, "1"))
		w.want(201, "", event(second, "2"))

		t.Log("an hour back: the lease lasts for its time and not for an hour")
		w.skew.Add(-int64(time.Hour))
		w.want(409, hub.CodeLeaseHeld, claim(first))
		w.skew.Add(int64(61 * time.Second))
		if a := w.want(200, "", claim(first)); number(string(a.Text), "fence") != "3" {
			t.Errorf("%s", a.Text)
		}
		w.want(409, hub.CodeLeaseLost, renew(second, "2"))
		w.want(409, hub.CodeLeaseLost, call{Role: hub.Human, Method: "POST", Path: task + "/lease/release", Body: `{"fence":3}`})
		w.want(200, "", call{Role: hub.Admin, Method: "POST", Path: task + "/lease/release", Body: `{"fence":3}`})
		w.want(409, hub.CodeLeaseLost, renew(first, "3"))
	})
}
