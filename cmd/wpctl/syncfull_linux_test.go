package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/hub"
)

// TestStateDiskFull lets the disk under wpctl's state be full: the run's result is what it is, and what could not be
// kept is told.
func TestStateDiskFull(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root mounts a small file system")
	}
	s, base, token := hubFor(t, filepath.Join(t.TempDir(), "hub.db"))
	p := newPlace(t, s, base, token("ci", hub.Verifier), "FULL-0001")
	state := filepath.Join(p.dir, ".state")
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", state, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("mount a small file system: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(state, 0) })
	fill := filepath.Join(state, "fill")
	if err := os.WriteFile(fill, bytes.Repeat([]byte("x"), 128<<10), 0o600); err == nil {
		t.Fatal("it is not full")
	}
	code, out := p.call(nil, "wpctl", "run", p.id, "--sync")
	if code != 0 || !strings.Contains(out, "no space left") || !strings.Contains(p.text(), "status: done   # not yet") {
		t.Errorf("%d: %s\n%s", code, out, p.text())
	}
	code, out = p.call(nil, "wpctl", "sync")
	if code != 3 || !strings.Contains(out, "no space left") {
		t.Errorf("%d: %s", code, out)
	}
	if err := os.Remove(fill); err != nil {
		t.Fatal(err)
	}
	if code, out := p.call(nil, "wpctl", "sync"); code != 0 {
		t.Errorf("%d: %s", code, out)
	}
	if code, out := p.call(nil, "wpctl", "sync"); code != 0 || !strings.Contains(out, "in step") {
		t.Errorf("%d: %s", code, out)
	}
}
