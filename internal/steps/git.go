package steps

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// gitArgs are the fields of a git step.
type gitArgs struct {
	Commit string     `yaml:"commit" doc:"a commit that must be there: its id of at least 4 digits, a branch, a tag or HEAD"`
	Branch string     `yaml:"branch" doc:"a branch that must be there; with commit or tag, one that has it. main is the local one, else that of the remote origin; origin/main is the latter"`
	Tag    string     `yaml:"tag" doc:"a tag that must be there; with commit, one of that commit"`
	Clean  bool       `yaml:"clean" doc:"nothing may be changed, staged or untracked; of submodules only their commits count"`
	File   *gitFile   `yaml:"file" doc:"a file as a revision has it"`
	Merged *gitMerged `yaml:"merged" doc:"a branch that must be merged into another one"`
}

// gitFile is what is wanted of a file at a revision.
type gitFile struct {
	Path   string `yaml:"path" required:"true" doc:"the file, from the top of the repository"`
	At     string `yaml:"at" doc:"the revision: a commit, branch, tag or HEAD; unwritten: that of commit or tag, else HEAD"`
	Absent bool   `yaml:"absent" doc:"the revision must not have it"`
	Text
}

// gitMerged says what has to be part of what.
type gitMerged struct {
	Branch string `yaml:"branch" required:"true" doc:"what is merged: a branch, tag or commit"`
	Into   string `yaml:"into" required:"true" doc:"the branch that has to have all of its commits"`
}

// gitSelf is what a git step saw.
type gitSelf struct {
	Head    string    `json:"head" doc:"the full id of the commit that is checked out; empty where there is none yet"`
	Branch  string    `json:"branch" doc:"the branch that is checked out; empty where none is"`
	Commit  string    `json:"commit" doc:"the full id of commit or tag, else of branch, else of what is checked out"`
	Author  string    `json:"author" doc:"who wrote that commit"`
	Date    time.Time `json:"date" doc:"when that commit was written"`
	Subject string    `json:"subject" doc:"the first line of its message"`
	Changed []string  `json:"changed" doc:"what is not clean, as git status has it: at most 100; only with clean"`
	Text    string    `json:"text" doc:"the file's text; only with file"`
}

// gitKind looks at the history and the working tree of a checkout.
//
// It asks the git of this machine, and lets it neither reach the network nor run what the checkout's own configuration
// names. What it makes of trouble: a commit, branch, tag or file that is not there is a finding, unless the checkout
// is a shallow, partial or single-branch clone, where it may only be missing here: that is unknown.
func gitKind() check.Kind {
	return check.Define(check.Spec[gitArgs]{
		Name:    "git",
		Doc:     "Expect a commit, branch, tag or file to be in the checkout's history, a branch to be merged, or the working tree to be clean.",
		Bare:    "commit",
		Example: "git: {commit: \"17f511f\", branch: main}\nrepo: vergabe-teilnahme",
		Self:    gitSelf{},
		Caps:    []check.Capability{check.ReadsFiles},
		Check:   gitCheck,
		Target:  gitArgs.target,
		Open: func(a gitArgs) bool {
			return a.Commit == "" && a.Branch == "" && a.Tag == "" && !a.Clean && a.File == nil && a.Merged == nil
		},
		Programs: func(gitArgs) []string { return []string{"git"} },
		Look:     gitLook,
		Draft:    gitDraft,
	})
}

func gitCheck(a gitArgs) (out []check.Problem) {
	name := func(value string, at ...any) {
		if p := refProblem(value); value != "" && p != "" {
			out = append(out, problem(p, "a commit's id, or the name of a branch or tag", at...))
		}
	}
	name(a.Commit, "commit")
	name(a.Branch, "branch")
	name(a.Tag, "tag")
	if m := a.Merged; m != nil {
		name(m.Branch, "merged", "branch")
		name(m.Into, "merged", "into")
		if m.Branch == m.Into && m.Branch != "" {
			out = append(out, problem("a branch is always merged into itself", "", "merged", "into"))
		}
		if m.Branch == "" || m.Into == "" {
			out = append(out, problem("merged names a branch, and the one that it is merged into", "merged: {branch: feature/x, into: main}", "merged"))
		}
	}
	if f := a.File; f != nil {
		name(f.At, "file", "at")
		if p := strings.TrimPrefix(f.Path, "./"); p == "" || path.Clean(p) != p || strings.HasPrefix(p, "/") || strings.HasPrefix(p, "..") || hasControl(p) {
			out = append(out, problem("this is no path in a repository", "from its top, with slashes: docs/runbook.md", "file", "path"))
		}
		if f.Absent && (f.Equals != nil || f.Contains != nil || f.Lacks != nil || f.Only != nil || f.Matches != nil) {
			out = append(out, problem("what is absent has no content", "leave out either absent or what is wanted of the content", "file", "absent"))
		}
	}
	return out
}

// refProblem says why a text is no name of a revision, after git check-ref-format; "" where it is one.
// A name never begins with a dash, so that it is never taken for an option.
func refProblem(name string) string {
	switch {
	case strings.HasPrefix(name, "-"):
		return fmt.Sprintf("%s begins with a dash, which no name of a revision does", Quote(name))
	case len(name) > 500, strings.ContainsAny(name, " ~^:?*[\\"), hasControl(name), strings.Contains(name, ".."), strings.Contains(name, "@{"),
		strings.Contains(name, "//"), strings.HasPrefix(name, "/"), strings.HasSuffix(name, "/"), strings.HasSuffix(name, ".lock"), strings.HasSuffix(name, "."):
		return "this is no name of a revision"
	}
	return ""
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// target is what a step looks at, in a few words.
func (a gitArgs) target() string {
	var out []string
	add := func(on bool, words ...string) {
		if on {
			out = append(out, strings.Join(words, " "))
		}
	}
	add(a.Commit != "", a.Commit)
	add(a.Tag != "", "tag", a.Tag)
	add(a.Branch != "", "on", a.Branch)
	if a.Commit == "" && a.Tag == "" && a.Branch != "" {
		out[len(out)-1] = "branch " + a.Branch
	}
	add(a.Clean, "clean")
	if a.File != nil {
		add(true, strings.TrimSpace(a.File.Path+" "+a.File.At))
	}
	if a.Merged != nil {
		add(true, a.Merged.Branch, "merged into", a.Merged.Into)
	}
	return strings.Join(out, " ")
}

func gitLook(ctx context.Context, at check.Site, a gitArgs) (check.Result, error) {
	repo, err := openGit(ctx, at)
	if err != nil {
		return check.Result{}, err
	}
	v := &gitVisit{repo: repo, args: a, seen: gitSelf{Changed: []string{}}}
	for _, look := range []func(context.Context) error{v.refs, v.merged, v.file, v.clean, v.about} {
		if err := look(ctx); err != nil {
			return check.Result{}, err
		}
	}
	return netVerdict(strings.Join(v.saw, ", "), v.wrong, v.why, v.seen), nil
}
