package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/rogpeppe/go-internal/testscript"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/cli"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/api"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/hubtest"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/outbox"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/servetest"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// killEnv is the point at which the program wpctl-killed kills itself, and the how-manieth time; traceEnv is a file that
// gets the points which it passes.
const (
	killEnv  = "WPCTL_TEST_KILL"
	traceEnv = "WPCTL_TEST_TRACE"
)

// killed is wpctl as it is, except that it ends itself without warning at a point of bringing plans and a hub in step.
func killed() {
	point, n, _ := strings.Cut(os.Getenv(killEnv), ":")
	var mu sync.Mutex
	seen := map[string]int{}
	at := func(p string) {
		mu.Lock()
		defer mu.Unlock()
		seen[p]++
		if name := os.Getenv(traceEnv); name != "" {
			f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
			if err == nil {
				fmt.Fprintf(f, "%s:%d\n", p, seen[p])
				f.Close()
			}
		}
		if p == point && fmt.Sprint(seen[p]) == n {
			self, _ := os.FindProcess(os.Getpid())
			_ = self.Kill()
			select {}
		}
	}
	os.Exit(cli.Program{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
		New: func(s cli.Settings) (*app.App, error) {
			a, err := wire(s)
			if err == nil {
				a.At = at
			}
			return a, err
		},
	}.Main(context.Background()))
}

// hubFor serves a real hub for a test, and returns its store, its address and a token.
func hubFor(t testing.TB, database string) (*store.Store, string, func(name string, role hub.Role) string) {
	s := servetest.Open(t, database)
	return s, servetest.Serve(t, servetest.Server(s)), func(name string, role hub.Role) string {
		return servetest.Token(t, s, hub.Token{Name: name, Role: role})
	}
}

// hubPlan is a plan that a hub does not know yet; README.md proves its first task.
const hubPlan = "---\nid: ID\ntype: workplan\nrepo: https://git.example.org/team/app.git\nstatus: active\nowner: team # they answer\n---\n\n" +
	"# Ship\n\n## T01 — Begin\n\n```task\nid: T01\nstatus: todo   # not yet\npriority: low\n```\n\n```verify\n- file: README.md\n```\n\n" +
	"## T02 — End\n\n```task\nid: T02\nneeds: [T01]\n```\n\nWhich?\n\n```decision\nid: D-01\nquestion: Which?\noptions: {A: one, B: two}\n```\n\nThe  end.\n"

// place is a checkout with a plan, and what it takes to call wpctl in it.
type place struct {
	t    *testing.T
	dir  string
	plan string
	env  []string
	hub  *store.Store
	id   string
}

func newPlace(t *testing.T, s *store.Store, base, token, id string) *place {
	p := &place{t: t, dir: t.TempDir(), hub: s, id: id}
	p.plan = filepath.Join(p.dir, "workplans", id+".md")
	for name, text := range map[string]string{
		p.plan: strings.ReplaceAll(hubPlan, "ID", id), filepath.Join(p.dir, "README.md"): "# Here\n",
		filepath.Join(p.dir, ".wpctl.yaml"): "hub: {base: \"" + base + "\"}\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p.env = []string{
		"HOME=" + p.dir, "PATH=" + os.Getenv("PATH"), "WPCTL_STATE_DIR=" + filepath.Join(p.dir, ".state"), "WPCTL_CONFIG_DIR=" + filepath.Join(p.dir, ".config"),
		"WPCTL_CACHE_DIR=" + filepath.Join(p.dir, ".cache"), "WPCTL_HUB_BASE=" + base, "WPCTL_HUB_TOKEN=" + token, "TZ=UTC", "GORACE=" + os.Getenv("GORACE"),
	}
	return p
}

