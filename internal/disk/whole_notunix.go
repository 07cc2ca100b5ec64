//go:build !unix

package disk

import (
	"errors"
	"os"
	"path/filepath"
)

// WriteFile is os.WriteFile that makes or replaces a file as a whole: a reader sees the old text or the new one. It is for
// files of wpctl's own; those of people are for Files.
func WriteFile(name string, text []byte, mode os.FileMode) error {
	aside, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(aside.Name())
	_, err = aside.Write(text)
	if err = errors.Join(err, aside.Chmod(mode), aside.Sync(), aside.Close()); err != nil {
		return err
	}
	return os.Rename(aside.Name(), name)
}
