package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
)

// manuals are the manual pages of all commands, as a program of this machine writes them.
func manuals(ctx context.Context, program string) ([]entry, error) {
	folder := filepath.Join(filepath.Dir(program), "man")
	if _, err := call(ctx, program, "gen", "man", folder); err != nil {
		return nil, err
	}
	pages, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var out []entry
	for _, p := range pages {
		content, err := os.ReadFile(filepath.Join(folder, p.Name()))
		if err != nil {
			return nil, err
		}
		out = append(out, entry{path.Join("man", p.Name()), 0o644, content})
	}
	return out, nil
}

// completions are the scripts that complete wpctl's arguments in shells.
func completions(ctx context.Context, program string) ([]entry, error) {
	var out []entry
	for _, s := range []struct{ shell, name string }{{"bash", "wpctl.bash"}, {"zsh", "_wpctl"}, {"fish", "wpctl.fish"}, {"powershell", "wpctl.ps1"}} {
		script, err := call(ctx, program, "completion", s.shell)
		if err != nil {
			return nil, err
		}
		out = append(out, entry{path.Join("completions", s.name), 0o644, script})
	}
	return out, nil
}

// call runs wpctl without a person's own settings.
func call(ctx context.Context, program string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env, cmd.Stderr = filepath.Dir(program), []string{"HOME=" + filepath.Dir(program), "PATH=" + os.Getenv("PATH")}, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("wpctl %s: %w", args[0], err)
	}
	return out, nil
}
