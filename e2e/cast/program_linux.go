package cast

import (
	"os/exec"
	"syscall"
)

// endsWithUs has the kernel end a program when this process ends, however that happens.
func endsWithUs(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
