package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/hubtest"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
)

func TestChanges(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, task := w.plan("P-1")
		get := func(query string) (f struct {
			Records []hub.Record
			Next    int64
			More    bool
			Epoch   string
		},
		) {
			t.Helper()
			a := w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: workstream + "/changes" + query})
			if err := json.Unmarshal(a.Text, &f); err != nil {
				t.Fatal(err)
			}
			return f
		}
		all := get("")
		if len(all.Records) != 2 || all.Next != 2 || all.More || all.Epoch == "" {
			t.Errorf("%+v", all)
		}
		if f := get("?limit=1"); len(f.Records) != 1 || f.Next != 1 || !f.More {
			t.Errorf("%+v", f)
		}
		w.want(200, "", call{Role: hub.Agent, Method: "PATCH", Path: task, Body: `{"title":"New"}`, Header: map[string]string{"If-Match": `"1"`}})
		w.want(200, "", call{Role: hub.Agent, Method: "PATCH", Path: task, Body: `{"title":"New"}`, Header: map[string]string{"If-Match": `"2"`}}) // changes nothing
		if f := get("?since=2&epoch=" + all.Epoch); len(f.Records) != 1 || f.Next != 3 || f.Records[0].Rev != 2 {
			t.Errorf("%+v", f)
		}
		w.want(410, hub.CodeResync, call{Role: hub.Reader, Method: "GET", Path: workstream + "/changes?since=4"})
		w.want(410, hub.CodeResync, call{Role: hub.Reader, Method: "GET", Path: workstream + "/changes?since=1&epoch=other"})
		w.want(410, hub.CodeResync, call{Role: hub.Reader, Method: "GET", Path: workstream + "/stream?since=4"})
	})
}

func TestStream(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, task := w.plan("P-1")
		res := w.open(t, workstream+"/stream?since=0", map[string]string{"Last-Event-ID": "1"})
		defer res.Body.Close()
		lines := bufio.NewScanner(res.Body)
		next := func() string {
			var out []string
			for lines.Scan() {
				switch line := lines.Text(); {
				case line != "" && line[0] != ':':
					out = append(out, line)
				case line == "" && len(out) > 0:
					return strings.Join(out, "|")
				}
			}
			t.Error("the stream ended", lines.Err())
			return ""
		}
		if e := next(); !strings.HasPrefix(e, "event: task|id: 2|data: {") {
			t.Error(e)
		}
		w.want(200, "", call{Role: hub.Agent, Method: "PATCH", Path: task, Body: `{"title":"a\nb"}`, Header: map[string]string{"If-Match": `"1"`}})
		if e := next(); !strings.HasPrefix(e, "event: task|id: 3|data: {") || !strings.Contains(e, `a\nb`) {
			t.Error(e)
		}
		// What another process writes is seen too.
		other, err := store.Open(t.Context(), w.Database)
		if err != nil {
			t.Fatal(err)
		}
		defer other.Close()
		_, err = other.Apply(t.Context(), hub.Token{ID: "x", Name: "other", Role: hub.Agent}, workstream[len("/v1/workstreams/"):],
			[]hub.Operation{{Verb: hub.Create, Kind: hub.KindEvent, ID: newID(t), Body: json.RawMessage(`{"type":"elsewhere"}`)}})
		if err != nil {
			t.Fatal(err)
		}
		if e := next(); !strings.HasPrefix(e, "event: event|id: 4|") || !strings.Contains(e, "elsewhere") {
			t.Error(e)
		}
	})
}

