package image_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"gitea.coulomb.social/coulomb/wpctl/internal/image"
	"gitea.coulomb.social/coulomb/wpctl/internal/image/imagetest"
)

// options are of an image whose program only says that it runs.
func options(t *testing.T, arch string) image.Options {
	t.Helper()
	source := filepath.Join(t.TempDir(), "main.go")
	code := "package main\n\nimport (\"fmt\"; \"os\")\n\nfunc main() { fmt.Println(\"runs\", len(os.Args)) }\n"
	if err := os.WriteFile(source, []byte(code), 0o600); err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "wpctl")
	build := exec.Command("go", "build", "-trimpath", "-o", binary, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch, "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return image.Options{
		Binary: binary, Arch: arch, Version: "1.2.3", Commit: "0123abcd", Source: "https://example.org/wpctl",
		Created: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
	}
}

func build(t *testing.T, o image.Options) v1.Image {
	t.Helper()
	i, err := image.Build(o)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// TestImageThroughARegistry pushes the image, pulls it, and runs its entrypoint out of what was pulled.
func TestImageThroughARegistry(t *testing.T) {
	made := build(t, options(t, runtime.GOARCH))
	pulled := imagetest.Pulled(t, func(ref name.Reference) error { return remote.Write(ref, made) })
	config := imagetest.Config(t, pulled)
	if config.OS != "linux" || config.Architecture != runtime.GOARCH || config.Config.User != "65532:65532" {
		t.Errorf("the image is for %s/%s and %s", config.OS, config.Architecture, config.Config.User)
	}
	if got := config.Config.Labels["org.opencontainers.image.version"]; got != "1.2.3" {
		t.Errorf("its version is %q", got)
	}
	root := t.TempDir()
	files := imagetest.Extract(t, pulled, root)
	for _, want := range []string{"usr/bin/wpctl", "tmp/", "var/lib/wpctl/", "etc/passwd", "etc/ssl/certs/ca-certificates.crt"} {
		if files[want] == nil {
			t.Errorf("the image has no %s", want)
		}
	}
	if h := files["var/lib/wpctl/"]; h != nil && (h.Uid != 65532 || h.Mode != 0o700) {
		t.Errorf("the folder of the state belongs to %d, with mode %o", h.Uid, h.Mode)
	}
	if runtime.GOOS != "linux" {
		return
	}
	out, err := exec.Command(filepath.Join(root, config.Config.Entrypoint[0]), "version").CombinedOutput()
	if string(out) != "runs 2\n" {
		t.Errorf("the entrypoint says %q, %v", out, err)
	}
}

func TestSameProgramSameBytes(t *testing.T) {
	o := options(t, "amd64")
	var saved [2][]byte
	for n := range saved {
		path := filepath.Join(t.TempDir(), "image.tar")
		if err := image.Save(path, "wpctl:1.2.3", build(t, o)); err != nil {
			t.Fatal(err)
		}
		var err error
		if saved[n], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
		loaded, err := tarball.ImageFromPath(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(loaded); err != nil {
			t.Error(err)
		}
	}
	if !bytes.Equal(saved[0], saved[1]) {
		t.Error("two images of the same program differ")
	}
}

func TestImagesOfTwoArchitectures(t *testing.T) {
	a, b := options(t, "amd64"), options(t, "arm64")
	index, err := image.Index(a, build(t, a), build(t, b))
	if err != nil {
		t.Fatal(err)
	}
	var saved [2][]byte
	var path string
	for n := range saved {
		path = filepath.Join(t.TempDir(), "index.tar")
		if err := image.SaveIndex(path, "1.2.3", index); err != nil {
			t.Fatal(err)
		}
		if saved[n], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(saved[0], saved[1]) {
		t.Error("two archives of the same images differ")
	}
	dir := t.TempDir()
	if out, err := exec.CommandContext(context.Background(), "tar", "-xf", path, "-C", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	read, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(read); err != nil {
		t.Error(err)
	}
	outer, err := read.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	inner, err := read.ImageIndex(outer.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	m, err := inner.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var platforms []string
	for _, d := range m.Manifests {
		platforms = append(platforms, d.Platform.String())
	}
	if got := fmt.Sprint(platforms); got != "[linux/amd64 linux/arm64]" {
		t.Errorf("the index has %s", got)
	}
}

func TestAuthorities(t *testing.T) {
	root := t.TempDir()
	imagetest.Extract(t, build(t, options(t, "amd64")), root)
	rest, err := os.ReadFile(filepath.Join(root, "etc/ssl/certs/ca-certificates.crt"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for block, more := pem.Decode(rest); block != nil; block, more = pem.Decode(more) {
		n++
	}
	if n < 50 {
		t.Errorf("there are %d certificates of authorities", n)
	}
}
