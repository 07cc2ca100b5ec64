// Package imagetest looks at images as those who pull them do.
package imagetest

import (
	"archive/tar"
	"errors"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// Pulled returns the image that comes out of a registry, which lasts as long as the test, after push has put one in. It
// is whole: each of its layers was read.
func Pulled(t testing.TB, push func(name.Reference) error, pull ...remote.Option) v1.Image {
	t.Helper()
	server := httptest.NewServer(registry.New())
	t.Cleanup(server.Close)
	ref, err := name.ParseReference(strings.TrimPrefix(server.URL, "http://") + "/wpctl:1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	if err := push(ref); err != nil {
		t.Fatal(err)
	}
	pulled, err := remote.Image(ref, pull...)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(pulled); err != nil {
		t.Fatal(err)
	}
	return pulled
}

// Config returns the configuration of an image.
func Config(t testing.TB, i v1.Image) *v1.ConfigFile {
	t.Helper()
	config, err := i.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// Extract writes the files of an image below root, and returns their headers by name; those of folders end with a slash.
func Extract(t testing.TB, i v1.Image, root string) map[string]*tar.Header {
	t.Helper()
	rc := mutate.Extract(i)
	defer rc.Close()
	files := map[string]*tar.Header{}
	for r := tar.NewReader(rc); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		name := h.Name
		if h.Typeflag == tar.TypeDir {
			name = strings.TrimSuffix(name, "/") + "/"
		}
		files[name] = h
		path := filepath.Join(root, filepath.FromSlash(h.Name))
		if h.Typeflag == tar.TypeDir {
			if err := os.MkdirAll(path, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, h.FileInfo().Mode()); err != nil {
			t.Fatal(err)
		}
	}
}
