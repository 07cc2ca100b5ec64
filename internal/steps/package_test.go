package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

func newPackageLooker(t *testing.T) *netLooker {
	t.Helper()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("NETRC", "")
	l := newNetLooker(t, packageKind(Deps{}))
	l.web(t, "I", testsrv.Packages())
	return l
}

func TestPackagePyPI(t *testing.T) {
	noLeaks(t)
	l := newPackageLooker(t)
	for _, form := range []string{"simple", "html", "json"} {
		t.Run(form, func(t *testing.T) {
			l.vars["PY"] = `type: pypi, index: "http://` + l.vars["I"] + `/` + form + `/"`
			l.run(t, []netRow{
				{"the newest", `{$PY, name: issue-core}`, "passed: issue-core 1.0.0"},
				{"a range", `{$PY, name: issue-core, version: ">=0.2,<0.3"}`, "passed: issue-core 0.2.0"},
				{"another way to write the name", `{$PY, name: Issue_Core, version: "==0.2.0"}`, "passed: Issue_Core 0.2.0"},
				{"for a Python", `{$PY, name: issue-core, python: "3.12"}`, "passed: issue-core 0.2.0"},
				{"pre-releases", `{$PY, name: issue-core, python: "3.12", pre: true}`, "passed: issue-core 0.3.0a1"},
				{"a pre-release by name", `{$PY, name: issue-core, version: ">=0.3.0a1,<0.4"}`, "passed: issue-core 0.3.0a1"},
				{"nothing but a pre-release", `{$PY, name: issue-core, version: "~=0.3.0a0"}`, "passed: issue-core 0.3.0a1"},
				{"yanked, by name", `{$PY, name: issue-core, version: "==0.2.1"}`, "passed: issue-core 0.2.1, withdrawn"},
				{"yanked, not as wanted", `{$PY, name: issue-core, version: "==0.2.1", yanked: false}`, `failed: not withdrawn | issue-core 0.2.1; withdrawn: "broken metadata"`},
				{"yanked, in a range", `{$PY, name: issue-core, version: ">0.2.0,<0.3.0a0"}`, `failed: issue-core >0.2.0,<0.3.0a0 | none of the versions 1.0.0, 0.3.0a1, 0.2.1, 0.2.0, 0.1.0 | 0.2.1 was yanked: "broken metadata"`},
				{"for a later Python only", `{$PY, name: issue-core, version: ">=1", python: "3.12"}`, "failed: issue-core >=1 for Python 3.12 | none of the versions 1.0.0, 0.3.0a1, 0.2.1, 0.2.0, 0.1.0 | 1.0.0 requires Python >=3.13"},
				{"no such version", `{$PY, name: issue-core, version: "==9"}`, "failed: issue-core ==9 | none of the versions 1.0.0, 0.3.0a1, 0.2.1, 0.2.0, 0.1.0"},
				{"no such version, as wanted", `{$PY, name: issue-core, version: "==9", absent: true}`, "passed: no issue-core ==9: none of the versions 1.0.0, 0.3.0a1, 0.2.1, 0.2.0, 0.1.0"},
				{"no such project, as wanted", `{$PY, name: issue-kore, absent: true}`, "passed: no issue-kore: the index has no issue-kore: 404"},
				{"there, not as wanted", `{$PY, name: issue-core, version: "==0.2.0", absent: true}`, "failed: no issue-core ==0.2.0 | issue-core 0.2.0"},
				{"no such project", `{$PY, name: issue-kore}`, "failed: issue-kore | the index has no issue-kore: 404 | some indexes answer so about private packages, too: no credential was sent"},
				{"resolves to another", `{$PY, name: issue-core, version: "<1", resolves: 0.1.0}`, "failed: issue-core 0.1.0 | issue-core 0.2.0"},
				{"resolves to one that is written otherwise", `{$PY, name: fast-math, resolves: 2.0.0}`, "passed: fast-math 2.0"},
				{"wheels for the system", `{$PY, name: fast-math, python: "3.12", platform: manylinux_2_28_x86_64}`, "passed: fast-math 2.0"},
				{"an older wheel", `{$PY, name: fast-math, python: "3.13", platform: manylinux2014_x86_64}`, "passed: fast-math 1.0"},
				{"wheels for others", `{$PY, name: fast-math, version: "==2.0", python: "3.13"}`, "failed: fast-math ==2.0 for Python 3.13 | none of the versions 2.0, 1.0 | 2.0 has only wheels for others: fast_math-2.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"},
				{"a system too old", `{$PY, name: fast-math, python: "3.12", platform: manylinux_2_12_x86_64}`, "failed: fast-math for Python 3.12 on manylinux_2_12_x86_64 | none of the versions 2.0, 1.0 | 2.0 has only wheels for others: fast_math-2.0-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl; 1.0 has only wheels for others: fast_math-1.0-cp39-abi3-manylinux2014_x86_64.whl"},
				{"the whole file", `{$PY, name: issue-core, version: "==0.2.0", download: true}`, "passed: issue-core 0.2.0"},
				{"a file that is not there", `{$PY, name: lost}`, "failed: a file that can be loaded | lost 1.0; 404 at http://$I/files/lost-1.0-py3-none-any.whl"},
			})
		})
	}
	r, err := l.look(t, `{$PY, name: issue-core, version: "==0.1.0"}`)
	self := r.Self.(packageSelf)
	if err != nil || len(self.Files) != 2 || !slices.Equal(self.Versions, []string{"0.1.0", "0.2.0", "0.2.1", "0.3.0a1", "1.0.0"}) {
		t.Errorf("%v %+v", err, self)
	}
	l.vars["HASH"] = self.Files[0].Hash
	l.run(t, []netRow{
		{"a hash", `{$PY, name: issue-core, version: "==0.1.0", hash: "$HASH"}`, "passed: issue-core 0.1.0"},
		{"another hash", `{$PY, name: fast-math, version: "==1.0", hash: "$HASH"}`, "failed: $HASH | fast-math 1.0; hashes " + hashOf(t, l, `{$PY, name: fast-math, version: "==1.0"}`)},
	})
}

