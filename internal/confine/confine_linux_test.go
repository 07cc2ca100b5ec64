package confine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"gitea.coulomb.social/coulomb/wpctl/internal/proc"
)

// attempts are what a program tries, by name; they run in a process of their own, confined or not.
// Each is possible where nothing is confined, which the test makes sure of.
var attempts = map[string]func() error{
	"read the system":      func() error { return readAll("/usr/bin/env") },
	"read what it may":     func() error { return readAll("may/read/file") },
	"read a link from it":  func() error { return readAll("may/read/link") },
	"read what it may not": func() error { return readAll("other/file") },
	"read the parent":      func() error { return readAll(fmt.Sprintf("/proc/%d/environ", os.Getppid())) },
	"list what it may":     func() error { _, err := os.ReadDir("may/list"); return err },
	"read what it lists":   func() error { return readAll("may/list/file") },
	"list what it may not": func() error { _, err := os.ReadDir("other"); return err },
	"make where it may":    func() error { return os.WriteFile("may/change/new", []byte("x"), 0o600) },
	"link where it may":    func() error { return os.Symlink("file", "may/change/symlink") },
	"folder where it may":  func() error { return os.MkdirAll("may/change/a/b", 0o700) },
	"move where it may":    func() error { return os.Rename("may/change/moved", "may/change/sub/moved") },
	"make where it reads":  func() error { return os.WriteFile("may/read/new", nil, 0o600) },
	"change what it reads": func() error { return openFor("may/read/file", os.O_WRONLY) },
	"empty what it reads":  func() error { return os.Truncate("may/read/file", 0) },
	"empty by opening":     func() error { return openFor("may/read/file", os.O_RDONLY|os.O_TRUNC) },
	"remove what it reads": func() error { return os.Remove("may/read/gone") },
	"make elsewhere":       func() error { return os.WriteFile("other/new", nil, 0o600) },
	"move out":             func() error { return os.Rename("may/change/out", "other/out") },
	"move in":              func() error { return os.Rename("other/in", "may/change/in") },
	"link in":              func() error { return os.Link("other/file", "may/change/linked") },
	"change by a link":     func() error { return openFor("may/change/tolink", os.O_WRONLY) },
	"write to null":        func() error { return openFor("/dev/null", os.O_WRONLY) },
	"connect to a port":    func() error { return dial("tcp", os.Getenv("CONFINE_TCP")) },
	"send a packet":        func() error { return dial("udp", "127.0.0.1:9") },
	"ask over a socket":    func() error { return dial("unix", "other/socket") },
	"ask a hidden socket":  func() error { return dial("unix", os.Getenv("CONFINE_HIDDEN")) },
	"listen":               func() error { l, err := net.Listen("tcp", "127.0.0.1:0"); return closed(l, err) },
	"a pair of sockets":    func() error { _, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0); return err },
	"a ring":               ring,
	"keys of the account":  func() error { _, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, true); return err },
	"signal the parent":    func() error { return syscall.Kill(os.Getppid(), 0) },
	"read its memory":      readMemory,
	"end with the parent":  endsWithParent,
	"start a program":      func() error { return started("/bin/sh", "sh", "-c", "cat may/read/file >/dev/null") },
	"start what is read":   func() error { return started("may/read/run", "run") },
	"start what may not":   func() error { return started("other/run", "run") },
	"let a child do it":    func() error { return started("/bin/sh", "sh", "-c", "cat other/file >/dev/null") },
	"be root":              func() error { return syscall.Setpriority(syscall.PRIO_PROCESS, 0, -1) },
}

// mayBeOff are attempts that a system may keep from everybody.
var mayBeOff = map[string]bool{"keys of the account": true, "a ring": true, "read its memory": true}

func readAll(path string) error { _, err := os.ReadFile(path); return err }

func openFor(path string, flags int) error {
	f, err := os.OpenFile(path, flags, 0)
	return closed(f, err)
}

func closed(c interface{ Close() error }, err error) error {
	if err != nil {
		return err
	}
	return c.Close()
}

