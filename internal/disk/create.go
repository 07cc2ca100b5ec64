package disk

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Create writes a file that is not there yet, whole or not at all, and never over one that is: that is fs.ErrExist.
// The folders above it are made. Updates of files in the same directory wait for it.
func (f Files) Create(ctx context.Context, name string, text []byte) error {
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return &Fault{"create", name, bare(err)}
	}
	real, err := resolve(dir)
	if err != nil {
		return &Fault{"create", name, err}
	}
	ctx, cancel := f.waiting(ctx)
	defer cancel()
	unlock, err := f.lock(ctx, real)
	if err != nil {
		return &Fault{"create", name, err}
	}
	defer unlock()
	if err := f.sweep(ctx, real, ""); err != nil {
		return &Fault{"create", name, err}
	}
	if err := f.create(filepath.Join(real, filepath.Base(name)), text); err != nil {
		return &Fault{"create", name, err}
	}
	return syncDir(real)
}

// create writes the text aside and gives it its name in one step, which fails where there is such a file.
func (f Files) create(path string, text []byte) error {
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist
	}
	file, err := openHeld(path, 0o666)
	if err != nil {
		return bare(err)
	}
	name := file.Name()
	defer os.Remove(name)
	_, err = file.Write(text)
	if err = errors.Join(err, file.Sync()); err == nil {
		f.pass("written")
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return bare(err)
	}
	err = os.Link(name, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return bare(err)
	}
	// The file system has no links: the lock keeps other wpctls out, and nobody else writes a name so new.
	return bare(os.Rename(name, path))
}
