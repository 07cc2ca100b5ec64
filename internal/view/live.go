package view

import (
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// Live draws a run in place at the bottom of a terminal. Tasks that end stay above as lines.
// It reads nothing from the terminal, leaves its mode as it is, and leaves Ctrl-C to the caller. Ctrl-Z gives the
// terminal back before it stops the program, and in the background nothing is drawn.
type Live struct {
	o    Options // its size is the one to begin with
	stop chan struct{}
	gone chan struct{} // closed when nothing is drawn any more
	once sync.Once

	// Of the goroutine that draws; after gone of Close.
	painter       painter
	columns, rows int // the terminal's

	mu       sync.Mutex
	progress progress
	ids      int         // the width of the widest short id
	ended    []endedTask // since they were last taken
	below    int         // lines that were printed since the first task failed, its own included
}

// endedTask is a task that ended and has not been printed.
type endedTask struct {
	*taskNow
	runner.Event
}

// frames is how often the terminal is drawn.
const frames = 100 * time.Millisecond

// NewLive begins to draw on o.Out. Close must be called, best by defer: it gives the terminal back.
func NewLive(o Options) *Live {
	l := &Live{
		o: o, stop: make(chan struct{}), gone: make(chan struct{}),
		painter: painter{w: o.Out}, columns: 80, rows: 24,
	}
	if o.Width > 0 {
		l.columns = o.Width
	}
	if o.Height > 0 {
		l.rows = o.Height
	}
	go l.drawing()
	return l
}

// Notify takes in an event; it waits for no drawing. It is safe for use by several goroutines.
func (l *Live) Notify(e runner.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.progress.apply(e)
	switch e.Type {
	case runner.TaskEnded:
		l.ended = append(l.ended, endedTask{t, e})
		fallthrough
	case runner.TaskQueued, runner.TaskStarted:
		l.ids = max(l.ids, min(cells(l.o.short(e.Task)), 24))
	}
}

// Close takes the drawing away, leaves the lines of all tasks that ended, and shows the cursor.
// It may be called more than once; Notify must not be called after it.
func (l *Live) Close() {
	l.once.Do(func() {
		close(l.stop)
		<-l.gone
		l.painter.close(l.take())
	})
}

// GiveBack shows the cursor of a terminal that a Live may have hidden and not given back: for a program that ends at once.
func GiveBack(f *os.File) {
	if term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb" {
		_, _ = f.WriteString("\r" + clearBelow + showCursor)
	}
}

// drawing draws until it is told to stop. Should a drawing panic no more is drawn, and the run goes on: Close prints
// what has not been printed.
func (l *Live) drawing() {
	defer close(l.gone)
	defer func() { _ = recover() }()
	tick := time.NewTicker(frames)
	defer tick.Stop()
	jobs := newJobs(l.o.Out)
	defer jobs.end()
	for {
		select {
		case <-l.stop:
			return
		case s := <-jobs.signals:
			if stops(s) {
				l.painter.close(l.take())
				jobs.stop()
			}
			l.painter = painter{w: l.o.Out} // others have written since
		case <-tick.C:
			if jobs.foreground() {
				l.resize()
				l.painter.paint(l.take(), l.frame(), l.columns)
			}
		}
	}
}

// resize asks the terminal for its size.
func (l *Live) resize() {
	f, ok := l.o.Out.(*os.File)
	if !ok {
		return
	}
	if w, h, err := term.GetSize(int(f.Fd())); err == nil && w > 0 && h > 0 {
		l.columns, l.rows = w, h
	}
}

// take returns the lines of the tasks that ended since it was last called.
func (l *Live) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := l.endedLines()
	if len(l.progress.failed) > 0 {
		l.below += len(lines)
	}
	return lines
}

// room is the width of lines: the last column stays free, since terminals differ in what they do behind it.
func (l *Live) room() int { return max(l.columns-1, 8) }
