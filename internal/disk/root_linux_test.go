package disk

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// smallDisk mounts a file system of size bytes, for which one has to be root.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can mount a small file system")
	}
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("mount: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}

func TestFullDisk(t *testing.T) {
	dir := smallDisk(t, "64k")
	path := write(t, dir, "plan.md", strings.Repeat("a line of text\n", 1000))
	before := read(t, path)
	_, err := Files{}.Update(t.Context(), path, func(src []byte) ([]byte, error) {
		return append(src, strings.Repeat("more\n", 20000)...), nil
	})
	if !errors.Is(err, unix.ENOSPC) || !strings.HasSuffix(err.Error(), "write beside it: no space left on device") {
		t.Error(err)
	}
	if read(t, path) != before {
		t.Error("the file changed")
	}
	if left := asides(t, dir); left != nil {
		t.Errorf("left %q", left)
	}
	if changed, err := (Files{}).Update(t.Context(), path, add("small")); !changed || err != nil {
		t.Error(changed, err)
	}
}

// asNobody runs f with the rights of another user on files.
func asNobody(t *testing.T, f func()) {
	if os.Getuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	done := make(chan bool)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		defer close(done)
		unix.Setfsgid(65534)
		unix.Setfsuid(65534)
		f()
	}()
	<-done
}

// open makes a folder of nobody's, in folders that everybody may enter.
func open(t *testing.T) string {
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && d != "/"; d = filepath.Dir(d) {
		os.Chmod(d, 0o777)
	}
	os.Chown(dir, 65534, 65534)
	return dir
}

func TestReadOnlyFolder(t *testing.T) {
	if os.Getuid() != 0 {
		readOnlyFolder(t, t.TempDir())
		return
	}
	dir := open(t)
	asNobody(t, func() { readOnlyFolder(t, dir) })
}

func TestAsNobody(t *testing.T) {
	t.Run("own file", func(t *testing.T) {
		dir := open(t)
		asNobody(t, func() {
			path := write(t, dir, "plan.md", "one\n")
			if changed, err := (Files{}).Update(t.Context(), path, add("two")); !changed || err != nil {
				t.Error(changed, err)
			}
		})
	})
	t.Run("a file whose owner cannot be kept", func(t *testing.T) {
		dir := open(t)
		path := write(t, dir, "plan.md", "one\n")
		os.Chmod(path, 0o666)
		asNobody(t, func() {
			_, err := Files{}.Update(t.Context(), path, add("two"))
			if !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "keep its owner") {
				t.Error(err)
			}
		})
		if got := read(t, path); got != "one\n" || len(asides(t, dir)) > 0 {
			t.Errorf("the file is %q, left %q", got, asides(t, dir))
		}
	})
	t.Run("a file that cannot be read", func(t *testing.T) {
		dir := open(t)
		path := write(t, dir, "plan.md", "one\n")
		os.Chmod(path, 0o600)
		asNobody(t, func() {
			if _, err := (Files{}).Update(t.Context(), path, add("two")); !errors.Is(err, os.ErrPermission) {
				t.Error(err)
			}
		})
	})
}

func TestAttributesAreKept(t *testing.T) {
	path := write(t, t.TempDir(), "plan.md", "one\n")
	if err := unix.Setxattr(path, "user.note", []byte("mine"), 0); err != nil {
		t.Skip(err)
	}
	if _, err := (Files{}).Update(t.Context(), path, add("two")); err != nil {
		t.Fatal(err)
	}
	value := make([]byte, 10)
	n, err := unix.Getxattr(path, "user.note", value)
	if err != nil || string(value[:n]) != "mine" {
		t.Errorf("%q, %v", value[:max(n, 0)], err)
	}
}
