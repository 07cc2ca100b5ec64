// Package disk reads plan files and replaces their text, all or nothing.
//
// A file is written aside, in its own directory, and then changes places with the file in one step of the system.
// What came out is looked at before it is dropped: where it is not the text that was read, because a person saved it in
// the meantime, it is put back and the change is made again on the new text. So neither side loses what it wrote.
//
// It keeps the mode, the owner and, on Linux, ACLs and extended attributes as far as the system lets it; it does not
// keep the inode, the time of birth or file flags. It never creates a file that was not there, and never writes
// through a second hard link.
package disk

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// MaxSize is the size of the largest file that is read.
const MaxSize = 64 << 20

// errConflict is the error of an update that was not made because another program was at the file all the time.
// The file holds what the other program wrote.
var errConflict = errors.New("another program is changing it")

// Files reads and updates files. Its zero value works, and it may be used by several goroutines.
type Files struct {
	// Wait is how long an update waits for other programs; 0 means 10 seconds.
	Wait time.Duration
	// Locks is the folder of lock files for file systems whose directories cannot be locked;
	// "" means wpctl/locks in the user's cache directory.
	Locks string

	at       func(point string)                  // tests look in, and break in, here
	exchange func(oldpath, newpath string) error // nil: the system's
}

// Read returns the bytes of a regular file of at most MaxSize bytes.
// It does not wait for the other end of a pipe: what is no regular file is an error.
func (f Files) Read(name string) ([]byte, error) { return f.ReadInto(name, nil) }

// ReadInto is Read into the memory of buf, as far as it is large enough: what was in it is lost.
func (f Files) ReadInto(name string, buf []byte) ([]byte, error) {
	file, _, err := openRegular(name)
	if err != nil {
		return nil, &Fault{"read", name, err}
	}
	defer file.Close()
	src, err := readAll(file, buf)
	if err != nil {
		return nil, &Fault{"read", name, err}
	}
	return src, nil
}

// openRegular opens a regular file for reading, and never blocks.
func openRegular(name string) (*os.File, os.FileInfo, error) {
	file, err := os.OpenFile(name, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return nil, nil, bare(err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("not a regular file but %s", describe(info.Mode()))
	}
	if err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

// readAll returns the bytes of file from its beginning, wherever it was read before, in buf where they fit.
func readAll(file *os.File, buf []byte) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, bare(err)
	}
	// The size is a hint that spares growing; what counts is what is read.
	if hint := int(min(info.Size(), MaxSize)) + 2*bytes.MinRead; cap(buf) < hint {
		buf = make([]byte, 0, hint)
	}
	src := bytes.NewBuffer(buf[:0])
	if _, err := src.ReadFrom(io.NewSectionReader(file, 0, MaxSize+1)); err != nil {
		return nil, bare(err)
	}
	if src.Len() > MaxSize {
		return nil, fmt.Errorf("larger than %d MiB", MaxSize>>20)
	}
	return src.Bytes(), nil
}

// describe says what a file is that is not a regular one.
func describe(mode os.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&os.ModeSymlink != 0:
		return "a symbolic link"
	case mode&os.ModeNamedPipe != 0:
		return "a pipe"
	case mode&os.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// bare takes the paths off an error of package os: the caller names the file as the user did.
func bare(err error) error {
	var path *os.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// waiting is how long is waited for other programs.
func (f Files) waiting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, cmp.Or(f.Wait, 10*time.Second))
}

func (f Files) pass(point string) {
	if f.at != nil {
		f.at(point)
	}
}
