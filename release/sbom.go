package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"

	spdx "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// module is a module that a program is linked with.
type module struct {
	path, version, sum string
	dir                string // of its sources; "" for those of Go itself
}

// modulesOf reads out of a program what it was linked with, Go itself first, and finds the sources.
func modulesOf(ctx context.Context, root, program string) ([]module, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return nil, err
	}
	out := []module{{path: "std", version: strings.TrimPrefix(info.GoVersion, "go")}}
	dirs, err := sources(ctx, root)
	if err != nil {
		return nil, err
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		dir := dirs[m.Path]
		if dir == "" {
			return nil, fmt.Errorf("the sources of %s are not at hand: go mod download", m.Path)
		}
		out = append(out, module{m.Path, m.Version, m.Sum, dir})
	}
	return out, nil
}

// sources are the folders of all modules, by path.
func sources(ctx context.Context, root string) (map[string]string, error) {
	cmd := exec.CommandContext(ctx, "go", "list", "-C", root, "-m", "-json", "all")
	cmd.Env = buildEnv(cmd.Environ(), platform{"linux", "amd64"})
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list the modules: %w", err)
	}
	out := map[string]string{}
	for dec := json.NewDecoder(bytes.NewReader(text)); dec.More(); {
		var m struct{ Path, Dir string }
		if err := dec.Decode(&m); err != nil {
			return nil, err
		}
		out[m.Path] = m.Dir
	}
	return out, nil
}

// sbom is the bill of materials of a program, as SPDX 2.3 in JSON: the program, and each module that is linked into it.
func sbom(v version, p platform, license string, program []byte, modules []module) ([]byte, error) {
	sum := sha256.Sum256(program)
	name := fmt.Sprintf("wpctl-%s-%s-%s", v.number, p.os, p.arch)
	main := &v2_3.Package{
		PackageName: "wpctl", PackageSPDXIdentifier: "wpctl", PackageVersion: v.number, PackageDownloadLocation: "git+" + homepage + "@" + v.commit,
		PackageChecksums:       []common.Checksum{{Algorithm: common.SHA256, Value: hex.EncodeToString(sum[:])}},
		PackageLicenseDeclared: cmp.Or(license, unknownLicense), PackageLicenseConcluded: unknownLicense, PackageCopyrightText: "NOASSERTION",
		PackageSupplier:           &common.Supplier{Supplier: "NOASSERTION"},
		PackageExternalReferences: []*v2_3.PackageExternalReference{purl("gitea.coulomb.social/coulomb/wpctl", "v"+v.number)},
		PrimaryPackagePurpose:     "APPLICATION",
	}
	doc := &v2_3.Document{
		SPDXVersion: v2_3.Version, DataLicense: v2_3.DataLicense, SPDXIdentifier: "DOCUMENT", DocumentName: name,
		DocumentNamespace: homepage + "/spdx/" + name + "-" + hex.EncodeToString(sum[:8]),
		CreationInfo:      &v2_3.CreationInfo{Created: v.date.Format(time.RFC3339), Creators: []common.Creator{{CreatorType: "Tool", Creator: "wpctl-release"}}},
		Packages:          []*v2_3.Package{main},
		Relationships:     []*v2_3.Relationship{{RefA: common.MakeDocElementID("", "DOCUMENT"), RefB: common.MakeDocElementID("", "wpctl"), Relationship: "DESCRIBES"}},
	}
	for _, m := range modules {
		id := "go-" + notID.ReplaceAllString(m.path, "-")
		p := &v2_3.Package{
			PackageName: m.path, PackageSPDXIdentifier: common.ElementID(id), PackageVersion: m.version, PackageDownloadLocation: "NOASSERTION",
			PackageLicenseDeclared: "NOASSERTION", PackageLicenseConcluded: licenseOf(m), PackageCopyrightText: "NOASSERTION",
			PackageSupplier:           &common.Supplier{Supplier: "NOASSERTION"},
			PackageExternalReferences: []*v2_3.PackageExternalReference{purl(m.path, m.version)},
			PackageComment:            m.sum,
		}
		doc.Packages = append(doc.Packages, p)
		doc.Relationships = append(doc.Relationships, &v2_3.Relationship{
			RefA: common.MakeDocElementID("", "wpctl"), RefB: common.MakeDocElementID("", id), Relationship: "DEPENDS_ON",
		})
	}
	var out bytes.Buffer
	err := spdx.Write(doc, &out, spdx.Indent("  "))
	return out.Bytes(), err
}

var notID = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// purl names a module of Go, https://github.com/package-url/purl-spec.
func purl(path, version string) *v2_3.PackageExternalReference {
	return &v2_3.PackageExternalReference{
		Category: "PACKAGE-MANAGER", RefType: "purl", Locator: "pkg:golang/" + path + "@" + strings.ReplaceAll(version, "+", "%2B"),
	}
}
