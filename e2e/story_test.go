//go:build e2e

package e2e_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/diff"

	"gitea.coulomb.social/coulomb/wpctl/e2e/play"
)

// stage is where the test plays, with what wpctl says.
type stage struct {
	*play.Stage
	*testing.T
	said *bytes.Buffer // the transcript of the present scene
}

// newStage brings up the world, still without its platform.
func newStage(t *testing.T) *stage {
	s := &stage{Stage: play.NewStage(t, scratch(t), programs(t)), T: t, said: &bytes.Buffer{}}
	t.Cleanup(s.World.Close)
	s.Saw = func(args []string, out string, code int) {
		fmt.Fprintf(s.said, "$ %s\n%s", play.Line(args), s.plain(out))
		if code != 0 {
			fmt.Fprintf(s.said, "exit code %d\n", code)
		}
		s.said.WriteString("\n")
	}
	s.Shown = func(what, text string) { fmt.Fprintf(s.said, "-- %s --\n%s\n", what, text) }
	return s
}

// TestStory acts out how an application comes onto a cluster, and compares what wpctl says at every point.
func TestStory(t *testing.T) {
	s := newStage(t)
	for _, act := range play.Story {
		began := time.Now()
		act.Play(s.Stage)
		s.scene(act.Name, act.Plans...)
		t.Logf("== %s took %s", act.Name, time.Since(began).Round(time.Second))
		if t.Failed() {
			return // what comes next rests on it
		}
	}
	began := time.Now()
	s.drift()
	t.Logf("== drift took %s", time.Since(began).Round(time.Second))
}

// passing matches what is another in every run, and what stands for it.
var passing = []struct {
	match *regexp.Regexp
	with  string
}{
	{regexp.MustCompile(`\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}`), "RUN"},
	{regexp.MustCompile(`sha256:[0-9a-f]{64}`), "sha256:DIGEST"},
	{regexp.MustCompile(`sha256:[0-9a-f]{6,63}…?`), "sha256:DIGEST"},
	{regexp.MustCompile(`\bin (\d+m)?\d+(\.\d+)?s\b`), "in TIME"},
	{regexp.MustCompile(`PostgreSQL \d+[0-9.]*( \([^)]*\))?`), "PostgreSQL N"},
	{regexp.MustCompile(`fundbuero-[0-9a-f]{8,10}-[0-9a-z]{5}\b`), "fundbuero-POD"},
	{regexp.MustCompile(`Pebble (Root|Intermediate) CA [0-9a-f]{6}`), "Pebble $1 CA"},
	{regexp.MustCompile(`age1[0-9a-z]{50,}`), "age1KEY"},
	{regexp.MustCompile(`20\d\d-\d\d-\d\d( \d\d:\d\d(:\d\d)?)?( UTC)?`), "DAY"},
	{regexp.MustCompile(`(?m)^ +event [A-Z].*\n`), ""}, // which of them come first is a matter of time
	{regexp.MustCompile(`10\.244\.0\.\d+`), "10.244.0.N"},
}

// plain puts words in the place of all that is another in every run.
func (s *stage) plain(text string) string {
	for _, keep := range []string{"2026-11-02", "2026-11-03"} { // of the plans
		text = strings.ReplaceAll(text, keep, strings.ReplaceAll(keep, "-", "\x00"))
	}
	for _, p := range passing {
		text = p.match.ReplaceAllString(text, p.with)
	}
	text = strings.ReplaceAll(text, "\x00", "-")
	text = strings.ReplaceAll(text, filepath.Join(s.Dir, "harbour-apps")+"/", "")
	return strings.ReplaceAll(strings.ReplaceAll(text, s.Dir, "…"), s.Home, "~")
}

// scene compares the transcript with the one that is kept under the name, with what the plans look like then.
// UPDATE=1 writes it.
func (s *stage) scene(name string, plans ...string) {
	s.T.Helper()
	for _, plan := range plans {
		fmt.Fprintf(s.said, "-- %s --\n%s\n", plan, s.plain(s.Read(plan)))
	}
	file := filepath.Join("testdata", name+".txt")
	got := s.said.String()
	s.said.Reset()
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			s.T.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		s.T.Fatal(err)
	}
	if got != string(want) {
		s.T.Errorf("%s is not as it was:\n%s", file, difference(string(want), got))
	}
}

// difference shows what becomes of one text in another, and the order of the lines too.
func difference(want, got string) string {
	return string(diff.Diff("wanted", []byte(want), "got", []byte(got)))
}
