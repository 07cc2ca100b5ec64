package proc

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// TestWithoutPidfd runs the tests as on systems that cannot poll for a program's end.
func TestWithoutPidfd(t *testing.T) {
	if !polls {
		t.Skip("there is none")
	}
	polls = false
	defer func() { polls = true }()
	t.Run("Run", TestRun)
	t.Run("InTime", TestRunEndsInTime)
	t.Run("Bounds", TestRunBoundsOutput)
	t.Run("Many", TestRunManyAtOnce)
}

// TestProgramDiesWithUs lets another process of this test run programs, and kills that process.
func TestProgramDiesWithUs(t *testing.T) {
	if run := os.Getenv("PROC_TEST_PROGRAM"); run != "" {
		_, _ = Run(context.Background(), sh(t, run))
		return
	}
	for _, tt := range []struct {
		name, run string
		processes int
	}{
		{"Program", "exec sleep 100", 1},
		{"Children", "sleep 100 & sleep 101 & wait", 3},
		{"DeafChildren", `(trap "" TERM HUP; sleep 100; sleep 101) & wait`, 3},
		{"Daemons", "setsid sh -c 'sleep 100 & sleep 101' & setsid sleep 102", 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run", "^TestProgramDiesWithUs$")
			cmd.Env = append(os.Environ(), "PROC_TEST_RUNS="+marker(t), "PROC_TEST_PROGRAM="+tt.run)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			within(t, "the programs run", func() bool { return len(survivors(t)) >= tt.processes })
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			within(t, "the programs have ended", func() bool { return len(survivors(t)) == 0 })
		})
	}
}

// TestClose ends what waits for the death of this process: nothing is left of a process that ends by itself.
func TestClose(t *testing.T) {
	if os.Getenv("PROC_TEST_CLOSES") != "" {
		if _, err := Run(context.Background(), sh(t, "true")); err != nil || heirProc == nil {
			t.Fatal("no heir", err)
		}
		heir := heirProc.Pid
		Close()
		if err := syscall.Kill(heir, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("it is there: %v", err)
		}
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestClose$")
	cmd.Env = append(os.Environ(), "PROC_TEST_CLOSES=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

func within(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(soon); !f(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not so in time: %s", what)
		}
	}
}
