//go:build !linux

package main

import "syscall"

// tied does nothing here: only Linux can tie a command to our life.
func tied() *syscall.SysProcAttr { return nil }
