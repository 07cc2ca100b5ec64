package proc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// sh is a shell command with a marker in its environment by which its descendants are found.
func sh(t testing.TB, run string) Command {
	return Command{
		Path: "/bin/sh", Args: []string{"sh", "-c", run}, Dir: t.TempDir(),
		Env: []string{"PATH=" + os.Getenv("PATH"), marker(t)},
	}
}

// marker is an entry of the environment that no other test has, nor this one in another process.
func marker(t testing.TB) string {
	return cmp.Or(os.Getenv("PROC_TEST_RUNS"), fmt.Sprintf("PROC_TEST=%d/%s", os.Getpid(), t.Name()))
}

// survivors returns the processes with the test's marker.
func survivors(t *testing.T) (out []string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		return nil
	}
	dirs, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		env, _ := os.ReadFile("/proc/" + d.Name() + "/environ")
		if strings.Contains("\x00"+string(env), "\x00"+marker(t)+"\x00") {
			line, _ := os.ReadFile("/proc/" + d.Name() + "/cmdline")
			out = append(out, d.Name()+" "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return out
}

// soon is long before the 100 seconds that programs here sleep, and after what a busy machine needs.
const soon = 30 * time.Second

func TestRun(t *testing.T) {
	tests := []struct {
		name, run, stdin string
		stdout, stderr   string
		exit             int
		signal           string
		left             bool
	}{
		{name: "Quiet", run: "true"},
		{name: "BothStreams", run: "echo out; echo err >&2; exit 3", stdout: "out\n", stderr: "err\n", exit: 3},
		{name: "Signal", run: "kill -9 $$", exit: 137, signal: "killed"},
		{name: "NotFound", run: "no-such-program 2>/dev/null", exit: 127},
		{name: "Stdin", run: "cat", stdin: "hello", stdout: "hello"},
		{name: "StdinNotRead", run: "true", stdin: strings.Repeat("x", 1<<20)},
		{name: "NoStdin", run: "cat"},
		{name: "BlockingOutput", run: "grep flags /proc/self/fdinfo/1 | grep -c 4...$ || true", stdout: "0\n"},
		{name: "ChildLeftBehind", run: "sleep 100 & echo done", stdout: "done\n", left: true},
		{name: "QuietChildLeftBehind", run: "sleep 100 >/dev/null 2>&1 & echo done", stdout: "done\n", left: true},
		{name: "DeafChildLeftBehind", run: `(trap "" TERM; sleep 100; sleep 100) >/dev/null 2>&1 & echo done`, stdout: "done\n", left: true},
		{name: "DaemonLeftBehind", run: "setsid sh -c 'sleep 100 & sleep 101' & sleep 0.1; echo done", stdout: "done\n", left: true},
		{name: "LateWriter", run: "(sleep 0.1; echo late) & echo early", stdout: "early\nlate\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := sh(t, tt.run)
			c.Stdin = tt.stdin
			start := time.Now()
			r, err := Run(context.Background(), c)
			if err != nil {
				t.Fatal(err)
			}
			if r.Stdout.Text != tt.stdout || r.Stderr.Text != tt.stderr || r.Exit != tt.exit || r.Signal != tt.signal || r.Left != tt.left {
				t.Errorf("got %+v", r)
			}
			if d := time.Since(start); d > soon {
				t.Errorf("took %v", d)
			}
			if s := survivors(t); len(s) > 0 {
				t.Errorf("still there: %q", s)
			}
		})
	}
}

func TestRunEndsInTime(t *testing.T) {
	tests := []struct{ name, run string }{
		{"Sleeps", "sleep 100"},
		{"GrandchildHoldsStdout", "sh -c 'sleep 100 & sleep 101' & sleep 102"},
		{"IgnoresTerm", `trap "" TERM; while :; do sleep 1; done`},
		{"ChildIgnoresTerm", `(trap "" TERM; sleep 100; sleep 100) & sleep 100`},
		{"ClosesOutputAndSleeps", "exec >&- 2>&-; sleep 100"},
		{"LeavesTheGroup", "setsid sleep 100 & sleep 100"},
		{"LeavesTheGroupAndHoldsStdout", "setsid sh -c 'trap \"\" TERM; sleep 100; sleep 100' & sleep 100"},
		{"Stopped", "kill -STOP $$"},
		{"Talks", "yes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer cancel()
			start := time.Now()
			_, err := Run(ctx, sh(t, tt.run))
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got error %v", err)
			}
			if d := time.Since(start); d > soon {
				t.Errorf("took %v", d)
			}
			if s := survivors(t); len(s) > 0 {
				t.Errorf("still there: %q", s)
			}
		})
	}
}

