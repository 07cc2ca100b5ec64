package confine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"gitea.coulomb.social/coulomb/wpctl/internal/proc"
)

// A program is confined by a process between: wpctl itself, started by this name, takes from itself what the program may
// not do, and becomes the program. A thread of wpctl that confines itself would do as well but for one thing: the
// program could reach that thread, as both are confined alike, and with it all of wpctl.
const launcher = "wpctl-confined"

// The descriptors of the process between. It has nothing else of the program's before it is confined, above all not its
// environment, which can make a linker load a library.
const (
	wantedFd = 3 + iota
	rulesFd
	failedFd // where it writes why it could not become the program
)

// wanted is the program to become.
type wanted struct {
	Path      string
	Args, Env []string
}

// Run is proc.Run of a program that is confined. An error is also, as an *Unable, that this machine cannot do that, and
// that it could not be done: then the program was not started.
func Run(ctx context.Context, c proc.Command, r Rules) (proc.Result, error) {
	if err := Possible(); err != nil {
		return proc.Result{}, err
	}
	rules, err := r.ruleset()
	if err != nil {
		return proc.Result{}, err
	}
	defer rules.Close()
	program, err := wantedFile(wanted{c.Path, c.Args, c.Env})
	if err != nil {
		return proc.Result{}, err
	}
	defer program.Close()
	failed, write, err := os.Pipe()
	if err != nil {
		return proc.Result{}, err
	}
	defer failed.Close()
	c.Path, c.Args, c.Env = "/proc/self/exe", []string{launcher}, nil
	c.Files = []*os.File{program, rules, write}
	res, err := proc.Run(ctx, c)
	_ = write.Close()
	why, readErr := io.ReadAll(io.LimitReader(failed, 1<<10))
	switch {
	case err != nil:
		return res, err
	case readErr != nil:
		return res, readErr
	case len(why) > 0:
		return proc.Result{}, errors.New(string(why))
	}
	return res, nil
}

// wantedFile returns a file in memory that says what to become.
func wantedFile(w wanted) (*os.File, error) {
	text, err := json.Marshal(w)
	if err != nil {
		return nil, err
	}
	fd, err := unix.MemfdCreate("wanted", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a file in memory: %w", err)
	}
	f := os.NewFile(uintptr(fd), "wanted")
	if _, err = f.Write(text); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = f.Close()
	}
	return f, err
}

// Launch is called first in main: it makes this process the confined program, where it was started as one.
func Launch() {
	if len(os.Args) != 1 || os.Args[0] != launcher {
		return
	}
	runtime.LockOSThread() // what follows is about a thread
	_, _ = unix.Write(failedFd, []byte(become().Error()))
	os.Exit(1)
}

// become confines this thread and makes the process the program; it returns only where that failed.
func become() error {
	for _, fd := range []int{wantedFd, rulesFd, failedFd} {
		unix.CloseOnExec(fd)
	}
	var w wanted
	if err := json.NewDecoder(os.NewFile(wantedFd, "wanted")).Decode(&w); err != nil {
		return fmt.Errorf("read what to confine: %w", err)
	}
	// The signal for the parent's end belongs to the thread that was first, and this may be another one.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("end with the parent: %w", err)
	}
	if err := enter(rulesFd); err != nil {
		return err
	}
	return fmt.Errorf("start %s: %w", w.Path, syscall.Exec(w.Path, w.Args, append(os.Environ(), w.Env...)))
}
