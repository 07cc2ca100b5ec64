package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/app"
	"gitea.coulomb.social/coulomb/wpctl/internal/gitea"
	"gitea.coulomb.social/coulomb/wpctl/internal/report"
)

// gitea posts a commit status, and in a pull request a comment, with what the job's environment says of both.
func (r *reports) gitea(ctx context.Context, a *app.App, run report.Run) error {
	token := cmp.Or(r.Getenv("GITEA_TOKEN"), r.Getenv("GITHUB_TOKEN"))
	if token == "" {
		return errors.New("set GITEA_TOKEN to a token that may write statuses and comments")
	}
	a.Redactor.Add(token)
	c := &gitea.Client{
		Server: cmp.Or(r.Getenv("GITEA_SERVER_URL"), r.Getenv("GITHUB_SERVER_URL")),
		Repo:   cmp.Or(r.Getenv("GITEA_REPOSITORY"), r.Getenv("GITHUB_REPOSITORY")), Token: token,
	}
	if c.Server == "" || c.Repo == "" {
		return errors.New("set GITEA_SERVER_URL and GITEA_REPOSITORY; in a job of Gitea actions they are known")
	}
	if ctx.Err() != nil {
		ctx = context.WithoutCancel(ctx) // what was found out before the signal is told all the same
	}
	run.Record = "" // it is on this machine alone, and the same findings are to be the same comment
	at := r.pull()
	post := gitea.Post{
		Commit: at.sha, Pull: at.number, Context: "wpctl " + run.Verb, State: giteaState(run.Exit), Text: run.Line(),
		Marker: fmt.Sprintf("<!-- wpctl %s -->", run.Verb), Body: string(report.Markdown(run)),
	}
	return c.Do(ctx, post)
}

// giteaState is the state of a commit with that exit code.
func giteaState(exit int) gitea.Status {
	switch exit {
	case app.ExitOK:
		return gitea.Success
	case app.ExitFailed:
		return gitea.Failure
	case app.ExitNothing, app.ExitWaiting:
		return gitea.Warning
	}
	return gitea.Errored
}

// pull is the commit that a job is about, and its pull request.
type pull struct {
	sha    string
	number int // 0: none
}

// pull reads them from the job's event, else from its environment.
func (r *reports) pull() pull {
	out := pull{sha: cmp.Or(r.Getenv("GITEA_SHA"), r.Getenv("GITHUB_SHA"))}
	if parts := strings.Split(r.Getenv("GITHUB_REF"), "/"); len(parts) > 2 && parts[0] == "refs" && parts[1] == "pull" {
		out.number, _ = strconv.Atoi(parts[2])
	}
	var event struct {
		Pull struct {
			Number int `json:"number"`
			Head   struct {
				SHA string `json:"sha"`
			} `json:"head"`
		} `json:"pull_request"`
	}
	if readEvent(r.Getenv("GITHUB_EVENT_PATH"), &event) != nil {
		return out
	}
	out.number = cmp.Or(event.Pull.Number, out.number)
	out.sha = cmp.Or(event.Pull.Head.SHA, out.sha)
	return out
}
