package binary

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

const mod = "module m\n\nrequire (\n\tk8s.io/kubernetes v1.36.3\n)\n"

func key(t *testing.T, files map[string]string) string {
	t.Helper()
	source := fstest.MapFS{"go.mod": {Data: []byte(mod)}}
	for name, text := range files {
		source[name] = &fstest.MapFile{Data: []byte(text)}
	}
	r, err := newRecipe(t.Context(), source, false)
	if err != nil {
		t.Fatal(err)
	}
	k, err := r.key()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeyFollowsTheSources(t *testing.T) {
	same := key(t, map[string]string{"main.go": "package main"})
	if got := key(t, map[string]string{"main.go": "package main", "main_test.go": "package main"}); got != same {
		t.Error("a test changed the key")
	}
	for name, files := range map[string]map[string]string{
		"another text": {"main.go": "package main // new"},
		"another file": {"main.go": "package main", "more.go": ""},
		"another name": {"other.go": "package main"},
	} {
		if key(t, files) == same {
			t.Errorf("%s kept the key", name)
		}
	}
}

func TestProgramsReportTheVersionOfGoMod(t *testing.T) {
	flags, err := versionFlags(mod)
	if err != nil || !strings.Contains(flags, "-X=k8s.io/component-base/version.gitVersion=v1.36.3") {
		t.Errorf("%s, %v", flags, err)
	}
	if _, err := versionFlags("module m\n"); err == nil {
		t.Error("no version, and no error")
	}
}

func TestBuildThatFailsLeavesNothing(t *testing.T) {
	var said bytes.Buffer
	cache := t.TempDir()
	b := &Builder{Name: "the control plane", Program: "controlplane", Cache: cache, Progress: &said, Source: fstest.MapFS{
		"go.mod":                   {Data: []byte("module m\n\ngo 1.26\n\n// require (\n//\tk8s.io/kubernetes v1.36.3\n")},
		"cmd/controlplane/main.go": {Data: []byte("package main\n\nfunc main() { oops }\n")},
	}}
	if _, err := b.Path(t.Context()); err == nil || !strings.Contains(err.Error(), "undefined: oops") {
		t.Errorf("error %v", err)
	}
	left, err := os.ReadDir(cache)
	if err != nil || len(left) != 1 || left[0].Name() != "lock" {
		t.Errorf("left %v, %v", left, err)
	}
	if !strings.Contains(said.String(), "building the control plane once") {
		t.Errorf("said %q", said.String())
	}
}

func TestPruneKeepsWhatWasUsedLast(t *testing.T) {
	cache := t.TempDir()
	for i := range kept + 2 {
		dir := filepath.Join(cache, fmt.Sprintf("%02d", i))
		at := time.Now().Add(time.Duration(i-100) * time.Hour)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(dir, at, at); err != nil {
			t.Fatal(err)
		}
	}
	if err := (&Builder{Cache: cache}).prune(); err != nil {
		t.Fatal(err)
	}
	left, _ := filepath.Glob(filepath.Join(cache, "*"))
	if len(left) != kept || filepath.Base(left[0]) != "02" {
		t.Errorf("kept %v", left)
	}
}
