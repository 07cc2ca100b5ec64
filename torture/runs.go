//go:build linux && amd64

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"gitea.coulomb.social/coulomb/wpctl/torture/trace"
)

// runs makes runs that are large, interrupted, or lied to by the clock.
func runs(o options) (rows []row, wrong []string, err error) {
	dir, err := os.MkdirTemp(o.dir, "runs")
	if err != nil {
		return nil, nil, err
	}
	w, err := newWorld(o.wpctl, dir)
	if err != nil {
		return nil, nil, err
	}
	for _, try := range []struct {
		what string
		run  func(*world, options) (tried int, wrong []string, err error)
	}{
		{"a run of many tasks in a chain, a fan, and 10 steps each", manyTasks},
		{"a run ended by a signal at a random moment, with children that stay", signals},
		{"a run whose terminal is lost at a random moment", terminals},
		{"a run whose wall clock jumps at each look", jumpingClock},
		{"servers that fail twice before they answer", flapping},
	} {
		if !strings.Contains(try.what, o.match) {
			continue
		}
		begun := time.Now()
		tried, bad, err := try.run(w, o)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", try.what, err)
		}
		for _, b := range bad {
			wrong = append(wrong, try.what+": "+b)
		}
		rows = append(rows, row{what: try.what, tried: tried, struck: tried, wrong: len(bad), took: time.Since(begun)})
	}
	return rows, wrong, nil
}

// scale is n where all is tried, and a tenth of it otherwise.
func (o options) scale(n int) int {
	if o.kills > 0 {
		return n / 10
	}
	return n
}

const planHead = "---\nid: TO-WP-0001\ntype: workplan\ntitle: A plan\nstatus: active\n---\n\n"

func planTask(b *strings.Builder, n int, needs, steps string) {
	fmt.Fprintf(b, "### T%d — Task\n\n```task\nid: T%d\nstatus: todo\n%s```\n\n```verify\n%s```\n\n", n, n, needs, steps)
}

// counts is what a run says of its tasks.
type counts struct {
	Counts map[string]int `json:"taskCounts"`
}

