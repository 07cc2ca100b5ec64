package steps

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// goModule looks at a module proxy, see https://go.dev/ref/mod#goproxy-protocol.
func (l *packageLook) goModule(ctx context.Context) (packageFound, error) {
	query, err := parseGoQuery(l.args.Version)
	if err != nil {
		return packageFound{}, err
	}
	escaped, err := module.EscapePath(l.args.Name)
	if err != nil {
		return packageFound{}, err
	}
	g := &goLook{packageLook: l, base: l.args.index() + escaped + "/"}
	found, err := g.versions(ctx)
	if err != nil || found.none != "" && query.exact == "" {
		return found, err
	}
	version := query.exact
	if version == "" {
		if version = g.newest(query, l.args.Pre); version == "" && query.unbounded() {
			version, err = g.latest(ctx)
		}
		if err != nil {
			return found, err
		}
		if version == "" {
			found.none = l.noVersion(g.listed)
			return found, nil
		}
	}
	found.none, found.odd = "", false
	return g.look(ctx, found, version)
}

// goLook is a look at one module.
type goLook struct {
	*packageLook
	base      string
	listed    []string // from old to new
	retracted []*modfile.Retract
}

// versions reads the list of versions, and from the newest one's go.mod which ones are retracted.
func (g *goLook) versions(ctx context.Context) (found packageFound, err error) {
	page, err := g.get(ctx, g.base+"@v/list", "text/plain", maxPage)
	if err != nil {
		return found, err
	}
	if page.status != http.StatusOK {
		return g.noName(page), nil
	}
	_, major, _ := module.SplitPathVersion(g.args.Name)
	found.odd = len(bytes.TrimSpace(page.body)) > 0
	for line := range strings.Lines(string(page.body)) {
		v, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		found.odd = found.odd && !semver.IsValid(v)
		if semver.IsValid(v) && semver.Canonical(v) == strings.TrimSuffix(v, "+incompatible") && module.MatchPathMajor(v, major) {
			g.listed = append(g.listed, v)
		}
	}
	if found.odd {
		found.none = "no list of a module proxy at " + withoutQuery(page.url.String())
		return found, nil
	}
	slices.SortFunc(g.listed, compareGo)
	found.self.Versions = g.listed
	newest := g.newest(goQuery{}, false)
	if newest == "" {
		return found, nil
	}
	mod, err := g.mod(ctx, newest)
	if err == nil && mod != nil {
		g.retracted = mod.Retract
	}
	return found, err
}

