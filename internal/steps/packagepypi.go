package steps

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/pep440"
	"gitea.coulomb.social/coulomb/wpctl/internal/pypi"
)

// pypi looks at an index of Python packages.
func (l *packageLook) pypi(ctx context.Context) (packageFound, error) {
	specifiers, err := pep440.ParseSpecifiers(l.args.Version)
	if err != nil {
		return packageFound{}, err
	}
	page, err := l.get(ctx, l.args.index()+pypi.Normal(l.args.Name)+"/", pypi.Accept, maxPage)
	if err != nil {
		return packageFound{}, err
	}
	if page.status != http.StatusOK {
		return l.noName(page), nil
	}
	project, err := pypi.Parse(l.args.Name, page.url, page.contentType, page.body)
	if err != nil {
		return packageFound{odd: true, none: "no page of an index at " + withoutQuery(page.url.String()) + ": " + err.Error(), why: []string{"the index of a PyPI server usually ends in /simple/"}}, nil
	}
	chosen, ok := project.Choose(pypi.Want{Specifiers: specifiers, Pre: l.args.Pre, Python: l.args.Python, Platform: l.args.Platform})
	found := packageFound{}
	for _, v := range chosen.Versions {
		found.self.Versions = append(found.self.Versions, v.String())
	}
	if !ok {
		found.none = l.noVersion(found.self.Versions)
		if !project.Index {
			found.none, found.odd = "no file of "+l.args.Name+" at "+withoutQuery(page.url.String()), true
		}
		for i, why := range chosen.Rejected {
			if i == maxFaults {
				found.why = append(found.why, fmt.Sprintf("and %d more", len(chosen.Rejected)-i))
				break
			}
			found.why = append(found.why, why)
		}
		return found, nil
	}
	found.self.Version, found.self.Yanked = chosen.Version.String(), chosen.Yanked
	for _, f := range chosen.Files {
		file := packageFile{f.Name, f.URL, fileHash(f.Hashes, l.args.Hash)}
		found.self.Files = append(found.self.Files, file)
		found.self.Reason, found.self.Requires = f.Reason, f.RequiresPython
		if found.load.URL == "" || f.Wheel {
			found.load = file
		}
	}
	return found, nil
}

// noName is what is found where the index does not know the name.
func (l *packageLook) noName(page packagePage) packageFound {
	found := packageFound{none: fmt.Sprintf("the index has no %s: %d", l.args.Name, page.status)}
	if !l.args.Auth.given() {
		found.why = []string{"some indexes answer so about private packages, too: no credential was sent"}
	}
	return found
}

// noVersion says what there is instead.
func (l *packageLook) noVersion(versions []string) string {
	if len(versions) == 0 {
		return "the index has no version of " + l.args.Name
	}
	newest := slices.Clone(versions[max(0, len(versions)-maxFaults):])
	slices.Reverse(newest)
	out := strings.Join(newest, ", ")
	if more := len(versions) - len(newest); more > 0 {
		out += fmt.Sprintf(" and %d older", more)
	}
	return "none of the versions " + out
}

// fileHash writes a file's hash as algorithm:digits: of the wanted algorithm, else the strongest.
func fileHash(hashes map[string]string, wanted string) string {
	algorithm, _, _ := strings.Cut(strings.ToLower(wanted), ":")
	for _, a := range append([]string{algorithm, "sha256", "sha512", "sha384", "sha1"}, slices.Sorted(maps.Keys(hashes))...) {
		if hashes[a] != "" {
			return a + ":" + hashes[a]
		}
	}
	return ""
}
