package testtools

import (
	"context"
	"os"
	"path/filepath"
	"testing"
)

const (
	giteaModule  = "code.gitea.io/gitea"
	giteaVersion = "v1.26.2"
)

// Gitea returns the path of a real Gitea with SQLite, and the folder with its templates and texts. It is built as Helm
// is, which needs a C compiler.
func Gitea(t testing.TB) (program, static string) {
	t.Helper()
	program, err := once("gitea", "gitea", giteaVersion, buildGitea)
	if err == nil {
		static, err = giteaSource(t.Context(), filepath.Dir(program))
	}
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("not to be had: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return program, static
}

// giteaSource returns the folder of Gitea's source in the module cache, where it is put if it is not there.
func giteaSource(ctx context.Context, dir string) (string, error) {
	cache, err := goCommand(ctx, dir, "env", "GOMODCACHE")
	if err != nil {
		return "", err
	}
	source := filepath.Join(cache, giteaModule+"@"+giteaVersion)
	if _, err := os.Stat(source); err == nil {
		return source, nil
	}
	_, err = goCommand(ctx, dir, "mod", "download", giteaModule+"@"+giteaVersion)
	return source, err
}

// buildGitea builds it where its source lies: it replaces modules, and so cannot be installed by name.
func buildGitea(ctx context.Context, dir string) error {
	source, err := giteaSource(ctx, dir)
	if err != nil {
		return err
	}
	aside := filepath.Join(dir, "building")
	if _, err := goCommand(ctx, source, "CGO_ENABLED=1", "build", "-tags", "sqlite sqlite_unlock_notify",
		"-ldflags", "-s -w -X main.Version="+giteaVersion[1:], "-o", aside, "."); err != nil {
		return err
	}
	return os.Rename(aside, filepath.Join(dir, "gitea"))
}
