package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/deb" // registers the format
	"github.com/goreleaser/nfpm/v2/files"
	_ "github.com/goreleaser/nfpm/v2/rpm" // registers the format
)

const (
	homepage = source
	summary  = "Proves the tasks of workplans, and writes what was proven back into them"
	about    = `wpctl reads workplans: markdown files in which tasks say how it is seen that they are done.
It looks at clusters, networks, files and commands, and writes status and findings back into the same file.`
)

// pack makes a package for Debian or Red Hat and their like.
func pack(format string, v version, arch, license string, all []entry) (name string, content []byte, err error) {
	folder, err := os.MkdirTemp("", "wpctl-pack-")
	if err != nil {
		return "", nil, err
	}
	defer os.RemoveAll(folder)
	info := &nfpm.Info{
		Name: "wpctl", Arch: arch, Platform: "linux", Version: v.number, Section: "admin", Priority: "optional",
		Maintainer: "wpctl <" + homepage + ">", Description: summary + "\n" + about, Homepage: homepage, MTime: v.date,
		License: license,
	}
	info.RPM.BuildHost = "localhost"
	info.RPM.Summary = summary
	info.Recommends = []string{"git"}
	for i, f := range all {
		place := installed(f.name)
		if place == "" {
			continue
		}
		if strings.HasSuffix(place, ".gz") {
			if f.content, err = compressed(f.content); err != nil {
				return "", nil, err
			}
		}
		path := filepath.Join(folder, fmt.Sprint(i))
		if err := os.WriteFile(path, f.content, 0o600); err != nil {
			return "", nil, err
		}
		info.Contents = append(info.Contents, &files.Content{
			Source: path, Destination: place,
			FileInfo: &files.ContentFileInfo{Owner: "root", Group: "root", Mode: f.mode, MTime: v.date},
		})
	}
	if err := nfpm.PrepareForPackager(nfpm.WithDefaults(info), format); err != nil {
		return "", nil, err
	}
	packager, err := nfpm.Get(format)
	if err != nil {
		return "", nil, err
	}
	var out bytes.Buffer
	if err := packager.Package(info, &out); err != nil {
		return "", nil, err
	}
	return packager.ConventionalFileName(info), out.Bytes(), nil
}

// installed is where a file of the archive lies on a system; "" for none.
func installed(name string) string {
	dir, base := path.Split(name)
	switch {
	case name == "wpctl":
		return "/usr/bin/wpctl"
	case dir == "man/":
		return "/usr/share/man/man1/" + base + ".gz"
	case base == "wpctl.bash":
		return "/usr/share/bash-completion/completions/wpctl"
	case base == "_wpctl":
		return "/usr/share/zsh/vendor-completions/_wpctl"
	case base == "wpctl.fish":
		return "/usr/share/fish/vendor_completions.d/wpctl.fish"
	case base == "wpctl.ps1":
		return ""
	}
	return "/usr/share/doc/wpctl/" + base
}

func compressed(content []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(content); err != nil {
		return nil, err
	}
	err = z.Close()
	return out.Bytes(), err
}
