package cast

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"os"
	"path"
	"runtime"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// BuildImage makes an image of a program, on top of a base where there is one. The same program gives the same digest.
func BuildImage(base v1.Image, program, as string, config v1.Config) (v1.Image, error) {
	text, err := os.ReadFile(program)
	if err != nil {
		return nil, err
	}
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	header := &tar.Header{Name: path.Clean(as)[1:], Mode: 0o755, Size: int64(len(text)), Typeflag: tar.TypeReg, ModTime: time.Unix(0, 0).UTC()}
	if err = w.WriteHeader(header); err == nil {
		_, err = w.Write(text)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(layer.Bytes())), nil })
	if err != nil {
		return nil, err
	}
	if base == nil {
		base = empty.Image
	}
	image, err := mutate.AppendLayers(base, l)
	if err != nil {
		return nil, err
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	file = file.DeepCopy()
	file.OS, file.Architecture, file.Created = "linux", runtime.GOARCH, v1.Time{Time: time.Unix(0, 0).UTC()}
	file.Config = config
	return mutate.ConfigFile(image, file)
}

// PullPlain returns an image of a registry that speaks plain HTTP.
func PullPlain(ctx context.Context, ref string) (v1.Image, error) {
	r, err := name.ParseReference(ref, name.Insecure)
	if err != nil {
		return nil, err
	}
	return remote.Image(r, remote.WithContext(ctx))
}

// PushPlain puts an image into such a registry.
func PushPlain(ctx context.Context, ref string, image v1.Image) error {
	r, err := name.ParseReference(ref, name.Insecure)
	if err != nil {
		return err
	}
	return remote.Write(r, image, remote.WithContext(ctx))
}

// Push puts an image into the forge, as its user, and returns its digest; root is the authority of the forge's certificate.
func (f *Forge) Push(ctx context.Context, root []byte, ref string, image v1.Image) (string, error) {
	r, err := name.ParseReference(ref)
	if err != nil {
		return "", err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(root)
	err = remote.Write(r, image, remote.WithContext(ctx), remote.WithAuth(&authn.Basic{Username: f.User, Password: f.Password}),
		remote.WithTransport(&http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}))
	if err != nil {
		return "", err
	}
	digest, err := image.Digest()
	return digest.String(), err
}
