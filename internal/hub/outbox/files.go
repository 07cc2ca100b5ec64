package outbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"gitea.coulomb.social/coulomb/wpctl/internal/disk"
)

// maxFile bounds what is read of one entry.
const maxFile = 4 << 20

const asidePrefix = ".new-"

// writeAside writes a text beside the entries. The caller holds the lock of those who write.
func writeAside(dir string, text []byte) (string, error) {
	return disk.OwnAside(dir, asidePrefix, append(text, '\n'))
}

// sweep removes what a killed process has left aside. The caller holds the lock of those who write.
func (b *Box) sweep() {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), asidePrefix) {
			os.Remove(filepath.Join(b.dir, e.Name()))
		}
	}
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = errors.New("it is too large")
	}
	return text, err
}

// locked calls f while no other process gives out numbers or writes an entry.
func (b *Box) locked(ctx context.Context, f func() error) error {
	unlock, err := b.Lock(ctx, "numbers", 10*time.Second)
	if err != nil {
		return err
	}
	defer unlock()
	return f()
}

// Lock keeps other processes, and other users of the box in this one, from what a name stands for. It waits no
// longer than ctx lasts, and takes what is free also after that.
func (b *Box) Lock(ctx context.Context, name string, wait time.Duration) (unlock func(), err error) {
	l := flock.New(filepath.Join(b.dir, "."+filepath.Base(name)+".lock"), flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if !ok && err == nil {
		ctx, cancel := context.WithTimeout(ctx, wait)
		defer cancel()
		ok, err = l.TryLockContext(ctx, 5*time.Millisecond)
	}
	switch {
	case ok:
		return func() { l.Unlock() }, nil
	case errors.Is(err, context.DeadlineExceeded):
		err = errors.New("another wpctl holds it")
	}
	return nil, fmt.Errorf("lock the outbox: %w", err)
}