func hashOf(t *testing.T, l *netLooker, step string) string {
	r, err := l.look(t, step)
	if err != nil {
		t.Fatal(err)
	}
	return r.Self.(packageSelf).Files[0].Hash
}

func TestPackageNPM(t *testing.T) {
	noLeaks(t)
	l := newPackageLooker(t)
	l.vars["N"] = `type: npm, index: "http://` + l.vars["I"] + `/npm"`
	l.run(t, []netRow{
		{"latest", `{$N, name: web}`, "passed: web 1.2.0"},
		{"a tag", `{$N, name: web, version: next}`, "passed: web 2.0.0-beta.1"},
		{"no such tag", `{$N, name: web, version: canary}`, "failed: web canary | no tag canary: latest, next"},
		{"a range", `{$N, name: web, version: ^1.0.0}`, "passed: web 1.2.0"},
		{"an older range", `{$N, name: web, version: "~1.0"}`, "passed: web 1.0.0"},
		{"several", `{$N, name: web, version: "1.1.x || >=2.0.0-beta.0 <3"}`, "passed: web 2.0.0-beta.1"},
		{"a pre-release is not asked for", `{$N, name: web, version: ">=2.0.0-0 <2.0.0-beta.1"}`, "failed: web >=2.0.0-0 <2.0.0-beta.1 | none of the versions 2.0.0-beta.1, 1.3.0, 1.2.0, 1.0.0"},
		{"deprecated", `{$N, name: web, version: ">1.2.0"}`, "passed: web 1.3.0, withdrawn"},
		{"deprecated, not as wanted", `{$N, name: web, version: 1.3.0, yanked: false}`, `failed: not withdrawn | web 1.3.0; withdrawn: "use 1.2"`},
		{"the whole file", `{$N, name: web, download: true}`, "passed: web 1.2.0"},
		{"a scope", `{$N, name: "@team/ui", version: "0.1"}`, "passed: @team/ui 0.1.5"},
		{"no such package", `{$N, name: "@team/uj"}`, "failed: @team/uj | the index has no @team/uj: 404 | some indexes answer so about private packages, too: no credential was sent"},
		{"no registry", `{type: npm, index: "http://$I/simple/", name: issue-core}`, "failed: issue-core | no page of a registry at http://$I/simple/issue-core/"},
	})
	r, _ := l.look(t, `{$N, name: web}`)
	if self := r.Self.(packageSelf); self.Requires != ">=18" || self.Tags["next"] != "2.0.0-beta.1" || !strings.HasPrefix(self.Files[0].Hash, "sha512-") {
		t.Errorf("%+v", self)
	}
}

