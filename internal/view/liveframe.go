package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// widest is how wide a drawing becomes at most: times that are far from their lines cannot be read.
const widest = 110

var (
	spinner      = []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}
	asciiSpinner = []string{"|", "/", "-", `\`}
)

// canvas is what a frame is drawn on.
type canvas struct {
	style
	*Live
	now   time.Time
	width int
}

// mostWaiting is how many tasks that wait for others are drawn at most.
const mostWaiting = 10

// frame draws what runs now, what waits for it, the failures that are out of sight, the counts at the end, and a blank
// line above it all.
func (l *Live) frame() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.progress.started.IsZero() {
		return nil
	}
	c := &canvas{style: l.o.style(), Live: l, now: l.o.now(), width: min(l.room(), widest)}
	status := c.status()
	if l.rows < 8 {
		status = status[:1]
	}
	room := max(1, l.rows-3-len(status))
	tasks := c.tasks(room)
	if free := room - len(tasks) - 1; free > 0 {
		tasks = append(tasks, c.waiting(min(free, mostWaiting))...)
	}
	return slices.Concat([]string{""}, tasks, c.failures(1+len(tasks)+len(status)), status)
}

// waiting draws tasks that come after others, and after which.
func (c *canvas) waiting(room int) []string {
	var out []string
	all := c.progress.waiting()
	for i, t := range all {
		if more := len(all) - i; len(out) == room-1 && more > 1 {
			return append(out, c.fit(c.indent()+c.dim(fmt.Sprintf("%s and %d more wait for others", c.more(), more)), c.width))
		}
		var names []string
		for _, id := range c.progress.after(t) {
			names = append(names, c.o.short(id))
		}
		glyph := "."
		if c.unicode {
			glyph = "·"
		}
		head := glyph + " " + pad(c.fit(c.o.short(t.id), c.ids), c.ids) + "  "
		out = append(out, c.dim(c.line(head, Safe(t.title), "after "+few(names, 3), "")))
	}
	return out
}

// failures names the tasks that failed, once their own lines have left the screen; used is how many lines the rest takes.
func (c *canvas) failures(used int) []string {
	if c.below+used < c.rows || c.rows < 8 {
		return nil
	}
	head, names := "failed  ", make([]string, len(c.progress.failed))
	for i, id := range c.progress.failed {
		names[i] = c.o.short(id)
	}
	text := few(names, 1)
	for n := 2; n <= len(names) && cells(few(names, n)) <= c.width-c.glyphs()-1-len(head); n++ {
		text = few(names, n)
	}
	if len(names) == 0 {
		return nil
	}
	return []string{c.fit(c.glyph(check.Failed)+" "+head+text, c.width)}
}

// tasks draws the tasks that run with their steps, or one line for each, or as many as there is room for.
func (c *canvas) tasks(room int) []string {
	var long, short []string
	for _, t := range c.progress.running {
		long = append(long, c.task(t)...)
	}
	if len(long) <= room {
		return long
	}
	running := slices.Clone(c.progress.running)
	slices.SortStableFunc(running, func(a, b *taskNow) int { return rank(a) - rank(b) })
	for i, t := range running {
		if more := len(running) - i; i == room-1 && more > 1 {
			return append(short, c.fit(c.indent()+c.dim(fmt.Sprintf("%s and %d more", c.more(), more)), c.width))
		}
		short = append(short, c.brief(t))
	}
	return short
}

// rank puts tasks that only wait behind the others.
func rank(t *taskNow) int {
	if t.waits() {
		return 1
	}
	return 0
}

// task draws a task and, below it, each step that runs or waits.
func (c *canvas) task(t *taskNow) []string {
	out := []string{c.row(c.head(t), Safe(t.title), "", t.started)}
	for _, s := range t.steps {
		out = append(out, c.row(c.indent(), Safe(s.name), c.waits(s), s.started))
	}
	return out
}

// brief draws a task and what it does now on one line.
func (c *canvas) brief(t *taskNow) string {
	switch len(t.steps) {
	case 0:
		return c.row(c.head(t), Safe(t.title), "", t.started)
	case 1:
		return c.row(c.head(t), Safe(t.steps[0].name), c.waits(t.steps[0]), t.started)
	}
	return c.row(c.head(t), plural(len(t.steps), "step"), Safe(t.steps[0].name), t.started)
}

// head is what a task's line begins with: what it does, and its short id.
func (c *canvas) head(t *taskNow) string {
	glyph := c.more()[:1]
	switch {
	case c.unicode && t.waits():
		glyph = c.more()
	case c.unicode:
		glyph = c.spin(spinner)
	case !t.waits():
		glyph = c.spin(asciiSpinner)
	}
	return c.paint(cyan, glyph) + " " + c.bold(pad(c.fit(c.o.short(t.id), c.ids), c.ids)) + "  "
}

func (c *canvas) spin(glyphs []string) string {
	return glyphs[int(c.now.Sub(c.progress.started)/frames)%len(glyphs)]
}

// indent is as wide as a head.
func (c *canvas) indent() string { return strings.Repeat(" ", 2+c.ids+2) }

// waits says what a step waits for, and until when.
func (c *canvas) waits(s *stepNow) string {
	switch {
	case s.until == nil && s.waiting == "":
		return ""
	case s.until == nil:
		return "waits: " + Safe(s.waiting)
	}
	if c.width < 60 {
		return "until " + c.o.local(*s.until).Format(time.TimeOnly)
	}
	return "waits until " + c.o.local(*s.until).Format(time.TimeOnly) + ": " + Safe(s.waiting)
}

// row sets a line with the time since started at its right edge.
func (c *canvas) row(head, text, rest string, started time.Time) string {
	return c.line(head, text, rest, seconds(c.now.Sub(started)))
}

// line sets a line with clock, if there is one, at its right edge; text gives way before rest does.
func (c *canvas) line(head, text, rest, clock string) string {
	room := max(4, c.width-cells(head)-cells(clock)-2)
	if rest != "" && cells(text)+2+cells(rest) > room {
		text = c.fit(text, max(room/3, room-2-cells(rest)))
	}
	text = c.fit(text, room)
	if left := room - cells(text) - 2; rest != "" && left >= 4 {
		text += "  " + c.dim(c.fit(rest, left))
	}
	if clock == "" {
		return c.fit(head+text, c.width)
	}
	return c.fit(head+pad(text, room)+"  "+c.dim(clock), c.width)
}

// status is the end: the counts, in as many lines as they need, and the time since the run began.
func (c *canvas) status() []string {
	parts := c.counts(c.progress.counts)
	for _, n := range []struct {
		n    int
		word string
	}{{len(c.progress.running), "running"}, {c.progress.left(), "left"}} {
		if n.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n.n, n.word))
		}
	}
	clock := seconds(c.now.Sub(c.progress.started))
	room := max(8, c.width-cells(clock)-4)
	out := []string{""}
	for i, part := range parts {
		if i < len(parts)-1 {
			part += ","
		}
		switch last := &out[len(out)-1]; {
		case *last == "":
			*last = part
		case cells(*last)+1+cells(part) > room:
			out = append(out, part)
		default:
			*last += " " + part
		}
	}
	for i := range out {
		out[i] = "  " + c.fit(out[i], room)
	}
	out[0] = pad(out[0], 2+room) + "  " + c.dim(clock)
	return out
}
