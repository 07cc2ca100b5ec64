// Package image makes the container image of wpctl out of its program alone: nothing is pulled, no tool of containers
// is wanted, and the same program gives the same bytes.
//
// The image holds the program, certificates of public authorities, an account without rights and folders of its own.
// It has no shell, and none of the programs that steps such as sh, git and helm call.
package image

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Places in the image, and the account that the program runs as.
const (
	Program = "/usr/bin/wpctl"
	Data    = "/var/lib/wpctl" // for a volume: the state of wpctl, and the database of a hub
	Work    = "/work"          // where a checkout is mounted
	User    = 65532
)

// Options describe an image. All fields are required, unless it says otherwise.
type Options struct {
	Binary   string // path of wpctl, static and for Linux
	Arch     string // of the binary: amd64 or arm64
	Version  string
	Commit   string    // may be empty
	Source   string    // where its code is; may be empty
	Created  time.Time // of the version, not of the build
	Licenses string    // an SPDX expression; may be empty
}

// Build makes the image.
func Build(o Options) (v1.Image, error) {
	program, err := os.ReadFile(o.Binary)
	if err != nil {
		return nil, fmt.Errorf("read the program: %w", err)
	}
	layer, err := layerOf(append(base(), file{name: Program, mode: 0o755, content: program}), o.Created)
	if err != nil {
		return nil, err
	}
	image, err := mutate.Append(mutate.MediaType(empty.Image, types.OCIManifestSchema1), mutate.Addendum{
		Layer: layer, MediaType: types.OCILayer,
		History: v1.History{Created: v1.Time{Time: o.Created}, CreatedBy: "wpctl: make image"},
	})
	if err != nil {
		return nil, err
	}
	image = mutate.ConfigMediaType(image, types.OCIConfigJSON)
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = "linux", o.Arch, v1.Time{Time: o.Created}
	config.Config = v1.Config{
		Entrypoint: []string{Program},
		Env:        []string{"PATH=/usr/bin", "HOME=" + Data, "WPCTL_STATE_DIR=" + Data},
		User:       fmt.Sprintf("%d:%d", User, User),
		WorkingDir: Work,
		Labels:     o.labels(),
	}
	if image, err = mutate.ConfigFile(image, config); err != nil {
		return nil, err
	}
	return mutate.Annotations(image, o.labels()).(v1.Image), nil
}

// Index joins images of several architectures.
func Index(o Options, images ...v1.Image) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, image := range images {
		config, err := image.ConfigFile()
		if err != nil {
			return nil, err
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: config.OS, Architecture: config.Architecture}},
		})
	}
	return mutate.Annotations(index, o.labels()).(v1.ImageIndex), nil
}

// labels say what the image is, in the words of the OCI image specification.
func (o Options) labels() map[string]string {
	out := map[string]string{}
	for name, value := range map[string]string{
		"title":       "wpctl",
		"description": "Proves the tasks of workplans, and writes what was proven back into them",
		"version":     o.Version,
		"revision":    o.Commit,
		"source":      o.Source,
		"licenses":    o.Licenses,
		"created":     o.Created.UTC().Format(time.RFC3339),
	} {
		if value != "" {
			out["org.opencontainers.image."+name] = value
		}
	}
	return out
}

// file is an entry of the layer: a folder where it has no content.
type file struct {
	name    string
	mode    int64
	owner   int
	content []byte
}

// base are the files beside the program.
func base() []file {
	account := fmt.Sprintf("wpctl:x:%d:%d:wpctl:%s:/nonexistent\n", User, User, Data)
	return []file{
		{name: "/tmp", mode: 0o1777},
		{name: Data, mode: 0o700, owner: User},
		{name: Work, mode: 0o755, owner: User},
		{name: "/etc/passwd", mode: 0o644, content: []byte("root:x:0:0:root:/:/nonexistent\n" + account)},
		{name: "/etc/group", mode: 0o644, content: []byte(fmt.Sprintf("root:x:0:\nwpctl:x:%d:\n", User))},
		{name: "/etc/nsswitch.conf", mode: 0o644, content: []byte("hosts: files dns\n")},
		{name: "/etc/ssl/certs/ca-certificates.crt", mode: 0o644, content: authorities()},
	}
}

// layerOf packs files in their order, with the folders that lead to them.
func layerOf(files []file, made time.Time) (v1.Layer, error) {
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	seen := map[string]bool{}
	for _, f := range files {
		if err := folders(w, path.Dir(f.name), made, seen); err != nil {
			return nil, err
		}
		h := &tar.Header{Name: entry(f.name), Mode: f.mode, Uid: f.owner, Gid: f.owner, ModTime: made, Format: tar.FormatPAX}
		if f.content == nil {
			h.Typeflag, h.Name = tar.TypeDir, h.Name+"/"
			seen[f.name] = true
		} else {
			h.Typeflag, h.Size = tar.TypeReg, int64(len(f.content))
		}
		if err := write(w, h, f.content); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed.Bytes())), nil },
		tarball.WithCompressionLevel(gzip.BestCompression), tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
}

// folders writes dir and those above it, where they were not written before.
func folders(w *tar.Writer, dir string, made time.Time, seen map[string]bool) error {
	if dir == "/" || seen[dir] {
		return nil
	}
	if err := folders(w, path.Dir(dir), made, seen); err != nil {
		return err
	}
	seen[dir] = true
	return write(w, &tar.Header{Typeflag: tar.TypeDir, Name: entry(dir) + "/", Mode: 0o755, ModTime: made, Format: tar.FormatPAX}, nil)
}

func entry(name string) string { return strings.TrimPrefix(name, "/") }

func write(w *tar.Writer, h *tar.Header, content []byte) error {
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err := w.Write(content)
	return err
}
