package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// version is what a build is stamped with.
type version struct {
	number  string // by SemVer, without a v
	commit  string // all of it
	date    time.Time
	release bool // the commit has a tag, and nothing was changed since
}

func (v version) String() string { return v.number }

// dated is the date as the program is told.
func (v version) dated() string { return v.date.Format(time.RFC3339) }

// described is a tag, how many commits came since, the commit, and whether files were changed after it.
var described = regexp.MustCompile(`^v(\d+\.\d+\.)(\d+)(-[0-9A-Za-z.-]+)?-(\d+)-g([0-9a-f]+)(-dirty)?$`)

// versionOf asks git for the version of a checkout: that of its tag, or one between the last tag and the next.
func versionOf(ctx context.Context, root string) (version, error) {
	commit, err := git(ctx, root, "rev-parse", "HEAD")
	if err != nil {
		return version{}, err
	}
	seconds, err := git(ctx, root, "log", "-1", "--format=%ct")
	if err != nil {
		return version{}, err
	}
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return version{}, fmt.Errorf("the date of the commit: %w", err)
	}
	v := version{commit: commit, date: time.Unix(unix, 0).UTC()}
	// Of a checkout without a tag git says only the commit.
	text, err := git(ctx, root, "describe", "--tags", "--match=v[0-9]*", "--long", "--always", "--dirty", "--abbrev=8")
	if err != nil {
		return version{}, err
	}
	if !described.MatchString(text) {
		count, err := git(ctx, root, "rev-list", "--count", "HEAD")
		if err != nil {
			return version{}, err
		}
		hash, dirty := strings.CutSuffix(text, "-dirty")
		v.number = between("0.0.0", count, hash, dirty)
		return v, nil
	}
	v.number, v.release, err = numbered(text)
	return v, err
}

// numbered reads what git describes.
func numbered(text string) (number string, release bool, err error) {
	m := described.FindStringSubmatch(text)
	if m == nil {
		return "", false, fmt.Errorf("%q is no version", text)
	}
	line, pre, count, hash, dirty := m[1], m[3], m[4], m[5], m[6] != ""
	patch, err := strconv.Atoi(m[2])
	switch {
	case err != nil:
		return "", false, err
	case count == "0" && !dirty:
		return line + m[2] + pre, true, nil
	case pre != "":
		return between(line+m[2]+pre, count, hash, dirty), false, nil
	}
	return between(line+strconv.Itoa(patch+1), count, hash, dirty), false, nil
}

// between is a version before next, and after all releases before that.
func between(next, count, hash string, dirty bool) string {
	separator := "-"
	if strings.Contains(next, "-") {
		separator = "."
	}
	out := next + separator + "dev." + count + ".g" + hash
	if dirty {
		out += ".dirty"
	}
	return out
}

func git(ctx context.Context, root string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", root}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s in %s: %w", args[0], root, err)
	}
	return strings.TrimSpace(string(out)), nil
}
