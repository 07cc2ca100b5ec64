package disk

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Rename gives a file another name in its folder, and tells whether it did: an error after that is one of bringing the
// folder down to the disk. It never takes the name of a file that is there: that is fs.ErrExist.
func (f Files) Rename(ctx context.Context, name, to string) (renamed bool, err error) {
	fail := func(err error) (bool, error) {
		return false, &Fault{"rename", name, fmt.Errorf("to %q: %w", filepath.Base(to), err)}
	}
	dir, err := resolve(filepath.Dir(name))
	if err != nil {
		return fail(err)
	}
	ctx, cancel := f.waiting(ctx)
	defer cancel()
	unlock, err := f.lock(ctx, dir)
	if err != nil {
		return fail(err)
	}
	defer unlock()
	from, to := filepath.Join(dir, filepath.Base(name)), filepath.Join(dir, filepath.Base(to))
	switch err := renameExclusive(from, to); {
	case errors.Is(err, errors.ErrUnsupported):
		if _, err := os.Lstat(to); err == nil {
			return fail(fs.ErrExist)
		}
		if err := os.Rename(from, to); err != nil {
			return fail(bare(err))
		}
	case err != nil:
		return fail(bare(err))
	}
	return true, syncDir(dir)
}
