package cluster

import (
	"syscall"
	"time"
)

// Process names a process for good: its number alone may belong to another one later.
type Process struct {
	PID   int    `json:"pid"`
	Birth string `json:"birth"` // as the system tells it; only ever compared
}

// processOf names a process that runs now.
func processOf(pid int) Process { return Process{PID: pid, Birth: birth(pid)} }

// Alive tells whether that very process still runs.
func (p Process) Alive() bool { return p.PID > 0 && p.Birth != "" && birth(p.PID) == p.Birth }

// End asks the process to end, kills it if it has not after the grace, and returns when it is gone.
func (p Process) End(grace time.Duration) {
	if !p.Alive() {
		return
	}
	_ = syscall.Kill(p.PID, syscall.SIGTERM) // it may have ended just now
	deadline := time.Now().Add(grace)
	for p.Alive() {
		if time.Now().After(deadline) {
			_ = syscall.Kill(p.PID, syscall.SIGKILL)
		}
		time.Sleep(10 * time.Millisecond) // nobody tells when a process that is not a child ends
	}
}
