package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

type action struct {
	Inputs map[string]struct{ Description, Default string }
	Runs   struct {
		Using string
		Steps []struct {
			Name, ID, Uses, Shell, Run string
			Env                        map[string]string
		}
	}
}

// TestAction runs the last step of action.yml as a runner would, with the inputs in its environment.
func TestAction(t *testing.T) {
	for _, program := range []string{"bash", "git"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(err)
		}
	}
	var a action
	src, err := os.ReadFile(filepath.Join(repo, "action.yml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Load(src, &a); err != nil {
		t.Fatal(err)
	}
	verify := a.Runs.Steps[len(a.Runs.Steps)-1]
	if a.Runs.Using != "composite" || verify.ID != "verify" || strings.Contains(verify.Run, "${{") {
		t.Fatalf("%+v", verify)
	}
	for _, tt := range []struct {
		name   string
		inputs map[string]string
		status string // of the task
		exit   int
		says   string
		never  string
	}{
		{"all holds", nil, "done: there.txt", 0, "1 holds", "::error"},
		{"a claim is broken", nil, "done: missing.txt", 1, "::error file=workplans/plan.md,line=14", ""},
		{"nothing is claimed", nil, "todo: missing.txt", 0, "0 claims", "::error"},
		{"and that is not accepted", map[string]string{"accept": ""}, "todo: missing.txt", 5, "0 claims", ""},
		{"strictly", map[string]string{"strict": "true"}, "todo: there.txt", 1, "could be done", ""},
		{"reports", map[string]string{"junit": "j.xml", "sarif": "s.json"}, "done: missing.txt", 1, "::error", ""},
		{"a plan", map[string]string{"plans": "workplans/plan.md"}, "done: there.txt", 0, "1 holds", ""},
		{"inputs are no commands", map[string]string{"plans": "$(touch pwned) ;touch pwned --trust=all", "since": "$(touch pwned)", "junit": "`touch pwned`"}, "done: there.txt", 2, "", ""},
		{"nor flags", map[string]string{"plans": "--grant-run=sh"}, "done: there.txt", 2, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir, temp := t.TempDir(), t.TempDir()
			wpctl, err := exec.LookPath("wpctl")
			if err != nil {
				t.Fatal(err)
			}
			status, file, _ := strings.Cut(tt.status, ": ")
			write := func(name, text string) {
				path := filepath.Join(dir, name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			write("there.txt", "here\n")
			write(".git/HEAD", "ref: refs/heads/main\n")
			write("workplans/plan.md", "---\nid: APP-WP-0001\ntype: workplan\nstatus: active\n---\n\n# A plan\n\n```task\nid: T01\nstatus: "+status+"\nverify:\n  # proof\n  - file: "+file+"\n```\n")
			if err := os.Symlink(wpctl, filepath.Join(temp, "wpctl")); err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", verify.Run)
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "CI=true", "GITHUB_ACTIONS=true", "HOME="+temp, "WPCTL_STATE_DIR="+temp+"/state", "RUNNER_TEMP="+temp,
				"GITHUB_OUTPUT="+temp+"/output", "GITHUB_STEP_SUMMARY="+temp+"/summary")
			for name, value := range verify.Env {
				input := strings.TrimSuffix(strings.TrimPrefix(value, "${{ inputs."), " }}")
				given, ok := tt.inputs[input]
				if _, known := a.Inputs[input]; !known {
					t.Fatalf("%s: no input %q", name, input)
				}
				if !ok {
					given = a.Inputs[input].Default
				}
				cmd.Env = append(cmd.Env, name+"="+given)
			}
			out, _ := cmd.CombinedOutput()
			if got := cmd.ProcessState.ExitCode(); got != tt.exit || !strings.Contains(string(out), tt.says) || tt.never != "" && strings.Contains(string(out), tt.never) {
				t.Errorf("exit code %d, want %d:\n%s", got, tt.exit, out)
			}
			if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
				t.Error("an input was run")
			}
			if tt.exit == 2 {
				return
			}
			for name, want := range map[string]string{temp + "/output": "exit-code=", temp + "/summary": "### wpctl verify"} {
				if text, err := os.ReadFile(name); err != nil || !strings.Contains(string(text), want) {
					t.Errorf("%s: %q, %v", name, text, err)
				}
			}
			for _, name := range []string{tt.inputs["junit"], tt.inputs["sarif"]} {
				if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestPreCommitHooks runs the entries of the hooks on a file, as pre-commit does.
func TestPreCommitHooks(t *testing.T) {
	var hooks []struct{ ID, Name, Language, Entry, Files string }
	src, err := os.ReadFile(filepath.Join(repo, ".pre-commit-hooks.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Load(src, &hooks); err != nil || len(hooks) != 3 {
		t.Fatal(err, hooks)
	}
	dir := t.TempDir()
	for _, tt := range []struct{ step, lint, verify string }{
		{"status: done\nverify: [file: there.txt]", "ok", "ok"},
		{"status: todo", "ok", "ok"},
		{"status: done\nverify: [manual: somebody looked]", "ok", "ok"},
		{"status: done\nverify: [file: missing.txt]", "ok", "fails"},
		{"status: don", "fails", "fails"},
	} {
		plan := "---\nid: APP-WP-0001\ntype: workplan\nstatus: active\n---\n\n# A plan\n\n```task\nid: T01\n" + tt.step + "\n```\n"
		if err := errors.Join(os.WriteFile(filepath.Join(dir, "plan.md"), []byte(plan), 0o644), os.WriteFile(filepath.Join(dir, "there.txt"), nil, 0o644)); err != nil {
			t.Fatal(err)
		}
		for i, want := range []string{tt.lint, tt.verify, "ok"} {
			cmd := exec.Command("sh", "-c", hooks[i].Entry+` "$@"`, "sh", "plan.md")
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir)
			if out, err := cmd.CombinedOutput(); (err == nil) != (want == "ok") {
				t.Errorf("%s of %q: %v\n%s", hooks[i].ID, tt.step, err, out)
			}
		}
	}
}
