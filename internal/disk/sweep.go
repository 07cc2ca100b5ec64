package disk

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// sweep clears away what a killed process left aside of the file at path. The caller holds the lock.
// Where that is a person's save it goes back into its place, and sweep returns errAgain.
func (f Files) sweep(path string, deadline time.Time) error {
	dir, prefix := filepath.Dir(path), asidePrefix(path)
	names, err := readNames(dir)
	if err != nil {
		return nil // a directory that cannot be listed can be written to all the same
	}
	for _, name := range names {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		if m := asideName().FindStringSubmatch(rest); m != nil {
			if err := f.sweepOne(filepath.Join(dir, name), path, m[1], m[2], deadline); err != nil {
				return err
			}
		}
	}
	return nil
}

// sweepOne removes an aside whose process is gone. The digests are "" for one that was not written to its end.
func (f Files) sweepOne(name, path, oldDigest, newDigest string, deadline time.Time) error {
	if info, err := os.Lstat(name); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	left, err := readOriginal(name, time.Time{})
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
	return f.restore(name, path, newDigest, deadline)
}

// restore puts a person's save back, if nobody else has written since.
func (f Files) restore(name, path, newDigest string, deadline time.Time) error {
	now, err := readOriginal(path, deadline)
	if err != nil {
		return err
	}
	defer now.close()
	if digest(now.src) != newDigest {
		return keepSave(name, path)
	}
	if err := f.swap(name, path); err != nil {
		return keepSave(name, path)
	}
	if !now.isAt(name) {
		return keepSave(name, path)
	}
	os.Remove(name)
	return errAgain
}

func readNames(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}
