package confine

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// oldest is the first version of landlock that keeps programs from emptying files, which came with Linux 6.2.
const oldest = 3

const (
	readFile = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE
	read     = readFile | unix.LANDLOCK_ACCESS_FS_READ_DIR
	// ofFiles are the rights that a rule about a file, and not a folder, may have.
	ofFiles = readFile | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	change  = read | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_REFER |
		unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_MAKE_DIR |
		unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_SYM
	allFS = change | unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK
)

// Possible returns nil where this machine can confine a program, and else an *Unable that says why not.
func Possible() error {
	if _, ok := auditArch[runtime.GOARCH]; !ok {
		return &Unable{"wpctl does not know the system calls of " + runtime.GOARCH}
	}
	return judge(abi())
}

// abi asks the kernel for its version of landlock.
func abi() (int, error) {
	v, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0, errno
	}
	return int(v), nil
}

// judge says what a version of landlock, or the error of asking for it, means.
func judge(v int, err error) error {
	switch {
	case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EPERM):
		return &Unable{"its kernel has no landlock, or a container's filter hides it; Linux from 6.2 on has it"}
	case errors.Is(err, unix.EOPNOTSUPP):
		return &Unable{"its kernel was started without landlock; add it to the list lsm= of the kernel's command line"}
	case err != nil:
		return &Unable{err.Error()}
	case v < oldest:
		return &Unable{fmt.Sprintf("its landlock is of version %d, and %d is needed, which Linux has from 6.2 on", v, oldest)}
	}
	return nil
}

// ruleset returns the rules as the kernel knows them, as an open file.
func (r Rules) ruleset() (*os.File, error) {
	v, err := abi()
	if err != nil {
		return nil, err
	}
	set, err := newRuleset(v)
	if err != nil {
		return nil, err
	}
	if err := set.add(r); err != nil {
		_ = unix.Close(set.fd)
		return nil, err
	}
	return os.NewFile(uintptr(set.fd), "rules"), nil
}

// enter confines the calling thread for ever, and all that it starts from then on.
func enter(rules int) error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(rules), 0, 0); errno != 0 {
		return fmt.Errorf("confine: %w", errno)
	}
	if err := dropCapabilities(); err != nil {
		return err
	}
	return filterCalls()
}

// ruleset is a set of landlock's rules on its way.
type ruleset struct {
	fd      int
	handled uint64
}

// newRuleset allows nothing yet of all that this version of landlock knows.
func newRuleset(v int) (*ruleset, error) {
	attr := unix.LandlockRulesetAttr{Handled_access_fs: allFS}
	if v >= 4 {
		attr.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if v >= 5 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if v >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	if v >= 9 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_RESOLVE_UNIX
	}
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if errno != 0 {
		return nil, fmt.Errorf("make rules for landlock: %w", errno)
	}
	return &ruleset{int(fd), attr.Handled_access_fs}, nil
}

func (s *ruleset) add(r Rules) error {
	for _, path := range Programs(os.Getenv("PATH"), os.Getenv("HOME")) {
		if err := s.allow(path, read); err != nil && !isAbsent(err) {
			return missing(path, err)
		}
	}
	for _, path := range devices {
		if err := s.allow(path, readFile|unix.LANDLOCK_ACCESS_FS_WRITE_FILE|unix.LANDLOCK_ACCESS_FS_TRUNCATE); err != nil && !isAbsent(err) {
			return missing(path, err)
		}
	}
	for _, asked := range []struct {
		paths []string
		to    uint64
	}{{r.Read, read}, {r.List, unix.LANDLOCK_ACCESS_FS_READ_DIR}, {r.Change, change}} {
		for _, path := range asked.paths {
			if err := s.allow(path, asked.to); err != nil {
				return missing(path, err)
			}
		}
	}
	return nil
}

// isAbsent tells whether a path of this machine is not there, or not for this account: then it needs no rule.
func isAbsent(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.EACCES) || errors.Is(err, unix.ENOTDIR)
}

// allow allows what the set handles of to, below a folder or for a file.
func (s *ruleset) allow(path string, to uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		to &= ofFiles
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: to & s.handled, Parent_fd: int32(fd)}
	if rule.Allowed_access == 0 {
		return nil
	}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(s.fd), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// dropCapabilities takes from root what makes it root. As new privileges were given up, no program brings them back.
func dropCapabilities() error {
	head := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&head, &none[0]); err != nil {
		return fmt.Errorf("give up capabilities: %w", err)
	}
	return nil
}
