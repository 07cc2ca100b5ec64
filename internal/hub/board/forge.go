package board

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Forges says where repositories can be looked at.
type Forges struct {
	Kinds map[string]string // host, with its port where it has one → github, gitlab, gitea or forgejo
	Base  string            // where repositories are that plans name without a host, such as https://git.example.org/team
}

// knownForges are hosts that need not be said.
var knownForges = map[string]string{"github.com": "github", "gitlab.com": "gitlab", "codeberg.org": "forgejo", "gitea.com": "gitea"}

// ForgeKinds are the kinds of forges whose addresses are known.
var ForgeKinds = []string{"github", "gitlab", "gitea", "forgejo"}

// scpLike is git's short form of an address: USER@HOST:PATH.
var scpLike = regexp.MustCompile(`^(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9.-]+\.[A-Za-z0-9-]+):([^/\\:][^\\:]*)$`)

// repository is the address under which a repository can be looked at, and its forge's kind; none where it is unknown.
func (f Forges) repository(repo string) (*url.URL, string) {
	if strings.ContainsFunc(repo, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, ""
	}
	text := repo
	if m := scpLike.FindStringSubmatch(repo); m != nil {
		text = "ssh://" + m[1] + "/" + m[2]
	} else if host, _, ok := strings.Cut(repo, "/"); ok && !strings.Contains(repo, "://") && strings.Contains(host, ".") {
		text = "https://" + repo
	} else if !strings.Contains(repo, "://") {
		if f.Base == "" || repo == "" {
			return nil, ""
		}
		text = strings.TrimSuffix(f.Base, "/") + "/" + repo
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Opaque != "" {
		return nil, ""
	}
	scheme, host := "https", u.Host
	switch u.Scheme {
	case "http", "https":
		scheme = u.Scheme
	case "ssh", "git", "git+ssh":
		host = u.Hostname() // the port is another one's
	default:
		return nil, ""
	}
	kind := f.Kinds[host]
	if kind == "" {
		kind = knownForges[strings.ToLower(host)]
	}
	p := strings.Trim(strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), ".git"), "/")
	if kind == "" || p == "" || path.Clean("/"+p) != "/"+p {
		return nil, ""
	}
	return &url.URL{Scheme: scheme, Host: host, Path: "/" + p}, kind
}

// Repository is the address of a repository's page; "" where it is unknown.
func (f Forges) Repository(repo string) string {
	u, _ := f.repository(repo)
	if u == nil {
		return ""
	}
	return u.String()
}

var commit = regexp.MustCompile(`^[0-9a-f]{40}([0-9a-f]{24})?$`)

// File is the address of a line of a file; "" where it is unknown. Without a ref it is the default branch's.
func (f Forges) File(repo, file, ref string, line int) string {
	u, kind := f.repository(repo)
	file = strings.TrimPrefix(file, "./")
	if u == nil || file == "" || path.Clean("/"+file) != "/"+file || strings.ContainsFunc(file+ref, func(r rune) bool { return r < ' ' || r == '\\' || r == 0x7f }) {
		return ""
	}
	if ref != "" && path.Clean("/"+ref) != "/"+ref {
		return ""
	}
	at := ref
	if at == "" {
		at = "HEAD"
	}
	switch {
	case kind == "github":
		u.Path += "/blob/" + at + "/" + file
	case kind == "gitlab":
		u.Path += "/-/blob/" + at + "/" + file
	case ref == "": // Gitea and Forgejo
		u.Path += "/src/" + file
	case commit.MatchString(ref):
		u.Path += "/src/commit/" + ref + "/" + file
	default:
		u.Path += "/src/branch/" + ref + "/" + file
	}
	if line > 0 {
		u.Fragment = "L" + strconv.Itoa(line)
	}
	return u.String()
}

// ParseForge reads HOST=KIND.
func ParseForge(text string) (host, kind string, err error) {
	host, kind, _ = strings.Cut(text, "=")
	for _, known := range ForgeKinds {
		if kind == known && host != "" && !strings.ContainsAny(host, "/@ ") {
			return strings.ToLower(host), kind, nil
		}
	}
	return "", "", fmt.Errorf("wanted HOST=KIND, where KIND is github, gitlab, gitea or forgejo, not %q", text)
}

// ParseBase reads the address under which repositories are.
func ParseBase(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("wanted an address such as https://git.example.org/team, not %q", text)
	}
	return strings.TrimSuffix(text, "/"), nil
}
