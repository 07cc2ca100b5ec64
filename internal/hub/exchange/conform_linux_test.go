package exchange

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/api"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/client"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/hubtest"
	"gitea.coulomb.social/coulomb/wpctl/internal/hub/store"
	"gitea.coulomb.social/coulomb/wpctl/internal/hubid"
)

// The conformance suite: whatever is done to clients, to hubs and to what is between them, no resource is there
// twice, no event is lost, nothing is taken for done that is not, and of files only what is meant changes.

// serveEnv makes the test's own program a hub: a database, an address, and a point at which it is killed.
const serveEnv = "WPCTL_TEST_SERVE_HUB"

func TestMain(m *testing.M) {
	if args := strings.Split(os.Getenv(serveEnv), "\n"); len(args) == 3 {
		fmt.Fprintln(os.Stderr, serveHub(args[0], args[1], args[2]))
		os.Exit(1)
	}
	hubtest.Main(m)
}

// serveHub serves, and ends itself without warning when it reaches a point for the nth time.
func serveHub(database, address, killAt string) error {
	s, err := store.Open(context.Background(), database)
	if err != nil {
		return err
	}
	point, n, _ := strings.Cut(killAt, ":")
	var seen atomic.Int64
	s.At = func(p string) {
		if p == point && fmt.Sprint(seen.Add(1)) == n {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {}
		}
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	return (&api.Server{Store: s, Log: hclog.NewNullLogger(), Limits: api.Limits{Rate: 1e6, Burst: 1e6}}).Serve(context.Background(), l, nil)
}

// everywhere runs a test with a hub on SQLite and on PostgreSQL.
func everywhere(t *testing.T, test func(*testing.T, string)) {
	t.Parallel() // most of it is waiting
	hubtest.Everywhere(t, func(t *testing.T, database string) {
		t.Parallel()
		test(t, database)
	})
}

// story is a plan that is brought in step, edited on both sides, and told of: five syncs.
type story struct {
	*checkout
	events map[string]bool // ids of all that was queued
}

func begin(c *checkout) *story {
	s := &story{checkout: c, events: map[string]bool{}}
	for i := range 3 {
		s.task(fmt.Sprintf("T0%d", i), hub.Task{Title: "Task", Assignee: "ada"})
	}
	s.decision("D-01", hub.Decision{Question: "Which?", Options: map[string]string{"A": "a", "B": "b"}})
	return s
}

// queue puts events and a verdict of a task into the outbox, as a run does.
func (s *story) queue(name string) {
	s.t.Helper()
	task := s.id(hub.KindTask, name)
	for kind, body := range map[hub.Kind]any{
		hub.KindVerdict: map[string]any{"task": task, "outcome": "passed", "observed_at": "2026-11-22T10:00:00Z"},
		hub.KindEvent:   map[string]any{"task": task, "type": "transition", "text": "todo → done"},
	} {
		e := entryOf(s.t, s.checkout, kind, body)
		e.Resource, e.Task = "log of "+task, task
		s.events[e.Delivery.ID] = true
		if err := s.x.Box.Add(s.t.Context(), e); err != nil {
			s.t.Fatal(err)
		}
	}
}

// steps are what happens; each ends with a sync, which somebody may disturb.
func (s *story) steps() []func() {
	return []func(){
		func() { s.queue("T00") },
		func() { s.set("task T01", map[string]any{"title": "Task one", "status": "in_progress"}) },
		func() {
			s.change(hub.Human, hub.KindTask, "T01", `{"assignee":"bob"}`)
			s.change(hub.Human, hub.KindDecision, "D-01", `{"status":"resolved","choice":"B"}`)
			s.set("task T02", map[string]any{"needs": []string{"D-01"}})
		},
		func() { s.queue("T01"); s.queue("T01"); s.set("task T01", map[string]any{"status": "done"}) },
		func() { s.task("T03", hub.Task{Title: "Another"}); s.queue("T03") },
	}
}

// holds checks the invariants at the end.
func (s *story) holds() {
	s.t.Helper()
	s.want("")
	list, err := s.Store.Changes(context.Background(), s.Workstream, 0, 10_000)
	if err != nil {
		s.t.Fatal(err)
	}
	kinds := map[hub.Kind]int{}
	for _, r := range list.Records {
		kinds[r.Kind]++
		delete(s.events, r.ID)
	}
	if len(s.events) > 0 {
		s.t.Errorf("%d events are lost", len(s.events))
	}
	if got := fmt.Sprint(kinds); got != "map[decision:1 event:4 task:4 verdict:4 workstream:1]" {
		s.t.Error("not once each: ", got)
	}
	for at := range s.bodies {
		kind, name, _ := strings.Cut(at, " ")
		file, there := fields(s.t, hub.Kind(kind), s.says(at)), fields(s.t, hub.Kind(kind), s.body(hub.Kind(kind), name))
		if file != there {
			s.t.Errorf("%s: the file says %s, the hub %s", at, file, there)
		}
	}
	if got := s.says("task T01"); !strings.Contains(got, `"assignee":"bob"`) || !strings.Contains(got, `"title":"Task one"`) || !strings.Contains(got, `"status":"done"`) {
		s.t.Error(got)
	}
	if got := s.says("decision D-01"); !strings.Contains(got, `"choice":"B"`) {
		s.t.Error(got)
	}
	waiting, errs := s.x.Box.Waiting("", "")
	dead, more := s.x.Box.Dead("", "")
	if len(waiting)+len(dead)+len(errs)+len(more) > 0 {
		s.t.Error(waiting, dead, errs, more)
	}
}

// fields is a body without what the hub alone says.
func fields(t *testing.T, kind hub.Kind, text string) string {
	b, err := hub.Fields(kind, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	b.Drop("asked_by", "resolved_by", "resolved_at")
	return string(b.Text())
}

// between stands between a client and a hub, and may do to each request what it wants.
type between struct {
	*httptestServer
	disturb func(w http.ResponseWriter, r *http.Request, body []byte, forward func() *http.Response) bool // true: it has answered
}

type httptestServer struct {
	URL   string
	close func()
}

func (w *world) between(disturb func(http.ResponseWriter, *http.Request, []byte, func() *http.Response) bool) *between {
	w.t.Helper()
	target, err := url.Parse(w.Base)
	if err != nil {
		w.t.Fatal(err)
	}
	b := &between{disturb: disturb}
	proxy := httputil.NewSingleHostReverseProxy(target)
	transport := &http.Transport{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.t.Fatal(err)
	}
	srv := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		again := func() *http.Response {
			req := r.Clone(context.Background())
			req.URL.Scheme, req.URL.Host, req.RequestURI, req.Body = target.Scheme, target.Host, "", io.NopCloser(bytes.NewReader(body))
			res, err := transport.RoundTrip(req)
			if err != nil {
				return nil
			}
			_, _ = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			return res
		}
		if b.disturb(rw, r, body, again) {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(rw, r)
	})}
	go srv.Serve(l)
	b.httptestServer = &httptestServer{URL: "http://" + l.Addr().String(), close: func() { srv.Close(); transport.CloseIdleConnections() }}
	w.t.Cleanup(b.close)
	return b
}

