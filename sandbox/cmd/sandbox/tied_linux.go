package main

import "syscall"

// tied has the kernel end a command when we are killed.
func tied() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