func TestRunKeepsWhatWasWrittenUntilCancelled(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	r, err := Run(ctx, sh(t, "echo before; sleep 100"))
	if err == nil || r.Stdout.Text != "before\n" {
		t.Errorf("got %q, %v", r.Stdout.Text, err)
	}
}

func TestRunCannotStart(t *testing.T) {
	c := sh(t, "true")
	c.Path = "/no/such/shell"
	if _, err := Run(context.Background(), c); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got error %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, sh(t, "true")); !errors.Is(err, context.Canceled) {
		t.Errorf("got error %v", err)
	}
}

func TestRunBoundsOutput(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := Run(context.Background(), sh(t, "echo first; yes 0123456789 | head -c 52428800; echo; echo last"))
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	out := r.Stdout.Text
	if len(out) > defaultKeep+100 || !strings.HasPrefix(out, "first\n") || !strings.HasSuffix(out, "\nlast\n") {
		t.Errorf("kept %d bytes, %.20q…", len(out), out)
	}
	kept := len(out) - len(fmt.Sprintf("[… %d bytes left out …]\n", r.Stdout.Dropped))
	if total := int64(kept) + r.Stdout.Dropped; total != 6+52428800+1+5 {
		t.Errorf("kept and dropped %d bytes", total)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 12<<20 {
		t.Errorf("allocated %d MiB", n>>20)
	}
}

func TestRunManyAtOnce(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			r, err := Run(context.Background(), sh(t, fmt.Sprintf("setsid sleep 100 & echo %d; exit %d", i, i)))
			if err != nil || r.Stdout.Text != fmt.Sprintf("%d\n", i) || r.Exit != i {
				t.Errorf("%d: got %+v, %v", i, r, err)
			}
		})
	}
	wg.Wait()
	if s := survivors(t); len(s) > 0 {
		t.Errorf("still there: %d", len(s))
	}
}

func TestOthersChildrenAreLeftToThem(t *testing.T) {
	p, err := os.StartProcess("/bin/sh", []string{"sh", "-c", "exit 7"}, &os.ProcAttr{})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(50 * time.Millisecond)
	if _, err := Run(context.Background(), sh(t, "setsid true & sleep 0.05")); err != nil {
		t.Error(err)
	}
	if s, err := p.Wait(); err != nil || s.ExitCode() != 7 {
		t.Errorf("got %v, %v", s, err)
	}
}

func TestCapture(t *testing.T) {
	tests := []struct {
		name   string
		writes []string
		want   string
		drop   int64
	}{
		{"Nothing", nil, "", 0},
		{"Fits", []string{"abcd", "efgh"}, "abcdefgh", 0},
		{"FitsInPieces", []string{"abc", "def", "gh"}, "abcdefgh", 0},
		{"OneMore", []string{"abcdefghi"}, "abcd[… 1 bytes left out …]\nfghi", 1},
		{"Ring", []string{"abcd", "ef", "ghi", "j", "kl"}, "abcd[… 4 bytes left out …]\nijkl", 4},
		{"Lines", []string{"a\nb", "cdefg", "h\ni\n"}, "a\n[… 8 bytes left out …]\ni\n", 8},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := capture{half: 4}
			for _, w := range tt.writes {
				c.write([]byte(w))
			}
			if got := c.output(); got.Text != tt.want || got.Dropped != tt.drop {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func BenchmarkRunTrue(b *testing.B) {
	c := sh(b, "true")
	for b.Loop() {
		if _, err := Run(context.Background(), c); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFloor is the least that a Go program can do to run a shell.
func BenchmarkFloor(b *testing.B) {
	c := sh(b, "true")
	for b.Loop() {
		p, err := os.StartProcess(c.Path, c.Args, &os.ProcAttr{Env: c.Env})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := p.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}
