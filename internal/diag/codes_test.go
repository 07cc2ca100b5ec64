package diag_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/diag"
)

var given = []*regexp.Regexp{
	regexp.MustCompile(`\bCode: +"([a-z0-9-]+)"`),
	regexp.MustCompile(`\bdiag\.(?:Error|Warning|Suggestion|Info), "([a-z0-9-]+)"`),
	regexp.MustCompile(`\b(?:d\.add|l\.add|add|atOnce|brokenMarker)\((?:[^"\n]|"[a-z.]+"[,)+])*?, "([a-z]+-[a-z0-9-]+)"`),
}

// TestCodes reads the source: every code that is given is explained, and every code that is explained is given.
func TestCodes(t *testing.T) {
	var known []string
	for _, c := range diag.Codes() {
		known = append(known, c.Name)
	}
	if !slices.IsSorted(known) {
		t.Error("the codes are not in order")
	}
	seen := map[string]bool{}
	all := ""
	err := filepath.WalkDir("..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || e.Name() == "codes.go" || strings.Contains(path, "/state/") {
			return err
		}
		src, err := os.ReadFile(path)
		all += string(src)
		for _, re := range given {
			for _, m := range re.FindAllStringSubmatch(string(src), -1) {
				seen[m[1]] = true
				if !slices.Contains(known, m[1]) {
					t.Errorf("%s: the code %q is not in Codes", path, m[1])
				}
			}
		}
		return err
	})
	if err != nil || len(seen) < 30 {
		t.Fatalf("found only %d codes: %v", len(seen), err)
	}
	for _, name := range known {
		if !strings.Contains(all, `"`+name+`"`) {
			t.Errorf("nothing gives the code %q", name)
		}
	}
}

// TestPages reads the source of what reads the text of plans: each of its codes has a page, and each page a code.
func TestPages(t *testing.T) {
	files, err := filepath.Glob("../prose/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	seen := 0
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, re := range given {
			for _, m := range re.FindAllStringSubmatch(string(src), -1) {
				if seen++; diag.Page(m[1]) == "" {
					t.Errorf("%s: the code %q has no page", name, m[1])
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("found only %d codes", seen)
	}
	for _, name := range diag.Names() {
		if page := diag.Page(name); page != "" && !strings.HasPrefix(page, "A suggestion.") && !strings.HasPrefix(page, "A warning.") {
			t.Errorf("the page of %q does not begin with its severity", name)
		}
	}
}
