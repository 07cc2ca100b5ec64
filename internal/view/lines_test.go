package view

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

func shortID(id string) string { return strings.TrimPrefix(id, "SHOP-WP-0001-") }

// events is a run with two tasks at a time.
func events() []runner.Event {
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	until := at(305)
	t03, t04, t05 := "SHOP-WP-0001-T03", "SHOP-WP-0001-T04", "SHOP-WP-0001-T05"
	return []runner.Event{
		{Type: runner.RunStarted, At: start, Total: 8},
		{Type: runner.TaskQueued, At: start, Task: t03, Title: "Build the image and publish it in the registry, signed and scanned"},
		{Type: runner.TaskQueued, At: start, Task: t04, Title: "Database"},
		{Type: runner.TaskQueued, At: start, Task: t05, Title: "Helm release", Needs: []string{t03}},
		{Type: runner.TaskQueued, At: start, Task: "SHOP-WP-0001-T06", Title: "DNS", Needs: []string{t05}},
		{Type: runner.TaskQueued, At: start, Task: "SHOP-WP-0001-T07", Title: "First migration and smoke test of all that came before", Needs: []string{t03, t04}},
		{Type: runner.TaskQueued, At: start, Task: "SHOP-WP-0001-T08", Title: "Tell the owners", Needs: []string{"SHOP-WP-0001-T07"}},
		{Type: runner.TaskQueued, At: start, Task: "SHOP-WP-0001-T09", Title: "Look at the logs", Needs: nil},
		{Type: runner.TaskStarted, At: at(0), Task: t03, Title: "Build the image and publish it in the registry, signed and scanned", Total: 2},
		{Type: runner.TaskStarted, At: at(0.1), Task: t04, Title: "Database", Total: 3},
		{Type: runner.StepStarted, At: at(0.1), Task: t03, Step: 1, Name: "the tag exists", Kind: "image"},
		{Type: runner.StepStarted, At: at(0.1), Task: t04, Step: 1, Name: "the role connects", Kind: "postgres"},
		{Type: runner.StepEnded, At: at(1.3), Task: t04, Step: 1, Name: "the role connects", Outcome: check.Passed, Text: "shop | PostgreSQL 16.13", Elapsed: 1200 * time.Millisecond},
		{Type: runner.StepEnded, At: at(1.4), Task: t03, Step: 1, Name: "the tag exists", Outcome: check.Failed, Text: "wanted the tag 17f511f, saw 404 Not Found from registry.example for shop/web", Elapsed: 1300 * time.Millisecond},
		{Type: runner.StepStarted, At: at(1.4), Task: t04, Step: 2, Name: "the Database is applied", Kind: "k8s"},
		{Type: runner.StepStarted, At: at(1.4), Task: t04, Step: 3, Name: "the schema is there", Kind: "postgres"},
		{Type: runner.StepWaiting, At: at(2), Task: t04, Step: 2, Name: "the Database is applied", Text: "Ready=False: Issuing", Until: &until},
		{Type: runner.StepWaiting, At: at(3), Task: t04, Step: 2, Name: "the Database is applied", Text: "Ready=False: Issuing", Until: &until},
		{Type: runner.StepEnded, At: at(3), Task: t03, Step: 2, Name: "make dry-run", Outcome: check.Skipped, Text: "policy"},
		{Type: runner.TaskEnded, At: at(3), Task: t03, Title: "Build the image and publish it in the registry, signed and scanned", Outcome: check.Failed, Text: "the tag exists", Elapsed: 3 * time.Second},
		{Type: runner.TaskEnded, At: at(3), Task: t05, Title: "Helm release", Outcome: check.Blocked, Text: "needs T03, which failed", Cause: t03},
		{Type: runner.TaskEnded, At: at(3), Task: "SHOP-WP-0001-T06", Title: "DNS", Outcome: check.Blocked, Text: "needs T05, which is blocked", Cause: t03},
	}
}

func linesOf(o Options, events []runner.Event) string {
	var b bytes.Buffer
	o.Out, o.Zone, o.Short = &b, time.UTC, shortID
	l := NewLines(o)
	for _, e := range events {
		l.Notify(e)
	}
	l.Close()
	l.Close()
	return b.String()
}

func TestLines(t *testing.T) {
	defer goleak.VerifyNone(t)
	golden(t, "lines.txt", linesOf(Options{}, events()))
	golden(t, "lines.color.txt", linesOf(Options{Color: true}, events()))
	golden(t, "lines.github.txt", linesOf(Options{GitHub: true}, events()))
}

func TestLinesOfHostileTextAreWellDressed(t *testing.T) {
	for _, o := range []Options{{GitHub: true}, {Color: true}} {
		for _, h := range hostile {
			got := linesOf(o, []runner.Event{
				{Type: runner.TaskStarted, Task: h, Title: h},
				{Type: runner.StepEnded, Task: h, Step: 1, Name: h, Outcome: check.Failed, Text: h},
				{Type: runner.TaskEnded, Task: h, Title: h, Outcome: check.Failed, Text: h},
				{Type: runner.TaskEnded, Task: "other", Title: h, Outcome: check.Blocked, Text: h},
			})
			wellDressed(t, got, o)
			if n := strings.Count(got, "\n"); n != 3 && n != 5 {
				t.Errorf("%d lines in %q", n, got)
			}
		}
	}
}

// many is a run of n tasks with one step each.
func many(n int) []runner.Event {
	out := []runner.Event{{Type: runner.RunStarted, At: start, Total: n}}
	for i := range n {
		id := fmt.Sprintf("SHOP-WP-0001-T%04d", i)
		out = append(out,
			runner.Event{Type: runner.TaskStarted, At: start, Task: id, Title: "Deploy the service to the cluster", Total: 1},
			runner.Event{Type: runner.StepStarted, At: start, Task: id, Step: 1, Name: "the Deployment is ready", Kind: "k8s"},
			runner.Event{Type: runner.StepEnded, At: start, Task: id, Step: 1, Name: "the Deployment is ready", Outcome: check.Passed, Text: "3 of 3 replicas are ready", Elapsed: time.Second},
			runner.Event{Type: runner.TaskEnded, At: start, Task: id, Title: "Deploy the service to the cluster", Outcome: check.Passed, Elapsed: time.Second})
	}
	return out
}

func TestLinesFromManyGoroutines(t *testing.T) {
	var b bytes.Buffer
	l := NewLines(Options{Out: &b})
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			id := fmt.Sprint(i)
			l.Notify(runner.Event{Type: runner.TaskStarted, Task: id})
			l.Notify(runner.Event{Type: runner.TaskEnded, Task: id, Outcome: check.Passed})
		})
	}
	wg.Wait()
	l.Close()
	if n := strings.Count(b.String(), "\n"); n != 50 {
		t.Errorf("%d lines", n)
	}
}

func BenchmarkLines10000Events(b *testing.B) {
	es := many(2500)
	for b.Loop() {
		l := NewLines(Options{Out: io.Discard, Short: shortID})
		for _, e := range es {
			l.Notify(e)
		}
		l.Close()
	}
}

func BenchmarkRun1000Tasks(b *testing.B) {
	r := shop()
	tasks := r.Plans[0].Tasks
	for len(r.Plans[0].Tasks) < 1000 {
		r.Plans[0].Tasks = append(r.Plans[0].Tasks, tasks...)
	}
	for b.Loop() {
		if err := Run(io.Discard, r, shopInfo, Options{Unicode: true, Color: true, Width: 120}); err != nil {
			b.Fatal(err)
		}
	}
}
