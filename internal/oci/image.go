package oci

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// The bounds of an index: how many of its images are read, and how many of them at once.
const (
	maxImages  = 64
	atOnce     = 8
	maxLayers  = 10_000  // programs that run images take 128
	mostStored = 1 << 48 // bytes of one layer
)

// Image is one image for one platform.
type Image struct {
	Platform string // os/architecture or os/architecture/variant
	Digest   string
	Type     string // the media type of the configuration, or what it says to be an artifact of
	Size     int64  // of what a pull loads: the configuration and the layers
	Layers   []v1.Descriptor
	Config   *v1.ConfigFile // nil where it is no image
}

// Created is when the image says to have been made; "" where it does not say.
func (i Image) Created() string {
	if i.Config == nil || i.Config.Created.IsZero() {
		return ""
	}
	return i.Config.Created.UTC().Format(time.RFC3339)
}

// Images returns the images behind a manifest: the manifest's own, or those of an index in its order.
// Want chooses by platform, nil takes all; what an index holds besides images is left out.
func (s *Session) Images(ctx context.Context, m Manifest, want func(platform string) bool) ([]Image, error) {
	if !m.Index() {
		image, err := s.image(ctx, m, "")
		return []Image{image}, err
	}
	list, err := Platforms(m)
	if err != nil {
		return nil, err
	}
	var chosen []v1.Descriptor
	for _, d := range list {
		if want == nil || want(PlatformOf(d)) {
			chosen = append(chosen, d)
		}
	}
	if len(chosen) > maxImages {
		return nil, fmt.Errorf("the index holds %d images; more than %d are not read: choose with platforms", len(chosen), maxImages)
	}
	out := make([]Image, len(chosen))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i, d := range chosen {
		group.Go(func() error {
			child, err := s.child(ctx, d.Digest.String())
			if err == nil && child.Index() {
				err = &Malformed{What: "an index within an index for " + PlatformOf(d)}
			}
			if err == nil {
				out[i], err = s.image(ctx, child, PlatformOf(d))
			}
			if err != nil {
				return &PartError{PlatformOf(d), err}
			}
			return nil
		})
	}
	return out, group.Wait()
}

// PartError is an error about one image of an index.
type PartError struct {
	Platform string
	Err      error
}

func (p *PartError) Error() string { return p.Platform + ": " + p.Err.Error() }
func (p *PartError) Unwrap() error { return p.Err }

// Platforms returns the images that an index lists, without attestations and the like.
func Platforms(m Manifest) ([]v1.Descriptor, error) {
	index, err := v1.ParseIndexManifest(bytes.NewReader(m.Raw))
	if err != nil {
		return nil, &Malformed{"the index is no JSON of an index", err}
	}
	var out []v1.Descriptor
	for _, d := range index.Manifests {
		if d.Platform != nil && d.Platform.OS != "" && d.Platform.OS != "unknown" && (d.MediaType.IsImage() || d.MediaType.IsIndex()) {
			out = append(out, d)
		}
	}
	return out, nil
}

// PlatformOf writes a platform as os/architecture/variant.
func PlatformOf(d v1.Descriptor) string {
	if d.Platform == nil {
		return ""
	}
	return platform(d.Platform.OS, d.Platform.Architecture, d.Platform.Variant)
}

func platform(os, arch, variant string) string {
	p := os + "/" + arch
	if variant != "" {
		p += "/" + variant
	}
	return p
}

func (s *Session) image(ctx context.Context, m Manifest, named string) (Image, error) {
	if t := types.MediaType(m.MediaType); t == types.DockerManifestSchema1 || t == types.DockerManifestSchema1Signed {
		return Image{}, &Malformed{What: "a manifest of schema 1, which is no longer in use"}
	}
	if !types.MediaType(m.MediaType).IsImage() {
		return Image{}, &Malformed{What: fmt.Sprintf("a manifest of the type %q", m.MediaType)}
	}
	manifest, err := v1.ParseManifest(bytes.NewReader(m.Raw))
	if err != nil {
		return Image{}, &Malformed{"the manifest is no JSON of a manifest", err}
	}
	out := Image{Platform: named, Digest: m.Digest, Type: string(manifest.Config.MediaType), Size: manifest.Config.Size, Layers: manifest.Layers}
	for _, d := range append([]v1.Descriptor{manifest.Config}, manifest.Layers...) {
		if d.Size < 0 || d.Size > mostStored { // of which the sum would be anything
			return Image{}, &Malformed{What: fmt.Sprintf("a layer or a configuration of %d bytes", d.Size)}
		}
	}
	if len(manifest.Layers) > maxLayers {
		return Image{}, &Malformed{What: fmt.Sprintf("a manifest with %d layers", len(manifest.Layers))}
	}
	for _, l := range manifest.Layers {
		out.Size += l.Size
	}
	if manifest.ArtifactType != "" || !manifest.Config.MediaType.IsConfig() {
		out.Type = cmp.Or(manifest.ArtifactType, out.Type)
		return out, nil
	}
	if out.Config, err = s.config(ctx, manifest.Config.Digest); err != nil {
		return Image{}, err
	}
	if out.Platform == "" {
		out.Platform = platform(out.Config.OS, out.Config.Architecture, out.Config.Variant)
	}
	return out, nil
}

// Lacks returns the first layer of an image that the registry does not have; "" where it has all.
func (s *Session) Lacks(ctx context.Context, i Image) (string, error) {
	missing := make([]string, len(i.Layers))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for n, l := range i.Layers {
		if len(l.URLs) > 0 { // from elsewhere, by licence
			continue
		}
		group.Go(func() error {
			has, err := s.Has(ctx, l.Digest.String())
			if err == nil && !has {
				missing[n] = l.Digest.String()
			}
			return err
		})
	}
	err := group.Wait()
	return cmp.Or(missing...), err
}
