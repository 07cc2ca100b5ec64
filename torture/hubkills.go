//go:build linux && amd64

package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"gitea.coulomb.social/coulomb/wpctl/torture/trace"
)

// stage is a state of file and hub, and a call of wpctl that brings them in step.
type stage struct {
	name  string
	args  []string
	files map[string][]byte
	seen  map[string]bool // the texts that the plan has on the way
	made  settled         // undisturbed
	plain settled         // by `wpctl sync` alone
	exit  int
	// the calls that change something of the client and of the hub, and those that write bytes
	client, hub map[int]bool
}

var stageNames = []string{"the first run with --sync", "a sync of changes on both sides"}

// prepare makes the stages, and works out what they lead to undisturbed.
func (w *hubWorld) prepare() error {
	if err := w.reset(hubStart); err != nil {
		return err
	}
	if err := w.stage([]string{"run", hubPlan, "--sync", "--trust=all"}); err != nil {
		return err
	}
	// The first stage has been gone through, and is in step.
	if err := w.serve(nil); err != nil {
		return err
	}
	err := w.changeBoth()
	if failed := w.stop(); err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	return w.stage([]string{"sync"})
}

// changeBoth changes the plan here, and other things of it in the hub.
func (w *hubWorld) changeBoth() error {
	if _, wrong, err := w.settle(); err != nil || wrong != "" {
		return fmt.Errorf("%s %w", wrong, err)
	}
	for _, args := range [][]string{{"set", "T01", "--plan", hubPlan, "priority="}, {"set", "T02", "--plan", hubPlan, "status=blocked"}} {
		if exit, said, err := w.call(args...); err != nil || exit != 0 {
			return fmt.Errorf("%q: exit %d, %w: %s", args, exit, err, said)
		}
	}
	list, workstream, err := w.records()
	if err != nil {
		return err
	}
	for _, r := range list {
		path, body := "/"+workstream+"/"+r.Kind+"s/"+r.ID, map[string]any{}
		switch key, _ := r.Body["key"].(string); {
		case strings.HasSuffix(key, "-T02"):
			body["assignee"] = "ada"
		case strings.HasSuffix(key, "-D01"):
			body["status"], body["choice"] = "resolved", "two"
		default:
			continue
		}
		header := map[string]string{"If-Match": fmt.Sprintf(`"%d"`, r.Rev), "Idempotency-Key": "018f0000-0000-7000-8000-00000000000" + fmt.Sprint(len(body))}
		if err := w.ask("PATCH", path, w.human, header, body, nil); err != nil {
			return err
		}
	}
	return nil
}

// stage keeps how all stands, and makes a call undisturbed.
func (w *hubWorld) stage(args []string) (err error) {
	s := &stage{name: stageNames[len(w.stages)], args: args, seen: map[string]bool{}, client: map[int]bool{}, hub: map[int]bool{}}
	if s.files, err = w.keep(); err != nil {
		return err
	}
	// By sync alone.
	if err := w.serve(nil); err != nil {
		return err
	}
	plain, wrong, err := w.settle()
	if failed := w.stop(); err == nil {
		err = failed
	}
	if err != nil || wrong != "" {
		return fmt.Errorf("%s undisturbed, by sync: %s %w", s.name, wrong, err)
	}
	s.plain = plain
	if err := w.back(s.files); err != nil {
		return err
	}
	// As it is called.
	var mu sync.Mutex
	served, told := 0, false
	if err := w.serve(func(c trace.Call) trace.Do {
		mu.Lock()
		defer mu.Unlock()
		if c.Changes && !told {
			served++
			s.hub[served] = c.Writes
		}
		return trace.Do{}
	}); err != nil {
		return err
	}
	called := 0
	ended, said, err := w.traced(func(c trace.Call) trace.Do {
		if c.Changes {
			called++
			s.client[called] = c.Writes
		}
		if now, err := w.look(); err == nil {
			s.seen[now[hubPlan]] = true
		}
		return trace.Do{}
	}, args...)
	mu.Lock()
	told = true
	mu.Unlock()
	s.exit = ended.Exit
	wrong = ""
	if err == nil {
		s.made, wrong, err = w.settle()
		s.seen[s.made.plan], s.seen[s.plain.plan] = true, true
	}
	if failed := w.stop(); err == nil {
		err = failed
	}
	if err != nil || wrong != "" || s.exit != 0 {
		return fmt.Errorf("%s undisturbed: exit %d: %s %s %w", s.name, s.exit, said, wrong, err)
	}
	w.stages = append(w.stages, s)
	return nil
}

// hubTrial kills the client or the hub at a call.
type hubTrial struct {
	stage int
	hub   bool
	kill  int
	how   string
}

func (t hubTrial) String() string {
	who := "wpctl"
	if t.hub {
		who = "the hub"
	}
	return fmt.Sprintf("%s, %s killed %s change %d", stageNames[t.stage], who, t.how, t.kill)
}

