// Package testtools builds programs that tests run beside ours, such as helm: each once for all tests of this
// machine, into ~/.cache/wpctl/tools. It also gets what tests read of other projects. Only tests import it.
package testtools

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// The packages and versions of the programs that tests run.
const (
	helm = "helm.sh/helm/v4/cmd/helm@v4.3.1"
	sops = "github.com/getsops/sops/v3/cmd/sops@v3.13.3"

	templ = "github.com/a-h/templ/cmd/templ@v0.3.977" // as in the Makefile and in go.mod

	kustomize = "sigs.k8s.io/kustomize/kustomize/v5@v5.8.0"
	pebble    = "github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1"
)

// Modules whose files tests read; nothing of them is built.
const (
	cloudNativePG = "github.com/cloudnative-pg/cloudnative-pg@v1.30.0"
	certManager   = "github.com/cert-manager/cert-manager@v1.21.2"
)

// versionSuffix ends the path of a module that has a major version, which its program's name leaves out.
var versionSuffix = regexp.MustCompile(`/v[0-9]+$`)

// buildTime bounds a build, and the wait for that of another process.
const buildTime = 20 * time.Minute

// Helm returns the path of a real helm. The first call on a machine builds it, which takes minutes.
// Where it cannot be built the test is skipped; in CI it fails.
func Helm(t testing.TB) string {
	t.Helper()
	return built(t, helm)
}

// Sops is Helm for sops.
func Sops(t testing.TB) string {
	t.Helper()
	return built(t, sops)
}

// Kustomize is Helm for kustomize.
func Kustomize(t testing.TB) string {
	t.Helper()
	return built(t, kustomize)
}

// Templ is Helm for the program that makes Go of templates.
func Templ(t testing.TB) string {
	t.Helper()
	return built(t, templ)
}

// Pebble is Helm for pebble, an authority that issues certificates by ACME.
func Pebble(t testing.TB) string {
	t.Helper()
	return built(t, pebble)
}

// CertManagerCRDs returns the folder with the CustomResourceDefinitions of cert-manager, as its authors publish them.
func CertManagerCRDs(t testing.TB) string {
	t.Helper()
	dir, err := module(certManager)
	return had(t, filepath.Join(dir, "deploy", "crds"), err)
}

// CloudNativePG returns the path of the CustomResourceDefinition of CloudNativePG's clusters, as its authors publish it.
func CloudNativePG(t testing.TB) string {
	t.Helper()
	dir, err := module(cloudNativePG)
	return had(t, filepath.Join(dir, "config", "crd", "bases", "postgresql.cnpg.io_clusters.yaml"), err)
}

func built(t testing.TB, program string) string {
	t.Helper()
	path, err := Build(program)
	return had(t, path, err)
}

// had returns the path of what was got.
func had(t testing.TB, path string, err error) string {
	t.Helper()
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("not to be had: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// module returns the folder of a module's files, named by PATH@VERSION, in the cache of the go command.
func module(name string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), buildTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", name)
	cmd.Dir = os.TempDir() // outside of any module
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOTOOLCHAIN=local")
	out, err := cmd.Output()
	var got struct{ Dir, Error string }
	if fault := json.Unmarshal(out, &got); fault != nil || got.Error != "" {
		return "", fmt.Errorf("get %s: %w", name, errors.Join(err, fault, errors.New(got.Error)))
	}
	return got.Dir, nil
}

// BuildHelm is Helm for those who have no test at hand.
func BuildHelm() (string, error) { return Build(helm) }

// BuildSops is Sops for those who have no test at hand.
func BuildSops() (string, error) { return Build(sops) }

// BuildPebble is Pebble for those who have no test at hand.
func BuildPebble() (string, error) { return Build(pebble) }

// Definitions returns the folders with the CustomResourceDefinitions of cert-manager and CloudNativePG, for those who
// have no test at hand.
func Definitions() (certManagerDir, cloudNativePGDir string, err error) {
	cert, err := module(certManager)
	if err != nil {
		return "", "", err
	}
	cnpg, err := module(cloudNativePG)
	return filepath.Join(cert, "deploy", "crds"), filepath.Join(cnpg, "config", "crd", "bases"), err
}

// Build returns the path of a program of the Go module proxy, named by PACKAGE@VERSION. It is built where it is not
// in the cache; processes that want the same one wait for each other.
func Build(program string) (string, error) {
	pkg, version, ok := strings.Cut(program, "@")
	if !ok {
		return "", fmt.Errorf("build %s: no version", program)
	}
	name := path.Base(versionSuffix.ReplaceAllString(pkg, ""))
	return once(program, name, version, func(ctx context.Context, dir string) error { return install(ctx, program, dir) })
}

// once returns the path of a program in the cache, where make puts it into a folder if it is not there.
func once(program, name, version string, build func(ctx context.Context, dir string) error) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("build %s: %w", program, err)
	}
	dir := filepath.Join(cache, "wpctl", "tools", name+"-"+version+"-"+runtime.Version())
	file := filepath.Join(dir, name)
	if runtime.GOOS == "windows" {
		file += ".exe"
	}
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("build %s: %w", program, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), buildTime)
	defer cancel()
	lock := flock.New(filepath.Join(dir, "lock"))
	if _, err := lock.TryLockContext(ctx, 100*time.Millisecond); err != nil {
		return "", fmt.Errorf("build %s: wait for another build: %w", program, err)
	}
	defer func() { _ = lock.Unlock() }()
	if _, err := os.Stat(file); err == nil {
		return file, nil
	}
	if err := build(ctx, dir); err != nil {
		if ctx.Err() != nil {
			return "", fmt.Errorf("build %s: it took more than %s", program, buildTime)
		}
		return "", fmt.Errorf("build %s: %w", program, err)
	}
	return file, nil
}

// install installs the program into dir. The go command renames what it has built to its place, whole.
func install(ctx context.Context, program, dir string) error {
	_, err := goCommand(ctx, dir, "CGO_ENABLED=0", "GOBIN="+dir, "install", program)
	return err
}

// goCommand runs the go command in a folder, with the environment names that stand before its arguments, and returns
// what it says on stdout.
func goCommand(ctx context.Context, dir string, args ...string) (string, error) {
	env := append(os.Environ(), "GOFLAGS=", "GOTOOLCHAIN=local", "GOOS=", "GOARCH=")
	for len(args) > 0 && strings.Contains(args[0], "=") {
		env, args = append(env, args[0]), args[1:]
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = dir, env
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		lines := strings.Split(strings.TrimSpace(said.String()), "\n")
		err = errors.Join(err, errors.New(lines[len(lines)-1]))
	}
	return strings.TrimSpace(string(out)), err
}
