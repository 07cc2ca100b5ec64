package confine

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A folder of PATH that holds the home would open all of it.
func TestProgramsAreNotTheHome(t *testing.T) {
	dir := t.TempDir()
	home := filepath.Join(dir, "home")
	for _, d := range []string{"home/bin", "tools"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(home, filepath.Join(dir, "way")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		filepath.Join(dir, "tools"): true, filepath.Join(home, "bin"): true,
		home: false, home + "/.": false, dir: false, "/": false, filepath.Join(dir, "way"): false, ".": false, "": false, "bin": false,
	} {
		if got := slices.Contains(Programs(path, home)[len(programs):], path); got != want {
			t.Errorf("%q: %v", path, got)
		}
	}
	if got := Programs("/:"+dir, ""); slices.Contains(got, "/") || !slices.Contains(got, dir) {
		t.Errorf("without a home: %q", got)
	}
}
