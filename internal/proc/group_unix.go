//go:build unix

package proc

import (
	"errors"
	"os"
	"syscall"
	"time"
)

func askGroup(p *os.Process)  { signalGroup(p.Pid, syscall.SIGTERM) }
func killGroup(p *os.Process) { signalGroup(p.Pid, syscall.SIGKILL) }

// endGroup ends what is left of p's group when p itself has ended and was waited for, and tells whether there was
// anything. Those that do not end within grace of being asked are killed; some may have been asked already.
func endGroup(p *os.Process, grace time.Duration, asked bool) bool {
	if !asked {
		if waitGroup(p.Pid, justEnding) {
			return false
		}
		askGroup(p)
	}
	if !waitGroup(p.Pid, grace) {
		killGroup(p)
		waitGroup(p.Pid, time.Second)
	}
	return true
}

// justEnding is how long a process may take to vanish after it has closed its output.
const justEnding = 10 * time.Millisecond

// waitGroup waits until the group is empty, and tells whether it is.
func waitGroup(pgid int, d time.Duration) bool {
	pause := time.Millisecond
	for end := time.Now().Add(d); ; time.Sleep(pause) {
		reapGroup(pgid)
		if !signalGroup(pgid, 0) {
			return true
		}
		if time.Now().After(end) {
			return false
		}
		pause = min(2*pause, 20*time.Millisecond)
	}
}

// signalGroup tells whether the group had a process that could be sent sig.
func signalGroup(pgid int, sig syscall.Signal) bool {
	return !errors.Is(syscall.Kill(-pgid, sig), syscall.ESRCH)
}

func exitOf(s *os.ProcessState) (code int, signal string) {
	if w, ok := s.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal()), w.Signal().String()
	}
	return s.ExitCode(), ""
}
