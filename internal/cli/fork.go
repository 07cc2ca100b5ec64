package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// fork says why the plans of this job are a stranger's: it is about a pull request from a fork. "" where it is not,
// as far as GitHub, Gitea and GitLab tell in the environment. What cannot be read is taken for a fork.
func fork(getenv func(string) string) string {
	if project, source := getenv("CI_MERGE_REQUEST_PROJECT_ID"), getenv("CI_MERGE_REQUEST_SOURCE_PROJECT_ID"); project != "" && source != project {
		return "a merge request from a fork"
	}
	name := getenv("GITHUB_EVENT_NAME")
	if !strings.HasPrefix(name, "pull_request") && name != "workflow_run" {
		return ""
	}
	type repo struct {
		ID int64 `json:"id"`
	}
	type side struct {
		Repo *repo `json:"repo"` // null where the fork is gone
	}
	var event struct {
		Pull *struct {
			Head side `json:"head"`
			Base side `json:"base"`
		} `json:"pull_request"`
		Run *struct {
			Event string `json:"event"`
			Head  *repo  `json:"head_repository"`
			Repo  *repo  `json:"repository"`
		} `json:"workflow_run"`
	}
	if err := readEvent(getenv("GITHUB_EVENT_PATH"), &event); err != nil {
		return fmt.Sprintf("a pull request of which nothing is known (%v)", err)
	}
	same := func(a, b *repo) bool { return a != nil && b != nil && a.ID != 0 && a.ID == b.ID }
	switch {
	case event.Run != nil && same(event.Run.Head, event.Run.Repo), event.Pull != nil && same(event.Pull.Head.Repo, event.Pull.Base.Repo):
		return ""
	case event.Run != nil:
		return "a workflow after one of a fork"
	}
	return "a pull request from a fork"
}

// readEvent reads what a job is about, as its forge has written it.
func readEvent(path string, event any) error {
	if path == "" {
		return errors.New("GITHUB_EVENT_PATH is not set")
	}
	f, err := os.Open(path)
	if err != nil {
		return errors.New("its event cannot be read")
	}
	defer f.Close()
	if err := json.NewDecoder(io.LimitReader(f, 32<<20)).Decode(event); err != nil {
		return errors.New("its event is no JSON")
	}
	return nil
}
