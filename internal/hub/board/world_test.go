package board_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/go-hclog"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/board"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/hubtest"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/servetest"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
)

func TestMain(m *testing.M) { hubtest.Main(m) }

// world is a hub on a real listener, and those who use it.
type world struct {
	testing.TB
	Store *store.Store
	Base  string
	skew  atomic.Int64
	keys  atomic.Int64
}

// everywhere runs a test on SQLite and on PostgreSQL.
func everywhere(t *testing.T, test func(*testing.T, *world)) {
	hubtest.Everywhere(t, func(t *testing.T, database string) { test(t, newWorld(t, database)) })
}

func newWorld(t testing.TB, database string) *world {
	t.Helper()
	w := &world{TB: t}
	st := servetest.Open(t, database)
	st.Now = func() time.Time { return time.Now().Add(time.Duration(w.skew.Load())) }
	w.Store = st
	srv := servetest.Server(st)
	srv.Pages = (&board.Server{Store: st, Log: hclog.NewNullLogger(), Gate: srv, Forges: board.Forges{
		Hosts: map[string]board.Forge{"git.example.org": {Kind: "gitea"}}, Base: "https://git.example.org/team",
	}}).Handler()
	w.Base = servetest.Serve(t, srv)
	return w
}

// token makes a token and returns its text.
func (w *world) token(t hub.Token) string {
	w.Helper()
	text, _, err := w.Store.CreateToken(w.Context(), t)
	if err != nil {
		w.Fatal(err)
	}
	return text
}

// visitor is somebody's browser, as far as a test of answers needs one.
type visitor struct {
	*world
	http   *http.Client
	Header http.Header // sent along with every request
}

func (w *world) visitor() *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.Fatal(err)
	}
	c := &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	w.Cleanup(c.CloseIdleConnections)
	return &visitor{world: w, http: c, Header: http.Header{}}
}

// as is a visitor who is logged in.
func (w *world) as(name string, role hub.Role, workstreams ...string) *visitor {
	w.Helper()
	v := w.visitor()
	v.login(w.token(hub.Token{Name: name, Role: role, Workstreams: workstreams}))
	return v
}

func (v *visitor) login(token string) {
	v.Helper()
	if a := v.post("/login", url.Values{"token": {token}}); a.Status != http.StatusSeeOther {
		v.Fatalf("login: %d %s", a.Status, a.Text)
	}
}

// page is an answer that was read.
type page struct {
	Status int
	Header http.Header
	Text   string
}

func (v *visitor) do(method, path string, form url.Values) page {
	v.Helper()
	var text io.Reader
	if form != nil {
		text = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(v.Context(), method, v.Base+path, text)
	if err != nil {
		v.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", v.Base)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, values := range v.Header {
		if r.Header.Del(name); values[0] != "" {
			r.Header[name] = values
		}
	}
	res, err := v.http.Do(r)
	if err != nil {
		v.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		v.Fatal(err)
	}
	return page{res.StatusCode, res.Header, string(got)}
}

func (v *visitor) get(path string) page { v.Helper(); return v.do("GET", path, nil) }
func (v *visitor) post(path string, form url.Values) page {
	v.Helper()
	return v.do("POST", path, form)
}

// see gets a page that is to be there and to have these texts.
func (v *visitor) see(path string, texts ...string) page {
	v.Helper()
	a := v.get(path)
	if a.Status != http.StatusOK {
		v.Fatalf("%s: %d %.300s", path, a.Status, a.Text)
	}
	for _, text := range texts {
		if !strings.Contains(a.Text, text) {
			v.Errorf("%s: no %q in\n%.3000s", path, text, a.Text)
		}
	}
	return a
}

// writer writes into one plan, under a name.
type writer struct {
	*world
	who hub.Token
	ID  string
	ops []hub.Operation
}

func (w *world) write(name string, role hub.Role, plan hub.Workstream) *writer {
	w.Helper()
	id, err := hubid.Workstream(plan.Repo, plan.Plan)
	if err != nil { // a hostile client mints what it likes
		id = uuid.NewSHA1(uuid.Nil, []byte(plan.Plan)).String()
	}
	wr := &writer{world: w, who: hub.Token{ID: name, Name: name, Role: role}, ID: id}
	wr.create(hub.KindWorkstream, id, plan)
	return wr
}

// by is the same plan under another name.
func (wr *writer) by(name string, role hub.Role) *writer {
	wr.flush()
	return &writer{world: wr.world, who: hub.Token{ID: name, Name: name, Role: role}, ID: wr.ID}
}

func (wr *writer) create(kind hub.Kind, id string, body any) {
	wr.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		wr.Fatal(err)
	}
	wr.ops = append(wr.ops, hub.Operation{Verb: hub.Create, Kind: kind, ID: id, Body: text})
	if len(wr.ops) >= 500 {
		wr.flush()
	}
}

