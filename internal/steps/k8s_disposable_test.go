package steps

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestStale(t *testing.T) {
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Skip(err)
	}
	here, pid := machine(), strconv.Itoa(ended.ProcessState.Pid())
	if here == "" {
		t.Skip("this system does not tell its processes apart")
	}
	now := time.Date(2026, 1, 2, 3, 10, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, runner, lifetime, created string
		want                            bool
	}{
		{"InUse", thisProcess(), "300", "2026-01-02T03:09:00Z", false},
		{"TimeIsOver", thisProcess(), "300", "2026-01-02T03:04:59Z", true},
		{"ProcessEnded", here + "." + pid + ".1", "300", "2026-01-02T03:09:00Z", true},
		{"AnotherProcessOfThatNumber", strings.TrimSuffix(thisProcess(), thisProcess()[strings.LastIndex(thisProcess(), ".")+1:]) + "1", "300", "2026-01-02T03:09:00Z", true},
		{"AnotherMachine", "0011223344556677." + pid + ".1", "300", "2026-01-02T03:09:00Z", false},
		{"AnotherMachineAndTimeIsOver", "0011223344556677." + pid + ".1", "60", "2026-01-02T03:08:00Z", true},
		{"UnknownMachine", "." + pid + ".1", "300", "2026-01-02T03:09:00Z", false},
		{"NothingSaid", "", "", "2026-01-02T03:09:00Z", false},
		{"Odd", "a.b.c.d", "many", "yesterday", false},
		{"OddNumber", here + ".../../etc.1", "300", "2026-01-02T03:09:00Z", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := Object{"metadata": map[string]any{
				"creationTimestamp": tt.created, "annotations": map[string]any{runnerMark: tt.runner, lifetimeMark: tt.lifetime},
			}}
			if got := stale(o, now); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
