package steps

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/Masterminds/semver/v3"
)

// npmAccept asks for the short form of a package's page, as npm does.
const npmAccept = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8"

// npmPage is a package's page.
type npmPage struct {
	Tags     map[string]string      `json:"dist-tags"`
	Versions map[string]*npmVersion `json:"versions"`
	Name     string                 `json:"name"` // all that is left of a package whose versions were withdrawn
}

type npmVersion struct {
	Deprecated any `json:"deprecated"` // a text; some registries write false
	Engines    any `json:"engines"`
	Dist       struct {
		Tarball   string `json:"tarball"`
		Integrity string `json:"integrity"`
		Shasum    string `json:"shasum"`
	} `json:"dist"`
}

func (v *npmVersion) deprecated() (reason string, ok bool) {
	switch d := v.Deprecated.(type) {
	case string:
		return d, d != ""
	case bool:
		return "", d
	}
	return "", false
}

// npm looks at a registry of npm packages.
func (l *packageLook) npm(ctx context.Context) (packageFound, error) {
	want, err := parseNPMRange(cmp.Or(l.args.Version, "latest"))
	if err != nil {
		return packageFound{}, err
	}
	answer, err := l.get(ctx, l.args.index()+strings.Replace(l.args.Name, "/", "%2f", 1), npmAccept, maxPage)
	if err != nil {
		return packageFound{}, err
	}
	if answer.status != http.StatusOK {
		return l.noName(answer), nil
	}
	var page npmPage
	if json.Unmarshal(answer.body, &page) != nil || page.Versions == nil && page.Name != l.args.Name {
		return packageFound{odd: true, none: "no page of a registry at " + withoutQuery(answer.url.String())}, nil
	}
	return page.choose(l, want), nil
}

func (p npmPage) choose(l *packageLook, want npmRange) packageFound {
	found := packageFound{self: packageSelf{Tags: p.Tags}}
	var all []*semver.Version
	for text, v := range p.Versions {
		if parsed, err := semver.StrictNewVersion(text); err == nil && v != nil {
			all = append(all, parsed)
		}
	}
	slices.SortFunc(all, (*semver.Version).Compare)
	for _, v := range all {
		found.self.Versions = append(found.self.Versions, v.Original())
	}
	chosen := p.pick(want, all, l.args.Pre)
	v := p.Versions[chosen]
	if v == nil {
		found.none = l.noVersion(found.self.Versions)
		if want.tag != "" {
			found.none = fmt.Sprintf("no tag %s: %s", want.tag, orNone(slices.Sorted(maps.Keys(p.Tags))))
		}
		return found
	}
	found.self.Version = chosen
	found.self.Reason, found.self.Yanked = v.deprecated()
	if engines, ok := v.Engines.(map[string]any); ok {
		found.self.Requires, _ = engines["node"].(string)
	}
	hash := integrity(v.Dist.Integrity)
	if algorithm, _, colon := strings.Cut(l.args.Hash, ":"); hash == "" || colon && algorithm == "sha1" {
		hash = "sha1:" + v.Dist.Shasum
	}
	name := v.Dist.Tarball[strings.LastIndex(v.Dist.Tarball, "/")+1:]
	found.load = packageFile{name, v.Dist.Tarball, hash}
	found.self.Files = []packageFile{found.load}
	return found
}

// integrity returns the strongest of several hashes.
func integrity(all string) string {
	hashes := strings.Fields(all)
	for _, algorithm := range []string{"sha512-", "sha384-", "sha256-"} {
		if i := slices.IndexFunc(hashes, func(h string) bool { return strings.HasPrefix(h, algorithm) }); i >= 0 {
			return hashes[i]
		}
	}
	return all
}

// pick chooses as npm does: what a tag says; else the tag latest where it meets the range, else the newest that does,
// rather one that is not deprecated.
func (p npmPage) pick(want npmRange, all []*semver.Version, pre bool) string {
	if want.tag != "" {
		return p.Tags[want.tag]
	}
	if v, err := semver.StrictNewVersion(p.Tags["latest"]); err == nil && want.takes(v, pre) && p.Versions[p.Tags["latest"]] != nil {
		if _, old := p.Versions[p.Tags["latest"]].deprecated(); !old {
			return p.Tags["latest"]
		}
	}
	last := ""
	for _, v := range slices.Backward(all) {
		if !want.takes(v, pre) {
			continue
		}
		if _, old := p.Versions[v.Original()].deprecated(); !old {
			return v.Original()
		}
		last = cmp.Or(last, v.Original())
	}
	return last
}

// npmRange is a range of versions, or a tag.
type npmRange struct {
	tag    string
	groups []npmGroup
}

// npmGroup is one of several ranges with || between them.
type npmGroup struct {
	constraint *semver.Constraints
	early      []string // versions without their pre-release of which a comparator names a pre-release
}

var (
	npmTag      = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]*$`) })
	npmVersionX = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[vx=X*][0-9xX*.]*$`) })
	npmEarly    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`([0-9]+\.[0-9]+\.[0-9]+)-[0-9A-Za-z]`) })
)

// parseNPMRange reads a range as npm writes it. What differs from Masterminds' constraints is its rule of
// pre-releases: one is taken only where the range names a pre-release of the very same version.
func parseNPMRange(s string) (r npmRange, err error) {
	if npmTag().MatchString(s) && !npmVersionX().MatchString(s) {
		return npmRange{tag: s}, nil
	}
	if strings.Contains(s, ",") {
		return r, fmt.Errorf("%.50q is no range of npm's: it has spaces, not commas", s)
	}
	for part := range strings.SplitSeq(s, "||") {
		if part = strings.TrimSpace(part); part == "" {
			part = "*"
		}
		c, err := semver.NewConstraint(part)
		if err != nil {
			return r, fmt.Errorf("%.50q is no range of versions", s)
		}
		c.IncludePrerelease = true
		g := npmGroup{constraint: c}
		for _, m := range npmEarly().FindAllStringSubmatch(part, -1) {
			g.early = append(g.early, m[1])
		}
		r.groups = append(r.groups, g)
	}
	return r, nil
}

func (r npmRange) takes(v *semver.Version, pre bool) bool {
	return slices.ContainsFunc(r.groups, func(g npmGroup) bool {
		if v.Prerelease() != "" && !pre && !slices.Contains(g.early, fmt.Sprintf("%d.%d.%d", v.Major(), v.Minor(), v.Patch())) {
			return false
		}
		return g.constraint.Check(v)
	})
}
