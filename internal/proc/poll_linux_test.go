package proc

import (
	"context"
	"os"
	"os/exec"
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

// TestProgramDiesWithUs lets another process of this test run a program, and kills that process.
func TestProgramDiesWithUs(t *testing.T) {
	if os.Getenv("PROC_TEST_RUNS") != "" {
		_, _ = Run(context.Background(), sh(t, "exec sleep 100"))
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestProgramDiesWithUs$")
	cmd.Env = append(os.Environ(), "PROC_TEST_RUNS="+marker(t))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	within(t, "the program runs", func() bool { return len(survivors(t)) == 1 })
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	within(t, "the program has ended", func() bool { return len(survivors(t)) == 0 })
}

func within(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(soon); !f(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not so in time: %s", what)
		}
	}
}
