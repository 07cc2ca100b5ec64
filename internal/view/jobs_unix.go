//go:build unix

package view

import (
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// jobs is what a shell's job control does with the program: Ctrl-Z, fg and bg.
type jobs struct {
	terminal *os.File // nil: there is none, and nothing to do
	signals  chan os.Signal
}

// newJobs listens, where out is a terminal and nobody has told the program to ignore Ctrl-Z. It ends with end.
func newJobs(out io.Writer) *jobs {
	f, ok := out.(*os.File)
	if !ok || signal.Ignored(syscall.SIGTSTP) {
		return &jobs{}
	}
	j := &jobs{terminal: f, signals: make(chan os.Signal, 4)}
	signal.Notify(j.signals, syscall.SIGTSTP, syscall.SIGCONT)
	return j
}

func (j *jobs) end() {
	if j.terminal != nil {
		signal.Stop(j.signals)
	}
}

// stops tells whether a signal is that of Ctrl-Z, and not the one with which the program goes on.
func stops(s os.Signal) bool { return s == syscall.SIGTSTP }

// stop stops the program, and returns when it goes on. The runtime never gives a signal that was listened to its effect
// back, so it is another one that stops; unlike SIGSTOP it has none on a program that no shell could wake.
func (j *jobs) stop() {
	_ = unix.Kill(unix.Getpid(), syscall.SIGTTOU)
	select {
	case <-j.signals:
	case <-time.After(200 * time.Millisecond):
	}
}

// foreground tells whether the terminal is the program's to draw on. 0 is a group that cannot be named in here, as where
// somebody has put the program alone into a namespace of processes: then nobody else is in here to draw for.
func (j *jobs) foreground() bool {
	if j.terminal == nil {
		return true
	}
	group, err := unix.IoctlGetInt(int(j.terminal.Fd()), unix.TIOCGPGRP)
	return err != nil || group == 0 || group == unix.Getpgrp()
}
