//go:build unix

package disk

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestEditorSavesMeanwhile saves at every point of an update, once, in the ways in which editors do.
func TestEditorSavesMeanwhile(t *testing.T) {
	saves := map[string]func(t *testing.T, path string){
		"by renaming": func(t *testing.T, path string) {
			tmp := write(t, filepath.Dir(path), "4913", "saved\n")
			if err := os.Rename(tmp, path); err != nil {
				t.Error(err)
			}
		},
		"in place": func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte("saved\n"), 0o644); err != nil {
				t.Error(err)
			}
		},
		"after moving the old one away": func(t *testing.T, path string) {
			if err := os.Rename(path, path+"~"); err != nil {
				t.Error(err)
			}
			write(t, filepath.Dir(path), "plan.md", "saved\n")
		},
	}
	for how, save := range saves {
		for _, point := range points {
			t.Run(how+"/"+point, func(t *testing.T) {
				dir := t.TempDir()
				path := write(t, dir, "plan.md", "one\n")
				saved := make(chan bool)
				first := true
				f := Files{at: func(at string) {
					if at != point || !first {
						return
					}
					first = false
					go func() { save(t, path); close(saved) }() // a lease may hold it up
					select {
					case <-saved:
					case <-time.After(30 * time.Millisecond):
					}
				}}
				_, err := f.Update(t.Context(), path, add("two"))
				<-saved
				got := read(t, path)
				all := got
				for _, n := range asides(t, dir) {
					all += read(t, filepath.Join(dir, n))
				}
				// A save on top of our text is the last word; a save on top of the old one gets our change.
				if !strings.Contains(all, "saved\n") {
					t.Errorf("the save is lost: %q, %v", got, err)
				}
				if err == nil && got != "saved\ntwo\n" && got != "saved\n" {
					t.Errorf("the file is %q", got)
				}
				if err != nil && !errors.Is(err, errConflict) {
					t.Error(err)
				}
				if err == nil && asides(t, dir) != nil {
					t.Errorf("left %q", asides(t, dir))
				}
			})
		}
	}
}

// TestOpenEditor is an editor that has the file open for writing when the update begins, and writes later.
func TestOpenEditor(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs leases")
	}
	dir := t.TempDir()
	path := write(t, dir, "plan.md", "one\n")
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (Files{Wait: 30 * time.Millisecond}).Update(t.Context(), path, add("two")); !errors.Is(err, errConflict) {
		t.Fatalf("it went past an open editor: %v", err)
	}
	go func() {
		time.Sleep(30 * time.Millisecond)
		file.WriteString("ONE\n")
		file.Close()
	}()
	if changed, err := (Files{}).Update(t.Context(), path, add("two")); !changed || err != nil {
		t.Fatal(changed, err)
	}
	if got := read(t, path); got != "ONE\ntwo\n" {
		t.Errorf("wrote %q", got)
	}
}

// TestEndlessEditor saves at every try: the update gives up, and the last save stands.
func TestEndlessEditor(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "plan.md", "one\n")
	n := 0
	f := Files{at: func(at string) {
		if at == "checked" {
			n++
			os.Rename(write(t, dir, "new", strings.Repeat("x", n)), path)
		}
	}}
	if _, err := f.Update(t.Context(), path, add("two")); !errors.Is(err, errConflict) {
		t.Errorf("after %d saves: %v", n, err)
	}
	if got := read(t, path); got != strings.Repeat("x", n) {
		t.Errorf("the file is %q after %d saves", got, n)
	}
	if left := asides(t, dir); left != nil {
		t.Errorf("left %q", left)
	}
}

// TestSaveOnTopOfOurs is the rarest of meetings: one save before the exchange and another right after it.
func TestSaveOnTopOfOurs(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "plan.md", "one\n")
	first := true
	f := Files{at: func(at string) {
		switch {
		case at == "checked" && first:
			os.Rename(write(t, dir, "new", "save 1\n"), path)
		case at == "exchanged" && first:
			first = false
			os.Rename(write(t, dir, "new", "save 2\n"), path)
		}
	}}
	_, err := f.Update(t.Context(), path, add("two"))
	if !errors.Is(err, errConflict) {
		t.Fatal(err)
	}
	all := read(t, path)
	for _, n := range asides(t, dir) {
		all += read(t, filepath.Join(dir, n))
	}
	if !strings.Contains(all, "save 1") || !strings.Contains(all, "save 2") {
		t.Errorf("a save is lost: %q, %v", all, err)
	}
	if changed, err := (Files{}).Update(t.Context(), path, add("two")); !changed || err != nil {
		t.Errorf("the next update: %v, %v", changed, err)
	}
}

func TestRemovedMeanwhile(t *testing.T) {
	dir := t.TempDir()
	for _, point := range []string{"read", "written", "checked"} {
		path := write(t, dir, "plan.md", "one\n")
		_, err := Files{at: func(at string) {
			if at == point {
				os.Remove(path)
			}
		}}.Update(t.Context(), path, add("two"))
		if !errors.Is(err, os.ErrNotExist) {
			t.Errorf("removed when %s: %v", point, err)
		}
		if left, _ := readNames(dir); len(left) > 0 {
			t.Errorf("removed when %s: left %q", point, left)
		}
	}
}

