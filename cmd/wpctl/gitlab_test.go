package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// TestGitLab runs the job that docs/ci.md gives for GitLab as its runner does: the lines of its script in a shell that
// ends at the first failure. Instead of building wpctl its go command puts the one under test into the path.
func TestGitLab(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	src, err := os.ReadFile(filepath.Join(repo, "docs", "ci.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)\n## GitLab\n.*?```yaml\n(.*?)```").FindSubmatch(src)
	if block == nil {
		t.Fatal("docs/ci.md has no job for GitLab")
	}
	var jobs map[string]struct {
		Image        string            `yaml:"image"`
		Variables    map[string]string `yaml:"variables"`
		Script       []string          `yaml:"script"`
		AllowFailure struct {
			ExitCodes []int `yaml:"exit_codes"`
		} `yaml:"allow_failure"`
		Artifacts struct {
			When    string            `yaml:"when"`
			Reports map[string]string `yaml:"reports"`
		} `yaml:"artifacts"`
	}
	if err := yaml.Load(block[1], &jobs, yaml.WithKnownFields()); err != nil {
		t.Fatal(err)
	}
	job := jobs["claims"]
	mod, err := os.ReadFile(filepath.Join(repo, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	module, _, _ := strings.Cut(strings.TrimPrefix(string(mod), "module "), "\n")
	version := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(mod)
	if len(jobs) != 1 || job.Image != "golang:"+string(version[1]) || job.Variables["GIT_DEPTH"] != "0" || job.Artifacts.When != "always" {
		t.Errorf("%+v", jobs)
	}
	wpctl, err := exec.LookPath("wpctl")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		step   string
		env    []string
		exit   int
		report string
	}{
		{"all holds", "status: done\nverify: [file: there.txt]", nil, 0, `failures="0"`},
		{"a claim is broken", "status: done\nverify: [file: missing.txt]", nil, 1, `failures="1"`},
		{"a mistake", "status: don\nverify: [file: there.txt]", nil, 2, `failures="1"`},
		{"nothing is claimed", "status: todo", nil, 5, `tests="1"`},
		{"a person is waited for", "status: done\nverify: [manual: somebody looked]", nil, 8, `skipped="1"`},
		{"a fork", "status: done\nverify: [dns: {name: example.org}]", []string{"CI_MERGE_REQUEST_PROJECT_ID=1", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID=2"}, 8, "not trusted"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, bin := t.TempDir(), t.TempDir()
			plan := "---\nid: APP-WP-0001\ntype: workplan\nstatus: active\n---\n\n# A plan\n\n```task\nid: T01\n" + tt.step + "\n```\n"
			gocmd := "#!/bin/sh\n[ \"$*\" = 'install " + module + "/cmd/wpctl@latest' ] && ln -s '" + wpctl + "' '" + bin + "/wpctl'\n"
			if err := errors.Join(
				os.MkdirAll(filepath.Join(dir, "workplans"), 0o755), os.Mkdir(filepath.Join(dir, ".git"), 0o755),
				os.WriteFile(filepath.Join(dir, "workplans", "plan.md"), []byte(plan), 0o644),
				os.WriteFile(filepath.Join(dir, "there.txt"), []byte("here\n"), 0o644), os.WriteFile(filepath.Join(bin, "go"), []byte(gocmd), 0o755),
			); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", strings.Join(job.Script, "\n"))
			cmd.Dir = dir
			cmd.Env = append([]string{"PATH=" + bin + ":/usr/bin:/bin", "HOME=" + bin, "CI=true", "GITLAB_CI=true"}, tt.env...)
			out, _ := cmd.CombinedOutput()
			if got := cmd.ProcessState.ExitCode(); got != tt.exit {
				t.Errorf("exit code %d, want %d:\n%s", got, tt.exit, out)
			}
			if slices.Contains(job.AllowFailure.ExitCodes, tt.exit) != (tt.exit == 5 || tt.exit == 8) {
				t.Errorf("exit code %d: allowed are %v", tt.exit, job.AllowFailure.ExitCodes)
			}
			report, err := os.ReadFile(filepath.Join(dir, job.Artifacts.Reports["junit"]))
			if err != nil || !strings.Contains(string(report), tt.report) {
				t.Errorf("%v\n%s\n%s", err, report, out)
			}
		})
	}
}
