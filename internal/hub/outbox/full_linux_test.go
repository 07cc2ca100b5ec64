package outbox

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestDiskFull puts the box on a file system of 64 KiB: what does not fit is not in the queue, as a whole, and what was
// there before stays.
func TestDiskFull(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root mounts a small file system")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("mount a small file system:", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
	b, err := Open(filepath.Join(dir, "outbox"))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Add(t.Context(), entry("a")); err != nil {
		t.Fatal(err)
	}
	large := entry("b")
	large.Delivery.Body = []byte(`{"type":"x","text":"` + strings.Repeat("x", 30<<10) + `"}`)
	if err := b.Add(t.Context(), entry("c"), large, large, large); err == nil {
		t.Error("it cannot have been written")
	}
	list, errs := b.Waiting("", "")
	if got := names(t, list, errs); got != "1a" {
		t.Errorf("%q", got)
	}
	if left, _ := filepath.Glob(filepath.Join(b.dir, asidePrefix+"*")); len(left) > 0 {
		t.Error(left)
	}
	if err := b.Add(t.Context(), entry("d")); err != nil {
		t.Error("there is room for a small one:", err)
	}
	if err := b.Done(list...); err != nil {
		t.Error(err)
	}
}
