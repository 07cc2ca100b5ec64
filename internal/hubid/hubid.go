// Package hubid makes the ids of what a hub keeps. Whoever makes a thing makes its id, before the first request:
// two clones of a repository that never heard of each other mint the same, and a request that is sent again names
// what it named before.
package hubid

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// space is the namespace of workstreams. It never changes: ids that stand in files were made with it.
var space = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://gitea.coulomb.social/coulomb/wpctl#workstream"))

// Workstream is the id of a plan's workstream: UUIDv5 of the repository, as [Repo] writes it, and the plan's id.
func Workstream(repo, plan string) (string, error) {
	repo, err := Repo(repo)
	if err != nil {
		return "", err
	}
	if plan == "" || !plain(plan) {
		return "", fmt.Errorf("the plan's id: wanted one line of text, found %q", short(plan))
	}
	return uuid.NewSHA1(space, []byte(repo+"\n"+plan)).String(), nil
}

// Task is the id of a task: UUIDv5 of its workstream and the task's whole id.
func Task(workstream, id string) (string, error) { return within(workstream, "", id) }

// Decision is the id of a decision, which is another than that of a task with the same id in the file.
func Decision(workstream, id string) (string, error) { return within(workstream, "decision\n", id) }

func within(workstream, kind, id string) (string, error) {
	w, err := uuid.Parse(workstream)
	if err != nil || len(workstream) != 36 {
		return "", fmt.Errorf("the workstream's id: wanted a UUID, found %q", short(workstream))
	}
	if id == "" || !plain(id) {
		return "", fmt.Errorf("the id: wanted one line of text, found %q", short(id))
	}
	return uuid.NewSHA1(w, []byte(kind+id)).String(), nil
}

// New is an id for what happened once, an event, a verdict or a message: a UUIDv7, so that they sort by time.
func New() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}

var canonical = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// Is tells whether a text may be the id of a record: a UUID in small letters.
func Is(text string) bool { return canonical.MatchString(text) }

// ErrNoRepo is the error of a plan that does not say which repository it belongs to.
var ErrNoRepo = errors.New("no repository: write `repo:` into the plan's front matter")

// scp is git's short form of ssh: user@host:path.
var scp = regexp.MustCompile(`^(?:[^@/:\s]+@)?([^@/:\s]{2,}):([^\s]*)$`)

// Repo is one way to write a repository, whichever way it was reached: a name as it is, and host/path of an address,
// without scheme, user, port, `.git` and slashes at the ends; letters are small, since forges do not tell them apart.
func Repo(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", ErrNoRepo
	}
	if !plain(s) {
		return "", fmt.Errorf("the repository: wanted one line of text, found %q", short(s))
	}
	host, path := "", s
	if scheme, rest, ok := strings.Cut(s, "://"); ok {
		u, err := url.Parse(s)
		if err != nil || scheme == "" || rest == "" {
			return "", errors.New("the repository: wanted a name or an address such as https://host/owner/name") // never the text: it may hold a password
		}
		host, path = u.Hostname(), u.Path
	} else if m := scp.FindStringSubmatch(s); m != nil {
		host, path = m[1], m[2]
	}
	path = strings.Trim(path, "/")
	path = strings.TrimRight(strings.TrimSuffix(path, ".git"), "/")
	if path == "" {
		return "", errors.New("the repository: its address has no path")
	}
	if host != "" {
		path = strings.TrimSuffix(host, ".") + "/" + path
	}
	return strings.ToLower(path), nil
}

// plain says whether text is valid, bounded and on one line.
func plain(s string) bool {
	return len(s) <= 1000 && utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

func short(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}