func (w *world) runPlan(plan string, args ...string) (exit int, c counts, said string, err error) {
	if err := w.reset(texts{"data.txt": "a: 1\n", planOne: plan}); err != nil {
		return 0, c, "", err
	}
	cmd := w.command(append([]string{"run", planOne, "--trust=all", "-o", "json"}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	if cmd.ProcessState == nil {
		return 0, c, "", err
	}
	said = errs.String()
	if len(said) > 2000 {
		said = said[len(said)-2000:]
	}
	if err := json.Unmarshal(out.Bytes(), &c); err != nil {
		return cmd.ProcessState.ExitCode(), c, said, nil //nolint:nilerr // the counts are missing then, and the caller says so
	}
	return cmd.ProcessState.ExitCode(), c, said, nil
}

// manyTasks runs a plan whose tasks wait for each other in every way.
func manyTasks(w *world, o options) (int, []string, error) {
	n := o.scale(10000)
	var b strings.Builder
	b.WriteString(planHead)
	steps := strings.Repeat("- file: {path: data.txt}\n", 10)
	for i := 1; i <= n; i++ {
		needs := ""
		switch {
		case i > 1 && i <= n/10: // a chain
			needs = fmt.Sprintf("needs: [T%d]\n", i-1)
		case i > n/10: // a fan behind its first
			needs = "needs: [T1]\n"
		}
		planTask(&b, i, needs, steps)
	}
	countsDescriptors(&b, n+1)
	exit, c, said, err := w.runPlan(b.String())
	if err != nil {
		return 0, nil, err
	}
	if exit != 0 || c.Counts["passed"] != n+1 {
		return n, []string{fmt.Sprintf("exit %d, %v: %s", exit, c.Counts, said)}, nil
	}
	now, err := w.look()
	if err != nil {
		return n, nil, err
	}
	if got := strings.Count(now[planOne], "\nstatus: done\n"); got != n+1 {
		return n, []string{fmt.Sprintf("%d of %d tasks are done in the file", got, n)}, nil
	}
	return n, nil, nil
}

// countsDescriptors is a last task, which sees that wpctl has closed what those before it opened.
func countsDescriptors(b *strings.Builder, n int) {
	needs := make([]string, n-1)
	for i := range needs {
		needs[i] = fmt.Sprintf("T%d", i+1)
	}
	planTask(b, n, "needs: ["+strings.Join(needs, ", ")+"]\n", "- sh: ls /proc/$PPID/fd | wc -l\n  assert: int(self.stdout.trim()) < 100\n")
}

// stayers are commands that do not want to end: they ignore signals, leave their group, fill both streams, or close them.
var stayers = []string{
	"trap '' TERM INT HUP; while :; do sleep %d; done",
	"setsid sleep %d & sleep 60",
	"(sleep %[1]d & sleep %[1]d &) ; sleep 60",
	"exec >&- 2>&-; sleep %d",
	"yes & yes >&2 & sleep %d",
}

// signals ends runs by a signal at a random moment: they end soon, with the code of the signal, and leave no child.
func signals(w *world, o options) (int, []string, error) {
	n := o.scale(200)
	random := rand.New(rand.NewPCG(o.seed, 1))
	heard := make(chan os.Signal, 1)
	for _, s := range []os.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP} {
		if signal.Ignored(s) { // what starts us in the background does that, and wpctl would keep to it
			signal.Notify(heard, s)
		}
	}
	codes := map[unix.Signal]int{unix.SIGINT: 130, unix.SIGTERM: 143, unix.SIGHUP: 129}
	var wrong []string
	for i := range n {
		token := 700000 + random.IntN(200000)
		var b strings.Builder
		b.WriteString(planHead)
		for j, s := range stayers {
			planTask(&b, j+1, "", fmt.Sprintf("- sh: %q\n  timeout: 60s\n", fmt.Sprintf(s, token)))
		}
		if err := w.reset(texts{"data.txt": "a: 1\n", planOne: b.String()}); err != nil {
			return i, wrong, err
		}
		sig := []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGKILL}[random.IntN(4)]
		cmd := w.command("run", planOne, "--trust=all")
		if err := cmd.Start(); err != nil {
			return i, wrong, err
		}
		time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond)
		cmd.Process.Signal(sig)                                               //nolint:errcheck // it may have ended
		late := time.AfterFunc(10*time.Minute, func() { cmd.Process.Kill() }) //nolint:errcheck // likewise
		cmd.Wait()                                                            //nolint:errcheck // the exit code says it
		if !late.Stop() {
			wrong = append(wrong, fmt.Sprintf("%v: it did not end", sig))
		}
		if code := cmd.ProcessState.ExitCode(); sig != unix.SIGKILL && code != codes[sig] && code != -1 {
			wrong = append(wrong, fmt.Sprintf("%v: exit code %d", sig, code))
		}
		if left := waitGone(fmt.Sprint(token)); left != "" {
			wrong = append(wrong, fmt.Sprintf("%v: left %s", sig, left))
		}
		now, err := w.look()
		if err != nil {
			return i, wrong, err
		}
		if now[planOne] != b.String() {
			wrong = append(wrong, fmt.Sprintf("%v: the plan was changed", sig))
		}
	}
	return n, wrong, nil
}

// waitGone waits until no process has the token among its arguments, and returns one that stays.
func waitGone(token string) (left string) {
	for range 300 {
		left = ""
		names, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, name := range names {
			if line, _ := os.ReadFile(name); bytes.Contains(line, []byte(token)) {
				left = strings.ReplaceAll(string(line), "\x00", " ")
			}
		}
		if left == "" {
			return ""
		}
		time.Sleep(50 * time.Millisecond)
	}
	return left
}

