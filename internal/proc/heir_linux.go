package proc

import (
	"os"
	"sync"
	"syscall"
)

// The heir is a shell that outlives this process only if that is killed: it waits for the end of a pipe that nobody
// else holds, and then kills all who have our mark in their environment. It has no mark itself, and a session of its
// own, so that what is sent to our group does not reach it.
const heir = `read -r none
for round in 1 2 3 4 5; do
	left=$(grep -lsF "WPCTL_PROCESS=$1." /proc/[0-9]*/environ)
	test "$left" || exit 0 # its exit code is about those that it may not read too
	for file in $left; do
		pid=${file#/proc/}
		kill -9 "${pid%/environ}"
	done
done`

var (
	heirOnce sync.Once
	heirMu   sync.Mutex
	heirProc *os.Process // nil: there is none
	heirPipe *os.File    // its end is ours to close, and the kernel closes it when we are killed
)

// appoint starts the heir. Where that is not possible the programs that are started die with us, and not their children.
func appoint() {
	heirOnce.Do(func() {
		r, w, err := os.Pipe()
		if err != nil {
			return
		}
		defer r.Close()
		null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
		if err != nil {
			_ = w.Close()
			return
		}
		defer null.Close()
		startMu.RLock()
		defer startMu.RUnlock()
		p, err := os.StartProcess("/bin/sh", []string{"sh", "-c", heir, "sh", token}, &os.ProcAttr{
			Dir: "/", Env: []string{"PATH=/usr/bin:/bin"}, Files: []*os.File{r, null, null}, Sys: &syscall.SysProcAttr{Setsid: true},
		})
		if err != nil {
			_ = w.Close()
			return
		}
		remember(p.Pid)
		heirMu.Lock()
		defer heirMu.Unlock()
		heirProc, heirPipe = p, w
	})
}

// Close ends what this package keeps for the case that this process is killed. No program may run any more, and none
// is to be started.
func Close() {
	heirOnce.Do(func() {})
	heirMu.Lock()
	defer heirMu.Unlock()
	if heirProc == nil {
		return
	}
	_ = heirProc.Kill()
	_, _ = heirProc.Wait()
	forget(heirProc.Pid)
	_ = heirPipe.Close()
	heirProc = nil
}