func TestPackageGo(t *testing.T) {
	noLeaks(t)
	l := newPackageLooker(t)
	l.vars["G"] = `type: go, index: "http://` + l.vars["I"] + `/go"`
	l.run(t, []netRow{
		{"latest", `{$G, name: example.org/mod}`, "passed: example.org/mod v1.1.0"},
		{"exact", `{$G, name: example.org/mod, version: v1.0.0}`, "passed: example.org/mod v1.0.0"},
		{"a prefix", `{$G, name: example.org/mod, version: v1.0}`, "passed: example.org/mod v1.0.0"},
		{"a range", `{$G, name: example.org/mod, version: ">=v1.0.0,<v1.1.0"}`, "passed: example.org/mod v1.0.0"},
		{"retracted", `{$G, name: example.org/mod, version: v1.2.0}`, "passed: example.org/mod v1.2.0, withdrawn"},
		{"retracted, not as wanted", `{$G, name: example.org/mod, version: v1.2.0, yanked: false}`, `failed: not withdrawn | example.org/mod v1.2.0; withdrawn: "it loses data"`},
		{"nothing but a pre-release", `{$G, name: example.org/mod, version: ">v1.2.0"}`, "passed: example.org/mod v1.3.0-rc.1"},
		{"large letters", `{$G, name: example.org/Mod/v2}`, "passed: example.org/Mod/v2 v2.1.0"},
		{"incompatible", `{$G, name: example.org/old, version: v3.0.0+incompatible}`, "passed: example.org/old v3.0.0+incompatible"},
		{"compatible rather", `{$G, name: example.org/old}`, "passed: example.org/old v1.5.0"},
		{"a pseudo-version", `{$G, name: example.org/untagged, version: v0.0.0-20260504030201-0123456789ab}`, "passed: example.org/untagged v0.0.0-20260504030201-0123456789ab"},
		{"without tags", `{$G, name: example.org/untagged}`, "passed: example.org/untagged v0.0.0-20260504030201-0123456789ab"},
		{"no such version", `{$G, name: example.org/mod, version: v1.9.0}`, "failed: example.org/mod v1.9.0 | none of the versions v1.3.0-rc.1, v1.2.0, v1.1.0, v1.0.0"},
		{"no such module", `{$G, name: example.org/none}`, "failed: example.org/none | the index has no example.org/none: 404 | some indexes answer so about private packages, too: no credential was sent"},
		{"another name", `{$G, name: example.org/other}`, `failed: example.org/other | v1.0.0 calls itself "example.org/renamed" in its go.mod`},
	})
}

