package disk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lock keeps all other updates out of dir until unlock is called.
//
// Where the system can, the directory itself is locked: that needs no file of its own, is the same lock by whatever
// path the directory is reached and whoever asks, and ends with the process. Elsewhere (Windows, NFS) a
// file of the user's cache directory stands for it, so that there only the processes of one user exclude each other.
func (f Files) lock(dir string, deadline time.Time) (unlock func(), err error) {
	unlock, ok, err := lockDir(dir, deadline)
	if ok || err != nil {
		return unlock, err
	}
	return f.lockFile(dir, deadline)
}

func (f Files) lockFile(dir string, deadline time.Time) (func(), error) {
	folder := f.Locks
	if folder == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("lock %q: %w", dir, err)
		}
		folder = filepath.Join(cache, "wpctl", "locks")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("lock %q: %w", dir, err)
	}
	sum := sha256.Sum256([]byte(dir))
	l := flock.New(filepath.Join(folder, hex.EncodeToString(sum[:16])+".lock"), flock.SetPermissions(0o600))
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	ok, err := l.TryLockContext(ctx, 3*time.Millisecond)
	switch {
	case ok:
		return func() { l.Unlock() }, nil
	case ctx.Err() != nil:
		return nil, lockedError(dir)
	}
	return nil, fmt.Errorf("lock %q: %w", dir, err)
}

func lockedError(dir string) error {
	return fmt.Errorf("%w: the folder %q is locked", errConflict, dir)
}
