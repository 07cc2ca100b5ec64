package hubid

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// TestFixed holds ids that stand in files: they may never change.
func TestFixed(t *testing.T) {
	w, err := Workstream("web-apps", "WEB-WP-0001")
	if err != nil {
		t.Fatal(err)
	}
	task, _ := Task(w, "WEB-WP-0001-T01")
	decision, _ := Decision(w, "WEB-WP-0001-D-01")
	same, _ := Decision(w, "WEB-WP-0001-T01")
	if same == task {
		t.Error("a decision has the id of a task")
	}
	got := []string{w, task, decision}
	want := []string{"6111fc9b-0083-5913-853e-2069837dfed8", "b6cfb5e4-dec1-5d4c-add0-47fd85509fad", "6adb76f5-813c-56ca-bcdf-42f35e2590b3"}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("id %d is %s, wanted %s", i, got[i], want[i])
		}
		if u := uuid.MustParse(got[i]); u.Version() != 5 {
			t.Errorf("id %d has version %d", i, u.Version())
		}
	}
}

func TestRepo(t *testing.T) {
	for _, row := range []struct{ name, in, want string }{
		{"name", "web-apps", "web-apps"},
		{"owner and name", "team/web", "team/web"},
		{"https", "https://git.example.org/team/web.git", "git.example.org/team/web"},
		{"https with a user", "https://me:secret@git.example.org/team/web/", "git.example.org/team/web"},
		{"https with a port", "https://git.example.org:8443/team/web", "git.example.org/team/web"},
		{"ssh", "ssh://git@git.example.org:2222/team/web.git", "git.example.org/team/web"},
		{"short ssh", "git@git.example.org:team/web.git", "git.example.org/team/web"},
		{"short ssh without a user", "git.example.org:team/web", "git.example.org/team/web"},
		{"short ssh with a slash", "git@git.example.org:/team/web.git/", "git.example.org/team/web"},
		{"large letters", "https://Git.Example.org/Team/Web.git", "git.example.org/team/web"},
		{"blanks", "  team/web ", "team/web"},
		{"query", "https://git.example.org/team/web?x=1#y", "git.example.org/team/web"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got, err := Repo(row.in); got != row.want || err != nil {
				t.Errorf("%q, %v; wanted %q", got, err, row.want)
			}
		})
	}
}

func TestBad(t *testing.T) {
	if _, err := Workstream(" ", "P"); !errors.Is(err, ErrNoRepo) {
		t.Error(err)
	}
	for _, in := range []string{"https://", "https://h.example", "a\nb", "a\x00b", "\xff", "///", strings.Repeat("x", 1e6), "https://me:pa%zz@h/x"} {
		got, err := Repo(in)
		if err == nil || len(err.Error()) > 200 || strings.Contains(err.Error(), "pa%zz") {
			t.Errorf("%.20q: %.40q, %v", in, got, err)
		}
	}
	for _, w := range []string{"", "x", "{6ba7b810-9dad-11d1-80b4-00c04fd430c8}", "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8"} {
		if got, err := Task(w, "T01"); err == nil {
			t.Errorf("%q: %s", w, got)
		}
	}
	if _, err := Workstream("web", ""); err == nil {
		t.Error("an empty plan")
	}
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.String().Draw(t, "repo")
		once, err := Repo(in)
		if err != nil {
			return
		}
		if strings.IndexByte(once, ':') >= 0 || strings.HasSuffix(once, ".git") || strings.TrimSpace(once) != once {
			return // names that look like an address are not taken twice
		}
		if twice, err := Repo(once); err != nil || twice != once {
			t.Fatalf("%q, %q, %q, %v", in, once, twice, err)
		}
	})
}

func TestNewSorts(t *testing.T) {
	last := ""
	for range 100 {
		id, err := New()
		if err != nil || id <= last || uuid.MustParse(id).Version() != 7 {
			t.Fatal(id, last, err)
		}
		last = id
	}
}