// A page that is none of an index shows nothing of what there is: not that a package is absent either.
func TestPackageAbsentNeedsAnIndex(t *testing.T) {
	noLeaks(t)
	l := newPackageLooker(t)
	page := func(contentType, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			fmt.Fprint(w, body)
		})
	}
	l.web(t, "LOGIN", page("text/html", `<h1>Log in</h1><a href="/help">help</a>`))
	l.web(t, "EMPTY", page("text/html", `<meta name="pypi:repository-version" content="1.0"><h1>Links for x</h1>`))
	l.web(t, "EMPTYJSON", page("application/vnd.pypi.simple.v1+json", `{"files": []}`))
	l.web(t, "GONE", page("application/json", `{"name": "x", "time": {"unpublished": {}}}`))
	l.web(t, "NOLIST", page("text/plain", "\n"))
	l.run(t, []netRow{
		{"pypi, another page", `{type: pypi, index: "http://$LOGIN", name: x, absent: true}`, "error: no file of x at http://$LOGIN/x/: that does not show that there is no x"},
		{"pypi, another page, wanted", `{type: pypi, index: "http://$LOGIN", name: x}`, "failed: x | no file of x at http://$LOGIN/x/"},
		{"pypi, another form", `{type: pypi, index: "http://$NOLIST", name: x, absent: true}`, `error: no page of an index at http://$NOLIST/x/: a page of an index is HTML or JSON, not "text/plain": that does not show that there is no x`},
		{"pypi, all withdrawn", `{type: pypi, index: "http://$EMPTY", name: x, absent: true}`, "passed: no x: the index has no version of x"},
		{"pypi, all withdrawn, in JSON", `{type: pypi, index: "http://$EMPTYJSON", name: x, absent: true}`, "passed: no x: the index has no version of x"},
		{"npm, another page", `{type: npm, index: "http://$LOGIN", name: x, absent: true}`, "error: no page of a registry at http://$LOGIN/x: that does not show that there is no x"},
		{"npm, another package", `{type: npm, index: "http://$GONE", name: "y", absent: true}`, "error: no page of a registry at http://$GONE/y: that does not show that there is no y"},
		{"npm, all withdrawn", `{type: npm, index: "http://$GONE", name: x, absent: true}`, "passed: no x: no tag latest: none"},
		{"go, another page", `{type: go, index: "http://$LOGIN", name: example.org/x, absent: true}`, "error: no list of a module proxy at http://$LOGIN/example.org/x/@v/list: that does not show that there is no example.org/x"},
		{"go, another page, a version", `{type: go, index: "http://$LOGIN", name: example.org/x, version: v1.0.0, absent: true}`, "error: no answer of a module proxy at http://$LOGIN/example.org/x/@v/v1.0.0.info: that does not show that there is no example.org/x v1.0.0"},
		{"go, no such module", `{type: go, index: "http://$I/go", name: example.org/none, absent: true}`, "passed: no example.org/none: the index has no example.org/none: 404"},
		{"go, no such version", `{type: go, index: "http://$I/go", name: example.org/mod, version: v1.9.0, absent: true}`, "passed: no example.org/mod v1.9.0: none of the versions v1.3.0-rc.1, v1.2.0, v1.1.0, v1.0.0"},
		{"go, a range of none", `{type: go, index: "http://$I/go", name: example.org/mod, version: ">=v3.0.0", absent: true}`, "passed: no example.org/mod >=v3.0.0: none of the versions v1.3.0-rc.1, v1.2.0, v1.1.0, v1.0.0"},
	})
}

