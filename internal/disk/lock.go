package disk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
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
func (f Files) lock(ctx context.Context, dir string) (unlock func(), err error) {
	unlock, ok, err := lockDir(ctx, dir)
	if ok || err != nil {
		return unlock, err
	}
	return f.lockFile(ctx, dir)
}

func (f Files) lockFile(ctx context.Context, dir string) (func(), error) {
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
	ok, err := l.TryLock()
	if !ok && err == nil {
		ok, err = l.TryLockContext(ctx, 3*time.Millisecond)
	}
	switch {
	case ok:
		return func() { l.Unlock() }, nil
	case ctx.Err() != nil:
		return nil, conflict(ctx, "the folder %q is locked", dir)
	}
	return nil, fmt.Errorf("lock %q: %w", dir, err)
}

// conflict is the error of a wait that has ended: another program was at it all the time, or the caller wants no more.
func conflict(ctx context.Context, format string, args ...any) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ended{context.Cause(ctx)}
	}
	return fmt.Errorf("%w: "+format, append([]any{errConflict}, args...)...)
}

// ended is the error of a wait that the caller ended: it reads as the cause, and is context.Canceled as well.
type ended struct{ cause error }

func (e ended) Error() string   { return e.cause.Error() }
func (e ended) Unwrap() []error { return []error{e.cause, context.Canceled} }
