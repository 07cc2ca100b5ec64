package view

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// still is a Live that nobody draws.
func still(o Options, at time.Duration, events []runner.Event) *Live {
	o.Zone, o.Short, o.Now = time.UTC, shortID, func() time.Time { return start.Add(at) }
	l := &Live{o: o, columns: o.Width, rows: o.Height}
	for _, e := range events {
		l.Notify(e)
	}
	return l
}

func TestLiveFrame(t *testing.T) {
	inAll(t, "live", func(b *bytes.Buffer, o Options) error {
		if o.Width == 0 {
			o.Width = 80 // a terminal always has a width
		}
		o.Height = 24
		l := still(o, 12*time.Second, events())
		fmt.Fprintln(b, strings.Join(append(l.take(), l.frame()...), "\n"))
		return nil
	})
}

// crowd is a run of 800 tasks of which n run, every third only waiting.
func crowd(n int) []runner.Event {
	out := []runner.Event{{Type: runner.RunStarted, At: start, Total: 800}}
	until := start.Add(time.Minute)
	for i := range n {
		id := fmt.Sprintf("SHOP-WP-0001-T%03d", i)
		out = append(out,
			runner.Event{Type: runner.TaskStarted, At: start, Task: id, Title: "Deploy", Total: 1},
			runner.Event{Type: runner.StepStarted, At: start, Task: id, Step: 1, Name: "the Deployment is ready"})
		if i%3 == 0 {
			out = append(out, runner.Event{Type: runner.StepWaiting, At: start, Task: id, Step: 1, Text: "1 of 3 replicas", Until: &until})
		}
	}
	return out
}

func TestLiveFrameFits(t *testing.T) {
	for _, n := range []int{0, 1, 3, 5, 9, 20, 800} {
		for _, height := range []int{1, 2, 5, 10, 24, 60} {
			for _, o := range []Options{{Width: 20}, {Width: 40, Unicode: true}, {Width: 200, Color: true, Unicode: true}} {
				o.Height = height
				rows := still(o, time.Minute, crowd(n)).frame()
				wellDressed(t, strings.Join(rows, "\n"), o)
				if len(rows) >= max(height, 4) {
					t.Errorf("%d tasks: %d rows for %d", n, len(rows), height)
				}
			}
		}
	}
	l := still(Options{Width: 80, Height: 14, Unicode: true}, time.Minute, crowd(30))
	golden(t, "live.crowd.txt", strings.Join(l.frame(), "\n")+"\n")
}

// TestLiveNamesFailuresOutOfSight ends so many tasks after two failures that their lines have left the screen.
func TestLiveNamesFailuresOutOfSight(t *testing.T) {
	events := many(40)
	for i := range events {
		if e := &events[i]; e.Type == runner.TaskEnded && (e.Task == "SHOP-WP-0001-T0003" || e.Task == "SHOP-WP-0001-T0007") {
			e.Outcome = check.Failed
		}
	}
	for name, tt := range map[string]struct {
		height int
		want   string
	}{
		"in sight":     {60, ""},
		"out of sight": {24, "✗ failed  T0003, T0007"},
	} {
		t.Run(name, func(t *testing.T) {
			l := still(Options{Width: 80, Height: tt.height, Unicode: true}, time.Minute, events)
			l.take()
			rows := l.frame()
			got := ""
			if len(rows) > 2 {
				got = rows[len(rows)-2]
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// TestLiveDrawsWhatWaits has a row of tasks that each come after the one before, on a screen with room for some.
func TestLiveDrawsWhatWaits(t *testing.T) {
	events := []runner.Event{{Type: runner.RunStarted, At: start, Total: 30}}
	for i := range 30 {
		e := runner.Event{Type: runner.TaskQueued, At: start, Task: fmt.Sprintf("SHOP-WP-0001-T%02d", i), Title: "Deploy"}
		for n := range i {
			e.Needs = append(e.Needs, fmt.Sprintf("SHOP-WP-0001-T%02d", n))
		}
		events = append(events, e)
	}
	events = append(events, runner.Event{Type: runner.TaskStarted, At: start, Task: "SHOP-WP-0001-T00", Title: "Deploy", Total: 1})
	l := still(Options{Width: 80, Height: 12, Unicode: true}, time.Minute, events)
	golden(t, "live.waiting.txt", strings.Join(l.frame(), "\n")+"\n")
}

func TestLiveHostileTextIsWellDressed(t *testing.T) {
	for _, h := range hostile {
		o := Options{Width: 60, Height: 20}
		until := start
		l := still(o, time.Minute, []runner.Event{
			{Type: runner.RunStarted, At: start, Total: 3},
			{Type: runner.TaskStarted, At: start, Task: h, Title: h},
			{Type: runner.StepWaiting, At: start, Task: h, Step: 1, Name: h, Text: h, Until: &until},
			{Type: runner.StepEnded, At: start, Task: h, Step: 2, Name: h, Text: h, Outcome: check.Failed},
		})
		wellDressed(t, strings.Join(l.frame(), "\n"), o)
		l.Notify(runner.Event{Type: runner.TaskEnded, Task: h, Title: h, Outcome: check.Failed, Text: h})
		l.Notify(runner.Event{Type: runner.TaskEnded, Task: "a", Title: h, Outcome: check.Blocked, Text: h})
		l.Notify(runner.Event{Type: runner.TaskEnded, Task: "b", Title: h, Outcome: check.Blocked, Text: h})
		wellDressed(t, strings.Join(l.take(), "\n"), o)
	}
}

// syncBuffer may be written to by the program and read by the test.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func TestLiveLosesNoTask(t *testing.T) {
	defer goleak.VerifyNone(t)
	var out syncBuffer
	l := NewLive(Options{Out: &out, Width: 100, Height: 20, Short: shortID})
	for i, e := range many(800) {
		l.Notify(e)
		if i == 1600 {
			time.Sleep(250 * time.Millisecond) // some frames are drawn
		}
	}
	l.Close()
	l.Close()
	got := out.b.String()
	for i := range 800 {
		if n := strings.Count(got, fmt.Sprintf("ok   T%04d  Deploy", i)); n != 1 {
			t.Fatalf("task %d was told %d times", i, n)
		}
	}
	if hidden, shown := strings.LastIndex(got, hideCursor), strings.LastIndex(got, showCursor); shown < hidden {
		t.Error("the cursor is still hidden")
	}
}

func TestLiveSurvivesAPanic(t *testing.T) {
	var out syncBuffer
	l := NewLive(Options{Out: &out, Width: 100, Height: 20, Now: func() time.Time { panic("no time") }})
	l.Notify(many(1)[0])
	select {
	case <-l.gone:
	case <-time.After(5 * time.Second):
		t.Fatal("it goes on drawing")
	}
	l.Notify(runner.Event{Type: runner.TaskEnded, Task: "late", Title: "Late", Outcome: check.Passed})
	l.Close()
	if got := out.b.String(); !strings.Contains(got, "Late") || !strings.HasSuffix(got, showCursor) {
		t.Errorf("got %q", got)
	}
}
