package cli

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFork(t *testing.T) {
	event := func(t *testing.T, text string) string {
		path := filepath.Join(t.TempDir(), "event.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const own = `{"pull_request": {"head": {"repo": {"id": 1}}, "base": {"repo": {"id": 1}}}}`
	for _, tt := range []struct {
		name  string
		env   map[string]string
		event string // "" for none
		fork  bool
	}{
		{"no job", nil, "", false},
		{"a push", map[string]string{"GITHUB_EVENT_NAME": "push"}, `{}`, false},
		{"a pull request of our own", map[string]string{"GITHUB_EVENT_NAME": "pull_request"}, own, false},
		{"one from a fork", map[string]string{"GITHUB_EVENT_NAME": "pull_request"}, `{"pull_request": {"head": {"repo": {"id": 2}}, "base": {"repo": {"id": 1}}}}`, true},
		{"one with our secrets", map[string]string{"GITHUB_EVENT_NAME": "pull_request_target"}, `{"pull_request": {"head": {"repo": {"id": 2}}, "base": {"repo": {"id": 1}}}}`, true},
		{"its review", map[string]string{"GITHUB_EVENT_NAME": "pull_request_review"}, `{"pull_request": {"head": {"repo": {"id": 2}}, "base": {"repo": {"id": 1}}}}`, true},
		{"one from a fork that is gone", map[string]string{"GITHUB_EVENT_NAME": "pull_request"}, `{"pull_request": {"head": {"repo": null}, "base": {"repo": {"id": 1}}}}`, true},
		{"one without ids", map[string]string{"GITHUB_EVENT_NAME": "pull_request"}, `{"pull_request": {"head": {"repo": {}}, "base": {"repo": {}}}}`, true},
		{"an event that is no JSON", map[string]string{"GITHUB_EVENT_NAME": "pull_request"}, `{`, true},
		{"no event", map[string]string{"GITHUB_EVENT_NAME": "pull_request"}, "", true},
		{"a workflow after a fork's", map[string]string{"GITHUB_EVENT_NAME": "workflow_run"}, `{"workflow_run": {"head_repository": {"id": 2}, "repository": {"id": 1}}}`, true},
		{"a workflow after our own", map[string]string{"GITHUB_EVENT_NAME": "workflow_run"}, `{"workflow_run": {"head_repository": {"id": 1}, "repository": {"id": 1}}}`, false},
		{"a merge request of our own", map[string]string{"CI_MERGE_REQUEST_PROJECT_ID": "1", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1"}, "", false},
		{"a merge request from a fork", map[string]string{"CI_MERGE_REQUEST_PROJECT_ID": "1", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "2"}, "", true},
		{"one from a project that is gone", map[string]string{"CI_MERGE_REQUEST_PROJECT_ID": "1"}, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			env := map[string]string{}
			for k, v := range tt.env {
				env[k] = v
			}
			if tt.event != "" {
				env["GITHUB_EVENT_PATH"] = event(t, tt.event)
			}
			if why := fork(func(name string) string { return env[name] }); (why != "") != tt.fork {
				t.Errorf("%q", why)
			}
		})
	}
}
