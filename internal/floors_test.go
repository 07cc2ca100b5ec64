// Package internal_test holds the tests of the tree as a whole.
package internal_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// floors are the import floors of docs/architecture.md: a package imports only packages on lower floors.
var floors = map[string]int{
	"text": 1, "graph": 1, "check": 1, "proc": 1, "disk": 1, "leak": 1, "safe": 1, "pep440": 1, "relay": 1, "rbac": 1, "hubid": 1, "image": 1, "certs": 1, "timebox": 1,
	"diag": 2, "drawing": 2, "gitea": 2, "oci": 2, "pypi": 2, "confine": 2, "hub": 2,
	"strict": 3, "policy": 3, "sign": 3, "expr": 3, "client": 3, "outbox": 3, "merge": 3, "keep": 3,
	"steps": 4, "definition": 4, "store": 4, "exchange": 4, "adapter": 4,
	"workplan": 4,
	"cluster":  5, "config": 5, "state": 5, "workspace": 5, "prose": 5, "api": 5, "board": 5,
	"runner": 6,
	"app":    7, "view": 8, "report": 8, "cli": 9,
}

// TestImportsPointDown reads the import graph of go list.
func TestImportsPointDown(t *testing.T) {
	const module = "gitea.coulomb.social/coulomb/wpctl/"
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); dec.More(); {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		from := path.Base(p.ImportPath)
		if strings.HasPrefix(from, "test") || strings.HasSuffix(from, "test") || p.ImportPath == strings.TrimSuffix(module, "/")+"/internal" {
			continue
		}
		floor, ok := floors[from]
		if !ok {
			t.Errorf("%s has no floor: add it to docs/architecture.md and to this test", p.ImportPath)
		}
		for _, imp := range p.Imports {
			if to, ours := strings.CutPrefix(imp, module+"internal/"); ours {
				seen++
				if f, ok := floors[path.Base(to)]; ok && f >= floor {
					t.Errorf("%s (floor %d) imports %s (floor %d)", from, floor, to, f)
				}
			}
		}
	}
	if seen == 0 {
		t.Fatal("no imports were seen")
	}
}

// TestPlansAreReadInTheirWords finds code that reads or writes a plan of a workspace as if its repository had no words of
// its own for statuses.
func TestPlansAreReadInTheirWords(t *testing.T) {
	plain := regexp.MustCompile(`workplan\.(Parse|Rewrite|Reformat)\(`)
	seen := 0
	for _, dir := range []string{"app", "cli", "workspace"} {
		names, _ := filepath.Glob(dir + "/*.go")
		for _, name := range names {
			src, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			seen++
			if at := plain.Find(src); at != nil {
				t.Errorf("%s: %s…): ask the words of the plan for it, see App.words", name, at)
			}
		}
	}
	if seen < 50 {
		t.Errorf("%d files were looked at", seen)
	}
}
