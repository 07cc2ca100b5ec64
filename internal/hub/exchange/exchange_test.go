package exchange

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/outbox"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
)

func TestInStep(t *testing.T) {
	w := newWorld(t)
	c := w.checkout(w.token("ci", hub.Human))
	c.task("T01", hub.Task{Title: "Begin", Needs: []string{"D-01"}, Line: 10, Order: 1})
	c.want("hub:P-1 hub:T01")
	c.want("")
	if got := w.body(hub.KindTask, "T01"); got != `{"key":"T01","line":10,"needs":["D-01"],"order":1,"status":"todo","title":"Begin"}` {
		t.Error(got)
	}

	t.Log("both ways, and of both what the other does not touch")
	c.set("task T01", map[string]any{"title": "Begin well", "needs": []string{}, "line": 12})
	w.change(hub.Agent, hub.KindTask, "T01", `{"assignee":"ada","priority":"high"}`)
	c.want("hub:T01.title=Begin well hub:T01.needs= file:T01.priority=high file:T01.assignee=ada")
	c.want("")
	if got, want := c.says("task T01"), w.body(hub.KindTask, "T01"); got != want {
		t.Errorf("%s\n%s", got, want)
	}

	t.Log("the same field by its owner")
	c.set("task T01", map[string]any{"title": "Begin soon", "assignee": "bob"})
	w.change(hub.Agent, hub.KindTask, "T01", `{"title":"Begin never","assignee":"eve"}`)
	c.want("hub:T01.title=Begin soon! file:T01.assignee=eve!")
	c.want("")

	t.Log("a title of the hub alone is none")
	w.change(hub.Agent, hub.KindTask, "T01", `{"title":"Other","steps":"d9","needs":["T99"]}`)
	c.want("hub:T01.title=Begin soon! hub:T01.needs=! hub:T01.steps=!")

	t.Log("a status of the hub is a proposal, again and again, until the file has another")
	w.change(hub.Agent, hub.KindTask, "T01", `{"status":"done"}`)
	c.want("proposal:T01.status=todo/done")
	c.want("proposal:T01.status=todo/done")
	c.set("task T01", map[string]any{"status": "in_progress"})
	c.want("hub:T01.status=in_progress!")
	c.want("")

	t.Log("what only the hub has is told")
	id, _ := hubid.Task(w.Workstream, "T77")
	if res, err := w.Store.Apply(t.Context(), hub.Token{ID: "x", Name: "x", Role: hub.Agent}, w.Workstream, []hub.Operation{{Verb: hub.Create, Kind: hub.KindTask, ID: id, Body: []byte(`{"key":"T77"}`)}}); err != nil || res[0].Problem != nil {
		t.Fatal(err)
	}
	c.want("only-hub:T77")

	t.Log("what cannot be written is a conflict, and stays one")
	c.unwanted = "mallory"
	w.change(hub.Agent, hub.KindTask, "T01", `{"assignee":"mallory","priority":"low"}`)
	c.want("file:T01.priority=low conflict:T01.assignee=eve/mallory only-hub:T77")
	c.want("conflict:T01.assignee=eve/mallory only-hub:T77")
}

func TestDecisions(t *testing.T) {
	w := newWorld(t)
	c := w.checkout(w.token("ci", hub.Human))
	options := map[string]string{"A": "a", "B": "b"}
	c.decision("D-01", hub.Decision{Question: "Which?", Options: options})
	c.decision("D-02", hub.Decision{Question: "When?"})
	c.sync()
	c.want("")

	t.Log("an answer of the hub comes whole")
	w.change(hub.Human, hub.KindDecision, "D-01", `{"status":"resolved","choice":"B","note":"cheaper"}`)
	c.want("file:D-01.answer=resolved B file:D-01.note=cheaper")
	c.want("")
	t.Log("an answer of the file goes")
	c.set("decision D-02", map[string]any{"status": "resolved", "choice": "now"})
	c.want("hub:D-02.answer=resolved now")
	c.want("")
	t.Log("of two answers that of the hub")
	c.set("decision D-01", map[string]any{"choice": "A"})
	w.change(hub.Human, hub.KindDecision, "D-01", `{"status":"superseded"}`)
	c.want("file:D-01.answer=superseded B!")
	t.Log("a question that was answered stays")
	c.set("decision D-02", map[string]any{"question": "When exactly?"})
	c.want("conflict:D-02.question=When exactly?/When?")
	c.set("decision D-02", map[string]any{"question": "When?"})
	t.Log("an answer that is taken back")
	w.change(hub.Human, hub.KindDecision, "D-02", `{"status":"pending"}`)
	c.want("file:D-02.answer=pending")
	c.want("")
}

