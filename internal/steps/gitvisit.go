package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

const maxChanged = 100 // paths in self

// gitVisit is one look at a repository.
type gitVisit struct {
	repo   *gitRepo
	args   gitArgs
	seen   gitSelf
	commit string // what commit or tag mean; "" where neither is written or there
	saw    []string
	wrong  []Mismatch
	why    []string
}

func (v *gitVisit) good(format string, args ...any) {
	v.saw = append(v.saw, fmt.Sprintf(format, args...))
}

func (v *gitVisit) bad(want, saw string) { v.wrong = append(v.wrong, Mismatch{want, saw}) }

// absent is the finding of what is not there, or the error where that proves nothing.
func (v *gitVisit) absent(what string) error {
	if v.repo.cut != "" {
		return v.repo.missing(what)
	}
	v.bad(what, "no "+what)
	v.why = append(v.why, "the checkout may be behind its remote: git fetch")
	return nil
}

// refs looks at the commit, the tag and the branch.
func (v *gitVisit) refs(ctx context.Context) (err error) {
	a := v.args
	if a.Commit != "" {
		if v.commit, err = v.repo.rev(ctx, a.Commit); err != nil {
			return err
		}
		if v.commit == "" {
			return v.absent("commit " + a.Commit)
		}
		v.good("commit %s is there", shortCommit(v.commit))
	}
	if a.Tag != "" {
		if err := v.tag(ctx); err != nil {
			return err
		}
	}
	if a.Branch != "" {
		return v.branch(ctx)
	}
	return nil
}

func (v *gitVisit) tag(ctx context.Context) error {
	id, err := v.repo.rev(ctx, "refs/tags/"+v.args.Tag)
	switch {
	case err != nil:
		return err
	case id == "":
		return v.absent("tag " + v.args.Tag)
	case v.commit == "":
		v.commit = id
		v.good("tag %s is there", v.args.Tag)
	case v.commit == id:
		v.good("tagged %s", v.args.Tag)
	default:
		v.bad(fmt.Sprintf("tag %s at %s", v.args.Tag, shortCommit(v.commit)), fmt.Sprintf("tag %s at %s", v.args.Tag, shortCommit(id)))
	}
	return nil
}

func (v *gitVisit) branch(ctx context.Context) error {
	name := v.args.Branch
	ref, tip, err := v.repo.branch(ctx, name)
	if err != nil {
		return err
	}
	if tip == "" {
		return v.absent("branch " + name)
	}
	if v.commit == "" {
		if v.args.Commit == "" && v.args.Tag == "" {
			v.commit = tip
			v.good("branch %s is there", name)
		}
		return nil
	}
	on, err := v.repo.has(ctx, tip, v.commit)
	switch {
	case err != nil:
		return err
	case on:
		v.good("on %s", name)
		return nil
	case v.repo.cut != "":
		return v.repo.missing("the history of " + name)
	}
	v.bad(fmt.Sprintf("commit %s on %s", shortCommit(v.commit), name), "it is not on "+name)
	if remote := "refs/remotes/origin/" + name; strings.HasPrefix(ref, "refs/heads/") {
		if id, err := v.repo.rev(ctx, remote); err == nil && id != "" {
			if on, err := v.repo.has(ctx, id, v.commit); err == nil && on {
				v.why = append(v.why, fmt.Sprintf("it is on origin/%s: the local branch is behind", name))
			}
		}
	}
	return nil
}

// merged looks whether one branch has all commits of another.
func (v *gitVisit) merged(ctx context.Context) error {
	m := v.args.Merged
	if m == nil {
		return nil
	}
	var ids [2]string
	for i, name := range []string{m.Branch, m.Into} {
		_, id, err := v.repo.branch(ctx, name)
		if err == nil && id == "" {
			id, err = v.repo.rev(ctx, name)
		}
		if err != nil {
			return err
		}
		if id == "" {
			if i == 0 {
				v.why = append(v.why, "if the branch was deleted after the merge, name its last commit instead")
			}
			return v.absent("branch " + name)
		}
		ids[i] = id
	}
	on, err := v.repo.has(ctx, ids[1], ids[0])
	switch {
	case err != nil:
		return err
	case on:
		v.good("%s is merged into %s", m.Branch, m.Into)
	case v.repo.cut != "":
		return v.repo.missing("the history of " + m.Into)
	default:
		v.bad(fmt.Sprintf("%s merged into %s", m.Branch, m.Into), fmt.Sprintf("%s has commits that %s has not", m.Branch, m.Into))
		v.why = append(v.why, "a squash or a rebase makes other commits: then name the commit on "+m.Into)
	}
	return nil
}

