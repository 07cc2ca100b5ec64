package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

func entry(id string) Entry {
	return Entry{
		Hub: "https://hub.example.org:443", Workstream: "w", Resource: "r", Name: id,
		Delivery: hub.Delivery{Verb: hub.Create, Kind: hub.KindEvent, ID: id, Key: "k-" + id, Body: json.RawMessage(`{"type":"progress","text":"` + id + `"}`)},
	}
}

func open(t *testing.T) *Box {
	t.Helper()
	b, err := Open(filepath.Join(t.TempDir(), "outbox"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func names(t *testing.T, list []Entry, errs []error) string {
	t.Helper()
	if len(errs) > 0 {
		t.Error(errs)
	}
	var out []string
	for _, e := range list {
		out = append(out, fmt.Sprintf("%d%s", e.Number, e.Name))
	}
	return strings.Join(out, " ")
}

func TestQueue(t *testing.T) {
	b := open(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(b.Add(t.Context(), entry("a"), entry("b")))
	must(b.Add(t.Context(), entry("c")))
	other := entry("d")
	other.Hub = "https://other.example.org:443"
	must(b.Add(t.Context(), other))
	waiting := func(want string) []Entry {
		t.Helper()
		list, errs := b.Waiting("", "")
		if got := names(t, list, errs); got != want {
			t.Errorf("waiting: %q, wanted %q", got, want)
		}
		return list
	}
	dead := func(want string) []Entry {
		t.Helper()
		list, errs := b.Dead("", "")
		if got := names(t, list, errs); got != want {
			t.Errorf("dead: %q, wanted %q", got, want)
		}
		return list
	}
	list := waiting("1a 2b 3c 4d")
	if mine, _ := b.Waiting(other.Hub, "w"); len(mine) != 1 {
		t.Error(mine)
	}
	must(b.Done(list[0]))
	must(b.Done(list[0])) // twice is once
	must(b.Tried(t.Context(), list[1], errors.New("no")))
	must(b.Bury(t.Context(), list[1], hub.Refuse(hub.CodeRole, "not you")))
	waiting("3c 4d")
	if d := dead("2b"); d[0].Code != hub.CodeRole || d[0].Error != "not you" {
		t.Errorf("%+v", d[0])
	}
	must(b.Retry(t.Context(), 2))
	waiting("2b 3c 4d")
	dead("")
	must(b.Drop(t.Context(), 3))
	waiting("2b 4d")
	if b.Drop(t.Context(), 3) == nil || b.Retry(t.Context(), 99) == nil {
		t.Error("what is not there was found")
	}
	must(b.Done(list[1], list[3]))
	must(b.Add(t.Context(), entry("e")))
	waiting("1e")
}

// TestState keeps one dead letter about the state of a record: the newest.
func TestState(t *testing.T) {
	b := open(t)
	update := entry("t")
	update.Delivery.Kind, update.Delivery.Verb = hub.KindTask, hub.Update
	for range 3 {
		if err := b.Add(t.Context(), update); err != nil {
			t.Fatal(err)
		}
		list, _ := b.Waiting("", "")
		if err := b.Bury(t.Context(), list[0], hub.Refuse(hub.CodeRole, "no")); err != nil {
			t.Fatal(err)
		}
	}
	list, errs := b.Dead("", "")
	if names(t, list, errs) != "3t" {
		t.Error(names(t, list, errs))
	}
	if err := b.Superseded(update); err != nil {
		t.Fatal(err)
	}
	if list, _ := b.Dead("", ""); len(list) > 0 {
		t.Error(list)
	}
}

func TestFiles(t *testing.T) {
	b := open(t)
	b.Redact = func(s string) string { return strings.ReplaceAll(s, "hunter2", "•••") }
	e := entry("a")
	e.Name = "hunter2"
	e.Delivery.Body = json.RawMessage(`{"type":"x","text":"the password is hunter2","data":{"hunter2":[12345678901234567,"hunter2"]}}`)
	if err := b.Add(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(b.dir, "000000000001.json")
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), "hunter2") || !strings.Contains(string(text), "12345678901234567") {
		t.Errorf("%v %s", err, text)
	}
	for name, mode := range map[string]fs.FileMode{path: 0o600, b.dir: 0o700 | fs.ModeDir, filepath.Join(b.dir, "dead"): 0o700 | fs.ModeDir} {
		if info, err := os.Stat(name); err != nil || info.Mode() != mode {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
	// What is damaged, or from a newer wpctl, is told and stays.
	for n, text := range []string{"{", `{"version":99}`, ""} {
		if err := os.WriteFile(filepath.Join(b.dir, fmt.Sprintf("%012d.json", n+5)), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, errs := b.Waiting("", "")
	if len(list) != 1 || len(errs) != 3 {
		t.Error(list, errs)
	}
	if err := b.Add(t.Context(), entry("z")); err != nil {
		t.Fatal(err)
	}
	if list, _ := b.Waiting("", ""); list[1].Number != 8 {
		t.Error("a number was given twice")
	}
}

// TestManyAdd lets several users of one box add at once: no number is given twice, and each user's order is kept.
func TestManyAdd(t *testing.T) {
	b := open(t)
	var all sync.WaitGroup
	for user := range 4 {
		all.Go(func() {
			mine, err := Open(b.dir)
			if err != nil {
				t.Error(err)
				return
			}
			for n := range 10 {
				e := entry(fmt.Sprintf("%d-%d", user, n))
				e.Resource = fmt.Sprint(user)
				if err := mine.Add(t.Context(), e); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	list, errs := b.Waiting("", "")
	if len(list) != 40 || len(errs) > 0 {
		t.Fatal(len(list), errs)
	}
	for user := range 4 {
		var mine []string
		for _, e := range list {
			if e.Resource == fmt.Sprint(user) {
				mine = append(mine, e.Name)
			}
		}
		if !slices.IsSorted(mine) || len(mine) != 10 {
			t.Error(mine)
		}
	}
}

func TestLedger(t *testing.T) {
	b := open(t)
	e := entry("a")
	e.Delivery.Body = json.RawMessage(`{"title":"x","needs":["a","b"]}`)
	for range 2 {
		if err := b.Keep(t.Context(), e, []string{"needs", "unknown"}); err != nil {
			t.Fatal(err)
		}
	}
	e.Delivery.Body = json.RawMessage(`{"steps":"d1"}`)
	if err := b.Keep(t.Context(), e, []string{"steps"}); err != nil {
		t.Fatal(err)
	}
	list, errs := b.Ledger()
	if len(list) != 1 || len(errs) > 0 || len(list[0].Fields) != 2 || string(list[0].Fields["steps"]) != `"d1"` {
		t.Errorf("%+v %v", list, errs)
	}
}

// killEnv makes the test's own program one that adds three entries and is killed at a point of it.
const killEnv = "WPCTL_TEST_KILL_OUTBOX"

func TestMain(m *testing.M) {
	if point, dir, ok := strings.Cut(os.Getenv(killEnv), " "); ok {
		b, err := Open(dir)
		if err == nil {
			b.At = func(p string) {
				if p == point {
					self, _ := os.FindProcess(os.Getpid())
					_ = self.Kill()
					select {}
				}
			}
			err = b.Add(context.Background(), entry("x"), entry("y"), entry("z"))
		}
		fmt.Fprintln(os.Stderr, err)
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// TestKill kills a process that adds: what is in the queue is whole, and others go on.
func TestKill(t *testing.T) {
	for point, want := range map[string]string{"written": "1a", "named-one": "1a 2x", "queued": "1a 2x 3y 4z", "never": "1a 2x 3y 4z"} {
		t.Run(point, func(t *testing.T) {
			b := open(t)
			if err := b.Add(t.Context(), entry("a")); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), killEnv+"="+point+" "+b.dir)
			if err := cmd.Run(); (err == nil) != (point == "never") {
				t.Fatal(err)
			}
			list, errs := b.Waiting("", "")
			if got := names(t, list, errs); got != want {
				t.Errorf("%q, wanted %q", got, want)
			}
			if err := b.Add(t.Context(), entry("b")); err != nil {
				t.Error(err)
			}
		})
	}
}

// Who wants no more does not wait for another wpctl; what is free is taken all the same.
func TestLockEndsWithItsContext(t *testing.T) {
	b, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	unlock, err := b.Lock(ended, "numbers", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if err := b.Add(ctx, entry("a")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	unlock()
	if err := b.Add(ended, entry("a")); err != nil {
		t.Error(err)
	}
}
