package relay

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestNothingIsLeft makes this process the one that orphans go to, as the first program of a container is, and which
// does not wait for them either.
func TestNothingIsLeft(t *testing.T) {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		t.Skip(err)
	}
	defer func() { _ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) }()
	for _, c := range containers {
		t.Run(strings.Join(c.programs, " "), func(t *testing.T) {
			r, err := Find(t.Context(), machine(t, c.programs...))
			if err != nil {
				t.Fatal(err)
			}
			mute := serve(t, func(c *net.TCPConn) { _, _ = c.Read(make([]byte, 1)); _ = c.Close() })
			brief := serve(t, func(c *net.TCPConn) { _ = c.Close() })
			_ = dial(t, r, mute).Close()
			_, _ = dial(t, r, brief).Read(make([]byte, 1))
			_, _ = r.DialContext(t.Context(), "tcp", "127.0.0.1:1")
			r.Close()
			time.Sleep(100 * time.Millisecond)
			if left := children(t); len(left) > 0 {
				t.Errorf("left: %s", strings.Join(left, ", "))
			}
		})
	}
}

// children are the processes whose parent this one is.
func children(t *testing.T) (out []string) {
	t.Helper()
	dirs, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		stat, err := os.ReadFile("/proc/" + d.Name() + "/stat")
		if err != nil {
			continue
		}
		name, rest, _ := strings.Cut(string(stat), ") ")
		var state string
		var parent int
		if _, err := fmt.Sscan(rest, &state, &parent); err == nil && parent == os.Getpid() {
			out = append(out, name+") "+state)
		}
	}
	return out
}
