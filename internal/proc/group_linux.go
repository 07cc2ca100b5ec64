package proc

import "syscall"

// attributes put a program into a group of its own and kill it with the thread that started it.
func attributes(pidfd *int) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if polls {
		a.PidFD = pidfd
	}
	return a
}

func closeFd(fd int) { _ = syscall.Close(fd) }

// reapGroup takes the exit states of those of the group that have become children of this process.
func reapGroup(pgid int) {
	for {
		pid, err := syscall.Wait4(-pgid, nil, syscall.WNOHANG, nil)
		if pid <= 0 || err != nil {
			return
		}
	}
}