// compareGo orders versions; those before modules come before all others, as the go command prefers them.
func compareGo(a, b string) int {
	old := func(v string) int {
		if strings.HasSuffix(v, "+incompatible") {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(old(a), old(b)), semver.Compare(a, b))
}

// newest returns the newest listed version that meets the query: a release, else a pre-release; "" where there is none.
func (g *goLook) newest(q goQuery, pre bool) string {
	early := ""
	for _, v := range slices.Backward(g.listed) {
		if _, gone := g.isRetracted(v); gone || !q.takes(v) {
			continue
		}
		if semver.Prerelease(v) == "" || pre || q.namesPre() {
			return v
		}
		early = cmp.Or(early, v)
	}
	return early
}

func (g *goLook) isRetracted(v string) (reason string, ok bool) {
	for _, r := range g.retracted {
		if semver.Compare(r.Low, v) <= 0 && semver.Compare(v, r.High) <= 0 {
			return r.Rationale, true
		}
	}
	return "", false
}

// latest asks the proxy for what it holds to be the newest, for modules without tags.
func (g *goLook) latest(ctx context.Context) (string, error) {
	page, err := g.get(ctx, g.base+"@latest", "application/json", maxInfo)
	var info struct{ Version string }
	if err != nil || page.status != http.StatusOK || json.Unmarshal(page.body, &info) != nil || !semver.IsValid(info.Version) {
		return "", err
	}
	return info.Version, nil
}

// mod reads a version's go.mod; nil where there is none, or none that can be read.
func (g *goLook) mod(ctx context.Context, version string) (*modfile.File, error) {
	page, err := g.file(ctx, version, ".mod")
	if err != nil || page.status != http.StatusOK {
		return nil, err
	}
	f, err := modfile.ParseLax("go.mod", page.body, nil)
	if err != nil {
		return nil, nil //nolint:nilerr // that it cannot be read is what was seen
	}
	return f, nil
}

func (g *goLook) file(ctx context.Context, version, suffix string) (packagePage, error) {
	escaped, err := module.EscapeVersion(version)
	if err != nil {
		return packagePage{}, err
	}
	return g.get(ctx, g.base+"@v/"+escaped+suffix, "*/*", maxInfo)
}

// look looks whether a version is there: its info, its go.mod with the module's own path, and, by the caller, its zip.
func (g *goLook) look(ctx context.Context, found packageFound, version string) (packageFound, error) {
	page, err := g.file(ctx, version, ".info")
	if err != nil {
		return found, err
	}
	var info struct{ Version string }
	if page.status != http.StatusOK || json.Unmarshal(page.body, &info) != nil || !semver.IsValid(info.Version) {
		found.none = g.noVersion(g.listed)
		if page.status == http.StatusOK {
			found.none, found.odd = "no answer of a module proxy at "+withoutQuery(page.url.String()), true
		}
		return found, nil
	}
	mod, err := g.mod(ctx, info.Version)
	switch {
	case err != nil:
		return found, err
	case mod == nil:
		found.none, found.odd = info.Version+" has no go.mod that can be read", true
		return found, nil
	case mod.Module != nil && mod.Module.Mod.Path != g.args.Name:
		found.none = fmt.Sprintf("%s calls itself %s in its go.mod", info.Version, Quote(mod.Module.Mod.Path))
		return found, nil
	}
	if mod.Go != nil {
		found.self.Requires = mod.Go.Version
	}
	escaped, err := module.EscapeVersion(info.Version)
	if err != nil {
		return found, err
	}
	found.self.Version = info.Version
	found.self.Reason, found.self.Yanked = g.isRetracted(info.Version)
	found.load = packageFile{Name: escaped + ".zip", URL: g.base + "@v/" + escaped + ".zip"}
	found.self.Files = []packageFile{found.load}
	return found, nil
}

// goQuery is what is asked for: an exact version, a prefix, or comparisons.
type goQuery struct {
	exact   string
	prefix  string
	compare []goComparison
}

type goComparison struct{ operator, version string }

// parseGoQuery reads a version query, see https://go.dev/ref/mod#version-queries, several comparisons with commas
// between them. latest is what is asked for where there is none.
func parseGoQuery(s string) (q goQuery, err error) {
	switch {
	case s == "" || s == "latest":
		return q, nil
	case strings.ContainsAny(s, "<>="):
		for part := range strings.SplitSeq(s, ",") {
			part = strings.TrimSpace(part)
			version := strings.TrimLeft(part, "<>=")
			c := goComparison{part[:len(part)-len(version)], strings.TrimSpace(version)}
			if !slices.Contains([]string{"<", "<=", ">", ">=", "="}, c.operator) || !semver.IsValid(c.version) {
				return q, fmt.Errorf("%.50q compares with no version", s)
			}
			q.compare = append(q.compare, c)
		}
		return q, nil
	case semver.IsValid(s) && semver.Canonical(s) == strings.TrimSuffix(s, "+incompatible"):
		return goQuery{exact: s}, nil
	case semver.IsValid(s) && semver.Build(s) == "":
		return goQuery{prefix: s + "."}, nil
	}
	return q, fmt.Errorf("%.50q is no version of a module", s)
}

// unbounded tells whether any version will do.
func (q goQuery) unbounded() bool { return q.exact == "" && q.prefix == "" && q.compare == nil }

func (q goQuery) takes(v string) bool {
	if !strings.HasPrefix(v, q.prefix) {
		return false
	}
	return !slices.ContainsFunc(q.compare, func(c goComparison) bool {
		order := semver.Compare(v, c.version)
		return !map[string]bool{"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0, "=": order == 0}[c.operator]
	})
}

func (q goQuery) namesPre() bool {
	return slices.ContainsFunc(q.compare, func(c goComparison) bool { return semver.Prerelease(c.version) != "" })
}
