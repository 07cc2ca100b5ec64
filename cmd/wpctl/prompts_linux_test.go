package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestInitAsks answers the questions of init at a terminal in all ways that there are.
func TestInitAsks(t *testing.T) {
	const config, hook, editor, agents = ".wpctl.yaml", ".git/hooks/pre-commit", ".vscode/settings.json", "AGENTS.md"
	for name, tt := range map[string]struct {
		keys []string // for each question; what is behind the last is not asked
		want []string // the files that are there then
		exit int
	}{
		"yes to all":               {[]string{"y\n", "YES\n", "y\n", "yes\n"}, []string{config, hook, editor, agents}, 0},
		"no to all":                {[]string{"n\n", "\n", "no\n", "n\n"}, []string{config}, 0},
		"what is no yes is a no":   {[]string{"yep\n", "y n\n", "1\n", "true\n"}, []string{config}, 0},
		"one of them":              {[]string{"n\n", "y\n", "n\n", "n\n"}, []string{config, hook}, 0},
		"the end of the input":     {[]string{ctrlD}, []string{config}, 0},
		"the end behind a yes":     {[]string{"n\n", "y\n", ctrlD}, []string{config, hook}, 0},
		"Ctrl-C":                   {[]string{ctrlC}, nil, 130},
		"Ctrl-C behind a yes":      {[]string{"y\n", "y\n", ctrlC}, nil, 130},
		"an answer and its regret": {[]string{"y" + ctrlC}, nil, 130},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if out, err := exec.Command("git", "init", "-q", dir).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			_ = os.Remove(filepath.Join(dir, hook))
			before := tree(t, dir)
			s := onTerminal(t, dir, "wpctl", "init")
			for _, keys := range tt.keys {
				s.until(`Write [^\n]*\? y or n: `)
				s.types(keys)
			}
			if got := s.ended(); got != tt.exit {
				t.Errorf("exit code %d, want %d: %s", got, tt.exit, s.said())
			}
			now := tree(t, dir)
			for _, path := range []string{config, hook, editor, agents} {
				if there := now[path] != ""; there != slices.Contains(tt.want, path) {
					t.Errorf("%s is there: %v; %s", path, there, s.said())
				}
			}
			if len(tt.want) == 0 && !maps.Equal(before, now) {
				t.Errorf("something was written: %v", slices.Sorted(maps.Keys(now)))
			}
		})
	}
}

// TestInitAsksNobody looks that there is no question where nobody could answer it, or wants to.
func TestInitAsksNobody(t *testing.T) {
	for _, flag := range []string{"--no-input", "--dry-run", "-ojson"} {
		t.Run(flag, func(t *testing.T) {
			s := onTerminal(t, t.TempDir(), "wpctl", "init", flag)
			if code := s.ended(); code != 0 || strings.Contains(s.said(), "y or n") {
				t.Errorf("exit code %d: %s", code, s.said())
			}
		})
	}
}

// TestAddAsks answers the question of add.
func TestAddAsks(t *testing.T) {
	for name, tt := range map[string]struct {
		keys  string
		wrote bool
		exit  int
	}{
		"yes":                  {"y\n", true, 0},
		"no":                   {"n\n", false, 0},
		"the end of the input": {ctrlD, false, 0},
		"Ctrl-C":               {ctrlC, false, 130},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			plan := filepath.Join(dir, "plan.md")
			write(t, plan, "---\nid: SHOP-WP-0001\ntype: workplan\nstatus: active\n---\n# T01 — Look\n\n```task\nid: T01\n```\n")
			before := tree(t, dir)
			s := onTerminal(t, dir, "wpctl", "add", "file", "plan.md", "--plan", "plan.md")
			s.until(`Write it\? y or n: `)
			s.types(tt.keys)
			if got := s.ended(); got != tt.exit {
				t.Errorf("exit code %d, want %d: %s", got, tt.exit, s.said())
			}
			if wrote := !maps.Equal(before, tree(t, dir)); wrote != tt.wrote {
				t.Errorf("it wrote: %v; %s", wrote, s.said())
			}
		})
	}
}

// TestRunAsks answers the question of a run of a plan that runs code: only the whole word is a yes.
func TestRunAsks(t *testing.T) {
	for name, tt := range map[string]struct {
		keys string
		exit int
	}{
		"yes":                  {"yes\n", 0},
		"y is too short":       {"y\n", 8},
		"no":                   {"no\n", 8},
		"the end of the input": {ctrlD, 8},
		"Ctrl-C":               {ctrlC, 130},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "plan.md"), "---\nid: SHOP-WP-0001\ntype: workplan\nstatus: active\n---\n# T01 — Look\n\n```task\nid: T01\nverify:\n  - sh: touch ran\n```\n")
			s := onTerminal(t, dir, "wpctl", "run", "plan.md")
			s.until(`Only yes is accepted: `)
			s.types(tt.keys)
			if got := s.ended(); got != tt.exit {
				t.Errorf("exit code %d, want %d: %s", got, tt.exit, s.said())
			}
			if _, err := os.Stat(filepath.Join(dir, "ran")); (err == nil) != (tt.exit == 0) {
				t.Errorf("whether it ran: %v", err)
			}
		})
	}
}
