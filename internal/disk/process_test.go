package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test binary runs itself as other processes: WPCTL_DISK_TEST says what such a process does with its arguments.
func TestMain(m *testing.M) {
	roles := map[string]func(args []string) error{"append": appendLines, "die": dieAt, "hold": holdLock, "busy": updateAlways}
	role := roles[os.Getenv("WPCTL_DISK_TEST")]
	if role == nil {
		goleak.VerifyTestMain(m)
	}
	if err := role(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// process starts this binary in a role, with dir as its working directory.
func process(t testing.TB, dir, role string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "WPCTL_DISK_TEST="+role)
	cmd.Stderr = new(bytes.Buffer)
	return cmd
}

// appendLines adds lines "WHO N" to a file, one update each.
func appendLines(args []string) error {
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	for i := range n {
		if _, err := (Files{}).Update(context.Background(), args[0], add(fmt.Sprintf("%s %d", args[1], i))); err != nil {
			return err
		}
	}
	return nil
}

// updateAlways sets the last line of a file to ever new numbers until its standard input ends.
func updateAlways(args []string) error {
	end := make(chan bool)
	go func() { os.Stdin.Read(make([]byte, 1)); close(end) }()
	for i := 0; ; i++ {
		select {
		case <-end:
			return nil
		default:
		}
		_, err := Files{}.Update(context.Background(), args[0], func(src []byte) ([]byte, error) {
			first, _, _ := strings.Cut(string(src), "\n")
			return fmt.Appendf(nil, "%s\nupdate %d of %d\n", first, i, os.Getpid()), nil
		})
		if err != nil && !errors.Is(err, errConflict) {
			return err
		}
	}
}

// TestTenWriters has ten processes, which reach the file in different ways, make ten updates each: none is lost.
func TestTenWriters(t *testing.T) {
	dir := t.TempDir()
	sub := filepath.Join(dir, "sub")
	os.Mkdir(sub, 0o755)
	path := write(t, sub, "plan.md", "begin\n")
	names := []string{path, "plan.md", "../sub/plan.md"}
	if os.Symlink(path, filepath.Join(dir, "link.md")) == nil && os.Symlink(sub, filepath.Join(dir, "linked")) == nil {
		names = append(names, filepath.Join(dir, "link.md"), filepath.Join(dir, "linked", "plan.md"))
	}
	const writers, updates = 10, 10
	var all []*exec.Cmd
	start := time.Now()
	for i := range writers {
		cmd := process(t, sub, "append", names[i%len(names)], fmt.Sprintf("writer%d", i), strconv.Itoa(updates))
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
	t.Logf("%d updates in %v, the start of the processes included", writers*updates, time.Since(start))
	lines := strings.Split(strings.TrimSpace(read(t, path)), "\n")
	seen := map[string]bool{}
	for _, l := range lines {
		seen[l] = true
	}
	if len(lines) != 1+writers*updates || len(seen) != len(lines) {
		t.Errorf("%d lines, %d different", len(lines), len(seen))
	}
	if left := asides(t, sub); left != nil {
		t.Errorf("left %q", left)
	}
}

// dieAt updates a file and kills itself at a point, or after a time in microseconds.
func dieAt(args []string) error {
	path, where := args[0], args[1]
	die := func() { p, _ := os.FindProcess(os.Getpid()); p.Kill(); select {} }
	f := Files{at: func(point string) {
		if point == where {
			die()
		}
	}}
	if us, err := strconv.Atoi(where); err == nil {
		go func() { time.Sleep(time.Duration(us) * time.Microsecond); die() }()
		for {
			if _, err := f.Update(context.Background(), path, flip); err != nil {
				return err
			}
		}
	}
	_, err := f.Update(context.Background(), path, flip)
	return err
}

var textA, textB = strings.Repeat("text A\n", 3000), strings.Repeat("a longer text B\n", 5000)

func flip(src []byte) ([]byte, error) {
	if string(src) == textA {
		return []byte(textB), nil
	}
	return []byte(textA), nil
}

// TestKilled kills a process in the middle of updates, at every point and at random times: the file is always one of
// the two texts, and the next update clears up.
func TestKilled(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	path := write(t, dir, "plan.md", textA)
	times := 100
	if testing.Short() {
		times = 10
	}
	leftovers := 0
	for i := range times {
		where := strconv.Itoa(random.IntN(12000))
		if i%10 < len(points) {
			where = points[i%10]
		}
		cmd := process(t, dir, "die", path, where)
		if err := cmd.Run(); err == nil {
			t.Fatalf("%s: it was not killed", where)
		}
		if got := read(t, path); got != textA && got != textB {
			t.Fatalf("killed at %s: the file has %d bytes: %.40q", where, len(got), got)
		}
		leftovers += len(asides(t, dir))
		if _, err := (Files{}).Update(t.Context(), path, flip); err != nil {
			t.Fatal(err)
		}
		if left := asides(t, dir); left != nil {
			t.Fatalf("killed at %s: the next update left %q", where, left)
		}
	}
	t.Logf("%d kills, %d of them left something aside", times, leftovers)
}

// TestKilledWithASaveAside is a process that was killed between finding a person's save and putting it back.
func TestKilledWithASaveAside(t *testing.T) {
	leave := func(t *testing.T, now string) (dir, path string) {
		dir = t.TempDir()
		path = write(t, dir, "plan.md", now)
		write(t, dir, fmt.Sprintf("%s123-00ff00ff-%s-%s", asidePrefix(path), digest([]byte("old\n")), digest([]byte("new\n"))), "saved\n")
		return dir, path
	}
	t.Run("it goes back", func(t *testing.T) {
		dir, path := leave(t, "new\n")
		if _, err := (Files{}).Update(t.Context(), path, add("two")); err != nil {
			t.Fatal(err)
		}
		if got := read(t, path); got != "saved\ntwo\n" {
			t.Errorf("the file is %q", got)
		}
		if left := asides(t, dir); left != nil {
			t.Errorf("left %q", left)
		}
	})
	t.Run("it is kept where somebody wrote since", func(t *testing.T) {
		dir, path := leave(t, "newer\n")
		_, err := Files{}.Update(t.Context(), path, add("two"))
		left := asides(t, dir)
		if len(left) != 1 || err == nil || !strings.Contains(err.Error(), left[0]) || read(t, filepath.Join(dir, left[0])) != "saved\n" {
			t.Fatalf("%v, left %q", err, left)
		}
		if _, err := (Files{}).Update(t.Context(), path, add("two")); err != nil {
			t.Error(err)
		}
		if got := read(t, path); got != "newer\ntwo\n" {
			t.Errorf("the file is %q", got)
		}
	})
}

func TestSweepLeavesOthersAlone(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "plan.md", "one\n")
	keep := []string{".plan.md.wpctl-notes", ".plan.md.wpctl-1-2", ".other.md.wpctl-x-00ff00ff", "plan.md.wpctl-1-00ff00ff", ".plan.md.swp"}
	for _, n := range keep {
		write(t, dir, n, "theirs")
	}
	write(t, dir, ".plan.md.wpctl-1-00ff00ff", "half a te")
	write(t, dir, ".other.md.wpctl-1-00ff00ff", "half a te")
	if _, err := (Files{}).Update(t.Context(), path, add("two")); err != nil {
		t.Fatal(err)
	}
	for _, n := range keep {
		if _, err := os.Lstat(filepath.Join(dir, n)); err != nil {
			t.Error(err)
		}
	}
	if names, _ := readNames(dir); len(names) != len(keep)+1 {
		t.Errorf("%q", names)
	}
}

// holdLock holds the lock of a file's folder until its standard input ends.
func holdLock(args []string) error {
	_, err := Files{}.Update(context.Background(), args[0], func(src []byte) ([]byte, error) {
		fmt.Println("held")
		os.Stdin.Read(make([]byte, 1))
		return src, nil
	})
	return err
}

func TestLockedByAnotherProcess(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "plan.md", "one\n")
	cmd := process(t, dir, "hold", path)
	in, _ := cmd.StdinPipe()
	out, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out.Read(make([]byte, 5))
	if _, err := (Files{Wait: 30 * time.Millisecond}).Update(t.Context(), path, add("two")); err == nil || !strings.Contains(err.Error(), "is locked") {
		t.Error(err)
	}
	time.AfterFunc(20*time.Millisecond, func() { in.Close() })
	if changed, err := (Files{}).Update(t.Context(), path, add("two")); err != nil || !changed {
		t.Error(changed, err)
	}
	cmd.Wait()
}
