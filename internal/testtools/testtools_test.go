package testtools

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestToolsRun builds all of them: run first, it saves tests without a way to the module proxy from having to.
func TestToolsRun(t *testing.T) {
	if testing.Short() {
		t.Skip("building takes minutes")
	}
	gitea, _ := Gitea(t)
	for _, tt := range []struct {
		path, arg, want string
	}{
		{Helm(t), "version", "v4."},
		{Sops(t), "--version", "sops 3."},
		{Kustomize(t), "version", ""},
		{Pebble(t), "-version", "Pebble version"},
		{Templ(t), "version", "v0."},
		{gitea, "--version", "1.26.2"},
	} {
		out, err := exec.Command(tt.path, tt.arg).CombinedOutput()
		if err != nil || !strings.Contains(string(out), tt.want) {
			t.Errorf("%s %s: %v: %s", tt.path, tt.arg, err, out)
		}
	}
}

// TestFilesAreThere gets what tests read, likewise.
func TestFilesAreThere(t *testing.T) {
	if b, err := os.ReadFile(CloudNativePG(t)); err != nil || !strings.Contains(string(b), "name: clusters.postgresql.cnpg.io") {
		t.Errorf("%v: %.200s", err, b)
	}
}

func TestNoVersionIsAnError(t *testing.T) {
	if _, err := Build("helm.sh/helm"); err == nil {
		t.Error("it was built")
	}
}
