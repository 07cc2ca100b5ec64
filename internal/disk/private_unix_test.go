//go:build unix

package disk

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, ok := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o700: true, 0o644: false, 0o640: false, 0o604: false, 0o620: false} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := Private(path); (err == nil) != ok {
			t.Errorf("%04o: %v", mode, err)
		}
	}
	if err := Private(filepath.Dir(path) + "/none"); err == nil || strings.Contains(err.Error(), "/") {
		t.Error(err)
	}
	if info, err := os.Stat("/etc/passwd"); err == nil && os.Geteuid() != 0 && info.Mode().Perm()&fs.FileMode(0o044) != 0 {
		if err := Private("/etc/passwd"); err != nil {
			t.Error("a file of somebody else: ", err)
		}
	}
}

// What root has put into a container for somebody else is root's.
func TestPrivateOfOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a file away")
	}
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, 12345, 12345); err != nil {
		t.Skip(err)
	}
	if err := Private(path); err != nil {
		t.Error(err)
	}
}
