package steps

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/pep440"
)

// packageArgs are the fields of a package step.
type packageArgs struct {
	Type     string   `yaml:"type" required:"true" enum:"pypi|npm|go" doc:"which protocol the index speaks"`
	Index    string   `yaml:"index" doc:"the index's URL, without a user or password; unwritten: https://pypi.org/simple/, https://registry.npmjs.org/ or https://proxy.golang.org/"`
	Name     string   `yaml:"name" required:"true" doc:"the project, package or module"`
	Version  string   `yaml:"version" doc:"what the installer is asked for, in its own words: >=0.2,<0.3 (pypi), ^1.2 or a tag (npm), v1.2.3, v1.2 or >=v1.2.0 (go); unwritten: the newest"`
	Absent   bool     `yaml:"absent" doc:"expect that there is no such version, or no such name"`
	Resolves string   `yaml:"resolves" doc:"exactly this version is chosen"`
	Pre      bool     `yaml:"pre" doc:"pre-releases count as well"`
	Python   string   `yaml:"python" doc:"for this version of Python, such as 3.12: what the files require, and what wheels are for (pypi)"`
	Platform string   `yaml:"platform" doc:"for this platform: wheels for it or for all, such as manylinux_2_28_x86_64 (pypi)"`
	Hash     string   `yaml:"hash" doc:"a file of the chosen version has this hash in the index: sha256:… (pypi), sha512-… (npm), h1:… is not told by a proxy (go)"`
	Download bool     `yaml:"download" doc:"load the file as a whole, at most 512 MiB, and compare it with the hash that the index gives; else its first byte will do (pypi, npm)"`
	Yanked   *bool    `yaml:"yanked" doc:"whether the chosen version is withdrawn: yanked (pypi), deprecated (npm), retracted (go)"`
	Auth     httpAuth `yaml:"auth" doc:"the credential, where policy lets it go to this host; none is sent unless it is written"`
	netReach
}

// packageSelf is what a package step saw.
type packageSelf struct {
	Name     string            `json:"name" doc:"of the package"`
	Version  string            `json:"version" doc:"the chosen one"`
	Versions []string          `json:"versions" doc:"all that the index has, from old to new"`
	Files    []packageFile     `json:"files" doc:"of the chosen version"`
	Yanked   bool              `json:"yanked" doc:"the chosen version was withdrawn"`
	Reason   string            `json:"reason" doc:"why it was withdrawn"`
	Tags     map[string]string `json:"tags" doc:"npm's dist-tags"`
	Requires string            `json:"requires" doc:"which Python, Node.js or Go it needs"`
}

// packageFile is a file of a version.
type packageFile struct {
	Name string `json:"name" doc:"of the file"`
	URL  string `json:"url" doc:"where it is loaded from"`
	Hash string `json:"hash" doc:"algorithm:digits, or as npm writes it"`
}

// packageKind looks whether an installer in a clean environment would find a version in an index, and its file.
//
// What it makes of trouble: a name, a version or a file that is not there fails, and so does a page that is none of an
// index. An index that does not answer, refuses who asks or is out of order is unknown, and so is what ought to be
// absent where a page is none of an index.
func packageKind(d Deps) check.Kind {
	p := &packages{pool: newHTTPPool()}
	p.pool.cluster = d.Cluster
	return check.Define(check.Spec[packageArgs]{
		Name: "package",
		Doc:  "Expect a version of a package in an index of PyPI's, npm's or Go's kind, as an installer would choose it.",
		Example: `package: {type: pypi, index: "https://registry.example/api/packages/org/pypi/simple/", name: issue-core, version: ">=0.2,<0.3", python: "3.12"}
record: {version: self.version}`,
		Self:   packageSelf{},
		Could:  []check.Capability{check.ClusterRead, check.ReadsFiles, check.ReadsSecrets},
		CapsOf: packageCaps,
		Check:  packageCheck,
		Target: func(a packageArgs) string { return strings.TrimSpace(a.Name + " " + a.Version) },
		Host: func(a packageArgs) string {
			if u, err := url.Parse(a.index()); err == nil {
				return u.Hostname()
			}
			return ""
		},
		Rules: func(a packageArgs) []check.Rule { return a.Auth.rules() },
		Look:  p.look,
	})
}

func packageCaps(a packageArgs) []check.Capability {
	caps := []check.Capability{check.Network}
	if len(a.Auth.rules()) > 0 {
		caps = append(caps, check.ClusterRead)
	}
	if a.CA != "" {
		caps = append(caps, check.ReadsFiles)
	}
	if a.Auth.given() {
		caps = append(caps, check.ReadsSecrets)
	}
	return caps
}