// hubKills kills wpctl and its hub at each of their calls while they are brought in step: what follows brings them in
// step, and nothing is there twice or lost.
func hubKills(o options) ([]row, []string, error) {
	dir, err := os.MkdirTemp(o.dir, "hub")
	if err != nil {
		return nil, nil, err
	}
	first, err := newHubWorld(o.wpctl, dir)
	if err != nil {
		return nil, nil, err
	}
	var rows []row
	var wrong []string
	for _, hub := range []bool{false, true} {
		what, all := "wpctl is killed while it tells its hub", []hubTrial(nil)
		if hub {
			what = "the hub is killed while it is told"
		}
		for i, s := range first.stages {
			calls := s.client
			if hub {
				calls = s.hub
			}
			for _, n := range slices.Sorted(maps.Keys(calls)) {
				all = append(all, hubTrial{i, hub, n, "before"}, hubTrial{i, hub, n, "behind"})
				if calls[n] {
					all = append(all, hubTrial{i, hub, n, "half"})
				}
			}
		}
		open := func(dir string) (*hubWorld, error) { return newHubWorld(o.wpctl, dir) }
		r, more, err := spread(what, o, choose(all, o), open, (*hubWorld).try)
		if err != nil {
			return nil, nil, err
		}
		rows, wrong = append(rows, r), append(wrong, more...)
	}
	return rows, wrong, nil
}

// try makes a trial and checks what is left of it.
func (w *hubWorld) try(t hubTrial) (o outcome, err error) {
	s := w.stages[t.stage]
	if err := w.back(s.files); err != nil {
		return o, err
	}
	var mu sync.Mutex
	changes := 0
	blow := func(c trace.Call) (do trace.Do) {
		mu.Lock()
		defer mu.Unlock()
		if !c.Changes {
			return do
		}
		if changes++; changes == t.kill {
			do = trace.Do{Kill: t.how == "before", Then: t.how != "before", Half: t.how == "half"}
		}
		return do
	}
	var ofHub func(trace.Call) trace.Do
	if t.hub {
		ofHub = blow
	}
	if err := w.serve(ofHub); err != nil {
		return o, err
	}
	defer func() {
		if failed := w.stop(); err == nil {
			err = failed
		}
	}()
	var exit int
	var said string
	if t.hub {
		exit, said, err = w.call(s.args...)
		mu.Lock()
		o.struck = changes >= t.kill
		mu.Unlock()
	} else {
		var ended trace.Ended
		ended, said, err = w.traced(blow, s.args...)
		exit, o.struck = ended.Exit, ended.Killed
	}
	if err != nil {
		return o, err
	}
	if !o.struck {
		return o, nil // this time there were fewer calls
	}
	if o.wrong, err = w.judge(t, s, exit); o.wrong != "" {
		o.wrong += fmt.Sprintf("\nexit %d, it said:\n%s", exit, said)
	}
	return o, err
}

// judge returns what is wrong after a trial, "" for nothing.
func (w *hubWorld) judge(t hubTrial, s *stage, exit int) (string, error) {
	now, err := w.look()
	if err != nil {
		return "", err
	}
	plans, _ := apart(now)
	if !s.seen[plans[hubPlan]] {
		return "the plan has a text that it never has:\n" + bounded(plans[hubPlan]), nil
	}
	if t.hub && exit != s.exit {
		return fmt.Sprintf("exit %d though the hub came back", exit), nil
	}
	for _, check := range []error{w.sameGit(), w.homeIsWhole(false)} {
		if check != nil {
			return check.Error(), nil
		}
	}
	owed, err := w.waiting()
	if err != nil {
		return err.Error(), nil
	}
	got, wrong, err := w.settle()
	if wrong != "" || err != nil {
		return wrong, err
	}
	if wrong := got.like(s, t.hub, owed); wrong != "" {
		return wrong, nil
	}
	if left, err := w.waiting(); err != nil || len(left) > 0 {
		return fmt.Sprintf("the outbox is not empty: %q, %v", left, err), nil
	}
	// The next write of each kind clears up.
	if wrong := w.nextWrite(texts{hubPlan: got.plan, "data.txt": hubStart["data.txt"]}); wrong != "" && !strings.HasPrefix(wrong, "left in the home") {
		return wrong, nil
	}
	for _, args := range [][]string{{"set", "T02", "--plan", hubPlan, "status=in_progress"}, {"sync"}, {"run", hubPlan, "--trust=all", "--no-write"}} {
		if exit, said, err := w.call(args...); err != nil || exit != 0 {
			return fmt.Sprintf("%q afterwards: exit %d: %s", args, exit, said), err
		}
	}
	if err := w.homeIsWhole(true); err != nil {
		return err.Error(), nil
	}
	return "", nil
}

// like says how what file and hub have come to is not as it has to be.
func (got settled) like(s *stage, all bool, owed []string) string {
	want := s.made
	if got.plan != want.plan && !all {
		want = s.plain // a run that was killed before it had written
	}
	if got.plan != want.plan {
		return "the file has come to\n" + bounded(got.plan) + "\nand not\n" + bounded(want.plan)
	}
	if a, b := strings.Join(got.states, "\n"), strings.Join(want.states, "\n"); a != b {
		return "the hub has come to\n" + bounded(a) + "\nand not\n" + bounded(b)
	}
	for _, id := range owed {
		if !got.ids[id] {
			return "the hub has never heard of " + id + ", which was in the outbox"
		}
	}
	rest := slices.Clone(s.made.said)
	for _, line := range got.said {
		i := slices.Index(rest, line)
		if i < 0 {
			return "the hub has twice, or from nowhere: " + line
		}
		rest = slices.Delete(rest, i, i+1)
	}
	if all && len(rest) > 0 {
		return "the hub has not heard of " + strings.Join(rest, "\n")
	}
	return ""
}
