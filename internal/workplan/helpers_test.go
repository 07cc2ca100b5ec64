package workplan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/text"
)

// head is the front matter of most plans in these tests.
const head = "---\nid: ACME-WP-0001\ntype: workplan\n---\n\n"

// parse parses a plan that has no errors.
func parse(t testing.TB, src string) *Plan {
	t.Helper()
	p, diags := Parse("plan.md", []byte(src))
	if diags.Errors() {
		t.Fatalf("unexpected diagnostics:\n%s", describe(diags))
	}
	return p
}

// crlf gives all lines the line ending of Windows.
func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// rewrite applies edits to a plan, compares and returns the result.
func rewrite(t testing.TB, src string, f func(*Plan) ([]text.Edit, error)) string {
	t.Helper()
	out, err := Rewrite("plan.md", []byte(src), f)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// one makes a list of an edit.
func one(e text.Edit, err error) ([]text.Edit, error) {
	if err != nil {
		return nil, err
	}
	return []text.Edit{e}, nil
}

// inputs returns the two real plans by name, or skips the test where they are not to be had.
func inputs(t testing.TB) map[string][]byte {
	t.Helper()
	plans := inputsIfHere(t)
	if len(plans) == 0 {
		t.Skip("the real plans are not here: set WPCTL_SHARED to the folder that holds inputs/")
	}
	return plans
}

// inputsIfHere returns the two real plans by name: they lie in WPCTL_SHARED, or in a folder `shared` beside the
// repository.
func inputsIfHere(t testing.TB) map[string][]byte {
	t.Helper()
	folder := os.Getenv("WPCTL_SHARED")
	if folder == "" {
		folder = filepath.Join(repositoryRoot(t), "..", "shared")
	}
	plans := map[string][]byte{}
	for _, name := range []string{"RAILIANCE-WP-0002.md", "RAILIANCE-WP-0004.md"} {
		if src, err := os.ReadFile(filepath.Join(folder, "inputs", name)); err == nil {
			plans[name] = src
		}
	}
	return plans
}

func repositoryRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("no go.mod above")
		}
		dir = filepath.Dir(dir)
	}
}
