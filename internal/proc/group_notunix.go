//go:build !unix

package proc

import (
	"os"
	"syscall"
	"time"
)

func attributes(*int) *syscall.SysProcAttr { return nil }

func closeFd(int) {}

// There are no groups here: the program itself is ended, and at once.
func askGroup(p *os.Process)  { _ = p.Kill() }
func killGroup(p *os.Process) { _ = p.Kill() }

func endGroup(*os.Process, time.Duration, bool) bool { return false }

func exitOf(s *os.ProcessState) (code int, signal string) { return s.ExitCode(), "" }
