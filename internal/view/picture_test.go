package view

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

// TestPictures draws a run on its way, of few tasks and of many, as the documents show it.
// `go test ./internal/view -update` draws docs/run-few.svg and docs/run-many.svg anew.
func TestPictures(t *testing.T) {
	o := Options{Width: 80, Height: 22, Unicode: true, Color: true}
	few := still(o, 34*time.Second, move())
	picture(t, "run-few.svg", "wpctl run of eight tasks, after half a minute", append(few.take(), few.frame()...))
	o.Height = 18
	many := still(o, 94*time.Second, fleet())
	lines := many.take()
	picture(t, "run-many.svg", "wpctl run of 800 tasks, after a minute and a half", append(lines[len(lines)-4:], many.frame()...))
}

// move is a run of eight tasks, half a minute after its start.
func move() []runner.Event {
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	until := at(180)
	id := func(n int) string { return fmt.Sprintf("SHOP-WP-0001-T%02d", n) }
	out := []runner.Event{{Type: runner.RunStarted, At: start, Total: 8}}
	for i, task := range []struct {
		title string
		needs []int
	}{
		{"Make the namespace and its rights", nil},
		{"Provide the database", []int{1}},
		{"Publish the image", nil},
		{"Issue the certificate", []int{1}},
		{"Release the chart", []int{2, 4}},
		{"Point the name at the ingress", []int{5}},
		{"Let others pull the image", []int{3}},
		{"Tell the people on call", []int{6, 2}},
	} {
		e := runner.Event{Type: runner.TaskQueued, At: start, Task: id(i + 1), Title: task.title}
		for _, n := range task.needs {
			e.Needs = append(e.Needs, id(n))
		}
		out = append(out, e)
	}
	step := func(n, step int, s float64, name string) {
		out = append(out, runner.Event{Type: runner.StepStarted, At: at(s), Task: id(n), Step: step, Name: name})
	}
	begin := func(n int, s float64, name string) {
		out = append(out, runner.Event{Type: runner.TaskStarted, At: at(s), Task: id(n), Title: out[n].Title, Total: 2})
		step(n, 1, s, name)
	}
	end := func(n int, o check.Outcome, text string, took float64) {
		elapsed := time.Duration(took * float64(time.Second))
		out = append(out, runner.Event{Type: runner.StepEnded, Task: id(n), Step: 1, Name: "the tag can be pulled by anybody", Outcome: o, Text: text})
		out = append(out, runner.Event{Type: runner.TaskEnded, Task: id(n), Title: out[n].Title, Outcome: o, Elapsed: elapsed})
	}
	begin(1, 0, "the namespace is there")
	begin(3, 0, "the tag can be pulled by anybody")
	end(1, check.Passed, "", 0.8)
	begin(2, 0.8, "the cluster is ready")
	begin(4, 0.8, "the certificate is issued")
	end(3, check.Failed, "wanted an anonymous pull of registry.example/shop/web:1.4.2, saw 401 Unauthorized", 2.1)
	out = append(out, runner.Event{Type: runner.TaskEnded, Task: id(7), Title: out[7].Title, Outcome: check.Blocked, Cause: id(3), Text: "needs T03, which failed"})
	out = append(out, runner.Event{Type: runner.StepWaiting, At: at(2), Task: id(2), Step: 1, Name: "the cluster is ready", Text: "1 of 3 instances", Until: &until})
	step(2, 2, 14, "the role can connect")
	return out
}

