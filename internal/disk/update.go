package disk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// tries is how often an update starts over from what another program wrote.
const tries = 12

// Update replaces the text of the file by what change makes of it, and tells whether it did: an error after that is one
// of bringing the folder down to the disk.
//
// Change is given the present bytes, its own copy, and must not write to the file; it is called again with newer bytes
// when another program saves the file at the same time. If it returns an error, or the same bytes, nothing is written.
// The update is one step for every reader, and survives a crash as a whole or not at all.
// Other updates of files in the same directory wait for it, whatever process they are in.
// A symbolic link is followed; a file with several hard links is refused, and so is one
// that is read-only for everybody or whose owner cannot be kept.
//
// Where Update could not get at the file for other programs, the error says so. It waits for them no longer than ctx
// lasts, and takes a file that is free also after that. What is not the error of change
// is a *Fault.
func (f Files) Update(ctx context.Context, name string, change func(src []byte) ([]byte, error)) (changed bool, err error) {
	ctx, cancel := f.waiting(ctx)
	defer cancel()
	var refused error
	for try := range tries {
		changed, err = f.try(ctx, name, func(src []byte) (text []byte, err error) {
			text, refused = change(src)
			return text, refused
		})
		if !errors.Is(err, errAgain) {
			break
		}
		err = fmt.Errorf("%w: it changed %d times", errConflict, try+1)
		time.Sleep(time.Duration(try) * time.Millisecond)
	}
	switch {
	case err == nil:
		return changed, nil
	case refused != nil:
		return changed, fmt.Errorf("update %q: %w", name, err)
	}
	return changed, &Fault{"update", name, err}
}

func (f Files) try(ctx context.Context, name string, change func([]byte) ([]byte, error)) (bool, error) {
	path, err := resolve(name)
	if err != nil {
		return false, err
	}
	unlock, err := f.lock(ctx, filepath.Dir(path))
	if err != nil {
		return false, err
	}
	defer unlock()
	if err := f.sweep(ctx, filepath.Dir(path), path); err != nil {
		return false, err
	}
	old, err := readOriginal(ctx, path)
	if err != nil {
		return false, err
	}
	defer old.close()
	f.pass("read")
	text, err := change(slices.Clone(old.src))
	if err != nil || bytes.Equal(text, old.src) {
		return false, err
	}
	if n := links(old.info); n > 1 {
		return false, fmt.Errorf("it has %d hard links, and a new text would leave the others behind", n)
	}
	if mode := old.info.Mode().Perm(); mode&0o222 == 0 {
		return false, fmt.Errorf("it is read-only (mode %04o); make it writable with `chmod u+w`", mode)
	}
	return f.replace(ctx, old, text)
}

// replace puts text in the place of old.
func (f Files) replace(ctx context.Context, old *original, text []byte) (bool, error) {
	a, err := writeAside(old, text)
	if err != nil {
		return false, err
	}
	defer a.drop()
	f.pass("written")
	if !old.isAt(old.path) {
		return false, errAgain
	}
	f.pass("checked")
	switch err := f.swap(a.name, old.path); {
	case errors.Is(err, errors.ErrUnsupported):
		return f.rename(old, a)
	case errors.Is(err, os.ErrNotExist):
		return false, errAgain // removed: the next try says so
	case err != nil:
		return false, fmt.Errorf("exchange it with the new text: %w", err)
	}
	a.out = true
	f.pass("exchanged")
	if !old.isAt(a.name) {
		return false, f.putBack(ctx, old, a)
	}
	f.pass("compared")
	a.out = false
	a.drop()
	return true, syncDir(filepath.Dir(old.path))
}

// putBack undoes the exchange, since what came out is another program's save. That is done to its end, whoever wants
// no more meanwhile.
func (f Files) putBack(ctx context.Context, old *original, a *aside) error {
	ctx, cancel := f.waiting(context.WithoutCancel(ctx))
	defer cancel()
	path := old.path
	if err := f.swap(a.name, path); err != nil {
		return a.keep(path)
	}
	a.file.Close()
	// Another program may have saved on top of our text in the moment in which it was there.
	ours, err := readOriginal(ctx, a.name)
	if err != nil {
		return a.keep(path)
	}
	defer ours.close()
	if (!os.SameFile(ours.info, a.info) || !bytes.Equal(ours.src, a.text)) && !f.bringBack(ctx, old, a) {
		return a.keep(path)
	}
	a.out = false
	return errAgain
}

// bringBack puts a save that was made on top of our text into its place again, where the file that was read has not
// been written to: then it was the only one.
func (f Files) bringBack(ctx context.Context, old *original, a *aside) bool {
	old.close() // who waits to write into it may
	now, err := readOriginal(ctx, old.path)
	if err != nil {
		return false
	}
	defer now.close()
	if !os.SameFile(now.info, old.info) || !bytes.Equal(now.src, old.src) {
		return false
	}
	return f.swap(a.name, old.path) == nil && now.isAt(a.name)
}

// rename replaces the file where the system cannot exchange two: a save that falls between the look and the
// renaming is lost.
func (f Files) rename(old *original, a *aside) (bool, error) {
	if !old.isAt(old.path) {
		return false, errAgain
	}
	old.close() // Windows renames no open file, and replaces none
	a.file.Close()
	if err := os.Rename(a.name, old.path); err != nil {
		return false, fmt.Errorf("rename the new text: %w", bare(err))
	}
	return true, syncDir(filepath.Dir(old.path))
}

func (f Files) swap(oldpath, newpath string) error {
	if f.exchange != nil {
		return f.exchange(oldpath, newpath)
	}
	return exchange(oldpath, newpath)
}

// resolve returns the absolute path of the file that name leads to.
func resolve(name string) (string, error) {
	path, err := filepath.EvalSymlinks(name)
	if err != nil {
		return "", bare(err)
	}
	return filepath.Abs(path)
}
