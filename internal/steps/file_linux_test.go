package steps

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFileWithoutPermission looks with the rights of nobody, where root runs it.
func TestFileWithoutPermission(t *testing.T) {
	at := localSite(t, map[string]string{"a": "x"})
	for dir := at.Root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			break // the folders above are not ours
		}
	}
	if err := os.Chmod(filepath.Join(at.Root, "a"), 0); err != nil {
		t.Fatal(err)
	}
	args, _ := localArgs(t, fileKind(), "{path: a}")
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		if os.Geteuid() == 0 {
			_ = unix.Setfsgid(65534)
			_ = unix.Setfsuid(65534)
		}
		_, err := fileKind().Look(t.Context(), at, args)
		done <- err
	}()
	if err := <-done; err == nil || err.Error() != "read a: permission denied" {
		t.Errorf("got %v", err)
	}
}
