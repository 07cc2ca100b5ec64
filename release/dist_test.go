package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	spdx "github.com/spdx/tools-golang/json"
	"go.yaml.in/yaml/v4"

	"gitea.coulomb.social/coulomb/wpctl/internal/image/imagetest"
)

// TestRelease makes a release for this machine twice, out of copies of the sources in two places: not a byte differs.
// What there is of it is then installed, loaded and asked.
func TestRelease(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("packages and images are for Linux")
	}
	v := version{number: "1.2.3", commit: "0123456789abcdef0123456789abcdef01234567", date: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	var d *distribution
	var outs [2]string
	var names [2][]string
	roots := [2]string{sourcesAt(t), sourcesAt(t)} // both at once: somebody may go on working
	for n := range outs {
		outs[n] = t.TempDir()
		d = &distribution{root: roots[n], out: outs[n], version: v, platforms: []platform{{runtime.GOOS, runtime.GOARCH}}}
		var err error
		if names[n], err = dist(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(names[0], names[1]) {
		t.Errorf("two releases have other files: %v and %v", names[0], names[1])
	}
	for _, name := range names[0] {
		if !bytes.Equal(read(t, outs[0], name), read(t, outs[1], name)) {
			t.Errorf("%s is not the same twice", name)
		}
	}
	r := release{out: outs[0], names: names[0]}
	t.Run("checksums", r.checksums)
	t.Run("archive", r.archive)
	t.Run("deb", r.deb)
	t.Run("rpm", r.rpm)
	t.Run("image", r.image)
	t.Run("manuals", r.manuals)
	t.Run("completions", r.completions)
	t.Run("krew", r.krew)
	t.Run("formula", r.formula)
	t.Run("sbom", r.sbom)
}

// sourcesAt is a folder with the files of this checkout that git knows or would take.
func sourcesAt(t *testing.T) string {
	t.Helper()
	to := t.TempDir()
	cmd := exec.Command("sh", "-c", `git ls-files --cached --others --exclude-standard -z | xargs -0 sh -c 'for f; do [ ! -f "$f" ] || printf "%s\0" "$f"; done' sh | tar --null -T - -c | tar -x -C "$0"`, to)
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return to
}

func read(t *testing.T, dir, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// release is one that was made.
type release struct {
	out   string
	names []string
}

// file is the path of the only file that ends so.
func (r release) file(t *testing.T, suffix string) string {
	t.Helper()
	var found []string
	for _, name := range r.names {
		if strings.HasSuffix(name, suffix) {
			found = append(found, filepath.Join(r.out, name))
		}
	}
	if len(found) != 1 {
		t.Fatalf("there are %d files %s: %v", len(found), suffix, r.names)
	}
	return found[0]
}

// need skips a test where a program is missing, but never in CI.
func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("CI has no %s: see .ci/run", program)
		}
		t.Skipf("needs %s", program)
	}
}

