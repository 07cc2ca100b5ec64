package keep

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

func TestStore(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "hub"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Load("h", "w", "/a")
	if err != nil || b.Cursor != "" || b.Mirror == nil {
		t.Fatalf("%+v %v", b, err)
	}
	b.Cursor = "e 7"
	b.Mirror["t"] = hub.Item{ID: "t", Kind: hub.KindTask, Version: "3", Body: json.RawMessage(`{"key":"T01"}`)}
	b.Agree("t", "title", `"x"`)
	b.Refs["t"] = "17"
	b.Observe("t", Verdict{ID: "v", Outcome: "passed", ObservedAt: time.Unix(1, 0).UTC()}, time.Time{})
	if err := s.Save(b); err != nil {
		t.Fatal(err)
	}
	again, err := s.Load("h", "w", "/a")
	if d := cmp.Diff(b, again); d != "" || err != nil {
		t.Error(d, err)
	}
	for _, other := range [][3]string{{"i", "w", "/a"}, {"h", "x", "/a"}, {"h", "w", "/b"}} {
		if b, err := s.Load(other[0], other[1], other[2]); err != nil || b.Cursor != "" {
			t.Errorf("%v: %+v %v", other, b, err)
		}
	}
	path := s.path("h", "w", "/a")
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Error(info.Mode(), err)
	}
	for _, text := range []string{"", "{", `{"version":2}`, `{"version":1,"hub":"h","workstream":"w","root":"/other"}`, `{"version":1,"hub":"h","workstream":"w","root":"/a","mirror":null}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if b, err := s.Load("h", "w", "/a"); err == nil || b.Cursor != "" || b.Mirror == nil || b.Workstream != "w" {
			t.Errorf("%q: %+v %v", text, b, err)
		}
	}
}

// TestObserve takes the newest observation, and believes no clock that is ahead of the hub's.
func TestObserve(t *testing.T) {
	b := &Base{}
	b.Forget()
	at := func(minutes int) time.Time { return time.Unix(0, 0).UTC().Add(time.Duration(minutes) * time.Minute) }
	see := func(id, outcome string, observed, arrived int, want string) {
		t.Helper()
		b.Observe("t", Verdict{ID: id, Outcome: outcome, ObservedAt: at(observed)}, at(arrived))
		if got := b.Newest["t"].Outcome; got != want {
			t.Errorf("%s: %s, wanted %s", id, got, want)
		}
	}
	see("a", "passed", 10, 11, "passed")
	see("b", "failed", 5, 12, "passed")  // it was offline for a while
	see("c", "failed", 75, 15, "failed") // its clock is an hour ahead
	see("d", "passed", 16, 17, "passed")
	see("d", "passed", 16, 17, "passed")
	see("c", "failed", 75, 15, "passed")
}
