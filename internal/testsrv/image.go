package testsrv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	layers "github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Web is a configuration as a careful author writes it: not root, with a health check, port 8000 and labels.
func Web() v1.Config {
	return v1.Config{
		User: "10001:10001", ExposedPorts: map[string]struct{}{"8000/tcp": {}}, Entrypoint: []string{"/web"}, Cmd: []string{"serve"},
		Env: []string{"PATH=/usr/bin:/bin", "PORT=8000"}, WorkingDir: "/srv",
		Healthcheck: &v1.HealthConfig{Test: []string{"CMD", "/web", "health"}},
		Labels:      map[string]string{"org.opencontainers.image.version": "1.2.3", "org.opencontainers.image.source": "https://git.example/web"},
	}
}

// ImageOf makes an image of two small layers for linux/amd64.
func ImageOf(config v1.Config) (v1.Image, error) { return imageFor(config, "amd64") }

func imageFor(config v1.Config, arch string) (v1.Image, error) {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	for i := range 2 {
		layer := layers.NewLayer(bytes.Repeat([]byte{byte('a' + i)}, 1000), types.OCILayer)
		var err error
		if image, err = mutate.AppendLayers(image, layer); err != nil {
			return nil, err
		}
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.Config, file.OS, file.Architecture = config, "linux", arch
	file.Created = v1.Time{Time: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)}
	return mutate.ConfigFile(image, file)
}

// IndexOf makes an index of one image for each architecture, and an attestation, as builders add them.
func IndexOf(config v1.Config, archs ...string) (v1.ImageIndex, error) {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, arch := range append(archs, "unknown") {
		image, err := imageFor(config, arch)
		if err != nil {
			return nil, err
		}
		p := &v1.Platform{OS: "linux", Architecture: arch}
		if arch == "unknown" {
			p.OS = arch
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: p}})
	}
	return index, nil
}

// Push puts an image or an index into the registry under repository:tag, past its challenge, and returns its digest.
func (r *Registry) Push(tag string, content remote.Taggable) (string, error) {
	ref, err := name.ParseReference(r.Addr + "/" + tag)
	if err != nil {
		return "", err
	}
	through := remote.WithTransport(inside{r})
	switch c := content.(type) {
	case v1.Image:
		err = remote.Write(ref, c, through)
	case v1.ImageIndex:
		err = remote.WriteIndex(ref, c, through)
	case Bytes:
		err = r.put(ref, c)
	}
	if err != nil {
		return "", err
	}
	digest, err := partial.Digest(raw{content})
	return digest.String(), err
}

// put puts a manifest as it stands.
func (r *Registry) put(ref name.Reference, b Bytes) error {
	path := fmt.Sprintf("/v2/%s/manifests/%s", ref.Context().RepositoryStr(), ref.Identifier())
	req, err := http.NewRequest(http.MethodPut, path, bytes.NewReader(b.Text))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", string(b.Type))
	w := httptest.NewRecorder()
	r.inside.ServeHTTP(w, req)
	if w.Code != http.StatusCreated {
		return fmt.Errorf("put %s: %d %s", path, w.Code, w.Body)
	}
	return nil
}

// Refer puts an artifact of that type into the registry that belongs to the manifest with the digest.
func (r *Registry) Refer(repo, digest, artifactType string) error {
	subject, err := v1.NewHash(digest)
	if err != nil {
		return err
	}
	blob := []byte("{}")
	config, _, _ := v1.SHA256(bytes.NewReader(blob))
	text, err := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": types.OCIManifestSchema1, "artifactType": artifactType,
		"config":  map[string]any{"mediaType": artifactType, "digest": config, "size": len(blob)},
		"layers":  []any{},
		"subject": map[string]any{"mediaType": types.OCIManifestSchema1, "digest": subject, "size": 1},
	})
	if err != nil {
		return err
	}
	_, err = r.Push(repo+":"+strings.NewReplacer("/", "-", "+", "-").Replace(artifactType), Bytes{text, types.OCIManifestSchema1})
	return err
}

// Bytes is a manifest as it stands, right or wrong.
type Bytes struct {
	Text []byte
	Type types.MediaType
}

// RawManifest returns the text.
func (b Bytes) RawManifest() ([]byte, error) { return b.Text, nil }

// MediaType returns the type.
func (b Bytes) MediaType() (types.MediaType, error) { return b.Type, nil }

type raw struct{ remote.Taggable }

// inside talks to the registry behind its challenge and its faults.
type inside struct{ r *Registry }

func (i inside) RoundTrip(req *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	if req.Body == nil {
		req.Body = http.NoBody
	}
	i.r.inside.ServeHTTP(w, req)
	resp := w.Result()
	resp.Request = req
	return resp, nil
}

// Tags puts a small image under each of the tags of a repository.
func (r *Registry) Tags(repo string, tags ...string) error {
	image, err := ImageOf(Web())
	for _, tag := range tags {
		if err == nil {
			_, err = r.Push(fmt.Sprintf("%s:%s", repo, tag), image)
		}
	}
	return err
}

// fill puts the lab's images into the registry, and returns the digests of web:1, web:root and web:multi.
func (r *Registry) fill() ([3]string, error) {
	var out [3]string
	web, err := ImageOf(Web())
	if err != nil {
		return out, err
	}
	root, err := ImageOf(v1.Config{Env: []string{"PATH=/bin", "DB_PASSWORD=swordfish-4711"}})
	if err != nil {
		return out, err
	}
	multi, err := IndexOf(Web(), "amd64", "arm64")
	if err != nil {
		return out, err
	}
	for i, one := range []struct {
		tag     string
		content remote.Taggable
	}{{"web:1", web}, {"web:root", root}, {"web:multi", multi}} {
		if out[i], err = r.Push(one.tag, one.content); err != nil {
			return out, err
		}
	}
	if _, err := r.Push("open:1", web); err != nil {
		return out, err
	}
	return out, r.Refer("web", out[0], "application/vnd.example.sbom+json")
}
