//go:build !linux

package proc

import "sync"

var startMu sync.RWMutex

func newMark() string        { return "WPCTL_PROCESS=1" }
func appoint()               {}
func remember(int)           {}
func forget(int)             {}
func endOrphans(string) bool { return false }

// Close ends what this package keeps for the case that this process is killed: nothing, on this system.
func Close() {}
