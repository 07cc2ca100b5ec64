// Package state keeps what wpctl remembers between runs, in the user's state directory: the records of runs, the
// evidence of steps that held once, which plans the user trusts, and sign-offs.
//
// Everything is a small JSON file with a version, readable by the user alone and written in one step; whatever is
// damaged or newer than this program is passed over and told, and never overwritten unread.
// It knows no plans and no repositories: what it is given it keeps.
package state

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
)

// Version is the version of the files that this package writes, and the newest that it reads.
const Version = 1

// maxFile bounds what is read of one file.
const maxFile = 64 << 20

// Keep says how many runs are kept and for how long. Zero values are the defaults, 200 runs and 90 days;
// negative values mean without limit.
type Keep struct {
	Runs int
	Age  time.Duration
}

// Store is the state directory of one user. It is safe for use by several goroutines and processes.
type Store struct {
	Keep Keep

	dir string
	now func() time.Time
}

// Open returns the store in dir, which it creates if need be. A directory that belongs to somebody else is an error:
// what stands in it is trusted.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open state: %w", err)
	}
	if err := private(dir); err != nil {
		return nil, fmt.Errorf("open state %q: %w", dir, err)
	}
	return &Store{dir: dir, now: time.Now}, nil
}

// Dir returns the state directory.
func (s *Store) Dir() string { return s.dir }

// hash makes a file name of parts, whatever is in them.
func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// write writes v as JSON into dir/name, all or nothing.
func (s *Store) write(dir, name string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	dir = filepath.Join(s.dir, dir)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return disk.Put(filepath.Join(dir, name), append(data, '\n'), disk.Own{Perm: 0o600, Synced: true})
}

// read reads dir/name into v, whose version it checks. A file that is absent is os.ErrNotExist.
func (s *Store) read(dir, name string, v any) error {
	path := filepath.Join(s.dir, dir, name)
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%q is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		return err
	}
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return fmt.Errorf("%q is damaged: %w", path, err)
	}
	if head.Version < 1 || head.Version > Version {
		return fmt.Errorf("%q has version %d, and this wpctl knows %d", path, head.Version, Version)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%q is damaged: %w", path, err)
	}
	return nil
}

// locked calls f while no other process changes the same part of the state.
func (s *Store) locked(ctx context.Context, part string, f func() error) error {
	l := flock.New(filepath.Join(s.dir, part+".lock"), flock.SetPermissions(0o600))
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if ok, err := l.TryLockContext(ctx, 2*time.Millisecond); !ok {
		if errors.Is(err, context.DeadlineExceeded) {
			err = errors.New("another process holds it")
		}
		return fmt.Errorf("lock %q: %w", l.Path(), err)
	}
	defer l.Unlock()
	return f()
}