func TestPackageCredentials(t *testing.T) {
	l := newPackageLooker(t)
	l.vars["P"] = `type: pypi, index: "http://` + l.vars["I"] + `/private/", name: issue-core, version: "==0.2.0"`
	netrc := filepath.Join(t.TempDir(), "netrc")
	t.Setenv("NETRC", netrc)
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("open-sesame"), 0o600); err != nil {
		t.Fatal(err)
	}
	grants := l.site.Grant
	l.site.Grant = func(name, host string) error {
		if name == "UNGRANTED" {
			return &check.Denied{Reason: "no grant of " + name}
		}
		return grants(name, host)
	}
	l.run(t, []netRow{
		{"basic", `{$P, auth: {basic: {user: demo, passwordEnv: TOKEN}}}`, "passed: issue-core 0.2.0"},
		{"a token in a file", `{$P, auth: {basic: {user: demo, passwordFile: "` + token + `"}}}`, "passed: issue-core 0.2.0"},
		{"none", `{$P}`, "error: $I answers 401 without a credential"},
		{"wrong", `{$P, auth: {basic: {user: demo, passwordEnv: WRONG}}}`, "error: $I answers 401 to the credential"},
		{"not granted", `{$P, auth: {bearer: {env: UNGRANTED}}}`, "error: no grant of UNGRANTED"},
		{"no netrc", `{$P, auth: {netrc: true}}`, "error: there is no netrc: " + netrc},
	})
	for _, row := range []struct{ name, text, want string }{
		{"an entry", "machine 127.0.0.1 login demo password open-sesame", "passed: issue-core 0.2.0"},
		{"several lines", "# mine\nmachine other.example\n\tlogin x\n\tpassword y\nmachine 127.0.0.1\n\tlogin demo # me\n\taccount a\n\tpassword open-sesame\ndefault login a password b\n", "passed: issue-core 0.2.0"},
		{"a macro", "macdef init\nmachine 127.0.0.1 login a password b\n\nmachine 127.0.0.1 login demo password open-sesame", "passed: issue-core 0.2.0"},
		{"another host", "machine other.example login demo password open-sesame", "error: netrc has no login and password for 127.0.0.1"},
		{"the default", "default login demo password open-sesame", "error: netrc has no login and password for 127.0.0.1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if err := os.WriteFile(netrc, []byte(row.text), 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := l.look(t, `{$P, auth: {netrc: true}}`)
			if got := netWords(r, err); got != l.expand(row.want) {
				t.Error(got)
			}
		})
	}
	if !slices.Contains(l.secrets, "open-sesame") {
		t.Error("secrets:", l.secrets)
	}
}

// TestPackageNpmrc asks a private registry with what npm keeps for it.
func TestPackageNpmrc(t *testing.T) {
	l := newPackageLooker(t)
	npmrc := filepath.Join(t.TempDir(), "npmrc")
	t.Setenv("NPM_CONFIG_USERCONFIG", npmrc)
	l.web(t, "PRIVATE", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer open-sesame" && got != "Basic ZGVtbzpvcGVuLXNlc2FtZQ==" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		fmt.Fprintf(w, `{"name":"web","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"name":"web","version":"1.0.0","dist":{"tarball":"http://%s/web.tgz"}}}}`, r.Host)
	}))
	l.vars["DOLLAR"] = "$"
	const step = `{type: npm, index: "http://$PRIVATE/npm/", name: web, auth: {npmrc: true}}`
	if r, err := l.look(t, step); netWords(r, err) != "error: there is no .npmrc: "+npmrc {
		t.Error(netWords(r, err))
	}
	for _, row := range []struct{ name, text, want string }{
		{"a token", "//$PRIVATE/npm/:_authToken=open-sesame\n", "passed: web 1.0.0"},
		{"a token of the host", "registry=x\n//$PRIVATE/:_authToken = \"open-sesame\"\n", "passed: web 1.0.0"},
		{"the nearest", "//$PRIVATE/:_authToken=close-sesame\n//$PRIVATE/npm/:_authToken=open-sesame\n", "passed: web 1.0.0"},
		{"user and password", "//$PRIVATE/npm/:_auth=ZGVtbzpvcGVuLXNlc2FtZQ==\n", "passed: web 1.0.0"},
		{"a variable", "//$PRIVATE/npm/:_authToken=$DOLLAR{TOKEN}\n", "passed: web 1.0.0"},
		{"a variable that is not set", "//$PRIVATE/npm/:_authToken=$DOLLAR{NONE}\n", "error: npmrc: the environment variable NONE is not set, or policy does not let it be read"},
		{"a wrong token", "//$PRIVATE/npm/:_authToken=close-sesame\n", "error: $PRIVATE answers 401 to the credential"},
		{"another folder", "//$PRIVATE/other/:_authToken=open-sesame\n#//$PRIVATE/:_authToken=open-sesame\n", "error: npmrc has no _authToken and no _auth for $PRIVATE"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if err := os.WriteFile(npmrc, []byte(l.expand(row.text)), 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := l.look(t, step)
			if got := netWords(r, err); got != l.expand(row.want) {
				t.Error(got)
			}
		})
	}
}

// TestPackageCredentialsStayHome: files and redirects elsewhere get no credential.
func TestPackageCredentialsStayHome(t *testing.T) {
	l := newPackageLooker(t)
	away := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			t.Error("the credential went to", r.URL)
		}
		w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
		fmt.Fprint(w, `{"files":[]}`)
	}))
	defer away.Close()
	l.web(t, "HOME", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/moved/web/" {
			http.Redirect(w, r, away.URL+"/web/", http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<a href="%s/web-1.0.tar.gz">x</a>`, away.URL)
	}))
	l.run(t, []netRow{
		{"a file elsewhere", `{type: pypi, index: "http://$HOME/simple", name: web, auth: {bearer: {env: TOKEN}}}`, "passed: web 1.0"},
		{"a redirect", `{type: pypi, index: "http://$HOME/moved", name: web, auth: {bearer: {env: TOKEN}}}`, "failed: web | the index has no version of web"},
	})
}

