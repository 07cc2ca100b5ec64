package disk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Own is how a file of wpctl's own is written.
type Own struct {
	Perm   os.FileMode // of a file that is not there yet
	New    bool        // a file that is there is fs.ErrExist, and stays
	Synced bool        // the text is on the disk before the file has its name
}

// Put writes a file of wpctl's own, such as a record or a cache, whole or not at all, in a folder that is there.
// It looks for nobody else's save: of two at the same time, the later one's text stays.
// What killed processes left of such files in the folder is removed with the first of a process: a look at all names for
// each of many records would take time that grows with the square of their number.
func Put(name string, text []byte, how Own) error {
	dir := filepath.Dir(name)
	if _, twice := swept.LoadOrStore(dir, true); !twice {
		sweepOwn(dir)
	}
	perm := how.Perm
	if info, err := os.Lstat(name); err == nil && info.Mode().IsRegular() {
		perm = info.Mode().Perm()
	}
	file, err := openHeld(name, perm)
	if err != nil {
		return fmt.Errorf("write %q: %w", name, bare(err))
	}
	aside := file.Name()
	defer os.Remove(aside) // where it has its name, there is none of this
	defer file.Close()
	_, err = file.Write(text)
	if err == nil && perm != how.Perm {
		err = file.Chmod(perm)
	}
	if err == nil && how.Synced {
		err = file.Sync()
	}
	if !renamesOpen {
		err = errors.Join(err, file.Close())
	}
	if err == nil && how.New {
		err = renameNew(aside, name)
	} else if err == nil {
		err = os.Rename(aside, name)
	}
	if err != nil {
		return fmt.Errorf("write %q: %w", name, bare(err))
	}
	return nil
}

// renameNew gives a file a name that is not taken, and is fs.ErrExist where it is.
func renameNew(aside, name string) error {
	err := renameExclusive(aside, name)
	if !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	if err := os.Link(aside, name); err != nil {
		return err
	}
	return os.Remove(aside)
}

// openHeld makes a file beside name, which no sweep takes for abandoned as long as it is open.
func openHeld(name string, perm os.FileMode) (*os.File, error) {
	for {
		aside := filepath.Join(filepath.Dir(name), fmt.Sprintf("%s%d-%s", asidePrefix(name), os.Getpid(), random()))
		file, err := os.OpenFile(aside, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
		if err != nil {
			return nil, err
		}
		waitAndHold(file)
		if _, err := os.Lstat(aside); err == nil {
			return file, nil
		}
		file.Close() // a sweep came between making and holding it
	}
}

// swept are the folders that this process has swept.
var swept sync.Map

// staleAfter is when a file that cannot be locked is taken for abandoned.
const staleAfter = time.Hour

// sweepOwn removes what killed processes left aside of files that nobody else saves.
func sweepOwn(dir string) {
	names, err := readNames(dir)
	if err != nil {
		return
	}
	for _, name := range names {
		if m := asideOf(name); m == nil || m[2] != "" {
			continue
		}
		path := filepath.Join(dir, name)
		info, err := os.Lstat(path)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		file, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
		if err != nil {
			continue
		}
		if hasNoHolder(file) || time.Since(info.ModTime()) > staleAfter {
			os.Remove(path)
		}
		file.Close()
	}
}
