package view

import (
	"bufio"
	"fmt"
	"strings"
	"sync"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// Lines tells of a run in lines, for pipes and CI: one for each step and task that ended, and one for a step that
// begins to wait. For a runner of GitHub actions the steps of a task are folded into a group.
type Lines struct {
	o    Options
	stop chan struct{}
	done chan struct{}

	mu       sync.Mutex
	w        *bufio.Writer
	style    style
	progress progress
	folded   map[string][]string // lines of the steps, by task, under GitHub only
	waits    map[waitKey]bool
	told     told
}

type waitKey struct {
	task string
	step int
}

// longWait is how long a step has to wait for its wait to be worth a line.
const longWait = 10 * time.Second

// NewLines begins to write lines to o.Out. They are written in portions, a fifth of a second apart at most.
func NewLines(o Options) *Lines {
	l := &Lines{
		o: o, style: o.style(), w: bufio.NewWriterSize(o.Out, 64<<10),
		stop: make(chan struct{}), done: make(chan struct{}),
		folded: map[string][]string{}, waits: map[waitKey]bool{},
	}
	go l.flushing()
	return l
}

// Close writes what is left. Notify must not be called after it; Close may be, again.
func (l *Lines) Close() {
	select {
	case <-l.done:
		return
	default:
	}
	close(l.stop)
	<-l.done
}

func (l *Lines) flushing() {
	defer close(l.done)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for open := true; open; {
		select {
		case <-tick.C:
		case <-l.stop:
			open = false
		}
		l.mu.Lock()
		_ = l.w.Flush() // whoever reads may have gone
		l.mu.Unlock()
	}
}

// Notify takes in an event. It is safe for use by several goroutines.
func (l *Lines) Notify(e runner.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.progress.apply(e)
	if t == nil {
		t = &taskNow{id: e.Task, title: e.Title}
	}
	switch e.Type {
	case runner.StepWaiting:
		l.waiting(t, e)
	case runner.StepEnded:
		delete(l.waits, waitKey{e.Task, e.Step})
		l.step(t, e)
	case runner.TaskEnded:
		l.task(t, e)
	}
}

// head names a step: "T04 step 2/5".
func (l *Lines) head(t *taskNow, e runner.Event) string {
	id := l.style.bold(l.o.short(t.id))
	if t.total == 0 {
		return fmt.Sprintf("%s step %d", id, e.Step)
	}
	return fmt.Sprintf("%s step %d/%d", id, e.Step, t.total)
}

func (l *Lines) waiting(t *taskNow, e runner.Event) {
	key := waitKey{e.Task, e.Step}
	if l.waits[key] || e.Until == nil || e.Until.Sub(e.At) < longWait {
		return
	}
	l.waits[key] = true
	l.put(l.head(t, e) + " waits until " + l.o.local(*e.Until).Format(time.TimeOnly) + ": " + join(": ", e.Name, e.Text))
}

func (l *Lines) step(t *taskNow, e runner.Event) {
	if l.told.again(e.Outcome, e.Text) {
		return
	}
	line := l.head(t, e) + " " + l.style.word(e.Outcome) + ": " + join(": ", e.Name, e.Text) + l.elapsed(e)
	if l.o.GitHub {
		l.folded[t.id] = append(l.folded[t.id], line)
		return
	}
	l.put(line)
}

func (l *Lines) task(t *taskNow, e runner.Event) {
	if steps := l.folded[t.id]; len(steps) > 0 {
		delete(l.folded, t.id)
		l.w.WriteString("::group::" + escapeCommand(l.o.short(t.id)+" "+Safe(t.title)) + "\n")
		for _, s := range steps {
			l.put(s)
		}
		l.w.WriteString("::endgroup::\n")
	}
	line := l.style.bold(l.o.short(t.id)) + " " + l.style.word(e.Outcome) + ": " + join(": ", t.title, e.Text)
	if counted(t.ended) > 0 {
		line += fmt.Sprintf(" (%s, %s)", passedOf(t.ended, e.Outcome), took(e.Elapsed))
	}
	l.put(line)
}

func (l *Lines) elapsed(e runner.Event) string {
	if e.Elapsed == 0 {
		return ""
	}
	return " (" + took(e.Elapsed) + ")"
}

// put writes a line so that a runner of actions finds no command in it.
func (l *Lines) put(s string) {
	if l.o.GitHub {
		s = noCommand(s)
	}
	l.w.WriteString(s)
	l.w.WriteByte('\n')
}

// escapeCommand escapes the message of a workflow command.
func escapeCommand(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}
