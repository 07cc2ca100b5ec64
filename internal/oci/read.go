package oci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Manifest is a manifest as the registry has it.
type Manifest struct {
	Digest    string
	MediaType string
	Raw       []byte
}

// Index tells whether it lists the manifests of several platforms.
func (m Manifest) Index() bool { return types.MediaType(m.MediaType).IsIndex() }

func (s *Session) options(ctx context.Context) []remote.Option {
	return []remote.Option{remote.WithTransport(s.transport), remote.WithContext(ctx)}
}

// Manifest asks the registry for what ref names. Its digest is that of the bytes that came.
func (s *Session) Manifest(ctx context.Context, ref name.Reference) (Manifest, error) {
	d, err := remote.Get(ref, s.options(ctx)...)
	if err != nil {
		return Manifest{}, err
	}
	m := Manifest{Digest: d.Digest.String(), MediaType: string(d.MediaType), Raw: d.Manifest}
	if !d.MediaType.IsIndex() && !d.MediaType.IsImage() { // as plain file servers answer
		var own struct{ MediaType string }
		if json.Unmarshal(m.Raw, &own) == nil && own.MediaType != "" {
			m.MediaType = own.MediaType
		}
	}
	s.kept.put(m.Digest, m)
	return m, nil
}

// child returns a manifest by its digest, which is always the same.
func (s *Session) child(ctx context.Context, digest string) (Manifest, error) {
	if m, ok := s.kept.get(digest).(Manifest); ok {
		return m, nil
	}
	return s.Manifest(ctx, s.repo.Digest(digest))
}

// config returns the configuration of an image.
func (s *Session) config(ctx context.Context, digest v1.Hash) (*v1.ConfigFile, error) {
	if c, ok := s.kept.get(digest.String()).(*v1.ConfigFile); ok {
		return c, nil
	}
	layer, err := remote.Layer(s.repo.Digest(digest.String()), s.options(ctx)...)
	if err != nil {
		return nil, err
	}
	blob, err := layer.Compressed()
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	raw, err := io.ReadAll(blob)
	if err != nil {
		return nil, err
	}
	c := &v1.ConfigFile{}
	if err := json.Unmarshal(raw, c); err != nil {
		return nil, &Malformed{fmt.Sprintf("the configuration %s is no JSON of an image", digest), err}
	}
	s.kept.put(digest.String(), c)
	return c, nil
}

// Has tells whether the repository has a blob.
func (s *Session) Has(ctx context.Context, digest string) (bool, error) {
	layer, err := remote.Layer(s.repo.Digest(digest), s.options(ctx)...)
	if err != nil {
		return false, err
	}
	return partial.Exists(layer)
}

// maxReferrers bounds a list of referrers.
const maxReferrers = 1000

// Referrers returns what says to belong to a manifest: signatures, SBOMs and the like.
func (s *Session) Referrers(ctx context.Context, digest string) ([]v1.Descriptor, error) {
	index, err := remote.Referrers(s.repo.Digest(digest), s.options(ctx)...)
	if err != nil {
		return nil, err
	}
	m, err := index.IndexManifest()
	if err != nil {
		return nil, &Malformed{"the list of referrers is no index", err}
	}
	if len(m.Manifests) > maxReferrers {
		return nil, fmt.Errorf("more than %d referrers", maxReferrers)
	}
	return m.Manifests, nil
}

// Malformed is the error of content that is not what it should be.
type Malformed struct {
	What string
	Err  error
}

func (m *Malformed) Error() string { return m.What }
func (m *Malformed) Unwrap() error { return m.Err }

// Status returns the status of the answer that err tells of, and the registry's own code for it; 0 where there was none.
func Status(err error) (status int, code string) {
	var e *transport.Error
	if !errors.As(err, &e) {
		return 0, ""
	}
	if len(e.Errors) > 0 {
		code = string(e.Errors[0].Code)
	}
	return e.StatusCode, code
}

// Answered returns the host whose answer err tells of; "" where there was none.
func Answered(err error) string {
	var e *transport.Error
	if !errors.As(err, &e) || e.Request == nil {
		return ""
	}
	return e.Request.URL.Host
}

// Refused tells whether err is a registry's no to who asks.
func Refused(err error) bool {
	status, _ := Status(err)
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

// Missing tells whether err is that there is no such thing.
func Missing(err error) bool {
	status, _ := Status(err)
	var token *TokenError
	return status == http.StatusNotFound && !errors.As(err, &token)
}

// WrongDigest tells whether err is that content came which is not what its digest says.
func WrongDigest(err error) bool {
	if err == nil {
		return false
	}
	text := err.Error() // the library has no type for it that others can see
	return strings.Contains(text, "does not match requested digest") || strings.Contains(text, "error verifying")
}

// maxKept bounds how many manifests and configurations a session keeps.
const maxKept = 256

// content keeps what never changes, by its digest. The zero value is ready.
type content struct {
	mu sync.Mutex
	by map[string]any
}

func (c *content) get(digest string) any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by[digest]
}

func (c *content) put(digest string, v any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil || len(c.by) >= maxKept {
		c.by = map[string]any{}
	}
	c.by[digest] = v
}
