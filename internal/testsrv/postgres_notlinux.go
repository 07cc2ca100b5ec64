//go:build !linux

package testsrv

import (
	"os/exec"
	"path/filepath"
)

func (p *Postgres) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(p.bin, name), args...)
	cmd.Dir = p.dir
	return cmd
}
