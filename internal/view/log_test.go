package view

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/runner"
)

var runs = []RunLine{
	{
		ID: "r12", When: start, Took: 12 * time.Second, Verb: "run", Plans: []string{"SHOP-WP-0001", "SHOP-WP-0002"},
		Counts: runner.Counts{check.Passed: 5, check.Failed: 1, check.Blocked: 2}, Exit: 1, Cluster: "railway01",
	},
	{
		ID: "r11", When: start.Add(-26 * time.Hour), Took: 900 * time.Millisecond, Verb: "verify", Plans: []string{"SHOP-WP-0001"},
		Counts: runner.Counts{check.Passed: 5},
	},
}

func TestLog(t *testing.T) {
	inAll(t, "log", func(b *bytes.Buffer, o Options) error { return Log(b, runs, o) })
}

// TestOutcomesStay: whatever the width, what came of a run is there.
func TestOutcomesStay(t *testing.T) {
	for width := 18; width < 200; width++ {
		var b bytes.Buffer
		o := Options{Width: width, Unicode: true}
		if err := Log(&b, runs, o); err != nil {
			t.Fatal(err)
		}
		wellDressed(t, b.String(), o)
		if got := strings.Join(strings.Fields(b.String()), " "); !strings.Contains(got, "5 passed, 1 failed, 2 blocked") {
			t.Errorf("at %d columns:\n%s", width, b.String())
		}
	}
}

func TestLogWithoutHeaders(t *testing.T) {
	var b bytes.Buffer
	if err := Log(&b, runs[1:], Options{NoHeaders: true, Zone: time.UTC}); err != nil {
		t.Fatal(err)
	}
	if want := "r11  2026-05-18 12:00  verify  SHOP-WP-0001  5 passed  0  0.9s\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func detail() RunDetail {
	return RunDetail{RunLine: runs[0], Tasks: []LoggedTask{
		{"SHOP-WP-0001-T01", "Take stock of what is there", check.Passed, "", []LoggedStep{{"the issuer is ready", check.Passed, "Ready=True", 1, 40 * time.Millisecond}}},
		{"SHOP-WP-0001-T03", "Build the image and publish it in the registry", check.Failed, "step 1, the image can be pulled", []LoggedStep{{"the image can be pulled", check.Failed, "wanted an anonymous pull, saw 401 Unauthorized", 7, 12 * time.Second}}},
		{"SHOP-WP-0001-T05", "Helm release", check.Blocked, "T03 failed", nil},
	}}
}

func TestLogRun(t *testing.T) {
	inAll(t, "logrun", func(b *bytes.Buffer, o Options) error { return LogRun(b, detail(), o) })
}
