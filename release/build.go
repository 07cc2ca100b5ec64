package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// platform is a system and a processor, in Go's words.
type platform struct{ os, arch string }

func (p platform) String() string { return p.os + "/" + p.arch }

// program is what wpctl is called there.
func (p platform) program() string {
	if p.os == "windows" {
		return "wpctl.exe"
	}
	return "wpctl"
}

// platforms are those that a release is made for.
var platforms = []platform{
	{"darwin", "amd64"},
	{"darwin", "arm64"},
	{"linux", "amd64"},
	{"linux", "arm64"},
	{"windows", "amd64"},
	{"windows", "arm64"},
}

// build builds wpctl for a platform, and returns the path of the program.
// What a person's machine or environment could add to it is left out.
func build(ctx context.Context, root string, v version, p platform, folder string) (string, error) {
	out := filepath.Join(folder, p.program())
	flags := strings.Join([]string{
		"-s", "-w", "-buildid=", "-X main.version=" + v.number, "-X main.commit=" + v.commit, "-X main.date=" + v.dated(),
	}, " ")
	cmd := exec.CommandContext(ctx, "go", "build", "-C", root, "-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", flags, "-o", out, "./cmd/wpctl")
	cmd.Env = buildEnv(os.Environ(), p)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build wpctl for %s: %w", p, err)
	}
	return out, nil
}

// buildEnv is the environment of a build, without what would change its result.
func buildEnv(env []string, p platform) []string {
	env = slices.DeleteFunc(slices.Clone(env), func(line string) bool {
		name, _, _ := strings.Cut(line, "=")
		switch name {
		case "GOFLAGS", "GOEXPERIMENT", "GOFIPS140", "GODEBUG", "GOWORK", "GOOS", "GOARCH", "GOAMD64", "GOARM64", "CGO_ENABLED":
			return true
		}
		return false
	})
	return append(env, "GOOS="+p.os, "GOARCH="+p.arch, "GOAMD64=v1", "GOARM64=v8.0", "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off")
}
