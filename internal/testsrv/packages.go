package testsrv

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strings"
)

// Packages is an index of Python packages, one of npm and a Go proxy, each with real packages that the real tools
// can install. Its paths:
//
//	/simple/NAME/        PyPI, as JSON or HTML, as it is asked for; /html/NAME/ and /json/NAME/ know one form only
//	/private/NAME/       the same for Basic demo:open-sesame
//	/files/NAME          the files of Python packages
//	/npm/NAME            npm; /npm/-/NAME-VERSION.tgz
//	/go/MODULE/@v/…      Go
//
// PyPI has issue-core (0.1.0, 0.2.0, 0.2.1 yanked, 0.3.0a1, 1.0.0 for Python 3.13 and later), fast-math (wheels for
// CPython 3.12 on two systems) and lost (its file is not there).
// npm has web (1.0.0, 1.2.0, 1.3.0 deprecated, 2.0.0-beta.1; tags latest and next) and @team/ui.
// Go has example.org/mod (v1.0.0, v1.1.0, v1.2.0 retracted, v1.3.0-rc.1), example.org/Mod/v2, example.org/old
// (v3.0.0+incompatible), example.org/untagged (a pseudo-version) and example.org/other, which calls itself otherwise.
func Packages() http.Handler {
	mux := http.NewServeMux()
	wheels := pythonFiles()
	mux.HandleFunc("GET /simple/{name}/", func(w http.ResponseWriter, r *http.Request) {
		asJSON := strings.Contains(r.Header.Get("Accept"), "application/vnd.pypi.simple.v1+json")
		servePython(w, r, wheels, asJSON)
	})
	mux.HandleFunc("GET /html/{name}/", func(w http.ResponseWriter, r *http.Request) { servePython(w, r, wheels, false) })
	mux.HandleFunc("GET /json/{name}/", func(w http.ResponseWriter, r *http.Request) { servePython(w, r, wheels, true) })
	mux.HandleFunc("GET /private/{name}/", func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "demo" || password != "open-sesame" {
			w.Header().Set("WWW-Authenticate", `Basic realm="test"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		servePython(w, r, wheels, true)
	})
	for _, f := range wheels {
		if f.project != "lost" {
			mux.Handle("GET /files/"+f.name, serveBytes("application/octet-stream", f.content))
		}
	}
	addNPM(mux)
	addGo(mux)
	return mux
}

func serveBytes(contentType string, b []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(b)
	})
}

// pythonFile is a file of a Python package.
type pythonFile struct {
	project, name, requires string
	yanked                  *string
	content                 []byte
}

func pythonFiles() (out []pythonFile) {
	add := func(project, version, tags, requires string) *pythonFile {
		base := strings.ReplaceAll(project, "-", "_") + "-" + version
		out = append(out, pythonFile{project: project, name: base + "-" + tags + ".whl", requires: requires, content: wheel(project, base, version, tags, requires)})
		return &out[len(out)-1]
	}
	for _, v := range []string{"0.1.0", "0.2.0"} {
		add("issue-core", v, "py3-none-any", ">=3.9")
	}
	add("issue-core", "0.2.1", "py3-none-any", ">=3.9").yanked = new("broken metadata")
	add("issue-core", "0.3.0a1", "py3-none-any", ">=3.9")
	add("issue-core", "1.0.0", "py3-none-any", ">=3.13")
	out = append(out, pythonFile{project: "issue-core", name: "issue-core-0.1.0.tar.gz", content: []byte("no archive")},
		pythonFile{project: "issue-core", name: "issue-core-latest.exe", content: []byte("no package")})
	add("fast-math", "2.0", "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", "")
	add("fast-math", "2.0", "cp312-cp312-macosx_11_0_arm64", "")
	add("fast-math", "1.0", "cp39-abi3-manylinux2014_x86_64", "")
	add("lost", "1.0", "py3-none-any", "")
	return out
}

// Wheel makes a wheel for every Python and system that holds nothing but its metadata.
func Wheel(project, version, requires string) []byte {
	return wheel(project, strings.ReplaceAll(project, "-", "_")+"-"+version, version, "py3-none-any", requires)
}

// wheel makes a wheel that holds nothing but its metadata.
func wheel(project, base, version, tags, requires string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	info := base + ".dist-info/"
	metadata := fmt.Sprintf("Metadata-Version: 2.1\nName: %s\nVersion: %s\n", project, version)
	if requires != "" {
		metadata += "Requires-Python: " + requires + "\n"
	}
	for name, text := range map[string]string{
		"METADATA": metadata, "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: " + tags + "\n", "RECORD": "",
	} {
		if w, err := z.Create(info + name); err == nil {
			fmt.Fprint(w, text)
		}
	}
	_ = z.Close()
	return b.Bytes()
}

func servePython(w http.ResponseWriter, r *http.Request, files []pythonFile, asJSON bool) {
	type entry struct {
		Filename string            `json:"filename"`
		URL      string            `json:"url"`
		Hashes   map[string]string `json:"hashes"`
		Requires string            `json:"requires-python,omitempty"`
		Yanked   any               `json:"yanked,omitempty"`
	}
	entries := []entry{}
	var page strings.Builder
	page.WriteString("<!DOCTYPE html><html><body>\n<a>no file</a>\n")
	for _, f := range files {
		if f.project != r.PathValue("name") {
			continue
		}
		sum := sha256.Sum256(f.content)
		e := entry{f.name, "../../files/" + f.name, map[string]string{"sha256": hex.EncodeToString(sum[:])}, f.requires, nil}
		attributes := ""
		if f.requires != "" {
			attributes += fmt.Sprintf(` data-requires-python="%s"`, html.EscapeString(f.requires))
		}
		if f.yanked != nil {
			e.Yanked = *f.yanked
			attributes += fmt.Sprintf(` data-yanked="%s"`, html.EscapeString(*f.yanked))
		}
		entries = append(entries, e)
		fmt.Fprintf(&page, "<a href=\"%s#sha256=%s\"%s>%s</a><br/>\n", e.URL, e.Hashes["sha256"], attributes, f.name)
	}
	if len(entries) == 0 {
		http.NotFound(w, r)
		return
	}
	if !asJSON {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, page.String()+"</body></html>")
		return
	}
	w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
	_ = json.NewEncoder(w).Encode(map[string]any{"meta": map[string]string{"api-version": "1.0"}, "name": r.PathValue("name"), "files": entries})
}

func addNPM(mux *http.ServeMux) {
	type dist struct {
		Tarball   string `json:"tarball"`
		Integrity string `json:"integrity"`
		Shasum    string `json:"shasum"`
	}
	type version struct {
		Name       string            `json:"name"`
		Version    string            `json:"version"`
		Deprecated string            `json:"deprecated,omitempty"`
		Engines    map[string]string `json:"engines,omitempty"`
		Dist       dist              `json:"dist"`
	}
	packages := map[string][]version{
		"web":      {{Version: "1.0.0"}, {Version: "1.2.0", Engines: map[string]string{"node": ">=18"}}, {Version: "1.3.0", Deprecated: "use 1.2"}, {Version: "2.0.0-beta.1"}},
		"@team/ui": {{Version: "0.1.0"}, {Version: "0.1.5"}, {Version: "0.2.0"}},
	}
	tags := map[string]map[string]string{"web": {"latest": "1.2.0", "next": "2.0.0-beta.1"}, "@team/ui": {"latest": "0.2.0"}}
	pages := map[string]http.HandlerFunc{}
	mux.HandleFunc("GET /npm/{name}", func(w http.ResponseWriter, r *http.Request) { // a scope's slash is escaped
		if page, ok := pages[r.PathValue("name")]; ok {
			page(w, r)
			return
		}
		http.NotFound(w, r)
	})
	for name, versions := range packages {
		short := name[strings.LastIndex(name, "/")+1:]
		tarballs := map[string][]byte{}
		for _, v := range versions {
			tarballs[v.Version] = npmTarball(name, v.Version)
			mux.Handle(fmt.Sprintf("GET /npm/-/%s-%s.tgz", short, v.Version), serveBytes("application/octet-stream", tarballs[v.Version]))
		}
		pages[name] = func(w http.ResponseWriter, r *http.Request) {
			page := map[string]version{}
			for _, v := range versions {
				sum, old := sha512.Sum512(tarballs[v.Version]), sha1.Sum(tarballs[v.Version])
				v.Name = name
				v.Dist = dist{fmt.Sprintf("http://%s/npm/-/%s-%s.tgz", r.Host, short, v.Version), "sha512-" + base64.StdEncoding.EncodeToString(sum[:]), hex.EncodeToString(old[:])}
				page[v.Version] = v
			}
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]any{"name": name, "dist-tags": tags[name], "versions": page})
		}
	}
}

func npmTarball(name, version string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	t := tar.NewWriter(z)
	text := fmt.Sprintf(`{"name":%q,"version":%q}`, name, version)
	_ = t.WriteHeader(&tar.Header{Name: "package/package.json", Mode: 0o644, Size: int64(len(text))})
	fmt.Fprint(t, text)
	_ = t.Close()
	_ = z.Close()
	return b.Bytes()
}

func addGo(mux *http.ServeMux) {
	const retracts = "\nretract v1.2.0 // it loses data\n"
	modules := []struct {
		path, escaped, named string
		versions             []string // those that are listed
		more                 []string
		mod                  string
	}{
		{"example.org/mod", "example.org/mod", "", []string{"v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0-rc.1"}, nil, retracts},
		{"example.org/Mod/v2", "example.org/!mod/v2", "", []string{"v2.0.0", "v2.1.0"}, nil, "\ngo 1.24\n"},
		{"example.org/old", "example.org/old", "", []string{"v1.5.0", "v3.0.0+incompatible"}, nil, ""},
		{"example.org/untagged", "example.org/untagged", "", nil, []string{"v0.0.0-20260504030201-0123456789ab"}, ""},
		{"example.org/other", "example.org/other", "example.org/renamed", []string{"v1.0.0"}, nil, ""},
	}
	for _, m := range modules {
		base := "GET /go/" + m.escaped + "/@v/"
		mux.Handle(base+"list", serveBytes("text/plain", []byte(strings.Join(m.versions, "\n")+"\n")))
		all := append(append([]string{}, m.versions...), m.more...)
		for i, v := range all {
			info := fmt.Appendf(nil, `{"Version":%q,"Time":"2026-05-0%dT03:02:01Z"}`, v, i+1)
			name := m.path
			if m.named != "" {
				name = m.named
			}
			mod := []byte("module " + name + "\n" + m.mod)
			mux.Handle(base+v+".info", serveBytes("application/json", info))
			mux.Handle(base+v+".mod", serveBytes("text/plain", mod))
			mux.Handle(base+v+".zip", serveBytes("application/zip", goZip(m.path+"@"+v+"/go.mod", mod)))
			if i == len(all)-1 {
				mux.Handle("GET /go/"+m.escaped+"/@latest", serveBytes("application/json", info))
			}
		}
	}
}

func goZip(name string, content []byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if w, err := z.Create(name); err == nil {
		_, _ = w.Write(content)
	}
	_ = z.Close()
	return b.Bytes()
}
