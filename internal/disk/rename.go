package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Rename gives a file another name in its folder, and never that of a file that is there: that is fs.ErrExist.
func (f Files) Rename(name, to string) error {
	fail := func(err error) error {
		return &Fault{"rename", name, fmt.Errorf("to %q: %w", filepath.Base(to), err)}
	}
	dir, err := resolve(filepath.Dir(name))
	if err != nil {
		return fail(err)
	}
	unlock, err := f.lock(dir, time.Now().Add(f.wait()))
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
	return syncDir(dir)
}
