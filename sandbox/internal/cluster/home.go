package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"syscall"

	"gitea.coulomb.social/coulomb/wpctl/sandbox/internal/box"
)

// names are those that can be part of the name of a directory and of a context everywhere.
var names = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$`)

// Home holds the directories of the clusters that outlive the command that started them.
type Home string

// DefaultHome is WPCTL_SANDBOX_HOME, or a directory of the user's state.
func DefaultHome() (Home, error) {
	if dir := os.Getenv("WPCTL_SANDBOX_HOME"); dir != "" {
		dir, err := filepath.Abs(dir)
		return Home(dir), err
	}
	state := os.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // the specification says to ignore it then
		user, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find a place for clusters, or set WPCTL_SANDBOX_HOME: %w", err)
		}
		state = filepath.Join(user, ".local", "state")
	}
	return Home(filepath.Join(state, "wpctl-sandbox")), nil
}

// Dir returns the directory of a cluster, which need not exist.
func (h Home) Dir(name string) Dir { return Dir(filepath.Join(string(h), name)) }

// CheckName returns an error that says how a cluster may be called.
func CheckName(name string) error {
	if !names.MatchString(name) {
		return fmt.Errorf("%q is no name for a cluster: use up to 40 lower case letters, digits and dashes", name)
	}
	return nil
}

// Names returns the clusters that have a directory, in alphabetical order.
func (h Home) Names() ([]string, error) {
	entries, err := os.ReadDir(string(h))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var found []string
	for _, e := range entries {
		if e.IsDir() && CheckName(e.Name()) == nil {
			found = append(found, e.Name())
		}
	}
	return found, nil
}

// Lock makes the directory if need be and keeps others from starting or removing the cluster until unlock is called.
func (d Dir) Lock() (unlock func(), err error) {
	for {
		// Others may remove what is made here, the home included, before it is locked.
		err := os.MkdirAll(string(d), 0o700)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		f, err := os.Open(string(d))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
			_ = f.Close()
			return nil, fmt.Errorf("lock %q: %w", d, err)
		}
		held, err := f.Stat()
		if now, statErr := os.Stat(string(d)); err == nil && statErr == nil && os.SameFile(held, now) {
			return func() { _ = f.Close() }, nil
		}
		_ = f.Close()
	}
}

// Clear ends what still runs of a cluster, whatever its state says, and removes its files but not its directory.
func (d Dir) Clear() error {
	state, err := Read(d)
	if err == nil { // else it was not written by us, and names nobody to end
		state.Owner.End(ownerTime)
		for _, p := range state.Programs {
			p.End(0)
		}
	}
	if err := errors.Join(Sweep(d), box.RemoveGroup(string(d))); err != nil {
		return err
	}
	entries, err := os.ReadDir(string(d))
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(d.join(e.Name())))
	}
	return err
}

// Remove ends what still runs of a cluster and removes its directory. The caller holds the lock.
func (d Dir) Remove() error {
	if err := d.Clear(); err != nil {
		return err
	}
	if err := os.Remove(string(d)); err != nil {
		return err
	}
	_ = os.Remove(filepath.Dir(string(d))) // the home, if this was its last cluster
	return nil
}
