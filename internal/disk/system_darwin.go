package disk

import (
	"errors"

	"golang.org/x/sys/unix"
)

// exchange swaps two files in one step. It is errors.ErrUnsupported where the file system cannot.
func exchange(oldpath, newpath string) error {
	err := unix.RenamexNp(oldpath, newpath, unix.RENAME_SWAP)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOSYS) {
		return errors.ErrUnsupported
	}
	return err
}

// renameExclusive renames a file where the new name is not taken. It is errors.ErrUnsupported where the file system cannot.
func renameExclusive(oldpath, newpath string) error {
	err := unix.RenamexNp(oldpath, newpath, unix.RENAME_EXCL)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.ENOSYS) {
		return errors.ErrUnsupported
	}
	return err
}