// packageIndexes are where installers look by themselves.
var packageIndexes = map[string]string{
	"pypi": "https://pypi.org/simple/", "npm": "https://registry.npmjs.org/", "go": "https://proxy.golang.org/",
}

// index is the index's URL, with a slash at its end.
func (a packageArgs) index() string {
	return strings.TrimRight(cmp.Or(a.Index, packageIndexes[a.Type]), "/") + "/"
}

// wanted is what the installer is asked for.
func (a packageArgs) wanted() string {
	out := strings.TrimSpace(a.Name + " " + a.Version)
	if a.Python != "" {
		out += " for Python " + a.Python
	}
	if a.Platform != "" {
		out += " on " + a.Platform
	}
	return out
}

// packageFound is what an index has: either a chosen version, or why there is none.
type packageFound struct {
	self packageSelf
	none string      // why there is none
	odd  bool        // what answered may be no index at all, so that it does not show that there is none
	why  []string    // what an operator would think of next
	load packageFile // what an installer loads first
}

// packages looks at indexes; all looks share connections.
type packages struct{ pool *httpPool }

func (p *packages) look(ctx context.Context, at check.Site, a packageArgs) (check.Result, error) {
	l := &packageLook{packages: p, at: at, args: a}
	look := map[string]func(context.Context) (packageFound, error){"pypi": l.pypi, "npm": l.npm, "go": l.goModule}[a.Type]
	if a.Name == "" || look == nil {
		return check.Result{}, errors.New("no package")
	}
	found, err := look(ctx)
	if err != nil {
		return check.Result{}, err
	}
	found.self.fill(a.Name)
	if found.none != "" {
		switch {
		case a.Absent && found.odd:
			return check.Result{}, errors.New(found.none + ": that does not show that there is no " + a.wanted())
		case a.Absent:
			return check.Result{OK: true, Saw: "no " + a.wanted() + ": " + found.none, Self: found.self}, nil
		}
		return check.Result{Want: a.wanted(), Saw: found.none, Why: found.why, Self: found.self}, nil
	}
	saw := a.Name + " " + found.self.Version
	if a.Absent {
		return check.Result{Want: "no " + a.wanted(), Saw: saw, Self: found.self}, nil
	}
	ms := a.judge(found.self)
	bad, err := l.loads(ctx, found.load)
	if err != nil && len(ms) == 0 {
		return check.Result{}, err
	}
	ms = append(ms, bad...)
	if found.self.Yanked && (a.Yanked == nil || *a.Yanked) {
		saw += ", withdrawn"
	}
	return netVerdict(saw, ms, found.why, found.self), nil
}

// fill puts empty lists in the place of those that are not there.
func (s *packageSelf) fill(name string) {
	s.Name = name
	if s.Versions == nil {
		s.Versions = []string{}
	}
	if s.Files == nil {
		s.Files = []packageFile{}
	}
	if s.Tags == nil {
		s.Tags = map[string]string{}
	}
}

// judge compares the chosen version with what is wanted of it.
func (a packageArgs) judge(s packageSelf) (ms []Mismatch) {
	if a.Resolves != "" && !a.same(a.Resolves, s.Version) {
		ms = append(ms, Mismatch{Want: a.Name + " " + a.Resolves})
	}
	if a.Yanked != nil && *a.Yanked != s.Yanked {
		saw := "not withdrawn"
		if s.Yanked {
			saw = "withdrawn: " + Quote(s.Reason)
		}
		ms = append(ms, Mismatch{map[bool]string{true: "withdrawn", false: "not withdrawn"}[*a.Yanked], saw})
	}
	if a.Hash != "" && !s.hashed(a.Hash) {
		var have joined
		for _, f := range s.Files {
			have.add(f.Hash)
		}
		ms = append(ms, Mismatch{a.Hash, "hashes " + orNone(have)})
	}
	return ms
}

// same tells whether two versions are one: to PyPI 1.0 is 1.0.0.
func (a packageArgs) same(x, y string) bool {
	if a.Type == "pypi" {
		v, err := pep440.Parse(x)
		w, err2 := pep440.Parse(y)
		return err == nil && err2 == nil && v.Compare(w) == 0
	}
	return x == y
}

func (s packageSelf) hashed(hash string) bool {
	for _, f := range s.Files {
		if f.Hash == hash || strings.Contains(hash, ":") && strings.EqualFold(f.Hash, hash) { // base64 has no colon
			return true
		}
	}
	return false
}
