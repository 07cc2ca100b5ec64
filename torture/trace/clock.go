//go:build linux && amd64

package trace

import (
	"encoding/binary"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// hideFastClock takes away the page by which a program reads clocks without a call: it calls the kernel then.
// It changes one entry of the vector that the kernel has put on the new program's stack.
func (t *tracer) hideFastClock() error {
	auxv, err := os.ReadFile(fmt.Sprintf("/proc/%d/auxv", t.pid))
	if err != nil {
		return fmt.Errorf("read what the kernel told it: %w", err)
	}
	var regs unix.PtraceRegs
	if err := unix.PtraceGetRegs(t.pid, &regs); err != nil {
		return fmt.Errorf("read its registers: %w", err)
	}
	// The stack holds argc, the arguments, 0, the environment, 0, and the vector.
	at := uintptr(regs.Rsp) + 8
	for zeros := 0; zeros < 2; at += 8 {
		var word [8]byte
		if _, err := unix.PtracePeekData(t.pid, at, word[:]); err != nil {
			return fmt.Errorf("read its stack: %w", err)
		}
		if word == [8]byte{} {
			zeros++
		}
	}
	const fastClock, ignore = 33, 1 // AT_SYSINFO_EHDR, AT_IGNORE
	for i := 0; i+16 <= len(auxv); i += 16 {
		if binary.LittleEndian.Uint64(auxv[i:]) == fastClock {
			word := binary.LittleEndian.AppendUint64(nil, ignore)
			if _, err := unix.PtracePokeData(t.pid, at+uintptr(i), word); err != nil {
				return fmt.Errorf("change its stack: %w", err)
			}
		}
	}
	return nil
}

// turnClock adds to the time that the kernel has just told.
func (t *tracer) turnClock(pid int, th *thread) {
	at := th.clock
	th.clock = 0
	t.ended.Looks++
	if t.Clock == nil {
		return
	}
	var buf [16]byte
	if _, err := unix.PtracePeekData(pid, at, buf[:]); err != nil {
		return
	}
	now := time.Unix(int64(binary.LittleEndian.Uint64(buf[:])), int64(binary.LittleEndian.Uint64(buf[8:]))).Add(t.Clock(t.ended.Looks))
	out := binary.LittleEndian.AppendUint64(nil, uint64(now.Unix()))
	out = binary.LittleEndian.AppendUint64(out, uint64(now.Nanosecond()))
	unix.PtracePokeData(pid, at, out) //nolint:errcheck // it may have been killed
}
