package main

import (
	"fmt"
	"strings"
)

// download is where a file of the release is.
func (d *distribution) download(name string) string {
	return fmt.Sprintf("%s/releases/download/v%s/%s", homepage, d.version.number, name)
}

// folderOf is the folder in an archive.
func (d *distribution) folderOf(p platform) string {
	return fmt.Sprintf("wpctl_%s_%s_%s", d.version.number, p.os, p.arch)
}

// krew is the manifest by which krew installs wpctl as kubectl workplan.
func (d *distribution) krew() string {
	var b strings.Builder
	fmt.Fprintf(&b, `apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata:
  name: workplan
spec:
  version: v%s
  homepage: %s
  shortDescription: Prove the tasks of workplans
  description: |
    %s
  caveats: |
    Call it as kubectl workplan, with the commands of wpctl: kubectl workplan doctor
  platforms:
`, d.version.number, homepage, strings.ReplaceAll(about, "\n", "\n    "))
	for _, p := range d.platforms {
		name := d.archive[p.String()]
		fmt.Fprintf(&b, `    - selector: {matchLabels: {os: %s, arch: %s}}
      uri: %s
      sha256: %s
      files:
        - {from: %[5]s/%[6]s, to: .}
        - {from: %[5]s/THIRD-PARTY-NOTICES.txt, to: .}
      bin: %[6]s
`, p.os, p.arch, d.download(name), d.sums[name], d.folderOf(p), p.program())
	}
	return b.String()
}

// formula is the formula by which Homebrew installs wpctl on macOS and Linux.
func (d *distribution) formula() string {
	var b strings.Builder
	fmt.Fprintf(&b, `class Wpctl < Formula
  desc %q
  homepage %q
  version %q
`, summary, homepage, d.version.number)
	switch d.license {
	case "":
	case unknownLicense:
		b.WriteString("  license :cannot_represent\n")
	default:
		fmt.Fprintf(&b, "  license %q\n", d.license)
	}
	for _, os := range []struct{ goos, block string }{{"darwin", "on_macos"}, {"linux", "on_linux"}} {
		var inner strings.Builder
		for _, arch := range []struct{ goarch, block string }{{"amd64", "on_intel"}, {"arm64", "on_arm"}} {
			if name := d.archive[os.goos+"/"+arch.goarch]; name != "" {
				fmt.Fprintf(&inner, "    %s do\n      url %q\n      sha256 %q\n    end\n", arch.block, d.download(name), d.sums[name])
			}
		}
		if inner.Len() > 0 {
			fmt.Fprintf(&b, "\n  %s do\n%s  end\n", os.block, inner.String())
		}
	}
	b.WriteString(`
  def install
    bin.install "wpctl"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/wpctl.bash" => "wpctl"
    zsh_completion.install "completions/_wpctl"
    fish_completion.install "completions/wpctl.fish"
    doc.install "README.md", "CHANGELOG.md", "THIRD-PARTY-NOTICES.txt"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/wpctl version")
  end
end
`)
	return b.String()
}
