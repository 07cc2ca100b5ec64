package disk

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// points are all the places at which an update can be disturbed.
var points = []string{"read", "written", "checked", "exchanged", "compared"}

// write makes a file and returns its path.
func write(t testing.TB, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// asides returns the names in dir that are ours.
func asides(t testing.TB, dir string) (names []string) {
	t.Helper()
	all, err := readNames(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range all {
		if strings.Contains(n, ".wpctl-") {
			names = append(names, n)
		}
	}
	return names
}

func (f Files) soon(t *testing.T) context.Context {
	ctx, cancel := f.waiting(t.Context())
	t.Cleanup(cancel)
	return ctx
}

// add returns a change that appends a line.
func add(line string) func([]byte) ([]byte, error) {
	return func(src []byte) ([]byte, error) { return append(src, line+"\n"...), nil }
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "plan.md", "text\n")
	big := write(t, dir, "big.md", "")
	if err := os.Truncate(big, MaxSize+1); err != nil {
		t.Fatal(err)
	}
	if src, err := (Files{}).Read(path); err != nil || string(src) != "text\n" {
		t.Errorf("read %q, %v", src, err)
	}
	for name, want := range map[string]string{
		"none.md": `read "NAME": no such file or directory`,
		"big.md":  `read "NAME": larger than 64 MiB`,
		".":       `read "NAME": not a regular file but a directory`,
	} {
		name = filepath.Join(dir, name)
		_, err := Files{}.Read(name)
		if want = strings.ReplaceAll(want, "NAME", name); err == nil || err.Error() != want {
			t.Errorf("read %s: %v, want %s", name, err, want)
		}
	}
}

func TestUpdateWritesTheChange(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "plan.md", "one\n")
	changed, err := Files{}.Update(t.Context(), path, add("two"))
	if err != nil || !changed {
		t.Fatalf("changed %v, %v", changed, err)
	}
	if got := read(t, path); got != "one\ntwo\n" {
		t.Errorf("wrote %q", got)
	}
	if left := asides(t, dir); left != nil {
		t.Errorf("left %q", left)
	}
}

func TestUpdateWithoutChangeWritesNothing(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "plan.md", "one\n")
	before, _ := os.Stat(path)
	changed, err := Files{}.Update(t.Context(), path, func(src []byte) ([]byte, error) { return bytes.Clone(src), nil })
	after, _ := os.Stat(path)
	if err != nil || changed || !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Errorf("changed %v, %v", changed, err)
	}
}

func TestUpdateErrorsLeaveTheFileAlone(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "plan.md", "one\n")
	no := errors.New("no")
	if _, err := (Files{}).Update(t.Context(), path, func(src []byte) ([]byte, error) { src[0] = 'x'; return src, no }); !errors.Is(err, no) {
		t.Error(err)
	}
	none := filepath.Join(dir, "none.md")
	if _, err := (Files{}).Update(t.Context(), none, add("x")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if got := read(t, path); got != "one\n" {
		t.Errorf("wrote %q", got)
	}
	if _, err := os.Lstat(none); err == nil {
		t.Error("it created a file")
	}
}

func TestUpdateFollowsLinks(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	path := write(t, other, "plan.md", "one\n")
	link, second := filepath.Join(dir, "link.md"), filepath.Join(dir, "second.md")
	if err := errors.Join(os.Symlink(path, link), os.Symlink("link.md", second)); err != nil {
		t.Skip(err)
	}
	if changed, err := (Files{}).Update(t.Context(), second, add("two")); !changed || err != nil {
		t.Fatal(changed, err)
	}
	if info, _ := os.Lstat(link); info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link became a file")
	}
	if got := read(t, path); got != "one\ntwo\n" {
		t.Errorf("wrote %q", got)
	}
}

func TestLongNames(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, strings.Repeat("ä", 120)+".md", "one\n")
	if changed, err := (Files{}).Update(t.Context(), path, add("two")); !changed || err != nil {
		t.Fatal(changed, err)
	}
	if left := asides(t, dir); left != nil {
		t.Errorf("left %q", left)
	}
}

