package proc

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// A process whose parent ends becomes a child of the nearest subreaper above it: of this process.
// So every descendant that outlives a program is found among our children, each under the one it was started by.

var (
	startMu  sync.RWMutex // held for writing: no program is between its start and its being remembered
	ours     sync.Map     // pid → of the programs that were started and not yet waited for
	marks    atomic.Int64
	token    = rand.Text() // by which what descends from this process is known, and from no other one of that id
	subreap  sync.Once
	children = fmt.Sprintf("/proc/self/task/%d/children", os.Getpid())
)

const (
	prSetChildSubreaper = 36
	exiting             = 4 // PF_EXITING, see include/linux/sched.h
	orphansEnd          = 5 * time.Second
)

// newMark returns an entry of the environment by which a program's descendants are known.
func newMark() string {
	subreap.Do(func() { _, _, _ = syscall.RawSyscall(syscall.SYS_PRCTL, prSetChildSubreaper, 1, 0) })
	return fmt.Sprintf("WPCTL_PROCESS=%s.%d", token, marks.Add(1))
}

func remember(pid int) { ours.Store(pid, true) }
func forget(pid int)   { ours.Delete(pid) }

// endOrphans kills what is left of the program with that mark, and tells whether there was any.
func endOrphans(mark string) (found bool) {
	for end := time.Now().Add(orphansEnd); time.Now().Before(end); {
		if len(orphans()) == 0 {
			return found
		}
		startMu.Lock()
		again := false // what an orphan leaves becomes ours when it has ended
		for _, pid := range orphans() {
			switch {
			case reap(pid):
				again = true
			case marked(pid, mark):
				again, found = true, true
				_ = syscall.Kill(pid, syscall.SIGKILL)
			case ending(pid): // and has no environment any more
				again = true
			}
		}
		startMu.Unlock()
		if !again {
			return found
		}
		time.Sleep(time.Millisecond)
	}
	return found
}

// orphans returns the children of this process that it did not start itself.
// Orphans are given to its first thread.
func orphans() []int {
	var out []int
	for field := range bytes.FieldsSeq(childList()) {
		pid, err := strconv.Atoi(string(field))
		if _, known := ours.Load(pid); err == nil && !known {
			out = append(out, pid)
		}
	}
	return out
}

// childList returns the ids of this process's children. It is read after every program, so without os.File's detours,
// and rarely needs more than the first buffer.
func childList() []byte {
	fd, err := syscall.Open(children, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer closeFd(fd)
	list := make([]byte, 0, 512)
	for {
		n, err := syscall.Read(fd, list[len(list):cap(list)])
		if err == syscall.EINTR {
			continue
		}
		if n <= 0 {
			return list
		}
		list = slices.Grow(list[:len(list)+n], 256)
	}
}

// reap takes the exit state of an orphan that has ended.
// What others started, without this package, is in our own group and is left to them.
func reap(pid int) bool {
	if !stranger(pid) {
		return false
	}
	got, err := syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
	return err == nil && got == pid
}

func marked(pid int, mark string) bool {
	env, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return err == nil && slices.ContainsFunc(bytes.Split(env, []byte{0}), func(e []byte) bool { return string(e) == mark })
}

// stranger tells whether a process is in another group than this one.
func stranger(pid int) bool {
	pgid, err := syscall.Getpgid(pid)
	return err == nil && pgid != syscall.Getpgrp()
}

// ending tells whether a process that is not left to others is on its way out.
func ending(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil || !stranger(pid) {
		return false
	}
	// After the name, in parentheses, which may have any character: the state, five ids, the flags. See proc_pid_stat(5).
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) < 7 {
		return false
	}
	flags, err := strconv.ParseUint(string(fields[6]), 10, 64)
	return err == nil && flags&exiting != 0
}
