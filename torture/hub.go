//go:build linux && amd64

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"gitea.coulomb.social/coulomb/wpctl/torture/trace"
)

// hubWorld is a world with a hub beside it.
type hubWorld struct {
	*world
	folder   string // of the hub
	address  string
	verifier string // tokens
	human    string
	served   atomic.Pointer[served]
	stages   []*stage
}

const hubPlan = plansDir + "/TO-WP-0001.md"

// hubStart is a plan of which the hub has not heard.
var hubStart = texts{
	"data.txt": "a: 1\n",
	hubPlan: `---
id: TO-WP-0001
type: workplan
title: The plan
repo: https://git.example.org/team/app.git
status: active
---

# The plan

### T01 — Data

` + "```task\nid: T01\nstatus: todo\npriority: low   # for now\n```\n\n```verify\n- file: {path: data.txt}\n```" + `

### T02 — More

` + "```task\nid: T02\nneeds: [T01]\n```\n\n```verify\n- file: {path: data.txt}\n```" + `

### D01 — Which?

` + "```decision\nid: D01\nquestion: Which?\noptions: {one: the first, two: the second}\n```" + `

The  end.
`,
}

func newHubWorld(wpctl, dir string) (*hubWorld, error) {
	inner := filepath.Join(dir, "world")
	if err := os.MkdirAll(inner, 0o755); err != nil {
		return nil, err
	}
	base, err := newWorld(wpctl, inner)
	if err != nil {
		return nil, err
	}
	w := &hubWorld{world: base, folder: filepath.Join(filepath.Dir(base.dir), "hub")}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w.address = l.Addr().String()
	l.Close()
	if err := os.MkdirAll(w.folder, 0o700); err != nil {
		return nil, err
	}
	for role, to := range map[string]*string{"verifier": &w.verifier, "human": &w.human} {
		out, err := w.command("hub", "token", "create", "the-"+role, "--role", role, "--database", w.database()).Output()
		if err != nil {
			return nil, fmt.Errorf("make a token: %w", err)
		}
		*to = strings.TrimSpace(string(out))
	}
	w.env = []string{"WPCTL_HUB_BASE=http://" + w.address, "WPCTL_HUB_TOKEN=" + w.verifier}
	return w, w.prepare()
}

func (w *hubWorld) database() string { return filepath.Join(w.folder, "hub.db") }

// served is a hub that runs.
type served struct {
	pid      int
	ended    chan bool
	err      error
	stopping atomic.Bool
}

// serve starts the hub; at decides about each of its calls, and may be nil. One that is killed then is started again.
func (w *hubWorld) serve(at func(trace.Call) trace.Do) error {
	cmd := w.command("hub", "serve", "--database", w.database(), "--listen", w.address, "--rate", "1e6", "--burst", "1000000")
	s := &served{ended: make(chan bool, 1)}
	w.served.Store(s)
	if at == nil {
		if err := cmd.Start(); err != nil {
			return err
		}
		s.pid = cmd.Process.Pid
		go func() {
			cmd.Wait() //nolint:errcheck // it is ended by a signal
			s.ended <- true
		}()
		return w.answers()
	}
	began := make(chan int, 1)
	go func() {
		ended, err := trace.Program{Cmd: cmd, Root: w.folder, At: at, Began: func(pid int) { began <- pid }}.Run(10 * time.Minute)
		s.err = err
		if ended.Killed && err == nil && !s.stopping.Load() {
			s.err = w.serve(nil) // as whoever looks after it would
		}
		s.ended <- true
	}()
	s.pid = <-began
	return w.answers()
}