// TestAgentsAnswers brings decisions that a file has answered to a hub that takes no answers from the token.
func TestAgentsAnswers(t *testing.T) {
	w := newWorld(t)
	c := w.checkout(w.token("agent", hub.Verifier))
	c.decision("D-01", hub.Decision{Question: "Which?", Status: "resolved", Choice: "A", Note: "n"})
	c.task("T01", hub.Task{Title: "Begin"})
	got := c.sync()
	for _, want := range []string{"hub:D-01", "hub:T01", "unsent:D-01.answer=resolved A/", "unsent:D-01.note=n/"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s: no %s", got, want)
		}
	}
	c.want("unsent:D-01.answer=resolved A/pending unsent:D-01.note=n/")
	if got := w.body(hub.KindDecision, "D-01"); !strings.Contains(got, `"status":"pending"`) {
		t.Error(got)
	}
	human, err := c.x.Box.Dead("", "")
	if len(human) > 0 || err != nil {
		t.Error(human, err)
	}
	again := w.checkoutOf(c.x.Root, w.checkout(w.token("ada", hub.Human)).x.Remote)
	again.bodies = c.bodies
	again.want("hub:D-01.answer=resolved A hub:D-01.note=n")
	c.want("")
}

// TestTwoCheckouts edits the same plan in two clones that are offline.
func TestTwoCheckouts(t *testing.T) {
	w := newWorld(t)
	token := w.token("ci", hub.Human)
	a, b := w.checkout(token), w.checkout(token)
	for _, c := range []*checkout{a, b} {
		c.task("T01", hub.Task{Title: "Begin", Assignee: "ada"})
		c.task("T02", hub.Task{Title: "End"})
	}
	a.sync()
	b.want("") // the same ids, the same words
	t.Log("disjoint edits")
	a.set("task T01", map[string]any{"title": "Begin well"})
	a.set("task T02", map[string]any{"assignee": "bob"})
	b.set("task T01", map[string]any{"assignee": "eve"})
	a.sync()
	b.want("hub:T01.assignee=eve file:T02.assignee=bob conflict:T01.title=Begin/Begin well")
	a.want("file:T01.assignee=eve")
	b.set("task T01", map[string]any{"title": "Begin well"}) // git pull
	b.want("")
	a.want("")
	t.Log("the same field in both")
	a.set("task T02", map[string]any{"title": "End here", "assignee": "ann"})
	b.set("task T02", map[string]any{"title": "End there", "assignee": "ben"})
	a.want("hub:T02.title=End here hub:T02.assignee=ann")
	b.want("hub:T02.title=End there! file:T02.assignee=ann!")
	for range 2 { // nobody takes it back and forth
		a.want("conflict:T02.title=End here/End there")
		b.want("")
	}
	t.Log("a third one without history, as in CI, has git's merge")
	c := w.checkout(token)
	c.task("T01", hub.Task{Title: "Begin well", Assignee: "eve"})
	c.task("T02", hub.Task{Title: "End anywhere", Assignee: "ann", Status: "done"})
	c.want("hub:T02.title=End anywhere hub:T02.status=done")
}