// TestWithoutExchange is the way of systems that cannot swap two files.
func TestWithoutExchange(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "plan.md", "one\n")
	f := Files{exchange: func(string, string) error { return errors.ErrUnsupported }}
	saved := false
	f.at = func(point string) {
		if point == "written" && !saved {
			saved = true
			write(t, dir, "new", "saved\n")
			os.Rename(filepath.Join(dir, "new"), path)
		}
	}
	if changed, err := f.Update(t.Context(), path, add("two")); !changed || err != nil {
		t.Fatal(changed, err)
	}
	if got := read(t, path); got != "saved\ntwo\n" {
		t.Errorf("wrote %q", got)
	}
	if left := asides(t, dir); left != nil {
		t.Errorf("left %q", left)
	}
}

func TestLockFile(t *testing.T) {
	f := Files{Locks: t.TempDir(), Wait: 50 * time.Millisecond}
	unlock, err := f.lock(f.soon(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	unlock, err = f.lockFile(f.soon(t), "/some/dir")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.lockFile(f.soon(t), "/some/dir"); !errors.Is(err, errConflict) {
		t.Errorf("locked twice: %v", err)
	}
	unlock()
	again, err := f.lockFile(f.soon(t), "/some/dir")
	if err != nil {
		t.Fatal(err)
	}
	again()
}

// Who wants no more is not held up by another program, whichever lock it has; what is free is taken all the same.
// Each row has a folder of its own: a waiter that has given up is handed the lock all the same, and gives it back a moment later.
func TestWaitingEndsWithItsContext(t *testing.T) {
	f := Files{Locks: t.TempDir(), Wait: time.Hour}
	enough := errors.New("enough")
	for name, row := range map[string]struct {
		hold func(ctx context.Context, path string) (func(), error)
		wait func(ctx context.Context, path string) error
	}{
		"folder": {
			hold: func(ctx context.Context, path string) (func(), error) { return f.lock(ctx, filepath.Dir(path)) },
			wait: func(ctx context.Context, path string) error { _, err := f.lock(ctx, filepath.Dir(path)); return err },
		},
		"file": {
			hold: f.lockFile,
			wait: func(ctx context.Context, path string) error { _, err := f.lockFile(ctx, path); return err },
		},
		"update": {
			hold: func(ctx context.Context, path string) (func(), error) { return f.lock(ctx, filepath.Dir(path)) },
			wait: func(ctx context.Context, path string) error { _, err := f.Update(ctx, path, add("two")); return err },
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, t.TempDir(), "plan.md", "one\n")
			unlock, err := row.hold(atOnce, path)
			if err != nil {
				t.Fatal(err)
			}
			defer unlock()
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(20*time.Millisecond, func() { cancel(enough) })
			if err := row.wait(ctx, path); !errors.Is(err, enough) || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			if got := read(t, path); got != "one\n" {
				t.Errorf("wrote %q", got)
			}
		})
	}
	path := write(t, t.TempDir(), "plan.md", "one\n")
	if changed, err := f.Update(atOnce, path, add("two")); !changed || err != nil {
		t.Errorf("%v, %v", changed, err)
	}
}

// Where a system has no leases, a save in place is noticed by the bytes.
func TestSaveInPlaceIsNoticedByItsBytes(t *testing.T) {
	path := write(t, t.TempDir(), "plan.md", "one\n")
	file, info, err := openRegular(path)
	if err != nil {
		t.Fatal(err)
	}
	o := &original{path: path, file: file, info: info, src: []byte("one\n")}
	defer o.close()
	if !o.isAt(path) {
		t.Error("nobody has saved, and it is another one")
	}
	write(t, filepath.Dir(path), "plan.md", "two\n")
	if o.isAt(path) {
		t.Error("somebody has saved, and it is the same")
	}
}