// through is a checkout that reaches the hub through something.
func (w *world) through(address, token string) *checkout {
	w.t.Helper()
	c, err := client.New(address, token, "test")
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(c.Close)
	return w.checkoutOf(w.t.TempDir(), c)
}

// TestAnswersLost loses the answer to every fourth request of the story, after the hub has carried it out; told four
// times, it has lost the answer to each.
func TestAnswersLost(t *testing.T) {
	everywhere(t, func(t *testing.T, database string) {
		w := newWorldIn(t, database)
		token := w.token("ci", hub.Verifier)
		var n, lose, lost atomic.Int64
		b := w.between(func(rw http.ResponseWriter, _ *http.Request, _ []byte, again func() *http.Response) bool {
			if n.Add(1)%4 != lose.Load() {
				return false
			}
			lost.Add(1)
			again()
			panic(http.ErrAbortHandler) // the connection breaks
		})
		for i := range int64(4) {
			w.Workstream, _ = hubid.Workstream("web", fmt.Sprintf("lost-%d", i))
			n.Store(0)
			lose.Store(i)
			s := begin(w.through(b.URL, token))
			for _, step := range s.steps() {
				step()
				if got := s.sync(); strings.Contains(got, "later") {
					t.Errorf("request %d: %s", i, got)
				}
			}
			s.holds()
		}
		if lost.Load() < 15 {
			t.Errorf("only %d answers were lost", lost.Load())
		}
	})
}