// TestThousandTasks syncs a plan of 1,000 tasks for the first time in two requests beside those that read.
func TestThousandTasks(t *testing.T) {
	w := newWorld(t)
	counting := &counted{Remote: w.checkout(w.token("ci", hub.Agent)).x.Remote}
	c := w.checkoutOf(t.TempDir(), counting)
	for i := range 1000 {
		c.task(fmt.Sprintf("T%04d", i), hub.Task{Title: "Task"})
	}
	if got := c.sync(); strings.Count(got, "hub:") != 1001 || len(counting.sends) != 2 {
		t.Errorf("%d requests, %.200s", len(counting.sends), got)
	}
	c.want("")
}

// TestEntriesOfOneResourceLeaveInTheirOrder has each of them sent when the one before was answered, beside others.
func TestEntriesOfOneResourceLeaveInTheirOrder(t *testing.T) {
	w := newWorld(t)
	counting := &counted{Remote: w.checkout(w.token("ci", hub.Agent)).x.Remote}
	c := w.checkoutOf(t.TempDir(), counting)
	c.sync()
	counting.sends = nil
	var entries []outbox.Entry
	for i := range 3 {
		e := entryOf(t, c, hub.KindEvent, hub.Event{Type: "progress", Text: fmt.Sprint(i)})
		other := entryOf(t, c, hub.KindEvent, hub.Event{Type: "progress", Text: "x"})
		other.Resource = fmt.Sprint("other ", i)
		entries = append(entries, e, other)
	}
	if err := c.x.Box.Add(t.Context(), entries...); err != nil {
		t.Fatal(err)
	}
	c.sync()
	var got []string
	for _, list := range counting.sends {
		var texts []string
		for _, d := range list {
			var e hub.Event
			if err := json.Unmarshal(d.Body, &e); err != nil {
				t.Fatal(err)
			}
			texts = append(texts, e.Text)
		}
		got = append(got, strings.Join(texts, ""))
	}
	if want := "0xxx 1 2"; strings.Join(got, " ") != want {
		t.Errorf("sent %q, want %q", strings.Join(got, " "), want)
	}
}

// counted keeps what is sent, request by request.
type counted struct {
	hub.Remote
	sends [][]hub.Delivery
}

func (c *counted) Send(ctx context.Context, workstream string, list []hub.Delivery) ([]hub.Answer, error) {
	c.sends = append(c.sends, list)
	return c.Remote.Send(ctx, workstream, list)
}

// TestResync brings a checkout and a hub in step that has another history: restored from a backup, or a new one.
func TestResync(t *testing.T) {
	old, fresh := newWorld(t), newWorld(t)
	a := old.checkout(old.token("ci", hub.Agent))
	a.task("T01", hub.Task{Title: "Begin"})
	a.sync()
	a.set("task T01", map[string]any{"status": "done"})
	a.want("hub:T01.status=done")
	// The other hub has an older state of the same workstream.
	b := fresh.checkout(fresh.token("ci", hub.Agent))
	b.task("T01", hub.Task{Title: "Begin"})
	b.sync()
	fresh.change(hub.Agent, hub.KindTask, "T01", `{"assignee":"ada"}`)
	a.x.Remote = renamed{b.x.Remote, a.x.Remote.Name()}
	a.want("hub:T01.status=done file:T01.assignee=ada resynced")
	a.want("")
	t.Log("and one that knows nothing")
	empty := newWorld(t)
	a.x.Remote = renamed{empty.checkout(empty.token("ci", hub.Agent)).x.Remote, a.x.Remote.Name()}
	if got := a.sync(); !strings.Contains(got, "hub:P-1") || !strings.Contains(got, "hub:T01") || !strings.Contains(got, "resynced") {
		t.Error(got)
	}
	a.want("")
}

type renamed struct {
	hub.Remote
	name string
}

func (r renamed) Name() string { return r.name }

