// Command image makes a container image of wpctl for hubs, of nothing but the program: no base, no shell, not as root.
// The same program gives the same digest.
package main

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "image: "+err.Error())
		os.Exit(1)
	}
}

func run() error {
	program := flag.String("wpctl", "bin/linux/wpctl", "the `program`, built without C for Linux")
	ref := flag.String("name", "wpctl-hub:latest", "what the image is called, and where it is pushed to")
	output := flag.String("o", "", "write it into this `file`, as docker load and ctr import take it")
	push := flag.Bool("push", false, "push it to the registry of its name, with what docker login has kept")
	flag.Parse()
	if (*output == "") == !*push {
		return errors.New("give -o FILE or -push")
	}
	tag, err := name.NewTag(*ref)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(*program)
	if err != nil {
		return err
	}
	img, err := Image(text)
	if err != nil {
		return err
	}
	if *push {
		err = remote.Write(tag, img, remote.WithAuthFromKeychain(authn.DefaultKeychain))
	} else {
		err = tarball.WriteToFile(*output, tag, img)
	}
	if err != nil {
		return err
	}
	digest, err := img.Digest()
	if err == nil {
		fmt.Println(digest)
	}
	return err
}

// user is who the hub runs as, by number, as pod security wants it.
const user = 65532

// Image is an image of the program.
func Image(program []byte) (v1.Image, error) {
	arch, err := architecture(program)
	if err != nil {
		return nil, err
	}
	files, err := layer(program)
	if err != nil {
		return nil, err
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(files)), nil })
	if err != nil {
		return nil, err
	}
	img, err := mutate.AppendLayers(empty.Image, l)
	if err != nil {
		return nil, err
	}
	cfg, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	cfg = cfg.DeepCopy()
	cfg.OS, cfg.Architecture = "linux", arch
	cfg.Created = v1.Time{Time: time.Unix(0, 0).UTC()}
	cfg.Config = v1.Config{
		Entrypoint: []string{"/bin/wpctl"}, Cmd: []string{"hub", "serve"}, User: fmt.Sprintf("%d:%d", user, user), WorkingDir: "/data",
		Env:          []string{"PATH=/bin", "HOME=/data", "WPCTL_STATE_DIR=/data"},
		ExposedPorts: map[string]struct{}{"8420/tcp": {}}, Volumes: map[string]struct{}{"/data": {}},
		Labels: map[string]string{"org.opencontainers.image.title": "wpctl hub", "org.opencontainers.image.source": "https://gitea.coulomb.social/coulomb/wpctl"},
	}
	return mutate.ConfigFile(img, cfg)
}

// architecture is what the program runs on, as images call it. A program that needs files of a system is refused.
func architecture(program []byte) (string, error) {
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		return "", fmt.Errorf("the program: wanted one for Linux: %w", err)
	}
	if libs, _ := f.ImportedLibraries(); len(libs) > 0 { // where there is no such table, there are none
		return "", fmt.Errorf("the program needs %q: build it with CGO_ENABLED=0", libs)
	}
	switch f.Machine {
	case elf.EM_X86_64:
		return "amd64", nil
	case elf.EM_AARCH64:
		return "arm64", nil
	}
	return "", fmt.Errorf("the program is for %s; wanted amd64 or arm64", f.Machine)
}

// layer is the program and what it needs around it, without times.
func layer(program []byte) ([]byte, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, f := range []struct {
		name string
		mode int64
		of   int
		text []byte
	}{
		{"bin/", 0o755, 0, nil},
		{"bin/wpctl", 0o755, 0, program},
		{"data/", 0o700, user, nil},
		{"etc/", 0o755, 0, nil},
		{"etc/group", 0o644, 0, fmt.Appendf(nil, "hub:x:%d:\n", user)},
		{"etc/passwd", 0o644, 0, fmt.Appendf(nil, "hub:x:%d:%d:hub:/data:/sbin/nologin\n", user, user)},
		{"tmp/", 0o1777, 0, nil},
	} {
		h := &tar.Header{Name: f.name, Mode: f.mode, Uid: f.of, Gid: f.of, Size: int64(len(f.text)), Typeflag: tar.TypeReg, Format: tar.FormatPAX}
		if f.text == nil {
			h.Typeflag = tar.TypeDir
		}
		if err := w.WriteHeader(h); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.text); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
