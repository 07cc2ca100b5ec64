package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"gitea.coulomb.social/coulomb/wpctl/internal/image"
)

// source is where the code is.
const source = "https://gitea.coulomb.social/coulomb/wpctl"

// imageOptions describe the image of a version.
func imageOptions(v version, arch, binary string) image.Options {
	return image.Options{Binary: binary, Arch: arch, Version: v.number, Commit: v.commit, Source: source, Created: v.date}
}

// oneImage builds wpctl and its image for one architecture, writes it into a file and pushes it, where those are named.
func oneImage(ctx context.Context, root, arch, out, push string) error {
	v, err := versionOf(ctx, root)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "wpctl-image-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	binary, err := build(ctx, root, v, platform{"linux", arch}, folder)
	if err != nil {
		return err
	}
	made, err := image.Build(imageOptions(v, arch, binary))
	if err != nil {
		return err
	}
	if out != "" {
		if out, err = absolute(out); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
			return err
		}
		if err := image.Save(out, "wpctl:"+v.number, made); err != nil {
			return err
		}
		fmt.Println(out)
	}
	if push != "" {
		ref, err := name.ParseReference(push)
		if err != nil {
			return err
		}
		if err := remote.Write(ref, made, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
			return fmt.Errorf("push the image: %w", err)
		}
		digest, err := made.Digest()
		if err != nil {
			return err
		}
		fmt.Println(ref.Context().Digest(digest.String()))
	}
	return nil
}