// TestWrongRole sends what the token may not: it is told, kept, and sent when another token is there.
func TestWrongRole(t *testing.T) {
	w := newWorld(t)
	c := w.checkout(w.token("agent", hub.Agent))
	c.task("T01", hub.Task{Title: "Begin"})
	c.sync()
	verdict := entryOf(t, c, hub.KindVerdict, map[string]any{"task": w.id(hub.KindTask, "T01"), "outcome": "passed", "observed_at": "2026-11-22T10:00:00Z"})
	if err := c.x.Box.Add(t.Context(), verdict); err != nil {
		t.Fatal(err)
	}
	c.want("refused:verdict:role")
	c.want("")
	dead, _ := c.x.Box.Dead("", "")
	if len(dead) != 1 || c.x.Box.Retry(t.Context(), dead[0].Number) != nil {
		t.Fatal(dead)
	}
	c.x.Remote = w.checkout(w.token("verifier", hub.Verifier)).x.Remote
	c.want("")
	if list, err := w.Store.Changes(t.Context(), w.Workstream, 0, 100); err != nil || list.Records[len(list.Records)-1].Kind != hub.KindVerdict {
		t.Error(list, err)
	}

	t.Log("a reader changes nothing, and is told so each time, with one dead letter")
	c.x.Remote = w.checkout(w.token("reader", hub.Reader)).x.Remote
	c.set("task T01", map[string]any{"title": "New"})
	for range 2 {
		c.want("refused:T01:role")
	}
	if dead, _ := c.x.Box.Dead("", ""); len(dead) != 1 {
		t.Error(dead)
	}
	c.x.Remote = w.checkout(w.token("another", hub.Agent)).x.Remote
	c.want("hub:T01.title=New")
	if dead, _ := c.x.Box.Dead("", ""); len(dead) != 0 {
		t.Error(dead)
	}

	t.Log("no token that counts: nothing is known, nothing is dead")
	c.x.Remote = w.checkout("wph_" + strings.Repeat("a", 16) + "_" + strings.Repeat("b", 52)).x.Remote
	c.set("task T01", map[string]any{"title": "Newer"})
	c.want("unauthenticated")
	scoped, _, err := w.Store.CreateToken(t.Context(), hub.Token{Name: "scoped", Role: hub.Agent, Workstreams: []string{w.id(hub.KindTask, "T01")}})
	if err != nil {
		t.Fatal(err)
	}
	c.x.Remote = w.checkout(scoped).x.Remote
	c.want("scope")
}

func entryOf(t *testing.T, c *checkout, kind hub.Kind, body any) outbox.Entry {
	t.Helper()
	id, err := hubid.New()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return outbox.Entry{
		Hub: c.x.Remote.Name(), Workstream: c.Workstream, Resource: "log", Name: string(kind),
		Delivery: hub.Delivery{Verb: hub.Create, Kind: kind, ID: id, Key: id, Body: text},
	}
}

// TestDryRun shows both ways and changes neither side.
func TestDryRun(t *testing.T) {
	w := newWorld(t)
	c := w.checkout(w.token("ci", hub.Agent))
	c.task("T01", hub.Task{Title: "Begin"})
	dry := func(want string) {
		t.Helper()
		rep, err := c.x.Run(t.Context(), w.Workstream, still{c}, true)
		if got := told(rep, err); got != want {
			t.Errorf("%s, wanted %s", got, want)
		}
	}
	dry("hub:P-1 hub:T01")
	if w.body(hub.KindTask, "T01") != "" {
		t.Error("it was made")
	}
	c.sync()
	c.set("task T01", map[string]any{"title": "Begin well"})
	w.change(hub.Agent, hub.KindTask, "T01", `{"assignee":"ada"}`)
	before := w.body(hub.KindTask, "T01")
	for range 2 {
		dry("hub:T01.title=Begin well file:T01.assignee=ada")
	}
	if after := w.body(hub.KindTask, "T01"); after != before || strings.Contains(c.says("task T01"), "ada") {
		t.Error(after)
	}
	c.want("hub:T01.title=Begin well file:T01.assignee=ada")
}

// still is a file that a dry run looks at.
type still struct{ *checkout }

func (still) Write(context.Context, []Write) ([]Unwritten, error) { return nil, nil }