// call runs a program, and returns its exit code and what it says.
func (p *place) call(env []string, args ...string) (int, string) {
	p.t.Helper()
	path, err := exec.LookPath(args[0])
	if err != nil {
		p.t.Fatal(err)
	}
	var out bytes.Buffer
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = p.dir, append(slices.Clone(p.env), env...), &out, &out
	err = cmd.Run()
	if cmd.ProcessState == nil {
		p.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

func (p *place) edit(old, text string) {
	p.t.Helper()
	src, err := os.ReadFile(p.plan)
	if err != nil || !bytes.Contains(src, []byte(old)) {
		p.t.Fatalf("%v: no %q in %s", err, old, src)
	}
	if err := os.WriteFile(p.plan, bytes.Replace(src, []byte(old), []byte(text), 1), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// inHub returns the records of the plan's workstream, by what they are of: "task T01" is one, events are many.
func (p *place) inHub() map[string][]hub.Record {
	p.t.Helper()
	src, err := os.ReadFile(p.plan)
	if err != nil {
		p.t.Fatal(err)
	}
	m := regexp.MustCompile(`state_hub_workstream_id: "([^"]+)"`).FindSubmatch(src)
	if m == nil {
		p.t.Fatalf("no id in %s", src)
	}
	list, err := p.hub.Changes(context.Background(), string(m[1]), 0, 1000)
	if err != nil {
		p.t.Fatal(err)
	}
	out := map[string][]hub.Record{}
	for _, r := range list.Records {
		var b struct{ Key string }
		_ = json.Unmarshal(r.Body, &b)
		name := strings.TrimSpace(string(r.Kind) + " " + strings.TrimPrefix(b.Key, p.id+"-"))
		out[name] = append(out[name], r)
	}
	return out
}

// changeInHub changes a record behind everybody's back.
func (p *place) changeInHub(name, patch string) {
	p.t.Helper()
	r := p.inHub()[name]
	if len(r) != 1 {
		p.t.Fatalf("%d %s", len(r), name)
	}
	res, err := p.hub.Apply(context.Background(), hub.Token{ID: "x", Name: "ada", Role: hub.Human}, r[0].Workstream,
		[]hub.Operation{{Verb: hub.Update, Kind: r[0].Kind, ID: r[0].ID, IfMatch: r[0].Rev, Body: json.RawMessage(patch)}})
	if err != nil || res[0].Problem != nil {
		p.t.Fatal(err, res[0].Problem)
	}
}

// scalars are what may stand in the plan beside what stood there: only values, and lines of keys that were missing.
var scalars = regexp.MustCompile(`(?m)^(state_hub_[a-z_]+|status|updated|assignee|priority|choice|by|date|note): .*\n|^status: todo`)

// TestClientKilled kills wpctl at every point of the two stories of a plan: a first run with --sync, and a sync of edits
// on both sides. What follows brings all in step, and nothing is there twice, lost, or taken for done.
func TestClientKilled(t *testing.T) {
	t.Parallel()
	hubtest.Everywhere(t, func(t *testing.T, database string) { t.Parallel(); clientKilled(t, database) })
}

func clientKilled(t *testing.T, database string) {
	s, base, token := hubFor(t, database)
	verifier := token("ci", hub.Verifier)
	first := func(p *place) []string { return []string{"run", p.id, "--sync"} }
	second := func(p *place) []string {
		if code, out := p.call(nil, "wpctl", "run", p.id, "--sync"); code != 0 && code != 8 {
			t.Fatalf("%d: %s", code, out)
		}
		p.edit("needs: [T01]", "needs: [T01, D-01]")
		p.changeInHub("task T02", `{"assignee":"ada","status":"in_progress"}`)
		p.changeInHub("decision D-01", `{"status":"resolved","choice":"B"}`)
		return []string{"sync"}
	}
	for name, prepare := range map[string]func(*place) []string{"first": first, "second": second} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := newPlace(t, s, base, verifier, "WHOLE-"+strings.ToUpper(name))
			trace := filepath.Join(whole.dir, "trace")
			code, out := whole.call([]string{traceEnv + "=" + trace}, append([]string{"wpctl-killed"}, prepare(whole)...)...)
			if code != 0 {
				t.Fatalf("%d: %s", code, out)
			}
			text, err := os.ReadFile(trace)
			if err != nil {
				t.Fatal(err)
			}
			points := strings.Fields(string(text))
			if len(points) < 10 {
				t.Fatal(points)
			}
			want, wantHub := whole.outcome()
			for i, point := range points {
				p := newPlace(t, s, base, verifier, fmt.Sprintf("K%s-%02d", strings.ToUpper(name), i))
				args := prepare(p)
				code, out := p.call([]string{killEnv + "=" + point}, append([]string{"wpctl-killed"}, args...)...)
				if code != -1 {
					t.Errorf("%s: it was not killed: %d: %s", point, code, out)
				}
				if got := scalars.ReplaceAllString(p.text(), ""); got != scalars.ReplaceAllString(strings.ReplaceAll(hubPlanNow(name), "ID", p.id), "") && !strings.Contains(got, "wpctl:findings") {
					t.Errorf("%s: more than scalars has changed:\n%s", point, got)
				}
				code, out = p.call(nil, "wpctl", "sync")
				if code != 0 {
					t.Errorf("%s: after it: %d: %s", point, code, out)
				}
				code, out = p.call(nil, "wpctl", "sync")
				if code != 0 || !strings.Contains(out, ": in step\n") && !strings.Contains(out, ": 1 proposal\n") {
					t.Errorf("%s: not at rest: %d: %s", point, code, out)
				}
				got, gotHub := p.outcome()
				if got != want {
					t.Errorf("%s: the file is\n%s\nwanted\n%s", point, got, want)
				}
				if !early(name, point, points) && gotHub != wantHub {
					t.Errorf("%s: the hub has %s\nwanted %s", point, gotHub, wantHub)
				}
			}
		})
	}
}

// early says whether a run was killed before it had put what it saw into the outbox: then it has told nobody.
func early(name, point string, points []string) bool {
	return name == "first" && slices.Index(points, point) < slices.Index(points, "queued:1")
}

// hubPlanNow is the plan as its author left it.
func hubPlanNow(story string) string {
	if story == "second" {
		return strings.Replace(hubPlan, "needs: [T01]", "needs: [T01, D-01]", 1)
	}
	return hubPlan
}

func (p *place) text() string {
	src, err := os.ReadFile(p.plan)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(src)
}

// outcome is the file and what the hub has of it, without what differs between two plans.
func (p *place) outcome() (file, inHub string) {
	p.t.Helper()
	uuid := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	var parts []string
	for name, list := range p.inHub() {
		parts = append(parts, fmt.Sprintf("%s %d", name, len(list)))
	}
	slices.Sort(parts)
	waiting, dead := 0, 0
	if box, err := outbox.Open(filepath.Join(p.dir, ".state", "outbox")); err == nil {
		w, _ := box.Waiting("", "")
		d, _ := box.Dead("", "")
		waiting, dead = len(w), len(d)
	}
	parts = append(parts, fmt.Sprintf("waiting %d, dead %d", waiting, dead))
	return uuid.ReplaceAllString(strings.ReplaceAll(p.text(), p.id, "ID"), "UUID"), strings.Join(parts, ", ")
}

// serveHubTo serves a hub for a script: its address is $HUB, and each word makes a token of that name and role in
// config/: hub ci=verifier ada=human
func serveHubTo(ts *testscript.TestScript, _ bool, args []string) {
	s, err := store.Open(context.Background(), filepath.Join(ts.Getenv("WORK"), "hub.db"))
	ts.Check(err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- (&api.Server{Store: s, Log: hclog.NewNullLogger()}).Serve(ctx, l, nil) }()
	ts.Defer(func() {
		cancel()
		<-done
		s.Close()
	})
	dir := ts.Getenv("WPCTL_CONFIG_DIR")
	ts.Check(os.MkdirAll(dir, 0o700))
	for _, arg := range args {
		name, role, _ := strings.Cut(arg, "=")
		text, _, err := s.CreateToken(context.Background(), hub.Token{Name: name, Role: hub.Role(role)})
		ts.Check(err)
		ts.Check(os.WriteFile(filepath.Join(dir, name+".token"), []byte(text+"\n"), 0o600))
	}
	ts.Setenv("HUB", "http://"+l.Addr().String())
}

// serveTracker serves a hub of others, whose address is $TRACKER, and writes its key to a file of the user's: tracker
func serveTracker(ts *testscript.TestScript, _ bool, _ []string) {
	srv := testsrv.StartTracker("header", "k3y")
	ts.Defer(srv.Close)
	dir := ts.Getenv("WPCTL_CONFIG_DIR")
	ts.Check(os.MkdirAll(dir, 0o700))
	ts.Check(os.WriteFile(filepath.Join(dir, "tracker.token"), []byte("k3y\n"), 0o600))
	ts.Setenv("TRACKER", srv.URL)
	trackers.Store(srv.URL, srv)
}

// trackers are those that run, by their addresses.
var trackers sync.Map

// trackerHas expects a text in what the tracker keeps,: trackerhas '"column":"backlog"'
func trackerHas(ts *testscript.TestScript, neg bool, args []string) {
	srv, _ := trackers.Load(ts.Getenv("TRACKER"))
	for _, text := range args {
		if got := srv.(*testsrv.Tracker).Text(); strings.Contains(got, text) == neg {
			ts.Fatalf("the tracker has %s", got)
		}
	}
}

// trackerSet moves a card: trackerset 'Begin' doing
func trackerSet(ts *testscript.TestScript, _ bool, args []string) {
	srv, _ := trackers.Load(ts.Getenv("TRACKER"))
	if !srv.(*testsrv.Tracker).Change("name", args[0], func(c *testsrv.Card) { c.Fields["column"] = args[1] }) {
		ts.Fatalf("no card %q", args[0])
	}
}

// hubRecord reads a record of the script's hub by its kind and key.
func hubRecord(ts *testscript.TestScript, kind, key string) (*store.Store, hub.Record) {
	s, err := store.Open(context.Background(), filepath.Join(ts.Getenv("WORK"), "hub.db"))
	ts.Check(err)
	all := hub.Token{Role: hub.Reader}
	streams, err := s.Workstreams(context.Background(), all, store.Page{Limit: 100})
	ts.Check(err)
	for _, w := range streams.Records {
		list, err := s.Changes(context.Background(), w.ID, 0, 1000)
		ts.Check(err)
		for _, r := range list.Records {
			var b struct{ Key, Plan, Type string }
			_ = json.Unmarshal(r.Body, &b)
			if string(r.Kind) == kind && (b.Key == key || b.Plan == key || b.Type == key || key == "-") {
				return s, r
			}
		}
	}
	s.Close()
	ts.Fatalf("the hub has no %s %s", kind, key)
	return nil, hub.Record{}
}

// hubHas expects a text in the body of a record: hubhas task APP-WP-0001-T01 '"title":"Begin"'
func hubHas(ts *testscript.TestScript, neg bool, args []string) {
	s, r := hubRecord(ts, args[0], args[1])
	defer s.Close()
	for _, text := range args[2:] {
		if strings.Contains(string(r.Body), text) == neg {
			ts.Fatalf("the hub has %s", r.Body)
		}
	}
}

// hubSet changes a record in the hub, as ada: hubset task APP-WP-0001-T01 '{"assignee":"ada"}'
func hubSet(ts *testscript.TestScript, _ bool, args []string) {
	s, r := hubRecord(ts, args[0], args[1])
	defer s.Close()
	res, err := s.Apply(context.Background(), hub.Token{ID: "x", Name: "ada", Role: hub.Human}, r.Workstream,
		[]hub.Operation{{Verb: hub.Update, Kind: r.Kind, ID: r.ID, IfMatch: r.Rev, Body: json.RawMessage(args[2])}})
	ts.Check(err)
	if p := res[0].Problem; p != nil {
		ts.Fatalf("%v", p)
	}
}
