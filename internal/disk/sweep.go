package disk

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Sweep clears away what killed processes left aside in a folder, as each update of a file in it does.
func (f Files) Sweep(ctx context.Context, dir string) error {
	dir, err := resolve(dir)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	ctx, cancel := f.waiting(ctx)
	defer cancel()
	unlock, err := f.lock(ctx, dir)
	if err != nil {
		return fmt.Errorf("sweep %q: %w", dir, err)
	}
	defer unlock()
	return f.sweep(ctx, dir, "")
}

// sweep clears away what killed processes left aside in dir. The caller holds its lock.
// A person's save goes back into its place. Where that cannot be, and it is a save of the file at path, it is kept
// beside it and the error tells; other files' saves wait for an update of theirs.
func (f Files) sweep(ctx context.Context, dir, path string) error {
	names, err := readNames(dir)
	if err != nil {
		return nil // a directory that cannot be listed can be written to all the same
	}
	for _, name := range names {
		m := asideOf(name)
		if m == nil {
			continue
		}
		of := filepath.Join(dir, m[1])
		if path != "" && strings.HasPrefix(name, asidePrefix(path)) {
			of = path // its name may stand there in short
		}
		if err := f.sweepOne(ctx, filepath.Join(dir, name), of, m[2], m[3], of == path); err != nil {
			return err
		}
	}
	return nil
}

// sweepOne removes an aside whose process is gone. The digests are "" for one that was not written to its end.
func (f Files) sweepOne(ctx context.Context, name, path, oldDigest, newDigest string, keep bool) error {
	if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	left, err := readOriginal(atOnce, name)
	if err != nil {
		return nil // somebody is at it: the next sweep will see
	}
	defer left.close()
	if !isAbandoned(left.file) {
		return nil
	}
	if d := digest(left.src); oldDigest == "" || d == oldDigest || d == newDigest {
		left.close()
		os.Remove(name)
		return nil
	}
	err = f.restore(ctx, name, path, newDigest)
	if errors.Is(err, errKeep) && !keep {
		return nil
	}
	if errors.Is(err, errKeep) {
		return keepSave(name, path)
	}
	return err
}

// errKeep is the error of a save that cannot go back into its place.
var errKeep = errors.New("it cannot go back")

// restore puts a person's save back, if nobody else has written since.
func (f Files) restore(ctx context.Context, name, path, newDigest string) error {
	now, err := readOriginal(ctx, path)
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return err // the next sweep will see
	}
	if err != nil {
		return errKeep
	}
	defer now.close()
	if digest(now.src) != newDigest {
		return errKeep
	}
	if err := f.swap(name, path); err != nil {
		return errKeep
	}
	if !now.isAt(name) {
		return keepSave(name, path) // a save of this very moment, which is not to be taken for ours later
	}
	os.Remove(name)
	return nil
}

func readNames(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}