func dial(network, address string) error {
	c, err := net.Dial(network, address)
	return closed(c, err)
}

func started(path string, args ...string) error {
	p, err := os.StartProcess(path, args, &os.ProcAttr{Files: []*os.File{nil, os.Stdout, os.Stderr}})
	if err != nil {
		return err
	}
	state, err := p.Wait()
	if err == nil && !state.Success() {
		err = errors.New(state.String())
	}
	return err
}

// readMemory reads a byte of the parent, which is this program as well and so lies at the same place.
func readMemory() error {
	var to [1]byte
	from := "x"
	local := []unix.Iovec{{Base: &to[0], Len: 1}}
	remote := []unix.RemoteIovec{{Base: uintptr(unsafe.Pointer(unsafe.StringData(from))), Len: 1}}
	_, err := unix.ProcessVMReadv(os.Getppid(), local, remote, 0)
	return err
}

func endsWithParent() error {
	var sig int32
	if err := unix.Prctl(unix.PR_GET_PDEATHSIG, uintptr(unsafe.Pointer(&sig)), 0, 0, 0); err != nil || sig != int32(syscall.SIGKILL) {
		return fmt.Errorf("signal %d, %v", sig, err)
	}
	return nil
}

// ring asks for an io_uring. One that this kernel or its administrator denies anyway is told apart from a refusal by EFAULT.
func ring() error {
	_, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, 1, 0, 0)
	if errno == unix.EFAULT {
		return nil
	}
	return errno
}

// Attempts are made on the process's first thread: what it has of its parent is not of all threads.
func init() {
	if os.Getenv("CONFINE_ATTEMPTS") != "" {
		runtime.LockOSThread()
	}
}

func TestMain(m *testing.M) {
	Launch()
	if os.Getenv("CONFINE_ATTEMPTS") == "" {
		goleak.VerifyTestMain(m)
	}
	failed := map[string]string{}
	for name, attempt := range attempts {
		if err := attempt(); err != nil {
			failed[name] = err.Error()
		}
	}
	_ = json.NewEncoder(os.Stdout).Encode(failed)
}

