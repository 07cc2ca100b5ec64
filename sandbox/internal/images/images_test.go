package images

import (
	"os"
	"path/filepath"
	"testing"
)

func TestTheSameProgramsGiveTheSameDigests(t *testing.T) {
	dir := t.TempDir()
	busybox, hello := filepath.Join(dir, "busybox"), filepath.Join(dir, "hello")
	for _, path := range []string{busybox, hello} {
		if err := os.WriteFile(path, []byte("#!/bin/sh\necho sh\necho ls\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	digests := func() map[string]string {
		made, err := All(busybox, hello)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]string{}
		for _, image := range made {
			d, err := image.Digest()
			if err != nil {
				t.Fatal(err)
			}
			found[d.String()] = image.Name
		}
		return found
	}
	first, second := digests(), digests()
	for digest, name := range first {
		if second[digest] != name {
			t.Errorf("%s: %s the first time, and not again", name, digest)
		}
	}
	if len(first) != 5 {
		t.Errorf("images %v", first)
	}
}
