package exchange

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/config"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/adapter"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// documented are the settings of an example in docs/hub.md, for a hub at an address.
func documented(t *testing.T, n int, old, address, auth string) adapter.Settings {
	t.Helper()
	text, err := os.ReadFile("../../../docs/hub.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## Hubs of others")
	blocks := strings.Split(section, "```yaml\n")
	yaml, _, _ := strings.Cut(blocks[n], "```")
	yaml = strings.ReplaceAll(yaml, old, address)
	yaml = strings.Replace(yaml, "{scheme: header, header: X-Api-Key}", auth, 1)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, config.UserFileName), []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	c, problems, err := config.Load(config.Options{Dir: t.TempDir(), UserDir: dir, Env: func(string) (string, bool) { return "", false }})
	if err != nil || problems.Errors() {
		t.Fatal(err, problems)
	}
	s, err := c.Adapter(address)
	if err != nil || s.Empty() {
		t.Fatal(err, s)
	}
	return s
}

func overTracker(t *testing.T, srv *testsrv.Tracker, auth string) *checkout {
	t.Helper()
	t.Cleanup(srv.Close)
	a, err := adapter.New(srv.URL, srv.Token, "test", documented(t, 1, "https://tracker.example.org", srv.URL, auth))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	w := &world{t: t}
	w.Workstream, _ = hubid.Workstream("web", "P-1")
	return w.checkoutOf(t.TempDir(), a)
}

// TestTracker brings a plan in step with a hub of others, as documented, and is asked in each of the ways.
func TestTracker(t *testing.T) {
	for scheme, auth := range map[string]string{"header": "{scheme: header, header: X-Api-Key}", "bearer": "{scheme: bearer}", "basic": "{scheme: basic}"} {
		t.Run(scheme, func(t *testing.T) {
			srv := testsrv.StartTracker(scheme, "ada:s3cret")
			c := overTracker(t, srv, auth)
			for i := range 5 {
				c.task(fmt.Sprintf("T%02d", i), hub.Task{Title: fmt.Sprint("Card ", i), Status: "todo", Needs: []string{"X"}})
			}
			c.decision("D-01", hub.Decision{Question: "Which?", Options: map[string]string{"A": "a"}})
			if got := c.sync(); strings.Count(got, "hub:") != 7 || strings.Count(got, " ") != 6 {
				t.Error(got)
			}
			c.want("")
			if got := srv.Text(); strings.Count(got, `"column":"backlog"`) != 5 || !strings.Contains(got, `"phase":"open"`) || strings.Count(got, "uuid") != 6 {
				t.Error(got)
			}
			kept, _ := c.x.Box.Ledger()
			if len(kept) != 7 || !strings.Contains(string(must(json.Marshal(kept))), `"question":"Which?"`) || !strings.Contains(string(must(json.Marshal(kept))), `"needs":["X"]`) {
				t.Errorf("%d: %s", len(kept), must(json.Marshal(kept)))
			}
			if !srv.Change("name", "Card 3", func(c *testsrv.Card) { c.Who = map[string]any{"login": 77} }) || !srv.Change("name", "Card 4", func(c *testsrv.Card) { c.Fields["column"] = "doing" }) {
				t.Fatal("no such cards")
			}
			c.set("task T01", map[string]any{"title": "Another", "status": "done"})
			if got := c.sync(); got != "hub:T01.title=Another hub:T01.status=done file:T03.assignee=77 proposal:T04.status=todo/in_progress" {
				t.Error(got)
			}
			srv.Change("name", "Card 2", func(c *testsrv.Card) { c.Fields["column"] = "$(reboot)" })
			if got := c.sync(); !strings.HasPrefix(got, `proposal:T04.status=todo/in_progress task: the hub says "$(reboot)"`) {
				t.Error(got)
			}
			srv.Change("name", "Card 2", func(c *testsrv.Card) { c.Fields["column"] = "backlog" })
			c.set("task T02", map[string]any{"status": "failed", "needs": []string{"Y"}}) // a word that the tracker lacks, and a field
			c.sync()
			kept, _ = c.x.Box.Ledger()
			if got := string(must(json.Marshal(kept))); !strings.Contains(got, `"status":"failed"`) || !strings.Contains(got, `"needs":["Y"]`) {
				t.Error(got)
			}
			if got := c.sync(); strings.Contains(got, "hub:") {
				t.Error("it is told for ever:", got)
			}
		})
	}
}

func must(text []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return text
}

