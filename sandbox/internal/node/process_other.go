//go:build !linux

package node

import (
	"os"
	"syscall"
)

// groupAttributes puts a program into a process group of its own.
func groupAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// reap waits for the program and kills what it leaves in its group.
func (p *process) reap(leader *os.Process) (*os.ProcessState, error) {
	state, err := leader.Wait()
	p.signal(syscall.SIGKILL)
	return state, err
}
