package cluster

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// sweepTime is how long killed processes may take to be gone.
const sweepTime = 10 * time.Second

// attributes puts a program into a process group of its own, out of reach of a terminal's Ctrl-C, and ties it to our life.
// The node is asked to end, as it has containers to end; the others are killed.
func attributes(ask bool) *syscall.SysProcAttr {
	last := syscall.SIGKILL
	if ask {
		last = syscall.SIGTERM
	}
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: last}
}

// birth returns when the process started, in the clock ticks of this boot; nothing for one that is gone, or is only not reaped yet.
func birth(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	// The name of the program, in parentheses, may hold spaces: the fields are counted after it.
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	const state, starttime = 0, 19
	if len(fields) <= starttime || fields[state] == "Z" || fields[state] == "X" {
		return ""
	}
	return fields[starttime]
}

// Sweep kills every process of a cluster that still runs, wherever it went, and returns when there is none.
func Sweep(d Dir) error {
	mark := []byte("\x00" + clusterVariable + "=" + string(d) + "\x00")
	for deadline := time.Now().Add(sweepTime); ; {
		left := marked(mark)
		if len(left) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("processes %v of %s do not end", left, d)
		}
		for _, pid := range left {
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended just now
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// marked returns the processes with that variable in their environment, but for our own.
func marked(mark []byte) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		env, err := os.ReadFile("/proc/" + e.Name() + "/environ")
		if err == nil && bytes.Contains(append([]byte{0}, env...), mark) && birth(pid) != "" {
			pids = append(pids, pid)
		}
	}
	return pids
}
