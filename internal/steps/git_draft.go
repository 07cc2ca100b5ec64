package steps

import (
	"context"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// gitDraft expects the commit that a tag or a short id means, and a branch that has it. Of a branch it expects that it is
// there: its commits move on.
func gitDraft(ctx context.Context, at check.Site, target string, a gitArgs) (check.Draft, error) {
	var d check.Draft
	r, err := gitLook(ctx, at, a)
	if err != nil {
		return d, err
	}
	if !r.OK {
		return d, unfitAs(r)
	}
	repo, err := openGit(ctx, at)
	if err != nil {
		return d, err
	}
	self := r.Self.(gitSelf)
	tag, err := repo.rev(ctx, "refs/tags/"+target)
	if err != nil {
		return d, err
	}
	_, branch, err := repo.branch(ctx, target)
	if err != nil {
		return d, err
	}
	d.Instead = true
	switch {
	case tag != "":
		d.Add("commit", self.Commit)
		d.Add("tag", target)
	case branch != "" && a.Branch == "":
		d.Add("branch", target)
		d.Notes = append(d.Notes, "the commit is not expected: a branch moves on; commit="+shortCommit(self.Commit)+" would pin it")
		return d, nil
	default: // HEAD, or a part of an id, which may become ambiguous
		d.Add("commit", self.Commit)
	}
	if a.Branch != "" {
		return d, nil
	}
	name, err := repo.holding(ctx, self)
	switch {
	case err != nil:
		return d, err
	case name == "":
		d.Notes = append(d.Notes, "no branch is expected: neither what is checked out nor main has the commit")
	default:
		d.Add("branch", name)
	}
	return d, nil
}

// holding returns the branch that people look at first and that has a commit: main, else the one that is checked out.
func (g *gitRepo) holding(ctx context.Context, self gitSelf) (string, error) {
	for _, name := range []string{"main", "master", self.Branch} {
		if name == "" {
			continue
		}
		_, tip, err := g.branch(ctx, name)
		if err != nil {
			return "", err
		}
		if tip == "" {
			continue
		}
		if has, err := g.has(ctx, tip, self.Commit); err != nil || has {
			return name, err
		}
	}
	return "", nil
}
