package steps

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"gitea.coulomb.social/coulomb/wpctl/internal/oci"
)

// images reads the images behind the manifest: those of the wanted platforms, else all.
func (l *imageLook) images(ctx context.Context, session *oci.Session, m oci.Manifest) ([]oci.Image, error) {
	if m.Index() {
		list, err := oci.Platforms(m)
		if err != nil {
			return nil, err
		}
		for _, d := range list {
			l.self.Platforms = append(l.self.Platforms, oci.PlatformOf(d))
		}
	}
	var want func(string) bool
	if len(l.args.Platforms) > 0 {
		want = func(p string) bool {
			return slices.ContainsFunc(l.args.Platforms, func(w string) bool { return isPlatform(p, w) })
		}
	}
	images, err := session.Images(ctx, m, want)
	if err != nil {
		return nil, err
	}
	for _, i := range images {
		if !m.Index() && i.Config != nil {
			l.self.Platforms = append(l.self.Platforms, i.Platform)
		}
		if err := l.nameSecrets(ctx, i.Config); err != nil {
			return nil, err
		}
		one := imageOne{Platform: i.Platform, Digest: i.Digest, Size: i.Size, Created: i.Created(), Config: newImageConfig(i.Config)}
		l.self.Images = append(l.self.Images, one)
	}
	if len(l.self.Images) > 0 {
		first := l.self.Images[0]
		l.self.Size, l.self.Created, l.self.Config = first.Size, first.Created, first.Config
	}
	return images, nil
}

// isPlatform tells whether a platform is the wanted one; a variant counts where one is wanted. arm64 is arm64/v8.
func isPlatform(p, want string) bool {
	p, want = strings.Replace(p, "/arm64/v8", "/arm64", 1), strings.Replace(want, "/arm64/v8", "/arm64", 1)
	return p == want || strings.HasPrefix(p, want+"/") && strings.Count(want, "/") == 1
}

// nameSecrets names what looks like a secret in an image's configuration: it may be one.
func (l *imageLook) nameSecrets(ctx context.Context, config *v1.ConfigFile) error {
	if config == nil {
		return nil
	}
	found, err := secretsOf(ctx, config.Config, l.args.NoSecrets)
	for _, s := range found {
		nameSecret(l.at, s.value)
	}
	l.secrets[config] = found
	return err
}

// lackError is that the registry does not have a layer of an image.
type lackError struct{ platform, layer string }

func (e *lackError) Error() string {
	return fmt.Sprintf("the registry does not have the layer %s of %s", e.layer, e.platform)
}

// layers looks whether all layers are there for who pulls without a credential.
func (l *imageLook) layers(ctx context.Context, session *oci.Session, images []oci.Image) error {
	if l.args.Pull != "anonymous" {
		return nil
	}
	for _, i := range images {
		layer, err := session.Lacks(ctx, i)
		if err != nil {
			return err
		}
		if layer != "" {
			return &lackError{cmp.Or(i.Platform, "the artifact"), layer}
		}
	}
	return nil
}

func (l *imageLook) referrers(ctx context.Context, session *oci.Session, digest string) error {
	list, err := session.Referrers(ctx, digest)
	if err != nil {
		return err
	}
	for _, d := range list {
		annotations := d.Annotations
		if annotations == nil {
			annotations = map[string]string{}
		}
		l.self.Referrers = append(l.self.Referrers, imageReferrer{d.ArtifactType, d.Digest.String(), d.Size, annotations})
	}
	return nil
}

// newImageConfig shows a configuration; nil is one in which nothing stands.
func newImageConfig(file *v1.ConfigFile) imageConfig {
	out := imageConfig{Healthcheck: []string{}, Ports: []string{}, Entrypoint: []string{}, Cmd: []string{}, Env: map[string]string{}, Labels: map[string]string{}}
	if file == nil {
		return out
	}
	c := file.Config
	out.User, out.WorkingDir = c.User, c.WorkingDir
	out.Ports = append(out.Ports, slices.Sorted(maps.Keys(c.ExposedPorts))...)
	out.Entrypoint, out.Cmd = append(out.Entrypoint, c.Entrypoint...), append(out.Cmd, c.Cmd...)
	if hasHealthcheck(c) {
		out.Healthcheck = append(out.Healthcheck, c.Healthcheck.Test...)
	}
	for _, pair := range c.Env {
		key, value, _ := strings.Cut(pair, "=")
		out.Env[key] = value
	}
	maps.Copy(out.Labels, c.Labels)
	return out
}

// hasHealthcheck tells whether a container of the image has a health check; NONE takes an inherited one away.
func hasHealthcheck(c v1.Config) bool {
	return c.Healthcheck != nil && len(c.Healthcheck.Test) > 0 && c.Healthcheck.Test[0] != "NONE"
}
