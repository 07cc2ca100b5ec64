package binary

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"strings"
)

// recipe is all that a build depends on.
type recipe struct {
	source fs.FS
	flags  []string
	env    []string
	golang string // version, system, architecture and use of C
}

func newRecipe(ctx context.Context, source fs.FS, static bool) (recipe, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOOS", "GOARCH", "CGO_ENABLED").Output()
	if err != nil {
		return recipe{}, fmt.Errorf("ask go for its version, which the sandbox is built with: %w", err)
	}
	mod, err := fs.ReadFile(source, "go.mod")
	if err != nil {
		return recipe{}, err
	}
	flags, err := versionFlags(string(mod))
	if err != nil {
		return recipe{}, err
	}
	r := recipe{
		source: source,
		flags:  []string{"-buildvcs=false", "-ldflags=-s -w " + flags},
		env:    []string{"GOWORK=off", "GOFLAGS="},
		golang: strings.Join(strings.Fields(string(out)), " "),
	}
	if static {
		r.flags, r.env = append(r.flags, "-trimpath"), append(r.env, "CGO_ENABLED=0")
	}
	return r, nil
}

// versionFlags has the programs report the version of Kubernetes that go.mod names.
func versionFlags(mod string) (string, error) {
	_, rest, found := strings.Cut(mod, "\tk8s.io/kubernetes v")
	version, _, _ := strings.Cut(rest, "\n")
	parts := strings.SplitN(version, ".", 3)
	if !found || len(parts) != 3 {
		return "", errors.New("go.mod names no version of k8s.io/kubernetes")
	}
	var flags []string
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		for _, value := range []string{"gitVersion=v" + version, "gitMajor=" + parts[0], "gitMinor=" + parts[1], "gitTreeState=clean", "gitCommit="} {
			flags = append(flags, fmt.Sprintf("-X=%s.%s", pkg, value))
		}
	}
	return strings.Join(flags, " "), nil
}

// key is the name of the build in the cache.
func (r recipe) key() (string, error) {
	h := sha256.New()
	fmt.Fprintln(h, r.golang, r.flags, r.env)
	err := fs.WalkDir(r.source, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := fs.ReadFile(r.source, path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(b), b)
		return err
	})
	return fmt.Sprintf("%x", h.Sum(nil))[:16], err
}