// world is a folder of which a program may read, list or change a part.
func world(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, folder := range []string{"may/read", "may/list", "may/change/sub", "other"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"may/read/file", "may/read/gone", "may/read/run", "may/list/file", "may/change/moved", "may/change/out", "other/file", "other/in", "other/run"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"may/read/link": "../read/file", "may/change/tolink": "../../other/file"} {
		if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestConfined(t *testing.T) {
	if err := Possible(); err != nil {
		t.Skip(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	v, _ := abi()
	port := listen(t, "tcp", "127.0.0.1:0")
	hidden := fmt.Sprintf("@wpctl-confine-%d", os.Getpid())
	listen(t, "unix", hidden)
	allowed := map[string]bool{
		"read the system": true, "read what it may": true, "read a link from it": true, "list what it may": true,
		"make where it may": true, "link where it may": true, "folder where it may": true, "move where it may": true,
		"write to null": true, "a pair of sockets": true, "start a program": true, "start what is read": true,
		"signal the parent": v < 6, "end with the parent": true,
	}
	try := func(confined bool) (failed map[string]string) {
		dir := world(t)
		t.Chdir(dir)
		listen(t, "unix", "other/socket")
		c := proc.Command{
			Path: self, Args: []string{"attempts"}, Dir: dir,
			Env: []string{"CONFINE_ATTEMPTS=all", "CONFINE_TCP=" + port, "CONFINE_HIDDEN=" + hidden, "GOCOVERDIR=" + dir},
		}
		run := proc.Run
		if confined {
			run = confinedTo(Rules{
				Read: []string{self, filepath.Join(dir, "may/read")}, List: []string{filepath.Join(dir, "may/list")},
				Change: []string{filepath.Join(dir, "may/change")},
			})
		}
		r, err := run(t.Context(), c)
		if err == nil {
			err = json.Unmarshal([]byte(r.Stdout.Text), &failed)
		}
		if err != nil {
			t.Fatalf("exit %d, %v: %s%s", r.Exit, err, r.Stdout.Text, r.Stderr.Text)
		}
		return failed
	}
	free, confined := try(false), try(true)
	for name := range attempts {
		why, fails := confined[name]
		switch never, impossible := free[name]; {
		case impossible && (name == "be root" && os.Geteuid() != 0 || mayBeOff[name]):
			t.Logf("%s: not possible here at all: %s", name, never)
		case impossible:
			t.Errorf("%s: not confined, it fails: %s", name, never)
		case allowed[name] == fails:
			t.Errorf("%s: allowed %v, came to %q", name, allowed[name], why)
		}
	}
}

// confinedTo is proc.Run of what is confined.
func confinedTo(r Rules) func(context.Context, proc.Command) (proc.Result, error) {
	return func(ctx context.Context, c proc.Command) (proc.Result, error) { return Run(ctx, c, r) }
}

// listen answers nobody, and returns where.
func listen(t *testing.T, network, address string) string {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

// The program is confined, and not what starts it: what is started after is as free as before.
func TestTheProcessStaysFree(t *testing.T) {
	if err := Possible(); err != nil {
		t.Skip(err)
	}
	dir := world(t)
	for range 20 {
		for confined, want := range map[bool]int{true: 1, false: 0} {
			c := proc.Command{Path: "/bin/sh", Args: []string{"sh", "-c", "cat other/file || exit 1"}, Dir: dir, Env: []string{"PATH=" + os.Getenv("PATH")}}
			run := proc.Run
			if confined {
				run = confinedTo(Rules{})
			}
			if r, err := run(t.Context(), c); err != nil || r.Exit != want {
				t.Fatalf("confined %v: exit %d, %v: %s", confined, r.Exit, err, r.Stderr.Text)
			}
			if err := readAll(filepath.Join(dir, "other/file")); err != nil {
				t.Fatal(err)
			}
		}
	}
	c, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err := closed(c, err); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotThereIsAnError(t *testing.T) {
	if err := Possible(); err != nil {
		t.Skip(err)
	}
	missing := filepath.Join(t.TempDir(), "missing")
	for _, r := range []Rules{{Read: []string{missing}}, {List: []string{missing}}, {Change: []string{missing}}} {
		_, err := Run(t.Context(), proc.Command{Path: "/bin/sh", Args: []string{"sh", "-c", "true"}, Dir: "/"}, r)
		if err == nil || !strings.Contains(err.Error(), missing+" is not there") {
			t.Error(err)
		}
	}
}

func TestWhatKernelsSay(t *testing.T) {
	for _, tt := range []struct {
		name string
		abi  int
		err  error
		want string
	}{
		{"New", 7, nil, ""},
		{"Enough", 3, nil, ""},
		{"Old", 2, nil, "this machine cannot confine a command: its landlock is of version 2, and 3 is needed, which Linux has from 6.2 on"},
		{"None", 0, unix.ENOSYS, "this machine cannot confine a command: its kernel has no landlock, or a container's filter hides it; Linux from 6.2 on has it"},
		{"Off", 0, unix.EOPNOTSUPP, "this machine cannot confine a command: its kernel was started without landlock; add it to the list lsm= of the kernel's command line"},
		{"Filtered", 0, unix.EPERM, "this machine cannot confine a command: its kernel has no landlock, or a container's filter hides it; Linux from 6.2 on has it"},
		{"Odd", 0, unix.EIO, "this machine cannot confine a command: input/output error"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := judge(tt.abi, tt.err)
			var unable *Unable
			if tt.want == "" && err != nil || tt.want != "" && (!errors.As(err, &unable) || err.Error() != tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// The rule about a path is laid out as the kernel's packed struct is.
func TestLayout(t *testing.T) {
	var rule unix.LandlockPathBeneathAttr
	if unsafe.Offsetof(rule.Parent_fd) != 8 || unsafe.Sizeof(rule.Parent_fd) != 4 {
		t.Error("it is not")
	}
}
