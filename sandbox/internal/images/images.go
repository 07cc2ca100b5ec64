// Package images makes the small images of the sandbox and serves them from registries of its own, as nothing can be pulled from elsewhere.
package images

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// Tag is the tag of every image.
const Tag = "1"

// epoch is when everything in an image was made, so that the same programs give the same digests.
var epoch = time.Unix(0, 0).UTC()

// Image is a name and what is behind it.
type Image struct {
	Name string
	v1.Image
}

// All makes the images out of two static programs.
func All(busybox, hello string) ([]Image, error) {
	box, err := busyboxFiles(busybox)
	if err != nil {
		return nil, err
	}
	program, err := os.ReadFile(hello)
	if err != nil {
		return nil, err
	}
	alone := []file{{name: "hello", mode: 0o755, content: program}}
	var made []Image
	for _, i := range []struct {
		name   string
		files  []file
		config v1.Config
	}{
		{"busybox", box, v1.Config{Cmd: []string{"sh"}, Env: []string{"PATH=/bin"}}},
		{"hello", alone, v1.Config{Entrypoint: []string{"/hello"}}},
		{"nonroot", alone, v1.Config{Entrypoint: []string{"/hello"}, User: "65532:65532"}},
		{"fails", box, v1.Config{Entrypoint: []string{"/bin/sh", "-c", "echo something is wrong >&2; exit 3"}}},
		{"pause", alone, v1.Config{Entrypoint: []string{"/hello", "pause"}}},
	} {
		image, err := build(i.files, i.config)
		if err != nil {
			return nil, fmt.Errorf("make image %s: %w", i.name, err)
		}
		made = append(made, Image{i.name, image})
	}
	return made, nil
}

// file is an entry of an image: a link where it names a target, a directory where its name ends so, else a file.
type file struct {
	name    string
	mode    int64
	content []byte
	target  string
}

// busyboxFiles is a small system of one program with many names.
func busyboxFiles(busybox string) ([]file, error) {
	program, err := os.ReadFile(busybox)
	if err != nil {
		return nil, err
	}
	list, err := exec.Command(busybox, "--list").Output()
	if err != nil {
		return nil, fmt.Errorf("ask %s for its names: %w", busybox, err)
	}
	files := []file{
		{name: "bin/", mode: 0o755},
		{name: "bin/busybox", mode: 0o755, content: program},
		{name: "etc/", mode: 0o755},
		{name: "etc/group", mode: 0o644, content: []byte("root:x:0:\nnobody:x:65534:\n")},
		{name: "etc/passwd", mode: 0o644, content: []byte("root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n")},
		{name: "etc/services", mode: 0o644, content: []byte("http 80/tcp\nhttps 443/tcp\n")}, // without it wget crashes
		{name: "tmp/", mode: 0o1777},
	}
	for _, name := range strings.Fields(string(list)) {
		if name != "busybox" {
			files = append(files, file{name: "bin/" + name, target: "busybox"})
		}
	}
	return files, nil
}

func build(files []file, config v1.Config) (v1.Image, error) {
	layer, err := archive(files)
	if err != nil {
		return nil, err
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer)), nil })
	if err != nil {
		return nil, err
	}
	image, err := mutate.AppendLayers(empty.Image, l)
	if err != nil {
		return nil, err
	}
	return mutate.ConfigFile(image, &v1.ConfigFile{
		Architecture: runtime.GOARCH,
		OS:           "linux",
		Created:      v1.Time{Time: epoch},
		Config:       config,
		RootFS:       rootFS(image),
	})
}

func rootFS(image v1.Image) v1.RootFS {
	config, err := image.ConfigFile()
	if err != nil {
		return v1.RootFS{}
	}
	return config.RootFS
}

func archive(files []file) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		h := &tar.Header{Name: f.name, Mode: f.mode, Size: int64(len(f.content)), ModTime: epoch, Typeflag: tar.TypeReg}
		switch {
		case f.target != "":
			h.Typeflag, h.Linkname, h.Mode = tar.TypeSymlink, f.target, 0o777
		case strings.HasSuffix(f.name, "/"):
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.content); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}
