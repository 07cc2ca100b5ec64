//go:build unix

package steps

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// toolsOnPath makes programs that print what they are given to, the only ones on PATH beside the shell.
func toolsOnPath(t testing.TB, programs map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, script := range programs {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	return dir
}

func TestToolsLook(t *testing.T) {
	toolsOnPath(t, map[string]string{
		"kubectl":           `test "$*" = "version --client" && echo "Client Version: v1.30.4-gke.100"; echo "Kustomize Version: v5.0.4"`,
		"helm":              `test "$*" = "version --short" && echo "v3.12.1+gf32a527"`,
		"kubectl-cnpg":      `exit 1`,
		"kubectl-my_plugin": `exit 1`,
		"java":              `echo 'openjdk version "17.0.1" 2021-10-19' >&2`,
		"sops":              `echo "no idea"`,
		"mute":              `exit 1`,
		"own":               `echo "own 2.1"`,
		"flux":              `echo "flux version 2.2.0-rc.1"`,
	})
	at := localSite(t, nil)
	tests := []struct{ name, args, want string }{
		{"There", `{kubectl-cnpg: "*"}`, "ok: kubectl-cnpg"},
		{"Plugin", `{kubectl-my-plugin: "*"}`, "ok: kubectl-my-plugin"},
		{"Vendor", `{kubectl: ">=1.30"}`, "ok: kubectl 1.30.4-gke.100"},
		{"Two", `{java: "17", kubectl: ">=1.30, <1.31"}`, "ok: java 17.0.1, kubectl 1.30.4-gke.100"},
		{"TooOld", `{helm: ">=3.14", kubectl: ">=1.30"}`, "failed: want helm >=3.14, saw kubectl 1.30.4-gke.100; helm 3.12.1+gf32a527"},
		{"Missing", `{kubectl-nope: "*", nope: ">=1"}`, "failed: want kubectl-nope; nope >=1, saw no kubectl-nope; no nope"},
		{"Early", `{flux: ">=2.1"}`, "failed: want flux >=2.1, saw flux 2.2.0-rc.1"},
		{"EarlyWanted", `{flux: ">=2.2.0-0"}`, "ok: flux 2.2.0-rc.1"},
		{"Own", `{own: ">=2"}`, "ok: own 2.1"},
		{"Says nothing", `{sops: ">=3", mute: ">=1"}`, "error: mute does not tell its version when asked with --version; sops does not tell its version when asked with --disable-version-check --version"},
		{"BrokenForSure", `{sops: ">=3", helm: ">=4"}`, "failed: want helm >=4, saw helm 3.12.1+gf32a527"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := localLook(t, toolsKind(), at, tt.args); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	r, _ := localLook(t, toolsKind(), at, `{kubectl-nope: "*"}`)
	if !slices.Equal(r.Why, []string{"kubectl-nope: kubectl krew install nope"}) {
		t.Errorf("why is %q", r.Why)
	}
}

// TestToolsRunsNothingOfTheCheckout looks for a program that the checkout itself puts on PATH.
func TestToolsRunsNothingOfTheCheckout(t *testing.T) {
	at := localSite(t, map[string]string{"bin/helm": "#!/bin/sh\ntouch sprung\necho v3.14.0\n"})
	if err := os.Chmod(filepath.Join(at.Root, "bin/helm"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Join(at.Root, "bin"))
	if _, got := localLook(t, toolsKind(), at, `{helm: ">=3"}`); got != "error: the helm on PATH is a file of the checkout: it is not run" {
		t.Errorf("got %s", got)
	}
	if _, err := os.Stat(filepath.Join(at.Root, "sprung")); err == nil {
		t.Error("it was run")
	}
}

func TestToolsCapabilities(t *testing.T) {
	for _, tt := range []struct {
		args string
		runs bool
	}{
		{`{helm: ">=3", kubectl: "*"}`, false}, {`{anything: "*"}`, false}, {`{anything: ">=1"}`, true},
	} {
		args, _ := localArgs(t, toolsKind(), tt.args)
		if got := slices.Contains(toolsKind().Needs(args), check.RunsCode); got != tt.runs {
			t.Errorf("%s: runs code: %t", tt.args, got)
		}
	}
}

func TestToolsArguments(t *testing.T) {
	many := "{"
	for i := range 101 {
		many += fmt.Sprintf("p%d: '*', ", i)
	}
	for _, tt := range []struct{ name, args, want string }{
		{"Good", `{helm: ">=3.14, <5 || 6.x", uv: 1.2}`, ""},
		{"None", `{}`, "[]: no program is named"},
		{"Many", many + "}", "[]: more than 100 programs"},
		{"Path", `{./helm: "*"}`, "[./helm]: this is no name of a program"},
		{"Arguments", `{"helm version": "*"}`, "[helm version]: this is no name of a program"},
		{"Option", `{-x: "*"}`, "[-x]: this is no name of a program"},
		{"Range", `{helm: latest}`, "[helm]: this is no range of versions"},
		{"Empty", `{helm: ""}`, "[helm]: this is no range of versions"},
		{"Long", `{helm: "` + strings.Repeat("1", 1_000_000) + `"}`, "[helm]: this is no range of versions"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, problems := localArgs(t, toolsKind(), tt.args); problemLine(problems) != tt.want {
				t.Errorf("got  %s\nwant %s", problemLine(problems), tt.want)
			}
		})
	}
}

func TestFindVersion(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"v4.3.1+g12500dd", "4.3.1+g12500dd"},
		{"Client Version: v1.36.3\nKustomize Version: v5.8.1", "1.36.3"},
		{`Client Version: version.Info{Major:"1", Minor:"20", GitVersion:"v1.20.4", GoVersion:"go1.15.8"}`, "1.20.4"},
		{"sops 3.13.3 (latest)", "3.13.3"},
		{"git version 2.39.5", "2.39.5"},
		{"git version 2.39.5 (Apple Git-154)", "2.39.5"},
		{"go version go1.26.8 linux/amd64", "1.26.8"},
		{"jq-1.6", "1.6"},
		{"OpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.15", "9.2"},
		{"psql (PostgreSQL) 16.13 (Debian 16.13-1.pgdg12+1)", "16.13"},
		{"Python 3.11.2", "3.11.2"},
		{"OpenSSL 3.0.15 3 Sep 2024", "3.0.15"},
		{"Build: {Version:1.22.0 Commit:86b1b6a Date:2023-12-21}", "1.22.0"},
		{"Docker version 24.0.7, build afdd53b", "24.0.7"},
		{"GNU Make 4.3\nBuilt for x86_64", "4.3"},
		{"no version 7", ""},
		{"", ""},
		{"yq (https://github.com/mikefarah/yq/) version v4.40.5", "4.40.5"},
		{"Version 08.1", ""},
	} {
		got := ""
		if v := findVersion(tt.text); v != nil {
			got = v.Original()
		}
		if got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestRelease(t *testing.T) {
	for version, want := range map[string]string{"1.30.4-gke.100": "1.30.4", "1.30.4+k3s1": "1.30.4", "2.0.0-rc.1": "2.0.0-rc.1", "9.2": "9.2.0"} {
		if got := release(semver.MustParse(version)).String(); got != want {
			t.Errorf("%s: got %s", version, got)
		}
	}
}

func TestInstallHints(t *testing.T) {
	for _, tt := range []struct {
		name, system string
		apt          bool
		want         string
	}{
		{"helm", "darwin", false, "brew install helm"},
		{"helm", "linux", true, "see https://helm.sh/docs/intro/install/"},
		{"jq", "linux", true, "apt-get install jq"},
		{"jq", "linux", false, "see https://jqlang.org/download/"},
	} {
		if got := installs[tt.name].on(tt.system, tt.apt); got != tt.want {
			t.Errorf("%s on %s: %s", tt.name, tt.system, got)
		}
	}
}
