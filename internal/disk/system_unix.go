//go:build unix

package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// openFlags keep the opening of a pipe from blocking and that of a terminal from taking it over.
const openFlags = unix.O_NONBLOCK | unix.O_NOCTTY

const chmodIsOptional = false

type ids struct{ uid, gid uint32 }

func owner(info os.FileInfo) ids {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return ids{s.Uid, s.Gid}
	}
	return ids{}
}

func links(info os.FileInfo) int {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(s.Nlink)
	}
	return 1
}

// owned tells whether a file belongs to the one who runs this.
func owned(info os.FileInfo) bool { return int(owner(info).uid) == os.Geteuid() }

func keepOwner(file *os.File, old os.FileInfo) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if want := owner(old); want != owner(info) {
		return file.Chown(int(want.uid), int(want.gid))
	}
	return nil
}

// lockDir locks a directory; ok is false where its file system cannot.
func lockDir(ctx context.Context, dir string) (unlock func(), ok bool, err error) {
	d, err := os.Open(dir)
	if errors.Is(err, os.ErrPermission) {
		return nil, false, nil // it may be entered and not be read
	}
	if err != nil {
		return nil, false, bare(err)
	}
	err = flockFile(d, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		if err = flockUntil(ctx, d); errors.Is(err, errWaited) {
			return nil, false, conflict(ctx, "the folder %q is locked", dir)
		}
	}
	if err != nil {
		d.Close()
		return nil, false, nil
	}
	return func() { d.Close() }, true, nil
}

var errWaited = errors.New("waited in vain")

// flockUntil waits in the system's queue, where no one is passed over. When ctx ends it leaves a
// goroutine behind that closes d when its turn comes.
func flockUntil(ctx context.Context, d *os.File) error {
	got := make(chan error, 1)
	go func() { got <- flockFile(d, unix.LOCK_EX) }()
	select {
	case err := <-got:
		return err
	case <-ctx.Done():
		go func() {
			<-got //nolint:errcheck // a lock that comes too late is given back, whatever came of it
			d.Close()
		}()
		return errWaited
	}
}

func flockFile(file *os.File, how int) error {
	for {
		if err := unix.Flock(int(file.Fd()), how); err != unix.EINTR {
			return err
		}
	}
}

// holdAside marks a file as one that a living process works on.
func holdAside(file *os.File) { _ = flockFile(file, unix.LOCK_SH|unix.LOCK_NB) }

// waitAndHold is holdAside, after a sweep that has the file right now.
func waitAndHold(file *os.File) { _ = flockFile(file, unix.LOCK_SH) }

// renamesOpen: a file can be renamed while it is open.
const renamesOpen = true

// hasNoHolder tells for certain that no living process works on file.
func hasNoHolder(file *os.File) bool { return flockFile(file, unix.LOCK_EX|unix.LOCK_NB) == nil }

// isAbandoned tells whether no living process works on file.
func isAbandoned(file *os.File) bool {
	return !errors.Is(flockFile(file, unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK)
}

func renameOpen(a *aside, name string) error { return os.Rename(a.name, name) }

// syncDir writes the names in dir down to the disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if errors.Is(err, os.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTSUP) {
		return fmt.Errorf("sync its directory: %w", bare(err))
	}
	return nil
}