// flush writes what has gathered.
func (wr *writer) flush() {
	wr.Helper()
	for i, r := range wr.apply(wr.ops...) {
		if r.Problem != nil {
			wr.Fatalf("%s %s: %v", wr.ops[i].Verb, wr.ops[i].Kind, r.Problem)
		}
	}
	wr.ops = nil
}

func (wr *writer) apply(ops ...hub.Operation) []hub.Result {
	wr.Helper()
	results, err := wr.Store.Apply(wr.Context(), wr.who, wr.ID, ops)
	if err != nil {
		wr.Fatal(err)
	}
	return results
}

// of is the id of what the plan calls by a key.
func (wr *writer) of(key string) string {
	id, err := hubid.Task(wr.ID, key)
	if err != nil {
		id = uuid.NewSHA1(uuid.MustParse(wr.ID), []byte(key)).String()
	}
	return id
}

func (wr *writer) task(t hub.Task) string {
	wr.Helper()
	id := wr.of(t.Key)
	wr.create(hub.KindTask, id, t)
	return id
}

func (wr *writer) decision(d hub.Decision) string {
	wr.Helper()
	id := wr.of(d.Key)
	wr.create(hub.KindDecision, id, d)
	return id
}

func (wr *writer) add(kind hub.Kind, body any) {
	wr.Helper()
	id, err := hubid.New()
	if err != nil {
		wr.Fatal(err)
	}
	wr.create(kind, id, body)
}

// update changes fields of a record as it is now.
func (wr *writer) update(kind hub.Kind, id string, fields map[string]any) {
	wr.Helper()
	wr.flush()
	r, err := wr.Store.Get(wr.Context(), wr.ID, kind, id)
	if err != nil {
		wr.Fatal(err)
	}
	text, err := json.Marshal(fields)
	if err != nil {
		wr.Fatal(err)
	}
	wr.ops = append(wr.ops, hub.Operation{Verb: hub.Update, Kind: kind, ID: id, IfMatch: r.Rev, Body: text, Key: fmt.Sprint("key", wr.keys.Add(1))})
	wr.flush()
}

func (wr *writer) claim(task string, ttl time.Duration) {
	wr.Helper()
	wr.flush()
	wr.ops = append(wr.ops, hub.Operation{Verb: hub.Claim, Kind: hub.KindLease, ID: task, TTL: ttl, Key: fmt.Sprint("key", wr.keys.Add(1))})
	wr.flush()
}

// harbour is a small plan with something of everything.
func (w *world) harbour() (plan *writer, tasks []string, decision string) {
	w.Helper()
	plan = w.write("ci", hub.Verifier, hub.Workstream{
		Repo: "harbour", Plan: "HARBOUR-WP-0001", Title: "The registry moves to the new cluster", Status: "active", Domain: "platform", Owner: "ada", Priority: "high",
		Path: "workplans/HARBOUR-WP-0001.md", Ref: "main", Labels: []string{"registry"},
	})
	for i, t := range []hub.Task{
		{Title: "The namespace stands, with its quotas", Status: "done"},
		{Title: "PostgreSQL runs with three instances", Status: "done", Needs: []string{"T01"}},
		{Title: "Backups reach the other site and can be read back", Status: "in_progress", Needs: []string{"T02"}, Assignee: "grace"},
		{Title: "The registry answers over TLS under its new name", Status: "failed", Needs: []string{"T02", "D1"}},
		{Title: "Old images are copied, and their digests are the same", Status: "todo", Needs: []string{"T04", "T03"}, Priority: "low"},
	} {
		t.Key, t.Order, t.Line, t.Steps = fmt.Sprintf("HARBOUR-WP-0001-T%02d", i+1), i+1, 20+30*i, fmt.Sprintf("sha256:%d", i)
		tasks = append(tasks, plan.task(t))
	}
	decision = plan.by("bot", hub.Agent).decided(hub.Decision{
		Key: "HARBOUR-WP-0001-D1", Question: "Which certificate authority signs the registry's certificate?", SecondPerson: true,
		Options:        map[string]string{"internal": "the platform's own, already trusted by all nodes", "public": "a public one, by ACME"},
		Recommendation: "internal",
	})
	now := w.Store.Now()
	plan.add(hub.KindVerdict, hub.Verdict{Task: tasks[0], Outcome: "passed", ObservedAt: now.Add(-3 * time.Hour), Steps: "sha256:0", Cluster: "prod", Run: "r-17"})
	plan.add(hub.KindVerdict, hub.Verdict{Task: tasks[3], Outcome: "failed", ObservedAt: now.Add(-20 * time.Minute), Steps: "sha256:3", Cluster: "prod", Run: "r-18", Findings: "tls registry.example.org:443\n  wanted: a chain that verifies and lasts 14 days\n  saw:    a certificate for *.old.example.org"})
	plan.add(hub.KindEvent, hub.Event{Task: tasks[2], Type: "progress", Text: "The first backup is on its way: 40 of 112 GB."})
	plan.add(hub.KindMessage, hub.Message{Text: "The name changes on Thursday; please hold back restarts."})
	plan.flush()
	plan.by("agent-7", hub.Agent).claim(tasks[2], time.Hour)
	return plan, tasks, decision
}