func TestHardLinksAreRefused(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "plan.md", "one\n")
	if err := os.Link(path, filepath.Join(dir, "other.md")); err != nil {
		t.Skip(err)
	}
	_, err := Files{}.Update(t.Context(), path, add("two"))
	if err == nil || !strings.Contains(err.Error(), "2 hard links") {
		t.Error(err)
	}
	if got := read(t, path); got != "one\n" {
		t.Errorf("wrote %q", got)
	}
}

// A file that nobody may write is not replaced, though the folder would allow it.
func TestReadOnlyFilesStay(t *testing.T) {
	path := write(t, t.TempDir(), "plan.md", "one\n")
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	if _, err := (Files{}).Update(atOnce, path, add("two")); err == nil || !strings.Contains(err.Error(), "read-only (mode 0444)") {
		t.Error(err)
	}
	if got := read(t, path); got != "one\n" {
		t.Errorf("wrote %q", got)
	}
}

func TestPipesDoNotBlock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.md")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	if _, err := (Files{}).Read(path); err == nil || !strings.Contains(err.Error(), "not a regular file but a pipe") {
		t.Error(err)
	}
	if _, err := (Files{}).Update(t.Context(), path, add("x")); err == nil {
		t.Error("it updated a pipe")
	}
}

func TestModeAndOwnerAreKept(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "plan.md", "one\n")
	mode := os.FileMode(0o640) | os.ModeSetgid
	if os.Getuid() == 0 {
		if err := os.Chown(path, 1234, 4321); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	before, _ := os.Stat(path)
	if _, err := (Files{}).Update(t.Context(), path, add("two")); err != nil {
		t.Fatal(err)
	}
	after, _ := os.Stat(path)
	if after.Mode() != before.Mode() || owner(after) != owner(before) {
		t.Errorf("%v %v became %v %v", before.Mode(), owner(before), after.Mode(), owner(after))
	}
}

// readOnlyFolder updates a file where nothing can be written beside it.
func readOnlyFolder(t testing.TB, dir string) {
	path := write(t, dir, "plan.md", "one\n")
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o755)
	_, err := Files{}.Update(t.Context(), path, add("two"))
	if !errors.Is(err, os.ErrPermission) || !strings.Contains(err.Error(), "write beside it: permission denied") {
		t.Error(err)
	}
	if got := read(t, path); got != "one\n" {
		t.Errorf("wrote %q", got)
	}
}

// TestSaveOnTopOfOursAlone is an editor that asks for the file while it is held, is told to come again, and then finds
// our text in its place: its save is the only one, and stays in place.
func TestSaveOnTopOfOursAlone(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs leases")
	}
	dir := t.TempDir()
	path := write(t, dir, "plan.md", "one\n")
	first := true
	f := Files{at: func(at string) {
		switch {
		case at == "checked" && first:
			if file, err := os.OpenFile(path, os.O_WRONLY|unix.O_NONBLOCK, 0); !errors.Is(err, unix.EWOULDBLOCK) {
				file.Close()
				t.Errorf("the file is not held: %v", err)
			}
		case at == "exchanged" && first:
			first = false
			if err := os.WriteFile(path, []byte("saved\n"), 0o644); err != nil {
				t.Error(err)
			}
		}
	}}
	changed, err := f.Update(t.Context(), path, add("two"))
	if got := read(t, path); got != "saved\ntwo\n" || !changed || err != nil {
		t.Errorf("the file is %q: %v, %v", got, changed, err)
	}
	if left := asides(t, dir); left != nil {
		t.Errorf("left %q", left)
	}
}

func TestPut(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "record.json")
	write(t, dir, ".record.json.wpctl-1-00ff00ff", "half")
	write(t, dir, ".other.json.wpctl-1-00ff00ff", "half")
	save := write(t, dir, ".record.json.wpctl-1-00ff00ff-0123456789abcdef-0123456789abcdef", "whole")
	held, err := openHeld(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two"} {
		if err := Put(path, []byte(text), Own{Perm: 0o640, Synced: true}); err != nil || read(t, path) != text {
			t.Error(read(t, path), err)
		}
	}
	if err := Put(path, []byte("three"), Own{Perm: 0o640, New: true}); !errors.Is(err, os.ErrExist) || read(t, path) != "two" {
		t.Error(read(t, path), err)
	}
	os.Chmod(path, 0o600)
	if err := Put(path, []byte("three"), Own{Perm: 0o640}); err != nil {
		t.Error(err)
	}
	if info, _ := os.Stat(path); info.Mode() != 0o600 {
		t.Errorf("its mode is %v", info.Mode())
	}
	if left := asides(t, dir); len(left) != 2 || !slices.Contains(left, filepath.Base(held.Name())) || !slices.Contains(left, filepath.Base(save)) {
		t.Errorf("left %q", left)
	}
	held.Close()
	swept.Clear() // as in another process
	if err := Put(filepath.Join(dir, "more"), nil, Own{Perm: 0o600, New: true}); err != nil || len(asides(t, dir)) != 1 {
		t.Errorf("left %q, %v", asides(t, dir), err)
	}
}