func TestSync(t *testing.T) {
	everywhere(t, generous, func(t *testing.T, w *world) {
		workstream, task := w.plan("P-1")
		taskID := task[strings.LastIndex(task, "/")+1:]
		op := func(op, kind, id, key string, more map[string]any) map[string]any {
			m := map[string]any{"op": op, "kind": kind, "id": id, "key": key}
			for k, v := range more {
				m[k] = v
			}
			return m
		}
		sync := func(role hub.Role, ops ...any) []hub.Result {
			t.Helper()
			a := w.want(200, "", call{Role: role, Method: "POST", Path: workstream + "/sync", Body: map[string]any{"operations": ops}})
			var out struct{ Results []hub.Result }
			if err := json.Unmarshal(a.Text, &out); err != nil || len(out.Results) != len(ops) {
				t.Fatalf("%v %s", err, a.Text)
			}
			return out.Results
		}
		title := map[string]any{"if_match": 1, "body": map[string]any{"title": "New"}}
		results := sync(hub.Agent,
			op("create", "task", newID(t), "k1", map[string]any{"body": map[string]any{"key": "T02"}}),
			op("create", "task", newID(t), "k2", map[string]any{"body": map[string]any{"title": "no key"}}),
			op("update", "task", taskID, "k3", title),
			op("update", "task", taskID, "k4", title),
			op("update", "task", taskID, "k5", map[string]any{"body": map[string]any{"title": "blind"}}),
			op("update", "event", newID(t), "k6", title),
			op("create", "verdict", newID(t), "k7", map[string]any{"body": map[string]any{"task": taskID, "outcome": "passed", "observed_at": "2026-11-22T10:00:00Z"}}),
			op("create", "event", newID(t), "k8", map[string]any{"body": map[string]any{"type": "progress", "task": taskID}}),
		)
		var got []string
		for _, r := range results {
			code := hub.Code("")
			if r.Problem != nil {
				code = r.Problem.Code
			}
			got = append(got, fmt.Sprint(r.Status, code))
		}
		if s := strings.Join(got, " "); s != "201 422invalid 200 412stale 428precondition-missing 422fixed 403role 201" {
			t.Error(s)
		}
		t.Log("a plan of 1,000 tasks in two requests, sent again without harm")
		for part := range 2 {
			var ops []any
			for i := range 500 {
				ops = append(ops, op("create", "task", newID(t), fmt.Sprintf("p%d-%d", part, i), map[string]any{"body": map[string]any{"key": fmt.Sprintf("T%d", part*500+i)}}))
			}
			for range 2 {
				for _, r := range sync(hub.Agent, ops...) {
					if r.Status != 201 {
						t.Fatalf("%+v", r.Problem)
					}
				}
			}
		}
		c, err := w.Store.Changes(t.Context(), workstream[len("/v1/workstreams/"):], 0, 5000)
		if err != nil || len(c.Records) != 1004 {
			t.Error(len(c.Records), err)
		}
	})
}

// serveEnv makes the test's own program a hub, for tests that kill it.
const serveEnv = "WPCTL_TEST_SERVE_HUB"

// serveHub is what the killed program does.
func serveHub(database string) error {
	s, err := store.Open(context.Background(), database)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return (&Server{Store: s, Log: hclog.NewNullLogger(), Limits: generous}).Serve(context.Background(), l, nil)
}

// TestKill kills the hub under load, again and again: what it acknowledged is there.
func TestKill(t *testing.T) {
	kill := func(t *testing.T, database string) {
		w := &world{t: t, Tokens: map[hub.Role]string{}}
		s, err := store.Open(t.Context(), database)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		w.Store = s
		w.Tokens[hub.Agent] = w.token(hub.Token{Name: "agent", Role: hub.Agent})
		workstream := ""
		acknowledged := map[string]bool{}
		for round := range 4 {
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), serveEnv+"="+database)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			address, err := bufio.NewReader(out).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			w.Base = "http://" + strings.TrimSpace(address)
			w.http = newClient(t)
			if round == 0 {
				workstream, _ = w.plan("P-1")
			}
			enough := make(chan struct{})
			ended := make(chan []string)
			for range 4 {
				go func() {
					var mine []string
					for n := 0; ; n++ {
						id := newID(t)
						a, err := w.try(call{Role: hub.Agent, Method: "PUT", Path: workstream + "/events/" + id, Body: hub.Event{Type: "progress"}})
						if err != nil || a.Status != 201 {
							ended <- mine
							return
						}
						if mine = append(mine, id); len(mine) == 10 {
							enough <- struct{}{}
						}
					}
				}()
			}
			for range 4 {
				<-enough
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			for range 4 {
				for _, id := range <-ended {
					acknowledged[id] = true
				}
			}
			_ = cmd.Wait()
			w.http.CloseIdleConnections()
		}
		c, err := s.Changes(t.Context(), workstream[len("/v1/workstreams/"):], 0, 1_000_000)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range c.Records {
			delete(acknowledged, r.ID)
		}
		if len(acknowledged) > 0 {
			t.Errorf("%d of %d acknowledged events are lost", len(acknowledged), len(c.Records))
		}
	}
	t.Run("sqlite", func(t *testing.T) { kill(t, filepath.Join(t.TempDir(), "hub.db")) })
	t.Run("postgres", func(t *testing.T) { kill(t, hubtest.Postgres(t)) })
}

// TestTwoProcessesOpen opens a new database twice at once.
func TestTwoProcessesOpen(t *testing.T) {
	open := func(t *testing.T, database string) {
		errs := make(chan error)
		for range 4 {
			go func() {
				ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
				defer cancel()
				s, err := store.Open(ctx, database)
				if err == nil {
					s.Close()
				}
				errs <- err
			}()
		}
		for range 4 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	}
	t.Run("sqlite", func(t *testing.T) { open(t, filepath.Join(t.TempDir(), "hub.db")) })
	t.Run("postgres", func(t *testing.T) { open(t, hubtest.Postgres(t)) })
}
