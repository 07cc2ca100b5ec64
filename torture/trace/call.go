//go:build linux && amd64

package trace

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// Call is a call that is about to be made.
type Call struct {
	N       int    // from 1 on
	Name    string // as in the manual
	Path    string // below the root
	Size    int    // of a write
	Changes bool   // it writes, syncs, renames, locks or changes what is there in another way
	Writes  bool   // it writes bytes
}

func (c Call) String() string { return fmt.Sprintf("%d %s %s", c.N, c.Name, filepath.Base(c.Path)) }

// what is known of a call: where it has a path or a descriptor, and whether it changes something.
type shape struct {
	name    string
	path    int // the number of the argument
	fd      int
	changes bool
	writes  bool
}

const none = -1

var shapes = map[uint64]shape{
	unix.SYS_OPENAT:     {"openat", 1, none, false, false},
	unix.SYS_OPEN:       {"open", 0, none, false, false},
	unix.SYS_NEWFSTATAT: {"newfstatat", 1, none, false, false},
	unix.SYS_STATX:      {"statx", 1, none, false, false},
	unix.SYS_READLINKAT: {"readlinkat", 1, none, false, false},
	unix.SYS_FACCESSAT2: {"faccessat2", 1, none, false, false},
	unix.SYS_READ:       {"read", none, 0, false, false},
	unix.SYS_PREAD64:    {"pread64", none, 0, false, false},
	unix.SYS_FSTAT:      {"fstat", none, 0, false, false},
	unix.SYS_GETDENTS64: {"getdents64", none, 0, false, false},

	unix.SYS_WRITE:           {"write", none, 0, true, true},
	unix.SYS_PWRITE64:        {"pwrite64", none, 0, true, true},
	unix.SYS_WRITEV:          {"writev", none, 0, true, false},
	unix.SYS_COPY_FILE_RANGE: {"copy_file_range", none, 2, true, false},
	unix.SYS_FSYNC:           {"fsync", none, 0, true, false},
	unix.SYS_FDATASYNC:       {"fdatasync", none, 0, true, false},
	unix.SYS_FTRUNCATE:       {"ftruncate", none, 0, true, false},
	unix.SYS_FALLOCATE:       {"fallocate", none, 0, true, false},
	unix.SYS_FLOCK:           {"flock", none, 0, true, false},
	unix.SYS_FCHMOD:          {"fchmod", none, 0, true, false},
	unix.SYS_FCHOWN:          {"fchown", none, 0, true, false},
	unix.SYS_FSETXATTR:       {"fsetxattr", none, 0, true, false},
	unix.SYS_RENAME:          {"rename", 0, none, true, false},
	unix.SYS_RENAMEAT:        {"renameat", 1, none, true, false},
	unix.SYS_RENAMEAT2:       {"renameat2", 1, none, true, false},
	unix.SYS_LINK:            {"link", 0, none, true, false},
	unix.SYS_LINKAT:          {"linkat", 1, none, true, false},
	unix.SYS_SYMLINKAT:       {"symlinkat", 2, none, true, false},
	unix.SYS_UNLINK:          {"unlink", 0, none, true, false},
	unix.SYS_UNLINKAT:        {"unlinkat", 1, none, true, false},
	unix.SYS_RMDIR:           {"rmdir", 0, none, true, false},
	unix.SYS_MKDIR:           {"mkdir", 0, none, true, false},
	unix.SYS_MKDIRAT:         {"mkdirat", 1, none, true, false},
	unix.SYS_CHMOD:           {"chmod", 0, none, true, false},
	unix.SYS_FCHMODAT:        {"fchmodat", 1, none, true, false},
	unix.SYS_UTIMENSAT:       {"utimensat", 1, none, true, false},
	unix.SYS_TRUNCATE:        {"truncate", 0, none, true, false},
	unix.SYS_FCNTL:           {"fcntl", none, 0, false, false},
}

// read says what a call is about; ok is false where it is not below the root.
func (t *tracer) read(pid int, regs *unix.PtraceRegs) (c Call, ok bool) {
	s, ok := shapes[regs.Orig_rax]
	if !ok {
		return c, false
	}
	args := [...]uint64{regs.Rdi, regs.Rsi, regs.Rdx, regs.R10, regs.R8, regs.R9}
	c = Call{Name: s.name, Changes: s.changes, Writes: s.writes}
	switch regs.Orig_rax {
	case unix.SYS_OPENAT:
		c.Changes = args[2]&(unix.O_CREAT|unix.O_TRUNC) != 0
	case unix.SYS_OPEN:
		c.Changes = args[1]&(unix.O_CREAT|unix.O_TRUNC) != 0
	case unix.SYS_FCNTL:
		switch args[1] {
		case unix.F_SETLEASE, unix.F_SETLK, unix.F_SETLKW, unix.F_OFD_SETLK, unix.F_OFD_SETLKW:
			c.Changes = true
		case unix.F_GETLEASE:
		default:
			return c, false
		}
	}
	if s.path != none {
		c.Path = text(pid, uintptr(args[s.path]))
		if !filepath.IsAbs(c.Path) {
			from := fmt.Sprintf("/proc/%d/cwd", pid)
			if at := int32(args[max(s.path-1, 0)]); s.path > 0 && at != unix.AT_FDCWD {
				from = fmt.Sprintf("/proc/%d/fd/%d", pid, at)
			}
			dir, _ := os.Readlink(from)
			c.Path = filepath.Join(dir, c.Path)
		}
	} else {
		c.Path, _ = os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", pid, int32(args[s.fd])))
	}
	if s.writes {
		c.Size = int(args[2])
	}
	return c, c.Path == t.Root || strings.HasPrefix(c.Path, t.Root+"/")
}

// text reads a string of the program.
func text(pid int, at uintptr) string {
	buf := make([]byte, 4096)
	n := 0
	for n < len(buf) {
		upTo := min(len(buf), n+4096-int((at+uintptr(n))%4096)) // the next page may not be there
		local := []unix.Iovec{{Base: &buf[n]}}
		local[0].SetLen(upTo - n)
		got, err := unix.ProcessVMReadv(pid, local, []unix.RemoteIovec{{Base: at + uintptr(n), Len: upTo - n}}, 0)
		if err != nil || got <= 0 {
			break
		}
		if i := bytes.IndexByte(buf[n:n+got], 0); i >= 0 {
			return string(buf[:n+i])
		}
		n += got
	}
	return string(buf[:n])
}
