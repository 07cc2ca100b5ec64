package steps

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/mod/module"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/pep440"
	"gitea.coulomb.social/coulomb/wpctl/internal/pypi"
)

// maxPackageWord bounds names and versions.
const maxPackageWord = 1000

var (
	npmName = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(@[a-z0-9~-][a-z0-9._~-]*/)?[A-Za-z0-9~-][A-Za-z0-9._~-]*$`)
	})
	pythonForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]+\.[0-9]+(\.[0-9]+)?$`) })
	hashForm   = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`^(sha(1|224|256|384|512)|md5|blake2b):[0-9A-Fa-f]{32,128}$|^sha(1|256|384|512)-[A-Za-z0-9+/]+=*$`)
	})
)

// packageCheck tells of mistakes in the arguments.
func packageCheck(a packageArgs) []check.Problem {
	out := a.netReach.check()
	add := func(message, hint string, path ...any) { out = append(out, problem(message, hint, path...)) }
	if a.Index != "" {
		if u, err := parseTarget(a.Index); err != nil {
			add(err.Error(), "write it as in https://registry.example/simple/", "index")
		} else if u.User != nil {
			add("a URL with a user or password shows them to every reader", "use auth, with names of the environment", "index")
		}
	}
	if err := a.checkName(); err != nil && a.Name != "" {
		add(err.Error(), "", "name")
	}
	if err := a.checkVersion(a.Version); err != nil && a.Version != "" {
		add(err.Error(), versionHint[a.Type], "version")
	}
	if _, err := pep440.Parse(a.Resolves); err != nil && a.Resolves != "" && a.Type == "pypi" {
		add(err.Error(), "such as 1.2.3", "resolves")
	}
	if a.Python != "" && !pythonForm().MatchString(a.Python) {
		add(fmt.Sprintf("%.50q is no version of Python", a.Python), "such as 3.12", "python")
	}
	if a.Platform != "" && !pypi.IsPlatform(a.Platform) {
		add(fmt.Sprintf("%.50q is no platform's tag", a.Platform), "such as manylinux_2_28_x86_64, musllinux_1_2_aarch64, macosx_14_0_arm64 or win_amd64", "platform")
	}
	if a.Type != "pypi" && a.Type != "" && (a.Python != "" || a.Platform != "") {
		add("python and platform are for type: pypi", "leave them out", "type")
	}
	switch {
	case a.Download && a.Type == "go":
		add("a Go proxy tells no hashes to compare a download with", "leave download out", "download")
	case a.Hash != "" && a.Type == "go":
		add("a Go proxy tells no hashes", "leave hash out; go.sum and the checksum database have them", "hash")
	case a.Hash != "" && !hashForm().MatchString(a.Hash):
		add(fmt.Sprintf("%.50q is no hash", a.Hash), "sha256: and 64 hexadecimal digits, or sha512- and base64 (npm)", "hash")
	}
	if a.Absent && (a.Resolves != "" || a.Hash != "" || a.Yanked != nil || a.Download) {
		add("what is absent can be nothing else", "leave out resolves, hash, yanked and download", "absent")
	}
	return append(out, a.Auth.check(httpRequest{})...)
}

var versionHint = map[string]string{
	"pypi": `such as "==1.2.3", ">=1.2,<2" or "~=1.2"`,
	"npm":  `such as 1.2.3, ^1.2, ">=1.2 <2" or a tag such as latest`,
	"go":   `such as v1.2.3, v1.2, ">=v1.2.0,<v1.5.0" or latest`,
}

func (a packageArgs) checkName() error {
	ok := len(a.Name) <= maxPackageWord
	switch a.Type {
	case "pypi":
		ok = ok && pypi.IsName(a.Name)
	case "npm":
		ok = ok && len(a.Name) <= 214 && npmName().MatchString(a.Name)
	case "go":
		if ok && module.CheckPath(a.Name) != nil {
			return fmt.Errorf("%.80q is no module path: such as example.org/team/module/v2", a.Name)
		}
	}
	if !ok {
		return fmt.Errorf("%.80q is no name of a package", a.Name)
	}
	return nil
}

func (a packageArgs) checkVersion(version string) error {
	if len(version) > maxPackageWord {
		return fmt.Errorf("a version of %d characters", len(version))
	}
	var err error
	switch a.Type {
	case "pypi":
		if _, err = pep440.ParseSpecifiers(version); err != nil && !strings.ContainsAny(version, "<>=!~") {
			if v, bad := pep440.Parse(version); bad == nil {
				return fmt.Errorf("%q says no relation: did you mean \"==%s\"?", version, v)
			}
		}
	case "npm":
		_, err = parseNPMRange(version)
	case "go":
		_, err = parseGoQuery(version)
	}
	return err
}
