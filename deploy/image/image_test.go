package main

import (
	"archive/tar"
	"debug/elf"
	"encoding/binary"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// program builds a small one as wpctl's is built.
func program(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\nfunc main() { println(1) }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(dir, "out"), filepath.Join(dir, "main.go"))
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// machine is the program as if it were for another processor: its head says which.
func machine(program []byte, m elf.Machine) []byte {
	out := slices.Clone(program)
	binary.LittleEndian.PutUint16(out[18:], uint16(m))
	return out
}

// TestImage pushes an image to a registry and looks at what came back: one layer, the same digest each time.
func TestImage(t *testing.T) {
	text := program(t)
	amd := machine(text, elf.EM_X86_64)
	one, err := Image(amd)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Image(slices.Clone(amd))
	if err != nil {
		t.Fatal(err)
	}
	want, _ := one.Digest()
	if got, err := two.Digest(); err != nil || got != want {
		t.Errorf("%s and %s: %v", got, want, err)
	}
	srv := httptest.NewServer(registry.New())
	defer srv.Close()
	tag, err := name.NewTag(strings.TrimPrefix(srv.URL, "http://") + "/team/hub:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(tag, one); err != nil {
		t.Fatal(err)
	}
	img, err := remote.Image(tag)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := img.Digest(); err != nil || got != want {
		t.Errorf("%s and %s: %v", got, want, err)
	}
	cfg, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Config.User != "65532:65532" || cfg.Architecture != "amd64" || cfg.OS != "linux" || !slices.Equal(cfg.Config.Entrypoint, []string{"/bin/wpctl"}) || !cfg.Created.IsZero() && cfg.Created.Unix() != 0 {
		t.Errorf("%+v", cfg)
	}
	if files := list(t, img); strings.Join(files, " ") != "bin/ bin/wpctl data/ etc/ etc/group etc/passwd tmp/" {
		t.Error(files)
	}
	arm, err := Image(machine(text, elf.EM_AARCH64))
	if err != nil {
		t.Fatal(err)
	}
	if cfg, err := arm.ConfigFile(); err != nil || cfg.Architecture != "arm64" {
		t.Error(cfg, err)
	}
	for what, text := range map[string][]byte{"a script": []byte("#!/bin/sh\n"), "another system's": []byte("\xcf\xfa\xed\xfe and more"), "another processor's": machine(text, elf.EM_RISCV)} {
		if _, err := Image(text); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
}

func list(t *testing.T, img v1.Image) (files []string) {
	t.Helper()
	layers, err := img.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatal(len(layers), err)
	}
	r, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for in := tar.NewReader(r); ; {
		h, err := in.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, h.Name)
	}
}