// TestThriceAndReordered delivers every request three times at once, and all old ones once more after each new one, the
// newest first.
func TestThriceAndReordered(t *testing.T) {
	everywhere(t, func(t *testing.T, database string) {
		w := newWorldIn(t, database)
		var mu sync.Mutex
		var old []func() *http.Response
		b := w.between(func(rw http.ResponseWriter, r *http.Request, _ []byte, again func() *http.Response) bool {
			if r.Method != http.MethodPost {
				return false
			}
			mu.Lock()
			defer mu.Unlock()
			var all sync.WaitGroup
			for range 3 {
				all.Go(func() {
					for range 50 {
						if res := again(); res == nil || res.StatusCode != http.StatusConflict {
							return
						}
						time.Sleep(2 * time.Millisecond) // one of them is at work
					}
				})
			}
			all.Wait()
			for _, late := range slices.Backward(old) {
				late()
			}
			old = append(old, again)
			return false
		})
		s := begin(w.through(b.URL, w.token("ci", hub.Verifier)))
		for _, step := range s.steps() {
			step()
			if got := s.sync(); strings.Contains(got, "later") || strings.Contains(got, "refused") {
				t.Error(got)
			}
		}
		for _, late := range old {
			late()
		}
		s.holds()
	})
}

// TestHubKilled kills the hub at each point of each write of the story, and starts another one at its place.
func TestHubKilled(t *testing.T) {
	everywhere(t, func(t *testing.T, database string) {
		w := storeIn(t, database)
		token := w.token("ci", hub.Verifier)
		for _, point := range []string{"locked", "applied", "committed"} {
			for _, nth := range []int{1, 4} {
				w.Workstream, _ = hubid.Workstream("web", fmt.Sprintf("killed-%s-%d", point, nth))
				srv := startHub(t, database, "127.0.0.1:0", fmt.Sprintf("%s:%d", point, nth))
				s := begin(w.through("http://"+srv.address, token))
				killed := make(chan *hubProcess)
				go func() {
					<-srv.ended
					killed <- startHub(t, database, srv.address, "")
				}()
				for _, step := range s.steps() {
					step()
					if got := s.sync(); strings.Contains(got, "later") || strings.Contains(got, "refused") {
						t.Errorf("%s %d: %s", point, nth, got)
					}
				}
				select {
				case second := <-killed:
					s.holds()
					second.kill()
				case <-time.After(time.Minute):
					t.Errorf("%s %d: it was not killed", point, nth)
					srv.kill()
					(<-killed).kill()
				}
			}
		}
	})
}

type hubProcess struct {
	address string
	cmd     *exec.Cmd
	ended   chan struct{}
}

func (h *hubProcess) kill() {
	_ = h.cmd.Process.Kill()
	<-h.ended
}

// startHub starts a hub as a process of its own.
func startHub(t *testing.T, database, address, killAt string) *hubProcess {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveEnv+"="+strings.Join([]string{database, address, killAt}, "\n"))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Error(err)
		return nil
	}
	if err := cmd.Start(); err != nil {
		t.Error(err)
		return nil
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Error("the hub does not start:", err)
	}
	h := &hubProcess{address: strings.TrimSpace(line), cmd: cmd, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(h.ended)
	}()
	return h
}

