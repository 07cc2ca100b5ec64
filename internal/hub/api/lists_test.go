package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
)

// TestLargeLists reads lists of large records in parts that a client can hold, and all of them once.
func TestLargeLists(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		const records, most = 12, 10 << 20
		stream, _ := w.plan("L-1")
		data := map[string]any{"log": strings.Repeat("x", maxBody-1000)}
		for range records {
			w.want(201, "", call{Role: hub.Agent, Method: "PUT", Path: stream + "/events/" + newID(t), Body: map[string]any{"type": "progress", "data": data}})
		}
		var page struct {
			Records []hub.Record
			After   string
			Next    int64
			More    bool
		}
		read := func(path string) []string {
			t.Helper()
			a := w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: path})
			if len(a.Text) > most {
				t.Errorf("%s: %d bytes at once", path, len(a.Text))
			}
			page.Records, page.After, page.Next, page.More = nil, "", 0, false
			if err := json.Unmarshal(a.Text, &page); err != nil {
				t.Fatal(err)
			}
			var ids []string
			for _, r := range page.Records {
				if r.Kind == hub.KindEvent {
					ids = append(ids, r.ID)
				}
			}
			return ids
		}
		listed := read(stream + "/events?limit=1000")
		for page.After != "" {
			listed = append(listed, read(stream+"/events?limit=1000&after="+page.After)...)
		}
		changed := read(stream + "/changes?limit=1000")
		for page.More {
			changed = append(changed, read(fmt.Sprintf("%s/changes?limit=1000&since=%d", stream, page.Next))...)
		}
		slices.Sort(changed)
		if len(listed) != records || len(slices.Compact(slices.Clone(changed))) != records || !slices.Equal(listed, changed) {
			t.Errorf("%d listed, %d changed, wanted %d", len(listed), len(changed), records)
		}
	})
}

// TestAllReceipts lists who has read which message of a workstream.
func TestAllReceipts(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		stream, _ := w.plan("R-1")
		other, _ := w.plan("R-2")
		var want []string
		for _, path := range []string{stream, stream, other} {
			id := newID(t)
			w.want(201, "", call{Role: hub.Agent, Method: "PUT", Path: path + "/messages/" + id, Body: map[string]any{"text": "hello"}})
			for _, role := range []hub.Role{hub.Human, hub.Verifier} {
				w.want(201, "", call{Role: role, Method: "POST", Path: path + "/messages/" + id + "/receipts"})
				if path == stream {
					want = append(want, id+" the-"+string(role))
				}
			}
		}
		var page struct {
			Records []hub.Record
			After   string
		}
		var got []string
		for first := true; first || page.After != ""; first = false {
			query := "?limit=3"
			if !first {
				query += "&after=" + page.After
			}
			page.After = ""
			if err := json.Unmarshal(w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: stream + "/receipts" + query}).Text, &page); err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Records {
				var b hub.Receipt
				if err := json.Unmarshal(r.Body, &b); err != nil {
					t.Fatal(err)
				}
				got = append(got, b.Message+" "+b.By)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("got  %v\nwant %v", got, want)
		}
		scoped := w.token(hub.Token{Name: "scoped", Role: hub.Human, Workstreams: []string{other[strings.LastIndex(other, "/")+1:]}})
		w.want(403, hub.CodeScope, call{Token: scoped, Method: "GET", Path: stream + "/receipts"})
	})
}

// TestNamesakes finds what plans call by an id however many call something by another one that is asked for.
func TestNamesakes(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		_, task := w.plan("N-1")
		stream, _ := w.plan("N-2")
		id := stream[strings.LastIndex(stream, "/")+1:]
		for part := range 3 {
			var ops []map[string]any
			for i := range 400 {
				key := fmt.Sprintf("namesake-%d-%d", part, i)
				of, err := hubid.Task(id, key)
				if err != nil {
					t.Fatal(err)
				}
				ops = append(ops, map[string]any{"op": "create", "kind": "task", "id": of, "key": key, "body": map[string]any{"key": "A-1-T01", "order": 1}})
			}
			w.want(200, "", call{Role: hub.Agent, Method: "POST", Path: stream + "/sync", Body: map[string]any{"operations": ops}, Header: map[string]string{"Idempotency-Key": ""}})
		}
		var out struct{ Found []hub.Record }
		if err := json.Unmarshal(w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: "/v1/find?id=A-1-T01&id=N-1-T01"}).Text, &out); err != nil {
			t.Fatal(err)
		}
		many, one := 0, 0
		for _, r := range out.Found {
			if many++; r.ID == task[strings.LastIndex(task, "/")+1:] {
				one++
			}
		}
		if one != 1 || many < 3 || many > 50 {
			t.Errorf("%d found, of them %d the one that has no namesake", many, one)
		}
	})
}