// fleet is a run of 800 tasks, a minute and a half after its start: most have ended, three of them badly.
func fleet() []runner.Event {
	until := start.Add(5 * time.Minute)
	out := []runner.Event{{Type: runner.RunStarted, At: start, Total: 800}}
	id := func(n int) string { return fmt.Sprintf("SHOP-WP-0001-T%03d", n) }
	for i := 1; i <= 800; i++ {
		e := runner.Event{Type: runner.TaskQueued, At: start, Task: id(i), Title: fmt.Sprintf("Renew the certificate of site %d", i)}
		if i > 500 {
			e.Needs = []string{id(i - 12)}
		}
		out = append(out, e)
	}
	for i := 1; i <= 512; i++ {
		began := start.Add(time.Duration(i) * 180 * time.Millisecond)
		out = append(out,
			runner.Event{Type: runner.TaskStarted, At: began, Task: id(i), Title: out[i].Title, Total: 1},
			runner.Event{Type: runner.StepStarted, At: began, Task: id(i), Step: 1, Name: "the certificate verifies and lasts"})
		switch {
		case i > 506 && i%2 == 0:
			out = append(out, runner.Event{Type: runner.StepWaiting, At: began, Task: id(i), Step: 1, Name: "the certificate verifies and lasts", Text: "9 days left", Until: &until})
		case i > 506:
		case i%150 == 31:
			out = append(out,
				runner.Event{Type: runner.StepEnded, At: began, Task: id(i), Step: 1, Name: "the certificate verifies and lasts", Outcome: check.Failed, Text: "wanted 30 days, saw 3 days"},
				runner.Event{Type: runner.TaskEnded, At: began, Task: id(i), Title: out[i].Title, Outcome: check.Failed, Elapsed: time.Second})
		default:
			out = append(out,
				runner.Event{Type: runner.StepEnded, At: began, Task: id(i), Step: 1, Name: "the certificate verifies and lasts", Outcome: check.Passed},
				runner.Event{Type: runner.TaskEnded, At: began, Task: id(i), Title: out[i].Title, Outcome: check.Passed, Elapsed: time.Second})
		}
	}
	return out
}

// picture compares the picture of a terminal with that in the documents.
func picture(t *testing.T, name, title string, lines []string) {
	t.Helper()
	got := drawn(title, lines)
	path := filepath.Join("..", "..", "docs", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("docs/%s is not what is drawn: go test ./internal/view -update", name)
	}
}

const pictureStyle = `
.back { fill: #fdfdfc; stroke: #d9dadc; } text { fill: #24292f; font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre; }
.b { font-weight: 700; } .d { fill: #5f6670; } .r { fill: #b3261e; } .g { fill: #1a7f37; } .y { fill: #7d5a00; } .c { fill: #0b6e8a; }
@media (prefers-color-scheme: dark) {
  .back { fill: #16191d; stroke: #3a4048; } text { fill: #e3e6ea; }
  .d { fill: #9aa3ad; } .r { fill: #ff8a80; } .g { fill: #6fcf83; } .y { fill: #e3b341; } .c { fill: #6cc7e3; }
}
`

var (
	sgr     = regexp.MustCompile(`\x1b\[(\d+)m`)
	classes = map[string]string{bold: "b", dim: "d", red: "r", green: "g", yellow: "y", cyan: "c"}
)

// drawn sets lines as they stand on a terminal of 80 columns; it follows the reader's choice of dark or light.
func drawn(title string, lines []string) string {
	const column, row, edge = 7.83, 19.0, 12.0
	var b strings.Builder
	width, height := 80*column+2*edge, float64(len(lines))*row+2*edge
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" role="img">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, "<title>%s</title>\n<style>%s</style>\n", html.EscapeString(title), pictureStyle)
	fmt.Fprintf(&b, `<rect class="back" x=".5" y=".5" width="%.0f" height="%.0f" rx="6"/>`+"\n", width-1, height-1)
	for i, line := range lines {
		y, at, class := edge+float64(i)*row+14, 0, ""
		for line != "" {
			end := len(line)
			if m := sgr.FindStringIndex(line); m != nil {
				end = m[0]
			}
			if text := line[:end]; strings.TrimSpace(text) != "" {
				n := cells(text)
				fmt.Fprintf(&b, `<text x="%.2f" y="%.0f" textLength="%.2f" lengthAdjust="spacingAndGlyphs" class="%s">%s</text>`+"\n",
					edge+float64(at)*column, y, float64(n)*column, class, html.EscapeString(text))
			}
			at += cells(line[:end])
			line = line[end:]
			if m := sgr.FindStringSubmatch(line); m != nil {
				class = classes[m[1]]
				line = line[len(m[0]):]
			}
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}