// TestPackageDownload: what is loaded is what the index says, or it is told.
func TestPackageDownload(t *testing.T) {
	l := newPackageLooker(t)
	l.web(t, "BAD", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/") {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<a href="web-1.0.tar.gz#sha256=%064d">x</a>`, 0)
		}
	}))
	l.web(t, "BARE", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<a href="web-1.0.tar.gz">x</a>`)
	}))
	l.run(t, []netRow{
		{"another content", `{type: pypi, index: "http://$BAD", name: web, download: true}`, fmt.Sprintf("failed: web-1.0.tar.gz with sha256:%064d | web 1.0; loaded: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 0)},
		{"no hash", `{type: pypi, index: "http://$BARE", name: web, download: true}`, "failed: a hash to compare the file with | web 1.0; the index gives none for web-1.0.tar.gz"},
	})
}

func TestPackageFaults(t *testing.T) {
	l := newPackageLooker(t)
	for name, h := range map[string]http.Handler{
		"ENDLESS": endless("text/html", "<a href=x>y</a>"), "BUSY": saysOnly(429), "DOWN": saysOnly(503), "FORBIDDEN": saysOnly(403),
		"PAGE": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<h1>login</h1>") }),
		"JSON": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"message":"hello"}`)
		}),
	} {
		l.web(t, name, h)
	}
	l.run(t, []netRow{
		{"a page without end", `{type: pypi, index: "http://$ENDLESS", name: web}`, "error: GET http://$ENDLESS/web/: the answer is larger than 33554432 bytes"},
		{"a list without end", `{type: go, index: "http://$ENDLESS", name: example.org/mod}`, "error: GET http://$ENDLESS/example.org/mod/@v/list: the answer is larger than 33554432 bytes"},
		{"too many requests", `{type: npm, index: "http://$BUSY", name: web}`, "error: $BUSY answers 429"},
		{"out of order", `{type: go, index: "http://$DOWN", name: example.org/mod}`, "error: $DOWN answers 503"},
		{"forbidden", `{type: pypi, index: "http://$FORBIDDEN", name: web}`, "error: $FORBIDDEN answers 403 without a credential"},
		{"a page of something else", `{type: pypi, index: "http://$PAGE", name: web}`, "failed: web | no file of web at http://$PAGE/web/"},
		{"JSON of something else", `{type: pypi, index: "http://$JSON", name: web}`, "failed: web | no page of an index at http://$JSON/web/: the page is no JSON of an index | the index of a PyPI server usually ends in /simple/"},
		{"npm of something else", `{type: npm, index: "http://$JSON", name: web}`, "failed: web | no page of a registry at http://$JSON/web"},
		{"nothing listens", `{type: npm, index: "http://127.0.0.1:1", name: web}`, "error: GET http://127.0.0.1:1/web: connection refused"},
	})
	for name, server := range map[string]func(net.Conn){"MUTE": testsrv.Mute, "STALL": testsrv.Stall} {
		l.raw(t, name, server)
		for _, kind := range []string{"pypi, name: web", "npm, name: web", "go, name: example.org/mod"} {
			args, _ := l.args(t, `{index: "http://$`+name+`", type: `+kind+`}`)
			if _, err := l.within(t, args, testsrv.Deadline); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(name, kind, err)
			}
		}
	}
}

