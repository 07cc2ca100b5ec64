package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/sign"
)

// The test binary runs itself as other processes that use the store in WPCTL_STATE_TEST.
func TestMain(m *testing.M) {
	dir := os.Getenv("WPCTL_STATE_TEST")
	if dir == "" {
		goleak.VerifyTestMain(m)
	}
	if err := work(dir, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// work saves runs and signs off, as fast as it can.
func work(dir, who string) error {
	s, err := Open(dir)
	if err != nil {
		return err
	}
	s.Keep.Runs = 20
	for i := range 20 {
		if _, err := s.SaveRun(Run{Started: time.Now(), Plans: []PlanRun{{ID: "P"}}}); err != nil {
			return err
		}
		if err := s.AddSignoff(context.Background(), sign.Record{Plan: "P", Task: "P-T1", Step: "step", By: who + strconv.Itoa(i), At: time.Now(), Digest: "d"}); err != nil {
			return err
		}
		if err := s.SetHeld("P", "P-T1", "d", Evidence{Saw: who}); err != nil {
			return err
		}
		for _, err := range s.Runs(Filter{}) {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

var noon = time.Date(2026, 5, 19, 12, 0, 0, 0, time.UTC)

func newStore(t *testing.T) *Store {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	s.now = func() time.Time { return noon }
	return s
}

// run is a run of a plan with one task, so many minutes before noon.
func run(minutes int, plan, task string) Run {
	return Run{
		Started: noon.Add(-time.Duration(minutes) * time.Minute),
		Plans:   []PlanRun{{ID: plan, Tasks: []TaskRun{{ID: task, Outcome: check.Passed, Steps: []StepRun{{Name: "s", Kind: "http"}}}}}},
	}
}

func save(t *testing.T, s *Store, runs ...Run) (ids []string) {
	t.Helper()
	for _, r := range runs {
		id, err := s.SaveRun(r)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

// list returns what Runs yields: the plan's id and the minutes before noon, or the error.
func listed(s *Store, f Filter) (out []string) {
	for r, err := range s.Runs(f) {
		if err != nil {
			out = append(out, "error")
			continue
		}
		out = append(out, fmt.Sprintf("%s@%d", r.Plans[0].ID, int(noon.Sub(r.Started).Minutes())))
	}
	return out
}

func TestRunsAreListedNewestFirst(t *testing.T) {
	s := newStore(t)
	save(t, s, run(3, "A", "A-T1"), run(1, "B", "B-T1"), run(2, "A", "A-T2"), run(0, "A", "A-T1"))
	for _, row := range []struct {
		name, want string
		filter     Filter
	}{
		{"all", "A@0 B@1 A@2 A@3", Filter{}},
		{"of one plan", "A@0 A@2 A@3", Filter{Plan: "A"}},
		{"of one task", "A@0 A@3", Filter{Task: "A-T1"}},
		{"of a task in another plan", "", Filter{Plan: "B", Task: "A-T1"}},
		{"the last two", "A@0 B@1", Filter{Limit: 2}},
		{"the last of one plan", "B@1", Filter{Plan: "B", Limit: 1}},
		{"since", "A@0 B@1", Filter{Since: noon.Add(-time.Minute)}},
	} {
		if got := strings.Join(listed(s, row.filter), " "); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
	}
}

func TestRunRecordRoundTrips(t *testing.T) {
	s := newStore(t)
	r := run(0, "A", "A-T1")
	r.Exit, r.Verb, r.Counts = 1, "run", map[string]int{"passed": 1}
	r.Plans[0].Tasks[0].Steps[0].Records = map[string]any{"n": "1"}
	id := save(t, s, r)[0]
	for _, name := range []string{id, id[:22]} {
		got, err := s.Run(name)
		if err != nil {
			t.Fatal(err)
		}
		want := r.filled()
		want.ID, want.Version = id, 1
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
	if _, err := s.Run("2020"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if task, ok := r.Task("A-T1"); !ok || task.Outcome != check.Passed {
		t.Error(task)
	}
}

func TestRunRecordsHaveNoNulls(t *testing.T) {
	s := newStore(t)
	r := run(0, "A", "A-T1")
	r.Plans = append(r.Plans, PlanRun{ID: "B", Steps: []StepRun{{}}})
	id := save(t, s, r, Run{Started: noon})[0]
	data, err := os.ReadFile(filepath.Join(s.Dir(), "runs", id+".json"))
	if err != nil || strings.Contains(string(data), "null") {
		t.Errorf("%s, %v", data, err)
	}
	var keys map[string]any
	if err := json.Unmarshal(data, &keys); err != nil || keys["version"] != 1.0 {
		t.Error(keys, err)
	}
}

func TestOldAndManyRunsAreRemoved(t *testing.T) {
	s := newStore(t)
	s.Keep = Keep{Runs: 3, Age: 100 * time.Minute}
	save(t, s, run(150, "A", "x"), run(90, "A", "x"), run(50, "A", "x"))
	if got := strings.Join(listed(s, Filter{}), " "); got != "A@50 A@90" {
		t.Error(got)
	}
	save(t, s, run(40, "A", "x"), run(30, "A", "x"))
	if got := strings.Join(listed(s, Filter{}), " "); got != "A@30 A@40 A@50" {
		t.Error(got)
	}
	s.Keep = Keep{Runs: -1, Age: -1}
	for i := range 250 {
		save(t, s, run(i+200000, "A", "x"))
	}
	if got := len(listed(s, Filter{})); got != 253 {
		t.Errorf("%d runs", got)
	}
	s.Keep = Keep{}
	save(t, s, run(0, "A", "x"))
	if got := len(listed(s, Filter{})); got != 4 {
		t.Errorf("%d runs", got)
	}
}

func TestGarbageIsToldAndLeft(t *testing.T) {
	s := newStore(t)
	ids := save(t, s, run(2, "A", "x"), run(1, "A", "x"))
	dir := filepath.Join(s.Dir(), "runs")
	garbage := map[string]string{
		newRunID(noon) + ".json":                      "{half",
		newRunID(noon.Add(-90*time.Second)) + ".json": `{"version": 2, "id": "x"}`,
		newRunID(noon.Add(-time.Hour)) + ".json":      `{"version": 1, "plans": 7}`,
		"notes.txt":                                   "mine",
		"../escape.json":                              `{"version": 1}`,
	}
	for name, text := range garbage {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, newRunID(noon.Add(-2*time.Hour))+".json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(listed(s, Filter{}), " "); got != "error A@1 error A@2 error error" {
		t.Error(got)
	}
	if got := strings.Join(listed(s, Filter{Limit: 1}), " "); got != "error A@1" {
		t.Error(got)
	}
	save(t, s, run(0, "A", "x"))
	for name, text := range garbage {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text {
			t.Errorf("%s became %q, %v", name, got, err)
		}
	}
	if _, err := s.SaveRun(Run{ID: "../../x"}); err == nil {
		t.Error("it wrote outside")
	}
	if _, err := s.Run(ids[0]); err != nil {
		t.Error(err)
	}
}

func TestHeld(t *testing.T) {
	s := newStore(t)
	if _, ok := s.Held("A", "A-T1", "d"); ok {
		t.Error("it never held")
	}
	want := Evidence{At: noon, Saw: "revision 1", Records: map[string]any{"revision": "1"}, Run: "r"}
	if err := s.SetHeld("A", "A-T1", "d", want); err != nil {
		t.Fatal(err)
	}
	got, ok := s.Held("A", "A-T1", "d")
	if d := cmp.Diff(want, got); !ok || d != "" {
		t.Error(ok, d)
	}
	for _, other := range [][3]string{{"B", "A-T1", "d"}, {"A", "A-T2", "d"}, {"A", "A-T1", "e"}, {"A", "A-T1d", ""}, {"../A", "A-T1", "d"}} {
		if _, ok := s.Held(other[0], other[1], other[2]); ok {
			t.Errorf("%q held as well", other)
		}
	}
	name := filepath.Join(s.Dir(), "held", heldName("A", "A-T1", "d"))
	if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Held("A", "A-T1", "d"); ok {
		t.Error("garbage is evidence")
	}
}

func TestTrust(t *testing.T) {
	s := newStore(t)
	dir := t.TempDir()
	plan, other, link := filepath.Join(dir, "plan.md"), filepath.Join(dir, "other.md"), filepath.Join(dir, "link.md")
	os.WriteFile(plan, nil, 0o644)
	os.WriteFile(other, nil, 0o644)
	if err := s.Trust(plan, "d1"); err != nil {
		t.Fatal(err)
	}
	if steps, at := s.LastTrust(plan); !at.IsZero() {
		t.Errorf("an agreement without its steps tells what changed: %v", steps)
	}
	if err := s.Trust(plan, "d2", "s1", "s2"); err != nil {
		t.Fatal(err)
	}
	if steps, at := s.LastTrust(plan); at.IsZero() || !slices.Equal(steps, []string{"s1", "s2"}) {
		t.Errorf("last agreement: %v at %s", steps, at)
	}
	if _, at := s.LastTrust(other); !at.IsZero() {
		t.Error("another file has the agreement")
	}
	trusted := func(path, digest string, want bool) {
		t.Helper()
		if s.Trusted(path, digest) != want {
			t.Errorf("%s %q: %v", filepath.Base(path), digest, !want)
		}
	}
	trusted(plan, "d1", true)
	trusted(plan, "d2", true)
	trusted(plan, "d3", false)
	trusted(plan, "", false)
	trusted(other, "d1", false)
	trusted(filepath.Join(dir, "none.md"), "d1", false)
	if os.Symlink("plan.md", link) == nil {
		trusted(link, "d1", true)
		os.Remove(link)
		os.Symlink("other.md", link)
		trusted(link, "d1", false)
	}
	if err := s.Trust(other, "d1"); err != nil {
		t.Fatal(err)
	}
	if err := s.Untrust(plan); err != nil {
		t.Fatal(err)
	}
	trusted(plan, "d1", false)
	trusted(plan, "d2", false)
	trusted(other, "d1", true)
	os.Remove(other)
	if err := s.Untrust(other); err != nil {
		t.Error(err)
	}
	os.WriteFile(other, nil, 0o644)
	trusted(other, "d1", false)
	if s.Trust(plan, "") == nil || s.Trust(filepath.Join(dir, "none.md"), "d") == nil {
		t.Error("it trusts nothing")
	}
}

func TestSignoffs(t *testing.T) {
	s := newStore(t)
	if got, err := s.Signoffs("A", "A-T1", "log in"); err != nil || len(got) != 0 || got == nil {
		t.Error(got, err)
	}
	first := sign.Record{Plan: "A", Task: "A-T1", Step: "log in", By: "bernd", At: noon, Note: "seen", Digest: "d1"}
	second := sign.Record{Plan: "A", Task: "A-T1", Step: "log in", By: "anna", At: noon.Add(time.Hour), Digest: "d2", Key: "anna", Sig: "sig"}
	for _, so := range []sign.Record{second, first} {
		if err := s.AddSignoff(t.Context(), so); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Signoffs("A", "A-T1", "log in")
	if d := cmp.Diff([]sign.Record{second, first}, got); err != nil || d != "" {
		t.Error(err, d)
	}
	if got, _ := s.Signoffs("A", "A-T1", "log out"); len(got) != 0 {
		t.Error(got)
	}
	if s.AddSignoff(t.Context(), sign.Record{By: "x"}) == nil {
		t.Error("a sign-off of nothing")
	}
	name := filepath.Join(s.Dir(), "signoffs", hash("A", "A-T1", "log in")+".json")
	os.WriteFile(name, []byte(`{"version": 9}`), 0o600)
	if err := s.AddSignoff(t.Context(), first); err == nil {
		t.Error("it wrote over a newer version's file")
	}
}

func TestFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no modes")
	}
	s := newStore(t)
	os.Chmod(s.Dir(), 0o755)
	s, err := Open(s.Dir())
	if err != nil {
		t.Fatal(err)
	}
	s.now = func() time.Time { return noon }
	plan := filepath.Join(t.TempDir(), "p.md")
	os.WriteFile(plan, nil, 0o644)
	save(t, s, run(0, "A", "x"))
	if err := errors.Join(s.SetHeld("A", "T", "d", Evidence{}), s.Trust(plan, "d"), s.AddSignoff(t.Context(), sign.Record{Plan: "A", Task: "T", Step: "s", By: "b", Digest: "d"})); err != nil {
		t.Fatal(err)
	}
	filepath.WalkDir(s.Dir(), func(path string, d fs.DirEntry, _ error) error {
		info, err := d.Info()
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v, %v", path, info.Mode(), err)
		}
		return nil
	})
}

func TestSeveralProcesses(t *testing.T) {
	s := newStore(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var all []*exec.Cmd
	for i := range 4 {
		cmd := exec.Command(self, "p"+strconv.Itoa(i)+"-")
		cmd.Env = append(os.Environ(), "WPCTL_STATE_TEST="+s.Dir())
		cmd.Stderr = new(strings.Builder)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		all = append(all, cmd)
	}
	for _, cmd := range all {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, cmd.Stderr)
		}
	}
	got, err := s.Signoffs("P", "P-T1", "step")
	if err != nil || len(got) != 80 {
		t.Errorf("%d of 80 sign-offs, %v", len(got), err)
	}
	n := 0
	for _, err := range s.Runs(Filter{}) {
		n++
		if err != nil {
			t.Error(err)
		}
	}
	if n < 15 || n > 24 {
		t.Errorf("%d runs are left of 20", n)
	}
}

func BenchmarkSaveRun(b *testing.B) {
	s, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	r := Run{Started: time.Now(), Plans: []PlanRun{{ID: "A"}}}
	for range 30 {
		r.Plans[0].Tasks = append(r.Plans[0].Tasks, TaskRun{ID: "T", Steps: make([]StepRun, 4)})
	}
	for b.Loop() {
		if _, err := s.SaveRun(r); err != nil {
			b.Fatal(err)
		}
	}
}

func TestLockEndsWithItsContext(t *testing.T) {
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = s.locked(ctx, "signoffs", func() error {
		time.AfterFunc(20*time.Millisecond, cancel)
		return s.AddSignoff(ctx, sign.Record{Plan: "P", Task: "P-T1", Step: "step", By: "ada", Digest: "d"})
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