// decided writes a decision at once.
func (wr *writer) decided(d hub.Decision) string {
	wr.Helper()
	wr.flush()
	id := wr.decision(d)
	wr.flush()
	return id
}

// large is a plan with many tasks.
func (w *world) large(name string, n int) *writer {
	w.Helper()
	plan := w.write("ci", hub.Verifier, hub.Workstream{Repo: "fleet", Plan: name, Title: "All clusters of the fleet take the new release", Status: "active", Path: "workplans/" + name + ".md"})
	status := []string{"done", "done", "done", "in_progress", "todo", "blocked", "todo", "failed"}
	outcome := []string{"passed", "passed", "", "", "", "unknown", "", "failed"}
	for i := range n {
		t := hub.Task{Key: fmt.Sprintf("%s-T%04d", name, i+1), Title: fmt.Sprintf("Cluster %d runs release %d and answers its probes", i+1, i%7), Status: status[i%8], Order: i + 1, Line: 10 * i}
		if i%10 != 0 {
			t.Needs = []string{fmt.Sprintf("T%04d", i)}
		}
		id := plan.task(t)
		if o := outcome[i%8]; o != "" {
			plan.add(hub.KindVerdict, hub.Verdict{Task: id, Outcome: o, ObservedAt: w.Store.Now().Add(-time.Duration(i) * time.Minute), Findings: "rollout: wanted 3 of 3, saw 2"})
		}
	}
	plan.flush()
	return plan
}

// others are some plans of a team, one of each status.
func (w *world) others() {
	w.Helper()
	for i, p := range []hub.Workstream{
		{Title: "Nodes boot from one image", Status: "finished", Owner: "grace"},
		{Title: "Every service has a budget for errors", Status: "proposed", Owner: "ada"},
		{Title: "Logs leave the clusters within a minute", Status: "active", Owner: "linus"},
		{Title: "Certificates renew themselves", Status: "blocked", Owner: "grace"},
		{Title: "The old build machines are switched off", Status: "cancelled"},
		{Title: "Secrets come from one place", Status: "draft"},
		{Title: "The first cluster", Status: "archived"},
	} {
		p.Repo, p.Plan = "platform", fmt.Sprintf("PLATFORM-WP-%04d", i+1)
		plan := w.write("ci", hub.Verifier, p)
		for k := range 3 + 5*i {
			t := hub.Task{Key: fmt.Sprintf("%s-T%02d", p.Plan, k+1), Title: "A step on the way", Status: "todo"}
			if k%7 < 6-i%4 {
				t.Status = []string{"done", "done", "in_progress", "done", "failed", "blocked"}[k%6]
			}
			if p.Status == "finished" {
				t.Status = "done"
			}
			id := plan.task(t)
			if t.Status == "done" && k%5 != 4 {
				plan.add(hub.KindVerdict, hub.Verdict{Task: id, Outcome: "passed", ObservedAt: w.Store.Now().Add(-time.Duration(7*i+1) * time.Hour)})
			}
		}
		plan.flush()
	}
}
