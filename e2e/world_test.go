//go:build e2e

package e2e_test

import (
	"os"
	"path/filepath"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/e2e/cast"
	"gitea.coulomb.social/coulomb/wpctl/e2e/play"
	"gitea.coulomb.social/coulomb/wpctl/internal/testtools"
)

// programs are those of the world. WPCTL_E2E_BIN is the folder that make e2e builds ours into.
func programs(t *testing.T) play.Programs {
	bin := os.Getenv("WPCTL_E2E_BIN")
	if bin == "" {
		t.Fatal("run make e2e")
	}
	return play.Programs{Helm: testtools.Helm(t), Sops: testtools.Sops(t), Programs: cast.Programs{
		Wpctl: filepath.Join(bin, "wpctl"),
		App:   filepath.Join(bin, "app"), CertManager: filepath.Join(bin, "certmanager"), Solver: filepath.Join(bin, "acmesolver"),
		Pebble:            testtools.Pebble(t),
		CertManagerCRDs:   testtools.CertManagerCRDs(t),
		CloudNativePGCRDs: filepath.Dir(testtools.CloudNativePG(t)),
	}}
}

// scratch is a folder for the files of the world. WPCTL_E2E_KEEP names one that stays.
func scratch(t *testing.T) string {
	keep := os.Getenv("WPCTL_E2E_KEEP")
	if keep == "" {
		return t.TempDir()
	}
	if err := os.MkdirAll(keep, 0o755); err != nil {
		t.Fatal(err)
	}
	return keep
}
