package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a", "b", "plan.md")
	if err := (Files{}).Create(t.Context(), name, []byte("one\n")); err != nil {
		t.Fatal(err)
	}
	if err := (Files{}).Create(t.Context(), name, []byte("two\n")); !errors.Is(err, fs.ErrExist) {
		t.Error(err)
	}
	if got := read(t, name); got != "one\n" {
		t.Errorf("the file is %q", got)
	}
	if left := asides(t, filepath.Dir(name)); left != nil {
		t.Errorf("left %q", left)
	}
	if err := (Files{}).Create(t.Context(), filepath.Join(name, "c.md"), nil); err == nil {
		t.Error("a file became a folder")
	}
}

// Of many that create one file, one does.
func TestCreateAtOnce(t *testing.T) {
	name := filepath.Join(t.TempDir(), "plan.md")
	var made atomic.Int32
	var g sync.WaitGroup
	for i := range 20 {
		g.Go(func() {
			switch err := (Files{}).Create(t.Context(), name, fmt.Appendf(nil, "%d\n", i)); {
			case err == nil:
				made.Add(1)
			case !errors.Is(err, fs.ErrExist):
				t.Error(err)
			}
		})
	}
	g.Wait()
	if made.Load() != 1 {
		t.Errorf("%d created it", made.Load())
	}
}

// TestCreateSweeps: what a killed process left of a new file goes with the next one, also where the file has its name
// already and the text aside is another name of it.
func TestCreateSweeps(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "new.md", "one\n")
	if err := os.Link(path, filepath.Join(dir, ".new.md.wpctl-1-00ff00ff")); err != nil {
		t.Skip(err)
	}
	if changed, err := (Files{}).Update(t.Context(), path, add("two")); err != nil || !changed || read(t, path) != "one\ntwo\n" {
		t.Errorf("%v, %v, %q", changed, err, read(t, path))
	}
	write(t, dir, ".newer.md.wpctl-1-00ff00ff", "half")
	if err := (Files{}).Create(t.Context(), filepath.Join(dir, "newer.md"), []byte("new\n")); err != nil {
		t.Error(err)
	}
	if left := asides(t, dir); left != nil {
		t.Errorf("left %q", left)
	}
}
