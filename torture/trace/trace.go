//go:build linux && amd64

// Package trace runs a program as it is and stops it at each of its calls of the file system (ptrace).
// At a stop the program can be killed, before the call or behind it, a call can be made to fail or to do half of what
// it was asked for, and the world around the program can be changed while it stands still.
// It works for programs of any make, also for those that are linked statically and for databases within them.
package trace

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// Do is what becomes of a call.
type Do struct {
	Kill bool          // the program is killed before the call
	Then bool          // the program is killed when the call has been made, before it hears of it
	Half bool          // a write writes half of its bytes
	Fail unix.Errno    // the call is not made, and returns this error
	Wait time.Duration // the call is made later
}

// Program is a program to run, and what is watched of it.
type Program struct {
	Cmd   *exec.Cmd       // not started; without pipes of its own, as nobody would read them meanwhile
	Root  string          // calls about what is below this folder are watched
	At    func(c Call) Do // decides about a call of the program itself; nil lets all pass
	Began func(pid int)   // nil, or told of its start
	Days  bool            // it asks the kernel for each time, and Clock answers
	// Clock returns what is added to the time of the n-th look at the wall clock.
	Clock func(n int) time.Duration
}

// Ended is how a program ended.
type Ended struct {
	Calls  int // that were watched
	Exit   int // -1 where a signal ended it
	Killed bool
	Looks  int // at the wall clock
}

// Run runs the program to its end, on a thread of its own. Where it starts others, they run on unwatched.
// A program that has not ended within limit is killed, and that is an error.
func (p Program) Run(limit time.Duration) (Ended, error) {
	type result struct {
		ended Ended
		err   error
	}
	done := make(chan result, 1)
	onOwnThread(func() {
		t := tracer{Program: p, threads: map[int]*thread{}, limit: limit}
		ended, err := t.run()
		done <- result{ended, err}
	})
	r := <-done
	return r.ended, r.err
}

// onOwnThread calls f, the tracer, on a thread that ends with it, and that nobody has started programs from: it would
// take their ends for those of its own.
func onOwnThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if children, err := os.ReadFile("/proc/thread-self/children"); err == nil && len(children) > 0 {
			onOwnThread(f) // on another one, as this one is taken until then
			runtime.UnlockOSThread()
			return
		}
		f()
	}()
	<-done
}

// thread is a thread of the program, or one of its children.
type thread struct {
	own    bool // of the program itself
	inside bool // within a call
	then   Do   // what happens at the end of the call
	watch  bool // it has something to be done at the end of the call
	clock  uintptr
}

type tracer struct {
	Program
	pid   int
	ended Ended
	limit time.Duration
	late  atomic.Bool

	mu      sync.Mutex // for changes of threads, which giveUp reads
	threads map[int]*thread
}

const options = unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACECLONE | unix.PTRACE_O_TRACEFORK | unix.PTRACE_O_TRACEVFORK |
	unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_EXITKILL

func (t *tracer) run() (Ended, error) {
	if t.Cmd.SysProcAttr == nil {
		t.Cmd.SysProcAttr = new(unix.SysProcAttr)
	}
	t.Cmd.SysProcAttr.Ptrace = true
	if err := t.Cmd.Start(); err != nil {
		return t.ended, err
	}
	t.pid = t.Cmd.Process.Pid
	defer t.Cmd.Process.Release() //nolint:errcheck // nothing is held
	var status unix.WaitStatus
	if _, err := unix.Wait4(t.pid, &status, unix.WALL, nil); err != nil {
		return t.ended, fmt.Errorf("wait for the start: %w", err)
	}
	if !status.Stopped() {
		return t.ended, errors.New("it did not stop at its start")
	}
	if err := unix.PtraceSetOptions(t.pid, options); err != nil {
		return t.ended, fmt.Errorf("set what is traced: %w", err)
	}
	t.threads[t.pid] = &thread{own: true}
	if t.Days {
		if err := t.hideFastClock(); err != nil {
			return t.ended, err
		}
	}
	if t.Began != nil {
		t.Began(t.pid)
	}
	t.resume(t.pid, 0)
	return t.loop()
}

// loop goes from stop to stop until the program and all that is traced with it have ended.
func (t *tracer) loop() (Ended, error) {
	defer time.AfterFunc(t.limit, t.giveUp).Stop()
	for len(t.threads) > 0 {
		// All that stand still are taken before one goes on: a thread that calls all the time would keep out the others.
		var stops []stop
		for how := unix.WALL | unix.WNOTHREAD; ; how |= unix.WNOHANG {
			var s stop
			pid, err := unix.Wait4(-1, &s.status, how, nil)
			if errors.Is(err, unix.EINTR) {
				continue
			}
			if errors.Is(err, unix.ECHILD) && len(stops) == 0 {
				return t.ended, nil
			}
			if err != nil && len(stops) == 0 {
				return t.ended, err
			}
			if err != nil || pid == 0 {
				break
			}
			s.pid = pid
			stops = append(stops, s)
		}
		for _, s := range stops {
			t.handle(s)
		}
	}
	if t.late.Load() {
		return t.ended, errLate
	}
	return t.ended, nil
}