func TestPackageArguments(t *testing.T) {
	l := newPackageLooker(t)
	l.problems(t, map[string]string{
		`{type: pip, name: web}`:                                                 `"pip" is no value of type`,
		`{type: pypi, name: "-web"}`:                                             `"-web" is no name of a package`,
		`{type: npm, name: "@team"}`:                                             `"@team" is no name of a package`,
		`{type: go, name: "../mod"}`:                                             `"../mod" is no module path`,
		`{type: pypi, name: web, version: "1.0"}`:                                `did you mean "==1.0"?`,
		`{type: pypi, name: web, version: ">=1.0,latest"}`:                       `"latest" is no condition on a version`,
		`{type: npm, name: web, version: ">=1,<2"}`:                              "it has spaces, not commas",
		`{type: npm, name: web, version: ">="}`:                                  "is no range of versions",
		`{type: go, name: example.org/mod, version: "1.0.0"}`:                    `"1.0.0" is no version of a module`,
		`{type: go, name: example.org/mod, version: ">=1.0"}`:                    "compares with no version",
		`{type: pypi, name: ` + strings.Repeat("a", 1<<20) + `}`:                 "is no name of a package",
		`{type: pypi, name: web, version: "` + strings.Repeat("1", 1<<20) + `"}`: "a version of 1048576 characters",
		`{type: pypi, name: web, index: "https://ci:secret@pypi.example/"}`:      "shows them to every reader",
		`{type: pypi, name: web, index: pypi.example}`:                           "the URL must begin with http:// or https://",
		`{type: pypi, name: web, python: "3"}`:                                   `"3" is no version of Python`,
		`{type: pypi, name: web, platform: linux}`:                               `"linux" is no platform's tag`,
		`{type: npm, name: web, python: "3.12"}`:                                 "python and platform are for type: pypi",
		`{type: pypi, name: web, hash: abc}`:                                     `"abc" is no hash`,
		`{type: go, name: example.org/mod, download: true}`:                      "no hashes to compare a download with",
		`{type: go, name: example.org/mod, hash: "h1:x"}`:                        "a Go proxy tells no hashes",
		`{type: pypi, name: web, absent: true, resolves: "1"}`:                   "what is absent can be nothing else",
		`{type: pypi, name: web, auth: {netrc: true, bearer: {env: A}}}`:         "a request carries one credential",
		`{type: pypi, name: web, auth: {basic: {password: x, passwordEnv: A}}}`:  `no key "password" here`,
	})
}

// TestPackageAsPip compares with what pip itself chooses from the same index, where there is one on this machine.
func TestPackageAsPip(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err == nil {
		err = exec.Command(python, "-m", "pip", "--version").Run()
	}
	if err != nil || testing.Short() {
		t.Skip("needs python3 with pip")
	}
	l := newPackageLooker(t)
	for _, version := range []string{"==0.2.1", ">0.2.0,<0.3.0a0"} {
		r, err := l.look(t, fmt.Sprintf(`{type: pypi, index: "http://$I/simple/", name: issue-core, version: %q, python: "3.12"}`, version))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		cmd := exec.Command(python, "-m", "pip", "--isolated", "--no-cache-dir", "--disable-pip-version-check", "download", "--no-deps", "--only-binary=:all:", "--python-version=3.12",
			"--index-url=http://"+l.vars["I"]+"/simple/", "--dest="+dir, "issue-core"+version)
		cmd.Env = append(os.Environ(), "NO_PROXY=127.0.0.1")
		out, failed := cmd.CombinedOutput()
		files, _ := filepath.Glob(dir + "/*.whl")
		want := ""
		if len(files) == 1 {
			want = strings.Split(filepath.Base(files[0]), "-")[1]
		}
		if got := r.Self.(packageSelf).Version; got != want || r.OK != (failed == nil) {
			t.Errorf("issue-core%s: %q, pip %q\n%s", version, got, want, out)
		}
	}
}