// TestTrackerConflict changes a card between the reading and the change: the 409 is merged, and nothing is lost.
func TestTrackerConflict(t *testing.T) {
	srv := testsrv.StartTracker("header", "k")
	var once atomic.Bool
	srv.Disturb = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPatch && once.CompareAndSwap(false, true) {
			srv.Change("name", "One", func(c *testsrv.Card) { c.Who = map[string]any{"login": "bob"} })
		}
		return false
	}
	c := overTracker(t, srv, "{scheme: header, header: X-Api-Key}")
	c.task("T01", hub.Task{Title: "One"})
	c.sync()
	c.set("task T01", map[string]any{"title": "Two"})
	if got := c.sync(); got != "hub:T01.title=Two file:T01.assignee=bob" {
		t.Error(got)
	}
	c.want("")
	if got := srv.Text(); !strings.Contains(got, `"login":"bob"`) || !strings.Contains(got, `"name":"Two"`) {
		t.Error(got)
	}
}

// TestTrackerEvents tells events, and those of a task that the tracker does not know go nowhere else.
func TestTrackerEvents(t *testing.T) {
	srv := testsrv.StartTracker("header", "k")
	c := overTracker(t, srv, "{scheme: header, header: X-Api-Key}")
	c.task("T01", hub.Task{Title: "One"})
	c.sync()
	task := c.id(hub.KindTask, "T01")
	for kind, body := range map[hub.Kind]any{
		hub.KindEvent:   map[string]any{"task": task, "type": "transition", "text": "todo → done"},
		hub.KindVerdict: map[string]any{"task": task, "outcome": "passed", "observed_at": "2026-11-22T10:00:00Z"},
	} {
		e := entryOf(t, c, kind, body)
		e.Resource, e.Task = "log of "+task, task
		if err := c.x.Box.Add(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	c.want("")
	if got := srv.Text(); !strings.Contains(got, "todo → done") {
		t.Error(got)
	}
	kept, _ := c.x.Box.Ledger()
	if got := string(must(json.Marshal(kept))); !strings.Contains(got, `"outcome":"passed"`) || !strings.Contains(got, `"type":"transition"`) {
		t.Error(got)
	}
}

// TestTrackerDown loses answers: what waits is sent later, and each card is there once.
func TestTrackerDown(t *testing.T) {
	srv := testsrv.StartTracker("header", "k")
	var down atomic.Bool
	srv.Disturb = func(w http.ResponseWriter, r *http.Request) bool {
		if down.Load() && r.Method != http.MethodGet {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}
		return false
	}
	c := overTracker(t, srv, "{scheme: header, header: X-Api-Key}")
	c.x.Patience = 0
	c.task("T01", hub.Task{Title: "One"})
	down.Store(true)
	if got := c.sync(); !strings.Contains(got, "waiting:2") {
		t.Error(got)
	}
	down.Store(false)
	c.sync()
	c.want("")
	if got := srv.Text(); strings.Count(got, `"name":"One"`) != 1 {
		t.Error(got)
	}
}

// TestSmallAPI is one that is only told, by the ids that stand in plans.
func TestSmallAPI(t *testing.T) {
	var got []string
	srv := testsrv.StartTracker("bearer", "k")
	defer srv.Close()
	srv.Disturb = func(w http.ResponseWriter, r *http.Request) bool {
		var in map[string]any
		_ = json.NewDecoder(r.Body).Decode(&in)
		got = append(got, fmt.Sprint(r.Method, " ", r.URL.Path, " ", in))
		w.WriteHeader(http.StatusNoContent)
		return true
	}
	a, err := adapter.New(srv.URL, "k", "test", documented(t, 2, "https://state.example.org", srv.URL, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	w := &world{t: t}
	w.Workstream, _ = hubid.Workstream("web", "P-1")
	c := w.checkoutOf(t.TempDir(), a)
	c.task("T01", hub.Task{Title: "One", Status: "todo"})
	c.want("hub:P-1 hub:T01")
	c.want("")
	c.set("task T01", map[string]any{"status": "done"})
	c.want("hub:T01.status=done")
	c.want("")
	id := c.id(hub.KindTask, "T01")
	want := []string{"PATCH /api/tasks/" + id + " map[status:todo title:One]", "PATCH /api/tasks/" + id + " map[status:done]"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Error(got)
	}
}

// TestProbe shows the documented requests without the token, and what the tracker lacks; it changes nothing.
func TestProbe(t *testing.T) {
	srv := testsrv.StartTracker("header", "s3cret")
	c := overTracker(t, srv, "{scheme: header, header: X-Api-Key}")
	c.task("T01", hub.Task{Title: "One", Status: "todo"})
	c.sync()
	before := srv.Text()
	out, err := c.x.Remote.(*adapter.Adapter).Probe(t.Context(), c.Workstream, true)
	text := string(must(json.Marshal(out)))
	if err != nil || strings.Contains(text, "s3cret") || strings.Contains(text, `"error"`) || srv.Text() != before {
		t.Error(err, text)
	}
	for _, want := range []string{
		`"url":"` + srv.URL + `/api/cards/1"`, `"column":"backlog"`, `"sent":true,"records":1`, "decision: no route", "task: no word in status_map: failed, cancelled", "needs",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}
