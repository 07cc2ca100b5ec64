package proc

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// polls tells whether a program's end can be polled for like its output: with a pidfd, since Linux 5.3.
var polls = func() bool {
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err == nil {
		_ = unix.Close(fd)
	}
	return err == nil
}()

// outputPipe returns a pipe whose reading end is known to the runtime's poller only where goroutines read it.
func outputPipe() (r, w *os.File, err error) {
	if !polls {
		return os.Pipe()
	}
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return nil, nil, os.NewSyscallError("pipe2", err)
	}
	return os.NewFile(uintptr(p[0]), "|0"), os.NewFile(uintptr(p[1]), "|1"), nil
}

// poll reads what the program writes, until it has ended or d has gone by.
// With a negative pidfd, until there is nothing left to read; with a negative d, however long it takes.
func (s *streams) poll(pidfd int, d time.Duration) {
	for end := time.Now().Add(d); pidfd >= 0 || s.open > 0; {
		fds := [3]unix.PollFd{s.pollFd(0), s.pollFd(1), {Fd: int32(pidfd), Events: unix.POLLIN}}
		timeout := -1
		if d >= 0 {
			timeout = max(0, int(time.Until(end).Milliseconds()))
		}
		n, err := unix.Poll(fds[:], timeout)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || n == 0 {
			return
		}
		for i := range s.out {
			if fds[i].Revents != 0 {
				s.read(i)
			}
		}
		if fds[2].Revents != 0 {
			return
		}
	}
}

// pollFd is stream i, or nothing where that is read to its end.
func (s *streams) pollFd(i int) unix.PollFd {
	if s.kept[i].ended {
		return unix.PollFd{Fd: -1}
	}
	return unix.PollFd{Fd: int32(s.out[i].Fd()), Events: unix.POLLIN}
}

// read reads once of stream i, which has something to read.
func (s *streams) read(i int) {
	if s.buf == nil {
		s.buf = make([]byte, firstRead)
	}
	n, err := unix.Read(int(s.out[i].Fd()), s.buf)
	if n <= 0 && !errors.Is(err, unix.EINTR) {
		s.kept[i].ended = true
		s.open--
		return
	}
	s.kept[i].write(s.buf[:max(n, 0)])
	if n == len(s.buf) && n < maxRead {
		s.buf = make([]byte, maxRead)
	}
}
