// Package confine takes from a program what it does not need: it may read and run the programs of this machine and
// what it is given, change what it is given to change, and reach no network, no socket and no other process.
// The kernel holds it to that, and all that it starts; nothing of it can be taken back.
// Linux alone can: landlock for files, a filter of system calls for sockets. Elsewhere, and where the kernel is too old,
// nothing is confined by halves: it is an error.
//
// Not kept from it: processor and memory; mode, owner and times of files that are the account's own; that it sees which
// files exist.
package confine

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Rules are what a confined program may reach beside the programs of this machine. Paths are absolute.
// A folder stands for all below it. What is not there is an error.
type Rules struct {
	Read   []string // folders and files that it may read and run
	List   []string // folders of which it may read the names of files, and nothing else
	Change []string // folders and files that it may read, run and change
}

// Unable is the error where this machine cannot confine a program.
type Unable struct{ Reason string }

func (u *Unable) Error() string { return "this machine cannot confine a command: " + u.Reason }

// programs are the folders and files that programs need to run at all. Those that are not there are left out.
var programs = []string{
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix/store", "/gnu/store",
	"/etc/alternatives", "/etc/ca-certificates", "/etc/pki", "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/crypto-policies",
	"/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/timezone", "/etc/locale.alias",
	"/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/etc/os-release", "/etc/magic", "/etc/mime.types", "/etc/terminfo",
	"/proc/cpuinfo", "/proc/filesystems", "/proc/loadavg", "/proc/meminfo", "/proc/stat", "/proc/uptime", "/proc/version",
	"/proc/sys/kernel", "/proc/sys/vm", "/sys/devices/system/cpu", "/sys/kernel/mm/transparent_hugepage",
	"/dev/random", "/dev/urandom",
}

// devices are written to by everybody, and keep nothing.
var devices = []string{"/dev/null", "/dev/zero", "/dev/full"}

// Programs returns the folders of programs: those of the system, and those of PATH that do not hold the home as well.
func Programs(path, home string) []string {
	out := programs
	for _, dir := range filepath.SplitList(path) {
		if filepath.IsAbs(dir) && !holds(dir, home) {
			out = append(out[:len(out):len(out)], dir)
		}
	}
	return out
}

// holds tells whether dir is home, or above it. Where home is not known only the root is.
func holds(dir, home string) bool {
	if dir = resolved(dir); dir == string(filepath.Separator) {
		return true
	}
	rel, err := filepath.Rel(dir, resolved(home))
	return home != "" && err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// resolved is path without links, as far as it is there.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return filepath.Clean(path)
}

// missing is the error of a path that cannot be allowed, because it is not there.
func missing(path string, err error) error {
	if os.IsNotExist(err) {
		return fmt.Errorf("%s is not there: a command is confined to what exists before it begins", path)
	}
	return fmt.Errorf("allow %s: %w", path, err)
}
