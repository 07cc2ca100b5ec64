package box

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// Isolate gives a process that is about to be started a network and mounts of its own.
func Isolate(a *syscall.SysProcAttr) {
	a.Cloneflags |= unix.CLONE_NEWNET | unix.CLONE_NEWNS
}

// Confine has the kernel kill all that a process starts when it ends: it is the first process of a namespace.
// What it executes is Contained.
func Confine(a *syscall.SysProcAttr) {
	a.Cloneflags |= unix.CLONE_NEWPID | unix.CLONE_NEWNS
}

// Contained becomes the program, with a /proc that fits the namespace of processes that Confine made. It returns only errors.
func Contained(argv []string) error {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	if err := unix.Mount("", "/proc", "", unix.MS_PRIVATE|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("make /proc private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	return syscall.Exec(path, argv, os.Environ())
}

// Enter moves the calling thread, and what it starts, into the network of a process.
func Enter(pid int) error {
	fd, err := unix.Open(fmt.Sprintf("/proc/%d/ns/net", pid), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		err = errors.Join(unix.Setns(fd, unix.CLONE_NEWNET), unix.Close(fd))
	}
	if err != nil {
		return fmt.Errorf("enter the network of the node: %w", err)
	}
	return nil
}
