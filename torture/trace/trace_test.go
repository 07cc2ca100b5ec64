//go:build linux && amd64

package trace

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The test binary runs itself as the program that is traced.
func TestMain(m *testing.M) {
	path := os.Getenv("WPCTL_TRACE_TEST")
	if path == "" {
		os.Exit(m.Run())
	}
	if path == "clock" {
		fmt.Println(time.Now().Year())
		os.Exit(0)
	}
	if err := os.WriteFile(path, []byte("hello"), 0o600); err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
	os.Exit(0)
}

func traced(t *testing.T, dir, role string, at func(Call) Do) (Ended, string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "WPCTL_TRACE_TEST="+role)
	cmd.Stdout = out
	p := Program{Cmd: cmd, Root: dir, At: at, Days: role == "clock", Clock: func(int) time.Duration { return 100 * 366 * 24 * time.Hour }}
	ended, err := p.Run(time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	said, _ := os.ReadFile(out.Name())
	return ended, string(said)
}

func TestWhatBecomesOfAWrite(t *testing.T) {
	for _, c := range []struct {
		name   string
		do     Do
		killed bool
		exit   int
		text   string
	}{
		{"nothing", Do{}, false, 0, "hello"},
		{"killed before", Do{Kill: true}, true, -1, ""},
		{"killed behind", Do{Then: true}, true, -1, "hello"},
		{"half of it", Do{Half: true}, false, 0, "hello"}, // the rest is written by another call
		{"half of it, and killed", Do{Half: true, Then: true}, true, -1, "he"},
		{"no space", Do{Fail: unix.ENOSPC}, false, 3, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			path, done := filepath.Join(dir, "file"), false
			ended, said := traced(t, dir, path, func(call Call) Do {
				if call.Writes && !done {
					done = true
					if call.Path != path || call.Size != 5 || !call.Changes {
						t.Errorf("%+v", call)
					}
					return c.do
				}
				return Do{}
			})
			got, _ := os.ReadFile(path)
			if string(got) != c.text || ended.Killed != c.killed || ended.Exit != c.exit || ended.Calls < 2 {
				t.Errorf("the file is %q, %+v", got, ended)
			}
			if told := strings.Contains(said, "no space left on device"); told != (c.do.Fail != 0) {
				t.Errorf("it said %q", said)
			}
		})
	}
}

func TestClock(t *testing.T) {
	ended, said := traced(t, "/nowhere", "clock", nil)
	var year int
	if _, err := fmt.Sscan(said, &year); err != nil || year < time.Now().Year()+99 || ended.Looks == 0 {
		t.Errorf("it is %q, after %d looks at the clock: %v", said, ended.Looks, err)
	}
}

func TestItEndsInTime(t *testing.T) {
	cmd := exec.Command("sleep", "1000")
	_, err := Program{Cmd: cmd, Root: "/nowhere"}.Run(100 * time.Millisecond)
	if !errors.Is(err, errLate) {
		t.Error(err)
	}
}
