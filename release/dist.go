package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"gitea.coulomb.social/coulomb/wpctl/internal/image"
)

// distribution is a release in the making.
type distribution struct {
	root      string // of the sources
	out       string // folder that it goes to
	version   version
	platforms []platform
	license   string // "" while there is none

	extras  []entry             // what is packed beside each program
	sums    map[string]string   // by name of a file in out
	archive map[string]string   // name of the archive, by platform
	images  map[string]v1.Image // by architecture
}

// dist makes all parts of a release and returns the names of its files, sorted.
func dist(ctx context.Context, d *distribution) ([]string, error) {
	d.sums, d.archive, d.images = map[string]string{}, map[string]string{}, map[string]v1.Image{}
	if err := os.MkdirAll(d.out, 0o755); err != nil {
		return nil, err
	}
	var err error
	if d.license, err = ownLicense(d.root); err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp("", "wpctl-dist-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	here := platform{runtime.GOOS, runtime.GOARCH}
	programs := map[platform]string{}
	if programs[here], err = build(ctx, d.root, d.version, here, filepath.Join(work, "here")); err != nil {
		return nil, err
	}
	if d.extras, err = extras(ctx, d.root, programs[here]); err != nil {
		return nil, err
	}
	for _, p := range d.platforms {
		folder := filepath.Join(work, p.os+"-"+p.arch)
		program := programs[p]
		if program == "" {
			if program, err = build(ctx, d.root, d.version, p, folder); err != nil {
				return nil, err
			}
		}
		if err := d.platform(ctx, p, program); err != nil {
			return nil, fmt.Errorf("%s: %w", p, err)
		}
		if err := os.RemoveAll(folder); err != nil {
			return nil, err
		}
	}
	if err := d.image(); err != nil {
		return nil, fmt.Errorf("image: %w", err)
	}
	for name, text := range map[string]string{"workplan.yaml": d.krew(), "wpctl.rb": d.formula()} {
		if err := d.write(name, []byte(text)); err != nil {
			return nil, err
		}
	}
	return d.checksums()
}

// platform makes what there is for one platform, out of its program.
func (d *distribution) platform(ctx context.Context, p platform, program string) error {
	text, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	modules, err := modulesOf(ctx, d.root, program)
	if err != nil {
		return err
	}
	notices, err := notices(modules)
	if err != nil {
		return err
	}
	files := append([]entry{{p.program(), 0o755, text}, {"THIRD-PARTY-NOTICES.txt", 0o644, notices}}, d.extras...)
	name := fmt.Sprintf("wpctl_%s_%s_%s", d.version.number, p.os, p.arch)
	packed, suffix := tarball, ".tar.gz"
	if p.os == "windows" {
		packed, suffix = zipped, ".zip"
	}
	content, err := packed(name, files, d.version.date)
	if err != nil {
		return err
	}
	if err := d.write(name+suffix, content); err != nil {
		return err
	}
	d.archive[p.String()] = name + suffix
	bill, err := sbom(d.version, p, d.license, text, modules)
	if err != nil {
		return err
	}
	if err := d.write(name+".spdx.json", bill); err != nil {
		return err
	}
	if p.os != "linux" {
		return nil
	}
	if d.images[p.arch], err = image.Build(imageOptions(d.version, p.arch, program)); err != nil {
		return err
	}
	for _, format := range []string{"deb", "rpm"} {
		name, content, err := pack(format, d.version, p.arch, d.license, files)
		if err != nil {
			return fmt.Errorf("%s: %w", format, err)
		}
		if err := d.write(name, content); err != nil {
			return err
		}
	}
	return nil
}

// image writes the images of all architectures as one file.
func (d *distribution) image() error {
	var images []v1.Image
	for _, p := range d.platforms {
		if i := d.images[p.arch]; i != nil && p.os == "linux" {
			images = append(images, i)
		}
	}
	if len(images) == 0 {
		return nil
	}
	index, err := image.Index(imageOptions(d.version, "", ""), images...)
	if err != nil {
		return err
	}
	name := "wpctl_" + d.version.number + "_image.tar"
	if err := image.SaveIndex(filepath.Join(d.out, name), d.version.number, index); err != nil {
		return err
	}
	return d.sum(name)
}

func (d *distribution) write(name string, content []byte) error {
	if err := os.WriteFile(filepath.Join(d.out, name), content, 0o644); err != nil {
		return err
	}
	return d.sum(name)
}

func (d *distribution) sum(name string) error {
	content, err := os.ReadFile(filepath.Join(d.out, name))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	d.sums[name] = hex.EncodeToString(sum[:])
	return nil
}

// checksums writes the sums of all files, as sha256sum -c reads them.
func (d *distribution) checksums() ([]string, error) {
	var names []string
	for name := range d.sums {
		names = append(names, name)
	}
	slices.Sort(names)
	var out strings.Builder
	for _, name := range names {
		fmt.Fprintf(&out, "%s  %s\n", d.sums[name], name)
	}
	const file = "checksums.txt"
	return append(names, file), os.WriteFile(filepath.Join(d.out, file), []byte(out.String()), 0o644)
}
