package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"gitea.coulomb.social/coulomb/wpctl/internal/steps"
)

// TestEveryKindHasItsScripts keeps the promise of CONTRIBUTING.md for each kind in the list, and finds folders of none.
func TestEveryKindHasItsScripts(t *testing.T) {
	each, err := os.ReadFile("../../testdata/scripts/one-of-each.txtar")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, k := range steps.Kinds(steps.Deps{}) {
		known[k.Name] = true
		if !bytes.Contains(each, []byte("\n- "+k.Name+": ")) {
			t.Errorf("the kind %s is not in one-of-each.txtar", k.Name)
		}
		for _, script := range []string{"passes", "fails", "unknown", "bad"} {
			path := filepath.Join("../../testdata/steps", k.Name, script+".txtar")
			if info, err := os.Stat(path); err != nil || info.Size() == 0 {
				t.Errorf("the kind %s has no script %s", k.Name, path)
			}
		}
	}
	dirs, err := os.ReadDir("../../testdata/steps")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		if !known[d.Name()] {
			t.Errorf("testdata/steps/%s is of no kind", d.Name())
		}
	}
}
