package disk

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestEditorAmongUpdates saves a file again and again, in place and by renaming, while three processes update it without
// a pause. Each save has to stay: only the first line is the editor's, and the updates keep it.
func TestEditorAmongUpdates(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "plan.md", "save 0\n")
	for range 3 {
		cmd := process(t, dir, "busy", path)
		in, _ := cmd.StdinPipe()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			in.Close()
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v: %s", err, cmd.Stderr)
			}
		}()
	}
	random := rand.New(rand.NewPCG(3, 4))
	saves := 300
	if testing.Short() {
		saves = 50
	}
	for i := range saves {
		text := fmt.Sprintf("save %d\n", i)
		if i%2 == 0 {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if err := os.Rename(write(t, dir, "4913", text), path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.IntN(5000)) * time.Microsecond)
		if !stands(t, path, text) {
			t.Fatalf("save %d is lost: %q, beside %q", i, read(t, path), asides(t, dir))
		}
	}
	kept, _ := filepath.Glob(filepath.Join(dir, "*wpctl-kept*"))
	t.Logf("%d saves stand, %d crossed ones are kept aside", saves, len(kept))
}

// stands tells whether text begins the file, or will in a moment: while a save is put back another text may be seen.
func stands(t *testing.T, path, text string) bool {
	for range 5000 {
		if strings.HasPrefix(read(t, path), text) {
			return true
		}
		time.Sleep(time.Millisecond)
	}
	return false
}
