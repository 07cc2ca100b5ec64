package api

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// TestHubDiskFull fills the disk under the hub's database while many write: what was acknowledged is there, what was
// not is refused for the time being, and with room again it is accepted.
func TestHubDiskFull(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root mounts a small file system")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skip("mount a small file system:", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	w := newWorld(t, filepath.Join(dir, "hub.db"), generous)
	fill := filepath.Join(dir, "fill")
	var streams []string
	for _, name := range []string{"F-1", "F-2", "F-3", "F-4"} {
		stream, _ := w.plan(name)
		streams = append(streams, stream)
	}
	if err := os.WriteFile(fill, bytes.Repeat([]byte("x"), 4<<20), 0o600); err != nil {
		t.Fatal(err)
	}

	var mu sync.Mutex
	var kept, refused []string
	write := func(path string) {
		a, err := w.try(call{Role: hub.Agent, Method: "PUT", Path: path, Body: map[string]any{"type": "progress", "text": strings.Repeat("x", 20_000)}})
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err != nil:
			t.Error(err)
		case a.Status == 201:
			kept = append(kept, path)
		case a.Status == 503 && a.Code == hub.CodeUnavailable && a.Header.Get("Retry-After") != "":
			refused = append(refused, path)
		default:
			t.Errorf("%d %s", a.Status, a.Text)
		}
	}
	var all sync.WaitGroup
	for _, stream := range streams {
		var paths []string
		for range 50 {
			paths = append(paths, stream+"/events/"+newID(t))
		}
		all.Go(func() {
			for _, path := range paths {
				write(path)
			}
		})
	}
	all.Wait()
	if len(kept) == 0 || len(refused) == 0 {
		t.Fatalf("%d were kept, %d were refused", len(kept), len(refused))
	}
	for _, path := range kept {
		w.want(200, "", call{Role: hub.Reader, Method: "GET", Path: path})
	}
	for _, path := range refused {
		w.want(404, hub.CodeNotFound, call{Role: hub.Reader, Method: "GET", Path: path})
	}
	if err := os.Remove(fill); err != nil {
		t.Fatal(err)
	}
	was := len(refused)
	for _, path := range refused[:min(was, 20)] {
		write(path)
	}
	if len(refused) != was {
		t.Errorf("%d are refused with room again", len(refused)-was)
	}
}