// answers waits until the hub does.
func (w *hubWorld) answers() error {
	for range 1200 {
		if res, err := http.Get("http://" + w.address + "/v1/health"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.New("the hub does not answer")
}

// stop ends the hub, and one that was started again meanwhile.
func (w *hubWorld) stop() error {
	for s := w.served.Load(); s != nil; {
		s.stopping.Store(true)
		unix.Kill(s.pid, unix.SIGTERM) //nolint:errcheck // it may have ended
		select {
		case <-s.ended:
		case <-time.After(5 * time.Minute):
			return errors.New("the hub does not end")
		}
		if s.err != nil {
			return s.err
		}
		next := w.served.Load()
		if next == s {
			break
		}
		s = next
	}
	return nil
}

// ask asks the hub as its API says, without wpctl.
func (w *hubWorld) ask(method, path, token string, header map[string]string, body any, into any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequest(method, "http://"+w.address+"/v1/workstreams"+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	for name, value := range header {
		req.Header.Set(name, value)
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err = io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %s", method, path, res.Status, text)
	}
	if err == nil && into != nil {
		err = json.Unmarshal(text, into)
	}
	return err
}

// record is one of the hub's, as its API shows it.
type record struct {
	ID   string         `json:"id"`
	Kind string         `json:"kind"`
	Rev  int            `json:"rev"`
	Body map[string]any `json:"body"`
}

var workstreamID = regexp.MustCompile(`state_hub_workstream_id: "?([0-9a-f-]{36})`)

// records are all that the hub has of the plan.
func (w *hubWorld) records() (list []record, workstream string, err error) {
	src, err := os.ReadFile(w.path(hubPlan))
	if err != nil {
		return nil, "", err
	}
	m := workstreamID.FindSubmatch(src)
	if m == nil {
		return nil, "", errors.New("the plan has no id of the hub")
	}
	var page struct {
		Records []record `json:"records"`
		More    bool     `json:"more"`
	}
	workstream = string(m[1])
	err = w.ask("GET", "/"+workstream+"/changes?since=0", w.verifier, nil, nil, &page)
	if err == nil && page.More {
		err = errors.New("the hub has more records than one page holds")
	}
	return page.Records, workstream, err
}

// what differs from run to run: times, runs, and ids that are made anew.
var passing = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z|[0-9]{8}T[0-9.]+Z-[0-9a-f]+|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)

// settled is what there is when file and hub are in step.
type settled struct {
	plan   string
	states []string // of records that can be changed
	said   []string // verdicts, events and messages
	ids    map[string]bool
}

// settle lets wpctl bring file and hub in step, and says what is wrong where it does not.
func (w *hubWorld) settle() (s settled, wrong string, err error) {
	for i, last := range []bool{false, true} {
		before, err := os.ReadFile(w.path(hubPlan))
		if err != nil {
			return s, "", err
		}
		exit, said, err := w.call("sync")
		if err != nil {
			return s, "", err
		}
		if exit != 0 {
			return s, fmt.Sprintf("sync %d afterwards: exit %d: %s", i+1, exit, said), nil
		}
		after, err := os.ReadFile(w.path(hubPlan))
		if err != nil {
			return s, "", err
		}
		if s.plan = string(after); last && !bytes.Equal(before, after) {
			return s, "the file does not come to rest:\n" + bounded(s.plan), nil
		}
	}
	list, _, err := w.records()
	if err != nil {
		return s, "", err
	}
	s.ids = map[string]bool{}
	for _, r := range list {
		if s.ids[r.ID] {
			return s, "the hub has " + r.ID + " twice", nil
		}
		s.ids[r.ID] = true
		text, err := json.Marshal(r.Body)
		if err != nil {
			return s, "", err
		}
		line := passing.ReplaceAllString(r.Kind+" "+string(text), "…")
		switch r.Kind {
		case "workstream", "task", "decision":
			s.states = append(s.states, line)
		default:
			s.said = append(s.said, line)
		}
	}
	slices.Sort(s.states)
	slices.Sort(s.said)
	return s, "", nil
}

// waiting are the ids of the records that wait in the outbox, from the files themselves.
func (w *hubWorld) waiting() (ids []string, err error) {
	names, _ := filepath.Glob(filepath.Join(w.home, "state/outbox/*.json"))
	dead, _ := filepath.Glob(filepath.Join(w.home, "state/outbox/dead/*.json"))
	for _, name := range append(names, dead...) {
		src, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		var e struct {
			Delivery struct {
				ID string `json:"id"`
			} `json:"delivery"`
		}
		if err := json.Unmarshal(src, &e); err != nil {
			return nil, fmt.Errorf("%s is no entry: %w", name, err)
		}
		ids = append(ids, e.Delivery.ID)
	}
	return ids, nil
}

// keep returns all files of the world and the hub, to be put back later.
func (w *hubWorld) keep() (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, dir := range []string{w.repo, w.home, w.folder} {
		err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
			if err == nil && e.Name() == ".git" {
				return filepath.SkipDir
			}
			if err != nil || e.IsDir() {
				return err
			}
			files[path], err = os.ReadFile(path)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// back puts all files back as they were kept.
func (w *hubWorld) back(files map[string][]byte) error {
	for _, dir := range []string{w.repo, w.home, w.folder} {
		if err := removeAll(dir); err != nil {
			return err
		}
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[path], 0o600); err != nil {
			return err
		}
	}
	return nil
}