// file looks at a file as a revision has it.
func (v *gitVisit) file(ctx context.Context) error {
	f := v.args.File
	if f == nil {
		return nil
	}
	rev, name := v.commit, f.At
	if rev == "" || name != "" {
		if name == "" {
			name = "HEAD"
		}
		id, err := v.repo.rev(ctx, name)
		if err != nil {
			return err
		}
		if id == "" {
			return v.absent("revision " + name)
		}
		rev = id
	}
	if name == "" {
		name = shortCommit(rev)
	}
	path := strings.TrimPrefix(f.Path, "./")
	b, err := v.repo.blob(ctx, rev, path)
	if err != nil {
		return err
	}
	what := path + " at " + name
	switch {
	case b.kind != "blob" && f.Absent && b.kind == "":
		v.good("no %s", what)
		return nil
	case b.kind == "blob" && f.Absent:
		v.bad("no "+what, what)
		return nil
	case b.kind != "blob":
		v.bad(what, map[string]string{"": "no " + what, "tree": path + " is a directory", "commit": path + " is a submodule"}[b.kind])
		return nil
	}
	v.good("%s", what)
	return v.content(ctx, b)
}

func (v *gitVisit) content(ctx context.Context, b gitBlob) error {
	if b.size > maxFile {
		return fmt.Errorf("read %s: it is larger than the %d MiB that are read", v.args.File.Path, maxFile>>20)
	}
	r, err := v.repo.feed(ctx, "", 2*maxFile, "cat-file", "blob", b.id)
	if err != nil {
		return err
	}
	if r.Exit != 0 || int64(len(r.Stdout.Text)) != b.size {
		return v.repo.fault(r)
	}
	v.seen.Text = strings.ToValidUTF8(r.Stdout.Text, string(utf8.RuneError))
	v.wrong = append(v.wrong, v.args.File.Check("text", v.seen.Text)...)
	return nil
}

// clean looks for changes in the working tree.
func (v *gitVisit) clean(ctx context.Context) error {
	if !v.args.Clean {
		return nil
	}
	if fs := v.repo.filters; len(fs) > 0 {
		return &check.Lasting{Err: fmt.Errorf("the checkout's own configuration has filter programs (%s), which are not run: whether it is clean cannot be told", fs[0])}
	}
	r, err := v.repo.run(ctx, "status", "--porcelain=v1", "-z", "--untracked-files=normal", "--ignore-submodules=dirty", "--no-renames")
	if err != nil {
		return err
	}
	if r.Exit != 0 {
		return v.repo.fault(r)
	}
	n := 0
	for entry := range strings.SplitSeq(r.Stdout.Text, "\x00") {
		if len(entry) < 4 {
			continue
		}
		if n++; n <= maxChanged {
			v.seen.Changed = append(v.seen.Changed, strings.ToValidUTF8(strings.TrimSpace(entry[:2])+" "+entry[3:], "�"))
		}
	}
	if n == 0 {
		v.good("clean")
		return nil
	}
	saw := strings.Join(v.seen.Changed[:min(n, maxFaults)], ", ")
	if n > maxFaults {
		saw += fmt.Sprintf(" and %d more", n-maxFaults)
	}
	v.bad("a clean working tree", "changed: "+saw)
	return nil
}

// about fills in what assertions may ask of what is checked out, and of the commit.
func (v *gitVisit) about(ctx context.Context) (err error) {
	if v.seen.Head, err = v.repo.rev(ctx, "HEAD"); err != nil {
		return err
	}
	r, err := v.repo.run(ctx, "symbolic-ref", "--quiet", "--short", "HEAD")
	if err != nil {
		return err
	}
	v.seen.Branch = strings.TrimSpace(r.Stdout.Text)
	if v.seen.Commit = v.commit; v.commit == "" && v.args.Commit == "" && v.args.Tag == "" {
		v.seen.Commit = v.seen.Head
	}
	if len(v.saw)+len(v.wrong) == 0 {
		v.good("a git repository")
	}
	if v.seen.Commit == "" {
		return nil
	}
	if r, err = v.repo.run(ctx, "log", "-1", "--no-show-signature", "--no-mailmap", "--format=%an%x00%aI%x00%s", v.seen.Commit); err != nil {
		return err
	}
	parts := strings.SplitN(strings.ToValidUTF8(strings.TrimRight(r.Stdout.Text, "\n"), "�"), "\x00", 3)
	if r.Exit != 0 || len(parts) != 3 {
		return errors.New("git: the commit cannot be read")
	}
	v.seen.Author, v.seen.Subject = parts[0], parts[2]
	v.seen.Date, _ = time.Parse(time.RFC3339, parts[1])
	return nil
}

// shortCommit is how people write a commit.
func shortCommit(id string) string { return id[:min(len(id), 12)] }
