package testtools

import (
	"os/exec"
	"strings"
	"testing"
)

func TestHelmRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("building takes minutes")
	}
	out, err := exec.Command(Helm(t), "version", "--short").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "v4") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestNoVersionIsAnError(t *testing.T) {
	if _, err := Build("helm.sh/helm"); err == nil {
		t.Error("it was built")
	}
}
