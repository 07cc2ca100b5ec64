package disk

import (
	"errors"
	"os"
)

// OwnAside writes a text into a new file of a folder, for the user alone, down to the disk, and returns its name, which
// begins with a prefix. To be renamed to where it belongs; SyncDir then brings the name down as well.
func OwnAside(dir, prefix string, text []byte) (string, error) {
	f, err := os.CreateTemp(dir, prefix+"*") // 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// SyncDir brings the names in a folder down to the disk, where the system knows how.
func SyncDir(dir string) error { return syncDir(dir) }
