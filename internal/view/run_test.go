package view

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
	"gitea.coulomb.social/coulomb/wpctl/internal/text"
	"gitea.coulomb.social/coulomb/wpctl/internal/workplan"
)

func TestRun(t *testing.T) {
	inAll(t, "run", func(b *bytes.Buffer, o Options) error { return Run(b, shop(), shopInfo, o) })
}

func TestRunVerbose(t *testing.T) {
	var b bytes.Buffer
	if err := Run(&b, shop(), RunInfo{}, Options{Unicode: true, Width: 80, Verbose: true}); err != nil {
		t.Fatal(err)
	}
	golden(t, "run.verbose.txt", b.String())
}

func TestRunTold(t *testing.T) {
	var b bytes.Buffer
	if err := Run(&b, shop(), shopInfo, Options{Unicode: true, Width: 80, Told: true}); err != nil {
		t.Fatal(err)
	}
	golden(t, "run.told.txt", b.String())
}

// wreck is a run in which every fourth of n tasks failed and blocks the three behind it.
func wreck(n int) runner.Report {
	r := shop()
	var tasks []*runner.TaskReport
	for i := range n {
		short := fmt.Sprintf("T%03d", i)
		if i%4 > 0 {
			t := task(short, "Deploy what comes after it", check.Blocked)
			t.Cause = fmt.Sprintf("SHOP-WP-0001-T%03d", i/4*4)
			tasks = append(tasks, t)
			continue
		}
		s := step("the Deployment is ready", "k8s", check.Failed)
		s.Want, s.Saw = "Ready=True", "Ready=False: 0 of 3 replicas"
		tasks = append(tasks, task(short, "Deploy the shop of a city far away from here", check.Failed, s))
	}
	r.Plans[0].Tasks, r.Plans[0].Own = tasks, nil
	return r
}

// TestRunFitsTheScreen has as many failures as fit in full, in a line for each, and not at all.
func TestRunFitsTheScreen(t *testing.T) {
	info := RunInfo{Record: "20260519T140000Z", Next: []string{"wpctl log 20260519T140000Z"}}
	for _, n := range []int{4, 12, 40, 800} {
		for _, height := range []int{12, 24, 60} {
			for _, o := range []Options{{Width: 40}, {Width: 80, Unicode: true}, {Width: 200, Unicode: true, Color: true}} {
				o.Told, o.Height = true, height
				var b bytes.Buffer
				if err := Run(&b, wreck(n), info, o); err != nil {
					t.Fatal(err)
				}
				wellDressed(t, b.String(), o)
				if lines := strings.Count(b.String(), "\n"); lines >= max(height, 16) {
					t.Errorf("%d tasks: %d lines for a screen of %d:\n%s", n, lines, height, b.String())
				}
			}
		}
	}
	var b bytes.Buffer
	if err := Run(&b, wreck(800), info, Options{Told: true, Width: 80, Height: 24, Unicode: true}); err != nil {
		t.Fatal(err)
	}
	golden(t, "run.brief.txt", b.String())
}

func TestRunCancelled(t *testing.T) {
	r := wreck(8)
	for _, t := range r.Plans[0].Tasks[2:] {
		t.Outcome, t.Reason, t.Cause, t.Steps = check.Unknown, runner.NotBegun, "", nil
	}
	r.Cancelled = true
	var b bytes.Buffer
	if err := Run(&b, r, RunInfo{}, Options{Told: true, Width: 80, Height: 24, Unicode: true}); err != nil {
		t.Fatal(err)
	}
	golden(t, "run.cancelled.txt", b.String())
}

// hostile is text that would like to be more than text.
var hostile = []string{
	"\x1b[31mred\x1b[0m and \x1b]0;title\x07 \x1b[2J\x1b[H",
	"user \u202etxt.exe\u202c \u2066x\u2069 \u200bzero",
	"::error file=x::you are hacked\n::error::again\r::warning::and again",
	"##[error]old style", "a\tb\x00c\x7fd\u009b31me\xff", "wide 漢字漢字 👩‍👩‍👧 e\u0301", strings.Repeat("x", 500),
}

func hostileReport() runner.Report {
	r := runner.Report{Started: start, Ended: start.Add(time.Second)}
	for i, h := range hostile {
		s := step(h, h, check.Failed)
		s.Want, s.Saw, s.Why, s.Note, s.Warnings = h, h, []string{h, h}, h, []string{h}
		s.Pos = text.Pos{File: h, Line: 1, Col: 1}
		tr := task(fmt.Sprintf("T%02d", i), h, check.Failed, s)
		tr.Reason, tr.Rests = h, []string{h}
		blocked := task(h, h, check.Blocked)
		blocked.Cause = h
		r.Plans = append(r.Plans, runner.PlanReport{
			Plan:  &workplan.Plan{File: text.NewFile(h, nil), ID: workplan.Value{Text: h}, Title: workplan.Value{Text: h}},
			Tasks: []*runner.TaskReport{tr, blocked},
		})
	}
	return r
}

func TestRunOfHostileTextIsWellDressed(t *testing.T) {
	info := RunInfo{Record: hostile[0], Next: hostile}
	for _, h := range hostile {
		info.Files = append(info.Files, FileChange{Name: h, Changed: true, Statuses: []string{h}}, FileChange{Name: h, NotWritten: h})
	}
	for _, o := range []Options{{Width: 40, GitHub: true}, {Unicode: true, GitHub: true}, {Width: 80, Color: true}} {
		var b bytes.Buffer
		if err := Run(&b, hostileReport(), info, o); err != nil {
			t.Fatal(err)
		}
		o.Width = 0 // ids and positions are not cut
		wellDressed(t, b.String(), o)
	}
}

func TestRunOfHostileText(t *testing.T) {
	var b bytes.Buffer
	r := hostileReport()
	r.Plans = r.Plans[:6]
	if err := Run(&b, r, RunInfo{}, Options{Unicode: true, GitHub: true}); err != nil {
		t.Fatal(err)
	}
	golden(t, "run.hostile.txt", b.String())
}

func TestRunTotals(t *testing.T) {
	for name, tt := range map[string]struct {
		counts runner.Counts
		want   string
	}{
		"nothing":  {nil, "nothing was looked at in 12s"},
		"all":      {runner.Counts{check.Passed: 5}, "5 passed in 12s"},
		"in order": {runner.Counts{check.Blocked: 2, check.Failed: 1, check.Passed: 5}, "5 passed, 1 failed, 2 blocked in 12s"},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			p := newPrinter(&b, Options{})
			p.totals(tt.counts, 12*time.Second)
			p.flush()
			if got := b.String(); got != tt.want+"\n" {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
