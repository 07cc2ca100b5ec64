// Package binary builds the programs of a cluster once for their sources and keeps them in the user's cache.
package binary

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Builder builds what its sources say.
type Builder struct {
	Name     string // what is built, in words
	Program  string // its directory in cmd
	Source   fs.FS
	Static   bool      // without C, and the same wherever it is built: for images
	Cache    string    // directory
	Progress io.Writer // is told about a build, which takes minutes
}

// CacheDir is where builds are kept: WPCTL_SANDBOX_CACHE, or a directory of the user's cache.
func CacheDir() (string, error) {
	if dir := os.Getenv("WPCTL_SANDBOX_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a place for builds, or set WPCTL_SANDBOX_CACHE: %w", err)
	}
	return filepath.Join(dir, "wpctl", "sandbox"), nil
}

// Path returns the program's path, after building it if there is no build of these sources yet.
// Processes that need the same build wait for the one that makes it.
func (b *Builder) Path(ctx context.Context) (string, error) {
	recipe, err := newRecipe(ctx, b.Source, b.Static)
	if err != nil {
		return "", err
	}
	key, err := recipe.key()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(b.Cache, key)
	path := filepath.Join(dir, b.Program)
	if used(dir, path) {
		return path, nil
	}
	unlock, err := b.lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	if used(dir, path) {
		return path, nil
	}
	if err := b.build(ctx, recipe, path); err != nil {
		return "", err
	}
	return path, b.prune()
}

// used tells whether the build is there, and if so marks it as in use.
func used(dir, path string) bool {
	if _, err := os.Stat(path); err != nil {
		return false
	}
	now := time.Now()
	_ = os.Chtimes(dir, now, now) // a cache that cannot be written to still serves
	return true
}

// lock lets one process build at a time: linking alone takes 3 GB of memory.
func (b *Builder) lock() (unlock func(), err error) {
	if err := os.MkdirAll(b.Cache, 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(b.Cache, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
		return func() { _ = f.Close() }, nil
	}
	fmt.Fprintln(b.Progress, "waiting for another build ...")
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %q: %w", f.Name(), err)
	}
	return func() { _ = f.Close() }, nil
}

// build builds aside and then moves, so that a build that is there is whole.
func (b *Builder) build(ctx context.Context, r recipe, path string) error {
	began := time.Now()
	fmt.Fprintf(b.Progress, "building %s once, a few minutes ...\n", b.Name)
	work, err := os.MkdirTemp(b.Cache, "build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	source := filepath.Join(work, "source")
	if err := os.CopyFS(source, r.source); err != nil {
		return fmt.Errorf("unpack the sources: %w", err)
	}
	argv := append([]string{"go", "build", "-o", filepath.Join(work, b.Program)}, r.flags...)
	argv = append(argv, "./cmd/"+b.Program)
	if nice, err := exec.LookPath("nice"); err == nil {
		argv = append([]string{nice, "-n", "10"}, argv...)
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = source, append(os.Environ(), r.env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // go then ends its compilers
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w\n%s", b.Name, err, out)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(work, b.Program), path); err != nil {
		return err
	}
	fmt.Fprintf(b.Progress, "built in %s: %s\n", time.Since(began).Round(time.Second), path)
	return nil
}
