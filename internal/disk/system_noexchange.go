//go:build !linux && !darwin

package disk

import "errors"

func exchange(oldpath, newpath string) error { return errors.ErrUnsupported }

func renameExclusive(oldpath, newpath string) error { return errors.ErrUnsupported }
