package cast

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"gitea.coulomb.social/coulomb/wpctl/internal/testsrv"
)

// PythonPackage is one version of a package, as a wheel.
type PythonPackage struct {
	Name, Version string
	wheel         []byte
}

func (p PythonPackage) file() string {
	return strings.ReplaceAll(p.Name, "-", "_") + "-" + p.Version + "-py3-none-any.whl"
}

// Publish puts a version of a package into the index.
func (f *Forge) Publish(name, version string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.packages[name] = append(f.packages[name], PythonPackage{name, version, testsrv.Wheel(name, version, ">=3.9")})
}

// index is the page of a package, as JSON of PEP 691.
func (f *Forge) index(w http.ResponseWriter, r *http.Request) {
	type entry struct {
		Filename string            `json:"filename"`
		URL      string            `json:"url"`
		Hashes   map[string]string `json:"hashes"`
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	files := []entry{}
	for _, p := range f.packages[r.PathValue("name")] {
		sum := sha256.Sum256(p.wheel)
		files = append(files, entry{p.file(), fmt.Sprintf("https://%s/files/%s", f.host, p.file()), map[string]string{"sha256": hex.EncodeToString(sum[:])}})
	}
	if len(files) == 0 {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/vnd.pypi.simple.v1+json")
	_ = json.NewEncoder(w).Encode(map[string]any{"meta": map[string]string{"api-version": "1.0"}, "name": r.PathValue("name"), "files": files})
}

func (f *Forge) file(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, versions := range f.packages {
		for _, p := range versions {
			if p.file() == r.PathValue("name") {
				w.Header().Set("Content-Type", "application/octet-stream")
				_, _ = w.Write(p.wheel)
				return
			}
		}
	}
	http.NotFound(w, r)
}