func call1(t *testing.T, program string, args ...string) string {
	t.Helper()
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// says tells whether a program is the one that was stamped.
func says(t *testing.T, program string) {
	t.Helper()
	if out := call1(t, program, "version"); out != "wpctl 1.2.3 (01234567 of 2026-11-22T09:00:00Z)\n" {
		t.Errorf("%s says %q", program, out)
	}
}

func (r release) checksums(t *testing.T) {
	cmd := exec.Command("sha256sum", "--strict", "-c", "checksums.txt")
	cmd.Dir = r.out
	out, err := cmd.CombinedOutput()
	if err != nil || strings.Count(string(out), ": OK\n") != len(r.names)-1 {
		t.Errorf("%v\n%s", err, out)
	}
}

// unpacked is the archive, unpacked.
func (r release) unpacked(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	call1(t, "tar", "-xzf", r.file(t, ".tar.gz"), "-C", dir)
	return filepath.Join(dir, fmt.Sprintf("wpctl_1.2.3_linux_%s", runtime.GOARCH))
}

func (r release) archive(t *testing.T) {
	dir := r.unpacked(t)
	says(t, filepath.Join(dir, "wpctl"))
	for _, name := range []string{"README.md", "CHANGELOG.md", "THIRD-PARTY-NOTICES.txt", "man/wpctl-run.1", "completions/_wpctl"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	notices := string(read(t, dir, "THIRD-PARTY-NOTICES.txt"))
	for _, part := range []string{"\nstd 1.", "\nk8s.io/client-go v", "\ngithub.com/yuin/goldmark v", "Apache License", "Permission is hereby granted"} {
		if !strings.Contains(notices, part) {
			t.Errorf("the notices lack %q", part)
		}
	}
}

func (r release) deb(t *testing.T) {
	need(t, "dpkg")
	root := t.TempDir()
	if os.Getuid() == 0 {
		call1(t, "dpkg", "--root="+root, "--force-script-chrootless", "-i", r.file(t, ".deb"))
	} else {
		call1(t, "dpkg", "-x", r.file(t, ".deb"), root)
	}
	says(t, filepath.Join(root, "usr/bin/wpctl"))
	for _, name := range []string{"usr/share/man/man1/wpctl-run.1.gz", "usr/share/bash-completion/completions/wpctl", "usr/share/doc/wpctl/THIRD-PARTY-NOTICES.txt"} {
		if _, err := os.Stat(filepath.Join(root, name)); err != nil {
			t.Error(err)
		}
	}
	if got := call1(t, "dpkg", "-f", r.file(t, ".deb"), "Package", "Version"); got != "Package: wpctl\nVersion: 1.2.3\n" {
		t.Errorf("its fields are %q", got)
	}
}

func (r release) rpm(t *testing.T) {
	need(t, "rpm")
	files := call1(t, "rpm", "-qpl", r.file(t, ".rpm"))
	for _, name := range []string{"/usr/bin/wpctl", "/usr/share/man/man1/wpctl-run.1.gz", "/usr/share/zsh/vendor-completions/_wpctl"} {
		if !strings.Contains(files, name+"\n") {
			t.Errorf("it has no %s", name)
		}
	}
	if got := call1(t, "rpm", "-qp", "--qf", "%{name} %{version} %{release}", r.file(t, ".rpm")); got != "wpctl 1.2.3 1" {
		t.Errorf("it is %q", got)
	}
	call1(t, "rpm", "-K", "--nosignature", r.file(t, ".rpm"))
}

// image pushes the image into a registry, pulls it, and runs its entrypoint out of what was pulled.
func (r release) image(t *testing.T) {
	dir := t.TempDir()
	call1(t, "tar", "-xf", r.file(t, "_image.tar"), "-C", dir)
	outer, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	m, err := outer.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	index, err := outer.ImageIndex(m.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	pulled := imagetest.Pulled(t, func(ref name.Reference) error { return remote.WriteIndex(ref, index) },
		remote.WithPlatform(v1.Platform{OS: "linux", Architecture: runtime.GOARCH}))
	root := t.TempDir()
	imagetest.Extract(t, pulled, root)
	says(t, filepath.Join(root, imagetest.Config(t, pulled).Config.Entrypoint[0]))
}

func (r release) manuals(t *testing.T) {
	need(t, "mandoc")
	pages, err := filepath.Glob(filepath.Join(r.unpacked(t), "man", "*.1"))
	if err != nil || len(pages) < 20 {
		t.Fatalf("there are %d manual pages, %v", len(pages), err)
	}
	out, err := exec.Command("mandoc", append([]string{"-T", "lint", "-W", "warning"}, pages...)...).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}

func (r release) completions(t *testing.T) {
	dir := filepath.Join(r.unpacked(t), "completions")
	for shell, script := range map[string]string{
		"bash": `. ./wpctl.bash && complete -p wpctl`,
		"zsh":  `autoload -U compinit && compinit -u -d "$1/zcompdump" && . ./_wpctl && [ "$_comps[wpctl]" = _wpctl ]`,
		"fish": `source wpctl.fish; and complete -c wpctl | string match -q "*wpctl*"`,
	} {
		t.Run(shell, func(t *testing.T) {
			need(t, shell)
			cmd := exec.Command(shell, "-c", script, "x", t.TempDir())
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+t.TempDir())
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// krew holds the manifest to the rules of krew's own validation, as its documentation has them.
func (r release) krew(t *testing.T) {
	var m struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Metadata   struct{ Name string }
		Spec       struct {
			Version, Homepage, Description, Caveats string
			ShortDescription                        string `yaml:"shortDescription"`
			Platforms                               []struct {
				URI, Sha256, Bin string
				Selector         struct {
					MatchLabels map[string]string `yaml:"matchLabels"`
				}
				Files []struct{ From, To string }
			}
		}
	}
	dec := yaml.NewDecoder(bytes.NewReader(read(t, r.out, "workplan.yaml")))
	dec.KnownFields(true)
	if err := dec.Decode(&m); err != nil {
		t.Fatal(err)
	}
	s := m.Spec
	if m.APIVersion != "krew.googlecontainertools.github.com/v1alpha2" || m.Kind != "Plugin" || m.Metadata.Name != "workplan" ||
		!regexp.MustCompile(`^v\d+\.\d+\.\d+$`).MatchString(s.Version) || s.ShortDescription == "" || strings.Contains(s.ShortDescription, "\n") ||
		s.Description == "" || !strings.HasPrefix(s.Homepage, "https://") || len(s.Platforms) != 1 {
		t.Errorf("it is %+v", m)
	}
	dir := filepath.Dir(r.unpacked(t))
	for _, p := range s.Platforms {
		if p.Selector.MatchLabels["os"] != "linux" || p.Selector.MatchLabels["arch"] != runtime.GOARCH || !strings.HasPrefix(p.URI, "https://") {
			t.Errorf("a platform is %+v", p)
		}
		if archive := filepath.Base(p.URI); !strings.Contains(string(read(t, r.out, "checksums.txt")), p.Sha256+"  "+archive+"\n") {
			t.Errorf("the sum of %s is another one", archive)
		}
		at := ""
		for _, f := range p.Files {
			if _, err := os.Stat(filepath.Join(dir, f.From)); err != nil || !filepath.IsLocal(f.From) {
				t.Errorf("the archive has no %s", f.From)
			}
			if filepath.Base(f.From) == p.Bin && f.To == "." {
				at = f.From
			}
		}
		if at == "" {
			t.Errorf("no file becomes %s", p.Bin)
		}
	}
}

func (r release) formula(t *testing.T) {
	need(t, "ruby")
	if out := call1(t, "ruby", "-c", filepath.Join(r.out, "wpctl.rb")); out != "Syntax OK\n" {
		t.Error(out)
	}
	formula := string(read(t, r.out, "wpctl.rb"))
	sums := string(read(t, r.out, "checksums.txt"))
	m := regexp.MustCompile(`url "[^"]*/([^"/]+)"\s+sha256 "([0-9a-f]{64})"`).FindStringSubmatch(formula)
	if m == nil || !strings.Contains(sums, m[2]+"  "+m[1]+"\n") {
		t.Errorf("it is\n%s", formula)
	}
}

// sbom reads the bill of materials and compares it with what the program itself says.
func (r release) sbom(t *testing.T) {
	path := r.file(t, ".spdx.json")
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := spdx.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := json.Unmarshal(read(t, r.out, filepath.Base(path)), &raw); err != nil || raw["spdxVersion"] != "SPDX-2.3" {
		t.Errorf("it is of version %v, %v", raw["spdxVersion"], err)
	}
	listed := map[string]string{}
	for _, p := range doc.Packages {
		listed[p.PackageName] = p.PackageVersion
	}
	info, err := buildinfo.ReadFile(filepath.Join(r.unpacked(t), "wpctl"))
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Deps) < 50 || len(listed) != len(info.Deps)+2 {
		t.Errorf("it lists %d packages, and the program is linked with %d modules", len(listed), len(info.Deps))
	}
	for _, m := range info.Deps {
		if listed[m.Path] != m.Version {
			t.Errorf("%s is %q in it, and %q in the program", m.Path, listed[m.Path], m.Version)
		}
	}
	if listed["wpctl"] != "1.2.3" {
		t.Errorf("wpctl is %q in it", listed["wpctl"])
	}
}