// TestHubDown tells the whole story to a hub that is not there, to one that is read and not written, and to one whose
// answers never come; and then to one that is there.
func TestHubDown(t *testing.T) {
	everywhere(t, func(t *testing.T, database string) {
		w := newWorldIn(t, database)
		token := w.token("ci", hub.Verifier)
		for _, how := range []string{"gone", "unwritable", "mute"} {
			var down atomic.Bool
			b := w.between(func(_ http.ResponseWriter, r *http.Request, _ []byte, again func() *http.Response) bool {
				if !down.Load() || how != "gone" && r.Method != http.MethodPost {
					return false
				}
				if how == "mute" {
					again()
				}
				panic(http.ErrAbortHandler)
			})
			w.Workstream, _ = hubid.Workstream("web", "down-"+how)
			s := begin(w.through(b.URL, token))
			s.sync() // the records that others change in the story
			s.x.Patience = 0
			down.Store(true)
			for _, step := range s.steps() {
				step()
				if got := s.sync(); !strings.HasSuffix(got, "later") || strings.Contains(got, "hub:") {
					t.Errorf("%s: it is said to be told: %s", how, got)
				}
			}
			waiting, _ := s.x.Box.Waiting("", "")
			if len(waiting) < 8 {
				t.Errorf("%s: %d entries wait", how, len(waiting))
			}
			down.Store(false)
			s.x.Patience = time.Minute
			s.sync()
			s.holds()
		}
	})
}

// TestPauses asks for pauses, and for too long ones.
func TestPauses(t *testing.T) {
	w := newWorld(t)
	var n atomic.Int64
	after := "1"
	b := w.between(func(rw http.ResponseWriter, _ *http.Request, _ []byte, _ func() *http.Response) bool {
		if n.Add(1) > 2 {
			return false
		}
		rw.Header().Set("Retry-After", after)
		rw.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	c := w.through(b.URL, w.token("ci", hub.Agent))
	start := time.Now()
	c.want("hub:P-1")
	if d := time.Since(start); d < 2*time.Second {
		t.Errorf("it was asked again after %s", d)
	}
	n.Store(0)
	after = "3600"
	c.want("later")
	if n.Load() != 1 {
		t.Errorf("it was asked %d times", n.Load())
	}
}

// TestClocks moves the hub's clock by an hour, both ways, between the steps of the story.
func TestClocks(t *testing.T) {
	everywhere(t, func(t *testing.T, database string) {
		w := newWorldIn(t, database)
		s := begin(w.checkout(w.token("ci", hub.Verifier)))
		for i, step := range s.steps() {
			w.skew.Store(int64(time.Hour) * int64(1-2*(i%2)))
			ahead := time.Duration(1-2*(i%2)) * -time.Hour
			s.x.Box.Now = func() time.Time { return time.Now().Add(ahead) }
			step()
			s.sync()
		}
		s.holds()
	})
}

// TestTenAgents lets ten agents claim one task at once, with clients of their own: one has it, and nobody writes
// under the lease of another one.
func TestTenAgents(t *testing.T) {
	everywhere(t, func(t *testing.T, database string) {
		w := newWorldIn(t, database)
		s := begin(w.checkout(w.token("ci", hub.Verifier)))
		s.sync()
		task := w.id(hub.KindTask, "T00")
		var won, lost atomic.Int64
		var all sync.WaitGroup
		for i := range 10 {
			c, err := client.New(w.Base, w.token(fmt.Sprintf("agent-%d", i), hub.Agent), "test")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			all.Go(func() {
				key, _ := hubid.New()
				l, err := c.Claim(context.Background(), w.Workstream, task, key, time.Minute)
				var p *hub.Problem
				switch {
				case err == nil && l.Holder == fmt.Sprintf("agent-%d", i) && l.Fence == 1:
					won.Add(1)
					again, err := c.Claim(context.Background(), w.Workstream, task, key, time.Minute)
					if err != nil || again.Fence != 1 {
						t.Error("the same request has another answer: ", again, err)
					}
				case errors.As(err, &p) && p.Code == hub.CodeLeaseHeld:
					lost.Add(1)
					id, _ := hubid.New()
					answers, err := c.Send(context.Background(), w.Workstream, []hub.Delivery{{
						Verb: hub.Create, Kind: hub.KindEvent, ID: id, Key: id, Fence: 1, Body: json.RawMessage(`{"type":"progress","task":"` + task + `"}`),
					}})
					if err != nil || answers[0].Problem == nil || answers[0].Problem.Code != hub.CodeLeaseLost {
						t.Error("it wrote under another's lease: ", answers, err)
					}
				default:
					t.Error(l, err)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 || lost.Load() != 9 {
			t.Errorf("%d have it, %d have not", won.Load(), lost.Load())
		}
	})
}