// stop is a thread that stands still, or has ended.
type stop struct {
	pid    int
	status unix.WaitStatus
}

func (t *tracer) handle(s stop) {
	switch {
	case s.status.Exited() || s.status.Signaled():
		t.gone(s.pid, s.status)
	case s.status.Stopped() && t.late.Load():
		unix.Kill(s.pid, unix.SIGKILL) //nolint:errcheck // it may have ended
	case s.status.Stopped():
		t.stopped(s.pid, s.status)
	}
}

// giveUp kills the program, and whoever stops after that.
func (t *tracer) giveUp() {
	t.late.Store(true)
	t.kill()
	t.mu.Lock()
	defer t.mu.Unlock()
	for pid := range t.threads {
		unix.Kill(pid, unix.SIGKILL) //nolint:errcheck // it may have ended
	}
}

var errLate = errors.New("it did not end in time")

func (t *tracer) gone(pid int, status unix.WaitStatus) {
	t.mu.Lock()
	delete(t.threads, pid)
	t.mu.Unlock()
	if pid != t.pid {
		return
	}
	t.ended.Exit = -1
	if status.Exited() {
		t.ended.Exit = status.ExitStatus()
	}
	t.ended.Killed = status.Signaled() && status.Signal() == unix.SIGKILL
}

func (t *tracer) stopped(pid int, status unix.WaitStatus) {
	th := t.threads[pid]
	if th == nil { // a new thread may stop before its parent has told of it
		th = &thread{own: tgid(pid) == t.pid}
		t.mu.Lock()
		t.threads[pid] = th
		t.mu.Unlock()
	}
	switch sig := status.StopSignal(); sig {
	case unix.SIGTRAP | 0x80:
		t.call(pid, th)
	case unix.SIGTRAP, unix.SIGSTOP: // an event, or the stop with which a new thread begins
		t.resume(pid, 0)
	default:
		t.resume(pid, int(sig))
	}
}

// resume lets a thread go on to its next call. Threads that are not the program's own go on for good.
func (t *tracer) resume(pid, sig int) {
	if th := t.threads[pid]; th != nil && !th.own {
		unix.PtraceCont(pid, sig) //nolint:errcheck // it may have been killed
		return
	}
	unix.PtraceSyscall(pid, sig) //nolint:errcheck // likewise
}

func (t *tracer) kill() { unix.Kill(t.pid, unix.SIGKILL) } //nolint:errcheck // it may have ended

// call is a stop at the beginning or at the end of a call.
func (t *tracer) call(pid int, th *thread) {
	defer t.resume(pid, 0)
	if th.inside {
		th.inside = false
		if th.watch {
			th.watch = false
			t.after(pid, th)
		}
		return
	}
	th.inside = true
	var regs unix.PtraceRegs
	if unix.PtraceGetRegs(pid, &regs) != nil {
		return
	}
	if t.Days && regs.Orig_rax == unix.SYS_CLOCK_GETTIME && regs.Rdi == unix.CLOCK_REALTIME {
		th.clock, th.watch = uintptr(regs.Rsi), true
		return
	}
	if t.At == nil {
		return
	}
	c, ok := t.read(pid, &regs)
	if !ok {
		return
	}
	t.ended.Calls++
	c.N = t.ended.Calls
	do := t.At(c)
	if do.Wait > 0 {
		time.Sleep(do.Wait)
	}
	switch {
	case do.Kill:
		t.kill()
	case do.Fail != 0:
		regs.Orig_rax = ^uint64(0) // no call has this number
	case do.Half && c.Size > 1:
		regs.Rdx = uint64(c.Size / 2)
	}
	if do.Fail != 0 || do.Half {
		unix.PtraceSetRegs(pid, &regs) //nolint:errcheck // it may have been killed
	}
	th.then, th.watch = do, do.Fail != 0 || do.Then
}

// after is the end of a call about which something was decided.
func (t *tracer) after(pid int, th *thread) {
	if th.clock != 0 {
		t.turnClock(pid, th)
		return
	}
	if th.then.Then {
		t.kill()
	}
	if th.then.Fail != 0 {
		var regs unix.PtraceRegs
		if unix.PtraceGetRegs(pid, &regs) == nil {
			regs.Rax = uint64(-int64(th.then.Fail))
			unix.PtraceSetRegs(pid, &regs) //nolint:errcheck // it may have been killed
		}
	}
}

func tgid(pid int) int {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(status), "Tgid:")
	var n int
	if _, err := fmt.Sscan(rest, &n); err != nil {
		return 0 // it has ended
	}
	return n
}