// TestPackageAsNPM compares with the ranges of npm itself, where there is one on this machine.
func TestPackageAsNPM(t *testing.T) {
	npm, err := exec.LookPath("npm")
	if err != nil || testing.Short() {
		t.Skip("needs npm")
	}
	npm, _ = filepath.EvalSymlinks(npm)
	module := filepath.Join(filepath.Dir(npm), "../node_modules/semver")
	if _, err := os.Stat(module); err != nil {
		t.Skip("npm's semver is not where it was looked for")
	}
	versions := []string{"0.0.3", "0.2.3", "0.2.5", "1.0.0", "1.2.3", "1.2.3-beta.2", "1.2.4-beta.1", "1.3.0", "2.0.0-rc.1", "2.0.0", "10.0.0"}
	ranges := []string{
		"*", "x", "1", "1.x", "1.2", "1.2.x", "=1.2.3", "v1.2.3", ">1", ">1.2", ">=1.2", "<1.2", "<=1.2", "<2.0.0", ">=1.2.3 <2", "^1.2.3", "^0.2.3", "^0.0.3", "^0",
		"^1.2.3-beta.1", "~1.2.3", "~1.2", "~0", "~1.2.3-beta.1", "1.2.3 - 2", "1.2 - 1.3.0", "1 || 2", "^1.2.3 || >=10", ">=1.2.3-beta.1", "<1.2.3-beta.3", ">1.2.3-beta.1 <2.0.0-rc.2", "~>1.2", "1.2.3 2", "<=2", "> 1.2.3",
	}
	const script = `const s=require(process.argv[1]),[vs,rs]=JSON.parse(process.argv[2]);console.log(JSON.stringify(rs.map(r=>vs.map(v=>s.satisfies(v,r)))))`
	in, _ := json.Marshal([][]string{versions, ranges})
	out, err := exec.Command("node", "-e", script, module, string(in)).Output()
	if err != nil {
		t.Skip("node does not run:", err)
	}
	var want [][]bool
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	for i, text := range ranges {
		r, err := parseNPMRange(text)
		if err != nil {
			t.Fatal(err)
		}
		for k, v := range versions {
			if got := r.takes(semver.MustParse(v), false); got != want[i][k] {
				t.Errorf("%s of %q: %t, npm %t", v, text, got, want[i][k])
			}
		}
	}
}

// TestPackageAsGo compares with what the go command chooses from the same proxy.
func TestPackageAsGo(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the go command")
	}
	l := newPackageLooker(t)
	for _, query := range []string{"example.org/mod@latest", "example.org/mod@v1.0.0", "example.org/mod@v1.0", "example.org/mod@<v1.1.0", "example.org/Mod/v2@latest", "example.org/untagged@latest", "example.org/mod@v1.9.0"} {
		name, version, _ := strings.Cut(query, "@")
		r, err := l.look(t, fmt.Sprintf(`{type: go, index: "http://$I/go", name: %q, version: %q}`, name, version))
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		cmd := exec.Command("go", "list", "-m", "-mod=mod", "-f", "{{.Version}}", query)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GOPROXY=http://"+l.vars["I"]+"/go", "GONOSUMDB=*", "GONOSUMCHECK=1", "GOFLAGS=-modcacherw", "GOSUMDB=off", "GOMODCACHE="+dir+"/cache", "GOWORK=off", "GO111MODULE=on", "GOPRIVATE=", "GOTOOLCHAIN=local", "NO_PROXY=127.0.0.1", "GONOPROXY=none")
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module x\n\ngo 1.24\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		out, failed := cmd.Output()
		if got, want := r.Self.(packageSelf).Version, strings.TrimSpace(string(out)); got != want || r.OK != (failed == nil) {
			t.Errorf("%s: %q, go %q %v", query, got, want, failed)
		}
	}
}