// jumpingClock lets the wall clock jump by up to a day at each look, while steps wait and time out.
func jumpingClock(w *world, o options) (int, []string, error) {
	n := o.scale(100)
	random := rand.New(rand.NewPCG(o.seed, 2))
	plan := planHead
	var b strings.Builder
	planTask(&b, 1, "", "- file: {path: data.txt}\n")
	planTask(&b, 2, "needs: [T1]\n", "- name: it comes late\n  sh: \"sleep 0.2; test -e made || { touch made; exit 1; }\"\n  within: 30s\n  every: 100ms\n")
	planTask(&b, 3, "", "- name: it has time\n  sh: sleep 0.3\n  timeout: 30s\n")
	plan += b.String()
	var wrong []string
	for i := range n {
		if err := w.reset(texts{"data.txt": "a: 1\n", planOne: plan}); err != nil {
			return i, wrong, err
		}
		cmd := w.command("run", planOne, "--trust=all", "--no-write")
		out, err := os.Create(filepath.Join(w.dir, "said"))
		if err != nil {
			return i, wrong, err
		}
		cmd.Stdout, cmd.Stderr = out, out
		ended, err := trace.Program{Cmd: cmd, Root: w.dir, Days: true, Clock: func(int) time.Duration {
			return time.Duration(random.Int64N(int64(48*time.Hour))) - 24*time.Hour
		}}.Run(10 * time.Minute)
		out.Close()
		if err != nil {
			return i, wrong, err
		}
		if said, _ := os.ReadFile(out.Name()); ended.Exit != 0 || ended.Looks == 0 {
			wrong = append(wrong, fmt.Sprintf("exit %d after %d looks at the clock: %s", ended.Exit, ended.Looks, said))
		}
	}
	return n, wrong, nil
}

// flapping runs a step against each of many servers: the first request is answered with 503, the second is cut off.
func flapping(w *world, o options) (int, []string, error) {
	n := o.scale(1000)
	var b strings.Builder
	b.WriteString(planHead)
	var open atomic.Int64
	for i := 1; i <= n; i++ {
		var asked atomic.Int64
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			switch asked.Add(1) {
			case 1:
				rw.WriteHeader(http.StatusServiceUnavailable)
			case 2:
				panic(http.ErrAbortHandler)
			}
		}))
		srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
			switch s {
			case http.StateNew:
				open.Add(1)
			case http.StateClosed, http.StateHijacked:
				open.Add(-1)
			}
		}
		srv.Config.ErrorLog = nil
		srv.Start()
		defer srv.Close()
		planTask(&b, i, "", fmt.Sprintf("- http: %s\n  within: 2m\n  every: 200ms\n", srv.URL))
	}
	countsDescriptors(&b, n+1)
	exit, c, said, err := w.runPlan(b.String())
	if err != nil {
		return 0, nil, err
	}
	var wrong []string
	if exit != 0 || c.Counts["passed"] != n+1 {
		wrong = append(wrong, fmt.Sprintf("exit %d, %v: %s", exit, c.Counts, said))
	}
	for range 100 {
		if open.Load() == 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if left := open.Load(); left > 0 {
		wrong = append(wrong, fmt.Sprintf("%d connections are open afterwards", left))
	}
	more, err := inherited(w)
	return n, append(wrong, more...), err
}

// inherited compares what a command of a step has open with what any command has that is started here.
func inherited(w *world) (wrong []string, err error) {
	const list = "ls /proc/self/fd | tr '\\n' ' '"
	want, err := exec.Command("sh", "-c", list).Output()
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	planTask(&b, 1, "", fmt.Sprintf("- sh: %q\n  assert: self.stdout.trim() == %q\n", list, strings.TrimSpace(string(want))))
	exit, _, said, err := w.runPlan(planHead + b.String())
	if err == nil && exit != 0 {
		wrong = []string{"a command has open what is not its own: " + said}
	}
	return wrong, err
}
