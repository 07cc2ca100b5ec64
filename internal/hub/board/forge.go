package board

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Forges says where repositories can be looked at.
type Forges struct {
	Hosts map[string]Forge // by the host that plans name
	Base  string           // where repositories are that plans name without a host, such as https://git.example.org/team
}

// Forge is a place of repositories.
type Forge struct {
	Kind    string // github, gitlab, gitea or forgejo
	Address string // where its pages are, where that is not https://HOST
}

// knownForges are hosts that need not be said.
var knownForges = map[string]Forge{"github.com": {Kind: "github"}, "gitlab.com": {Kind: "gitlab"}, "codeberg.org": {Kind: "forgejo"}, "gitea.com": {Kind: "gitea"}}

// forgeKinds are the kinds of forges whose addresses are known.
var forgeKinds = []string{"github", "gitlab", "gitea", "forgejo"}

// scpLike is git's short form of an address: USER@HOST:PATH.
var scpLike = regexp.MustCompile(`^(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9.-]+\.[A-Za-z0-9-]+):([^/\\:][^\\:]*)$`)

// plainName is a repository's name without a host.
var plainName = regexp.MustCompile(`^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$`)

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
		if f.Base == "" || !plainName.MatchString(repo) {
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
	forge, ok := f.Hosts[strings.ToLower(host)]
	if !ok {
		forge = knownForges[strings.ToLower(host)]
	}
	p := strings.Trim(strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), ".git"), "/")
	if forge.Kind == "" || p == "" || path.Clean("/"+p) != "/"+p {
		return nil, ""
	}
	out := &url.URL{Scheme: scheme, Host: host}
	if forge.Address != "" {
		if out, err = url.Parse(forge.Address); err != nil {
			return nil, ""
		}
	}
	out.Path = strings.TrimSuffix(out.Path, "/") + "/" + p
	return out, forge.Kind
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

// ParseForge reads HOST=KIND or HOST=KIND@ADDRESS.
func ParseForge(text string) (host string, f Forge, err error) {
	host, rest, _ := strings.Cut(text, "=")
	f.Kind, f.Address, _ = strings.Cut(rest, "@")
	if f.Address != "" || strings.HasSuffix(rest, "@") {
		if f.Address, err = ParseBase(f.Address); err != nil {
			return "", Forge{}, err
		}
	}
	if host == "" || strings.ContainsAny(host, "/@ ") || !slices.Contains(forgeKinds, f.Kind) {
		return "", Forge{}, fmt.Errorf("wanted HOST=KIND, where KIND is github, gitlab, gitea or forgejo, not %q", text)
	}
	return strings.ToLower(host), f, nil
}

// ParseBase reads the address under which repositories are.
func ParseBase(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("wanted an address such as https://git.example.org/team, not %q", text)
	}
	return strings.TrimSuffix(text, "/"), nil
}
